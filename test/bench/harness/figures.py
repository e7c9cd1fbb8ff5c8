"""All figures of a run, as the JSON file has them, and what follows from them.

    machine       cpu, cores, kernel, system, date
    placement     who ran on which core
    servers       in the order of the tables
    times         {scenario: [{server: figures of one round}]}
    instructions  {scenario: {server: per unit}}
    system_calls  {scenario: {server: per unit}}
    footprint     {server: figures}
    failures      what could not be measured, in words
"""

import json
from dataclasses import dataclass
from statistics import median

from .servers import BASELINE, KNOWN

_BY_SCENARIO = ("times", "instructions", "system_calls")


def empty(machine, placement, servers):
    return {
        "machine": machine, "placement": placement, "servers": servers,
        "times": {}, "instructions": {}, "system_calls": {}, "footprint": {}, "failures": [],
    }


def write(figures, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def read(paths):
    """Files as one: of two with the same figure, the later has it."""
    all_files = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    merged = all_files[0]
    for more in all_files[1:]:
        for part in _BY_SCENARIO:
            merged[part].update(more[part])
        for server, figures in more["footprint"].items():
            merged["footprint"].setdefault(server, {}).update(figures)
        merged["failures"] += more["failures"]
        if more["times"]:
            merged["machine"], merged["placement"] = more["machine"], more["placement"]
        names = {*merged["servers"], *more["servers"]}
        merged["servers"] = [name for name in KNOWN if name in names] + sorted(
            names - KNOWN.keys())
    return merged


def cpu_ns(figures, scenario):
    """{server: CPU ns per unit}, medians over the rounds."""
    rounds = figures["times"].get(scenario, [])
    return {
        server: median(each[server]["cpu_ns"] for each in rounds if server in each)
        for server in figures["servers"] if any(server in each for each in rounds)
    }


@dataclass(frozen=True)
class Ratio:
    median: float
    lowest: float
    highest: float


def ratio(figures, scenario, server, baseline=BASELINE):
    """CPU time of `server` in units of the baseline's. It is taken within each round, where both
    saw the same weather, and only then the median over the rounds. None if they never met."""
    each = [
        one[server]["cpu_ns"] / one[baseline]["cpu_ns"]
        for one in figures["times"].get(scenario, []) if server in one and baseline in one
    ]
    return Ratio(median(each), min(each), max(each)) if each else None
