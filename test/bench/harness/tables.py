"""The figures as Markdown."""

from . import bars
from . import figures as data
from .scenarios import SCENARIOS
from .servers import BASELINE, OURS, title

NOTHING = "–"


def report(figures):
    """Everything that was measured."""
    parts = [_caption(figures)]
    if figures["times"]:
        parts += ["Server CPU time per unit beside raw epoll's in the same round, medians:",
                  _cpu_table(figures)]
    for part, words in (("instructions", "Instructions in user space per unit:"),
                        ("system_calls", "System calls per unit:")):
        if figures[part]:
            parts += [words, _count_table(figures, part)]
    if figures["footprint"]:
        parts += ["Doing nothing:", _footprint_table(figures)]
    judged = bars.judge(figures)
    if judged:
        parts += ["Bars:", _bar_table(judged)]
    above = bars.above_peers(figures)
    if above:
        parts += ["Not below every peer (CPU time, median and spread of the ratio):",
                  _list(above)]
    if figures["failures"]:
        parts += ["Could not be measured:", _list(figures["failures"])]
    return "\n\n".join(parts) + "\n"


def machine_line(machine):
    return (f"{machine['cpu']}, {machine['cores']} cores, {machine['kernel']},"
            f" {machine['system']}, {machine['date']}")


def _caption(figures):
    rounds = max((len(each) for each in figures["times"].values()), default=0)
    text = machine_line(figures["machine"]) + "; " + figures["placement"]
    return text + (f"; {rounds} rounds." if rounds else ".")


def _servers(figures, by_scenario):
    """Those that have a figure, in order."""
    return [name for name in figures["servers"]
            if any(name in each for each in by_scenario.values())]


def _scenarios(part):
    return [each for each in SCENARIOS.values() if each.name in part]


def _cpu_table(figures):
    medians = {each.name: data.cpu_ns(figures, each.name) for each in _scenarios(figures["times"])}
    names = [name for name in _servers(figures, medians) if name != BASELINE]
    rows = [["scenario", "per", "raw epoll ns", *map(title, names)]]
    for scenario in _scenarios(figures["times"]):
        floor = medians[scenario.name].get(BASELINE)
        rows.append([scenario.title, scenario.unit, NOTHING if floor is None else f"{floor:.0f}",
                     *(_ratio(figures, scenario.name, name) for name in names)])
    return _table(rows, left=2)


def _ratio(figures, scenario, name):
    found = data.ratio(figures, scenario, name)
    if found is None:
        return NOTHING
    if name == OURS:
        return f"**{found.median:.3f}** ({found.lowest:.2f}–{found.highest:.2f})"
    return f"{found.median:.2f}"


def _count_table(figures, part):
    names = _servers(figures, figures[part])
    rows = [["scenario", "per", *map(title, names)]]
    for scenario in _scenarios(figures[part]):
        counts = figures[part][scenario.name]
        rows.append([scenario.title, scenario.unit, *(_count(counts.get(name)) for name in names)])
    return _table(rows, left=2)


def _count(number):
    if number is None:
        return NOTHING
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.2f}" if number >= 1 else f"{number:.3f}"


def _footprint_table(figures):
    columns = (
        ("idle connection, B", "idle_bytes_connected", 1, ",.0f"),
        ("after a round trip, B", "idle_bytes_after_round_trip", 1, ",.0f"),
        ("CPU µs/s of all idle", "idle_cpu_us_per_second", 1, ",.0f"),
        ("start, ms", "start_ms", 1, ".1f"),
        ("stripped, KiB", "stripped_bytes", 1024, ",.0f"),
    )
    rows = [["server", *(column[0] for column in columns)]]
    for name in figures["servers"]:
        found = figures["footprint"].get(name)
        if found:
            rows.append([title(name), *(
                NOTHING if found.get(key) is None else format(found[key] / divisor, form)
                for _, key, divisor, form in columns)])
    return _table(rows, left=1)


def _bar_table(judged):
    rows = [["scenario", "what", "measured", "bar", "result"]]
    for each in judged:
        measured = _count(each.measured) if each.limit > 10 else f"{each.measured:.3f}"
        result = "pass" if each.met else "**fail**"
        rows.append([each.scenario, each.what, measured, f"≤ {each.limit:g}", result])
    return _table(rows, left=2)


def _table(rows, left):
    """The first row is the head; `left` columns are words, the others numbers."""
    rule = ["---"] * left + ["---:"] * (len(rows[0]) - left)
    return "\n".join("| " + " | ".join(row) + " |" for row in [rows[0], rule, *rows[1:]])


def _list(sentences):
    return "\n".join("* " + sentence for sentence in sentences)
