"""From rounds to a table: medians, ratios within each round, and whether the bars are met."""

from statistics import median

BASELINES = ("raw_epoll", "raw_asio")


def summarise(scenario, rounds):
    """`rounds` is a list of {server: figures}. A ratio is taken within each round, where both sides
    saw the same weather, and only then the median over the rounds."""
    names = sorted(rounds[0])
    cpu = {name: [each[name]["cpu_ns_per_request"] for each in rounds] for name in names}
    ratios = {}
    for name in names:
        for baseline in BASELINES:
            if baseline in names and name != baseline and not (
                name in BASELINES and baseline == "raw_asio"
            ):
                each = [mine / theirs for mine, theirs in zip(cpu[name], cpu[baseline])]
                ratios[f"{name}/{baseline}"] = {
                    "median": median(each), "lowest": min(each), "highest": max(each)}
    return {
        "scenario": scenario.name,
        "cpu_ns_per_request": {name: median(cpu[name]) for name in names},
        "ratios": ratios,
        "bars": _bars(scenario, ratios),
        "rounds": rounds,
    }


def _bars(scenario, ratios):
    """Each bar that can be judged with the servers that ran."""
    judged = []
    for baseline, limit in scenario.bars:
        ratio = ratios.get(f"plait/{baseline}")
        if ratio is not None:
            judged.append(
                {"baseline": baseline, "limit": limit, "met": ratio["median"] <= limit})
    return judged


def missed(summaries):
    """One sentence for each bar that was missed."""
    return [
        f"{each['scenario']}: plait/{bar['baseline']} is "
        f"{each['ratios']['plait/' + bar['baseline']]['median']:.3f}, the bar {bar['limit']:.2f}"
        for each in summaries
        for bar in each["bars"]
        if not bar["met"]
    ]


def markdown(summaries, names):
    """The table: CPU ns per request of each server, then ratios as `median (lowest-highest)`."""
    columns = [key for key in summaries[0]["ratios"]] if summaries else []
    columns.sort(key=lambda key: not key.startswith("plait/"))
    head = ["scenario", *(f"{name} ns" for name in names), *columns, "bar", "result"]
    lines = [_row(head), _row(["---", *(["---:"] * (len(head) - 3)), "---", "---"])]
    for each in summaries:
        bars = each["bars"]
        lines.append(_row([
            each["scenario"],
            *(f"{each['cpu_ns_per_request'][name]:.0f}" for name in names),
            *(_ratio(each["ratios"][key]) for key in columns),
            ", ".join(f"≤ {bar['limit']:.2f} × {bar['baseline']}" for bar in bars) or "–",
            ("pass" if all(bar["met"] for bar in bars) else "**fail**") if bars else "–",
        ]))
    return "\n".join(lines)


def _ratio(ratio):
    return f"{ratio['median']:.3f} ({ratio['lowest']:.3f}–{ratio['highest']:.3f})"


def _row(cells):
    return "| " + " | ".join(cells) + " |"
