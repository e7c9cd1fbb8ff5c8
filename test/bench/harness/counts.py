"""Figures that a repetition repeats: instructions in user space and system calls, per unit."""

import pathlib
import re
import tempfile

from .errors import BenchError
from .load import load
from .server import running

LONGER = 3  # times as many messages in the second run of instructions
SECONDS = 0.4  # of counting system calls


def instructions(bin_dir, name, scenario, cores, certificate):
    """By callgrind; None when the server does not do what the scenario needs. It is the difference
    of two runs of different length, divided by the difference in units: what starting, connecting
    and ending cost drops out."""
    runs = []
    for length in (scenario.counted, LONGER * scenario.counted):
        run = _instructions_of_run(bin_dir, name, scenario, length, cores, certificate)
        if run is None:
            return None
        runs.append(run)
    (short, few), (long, many) = runs
    return (long - short) / ((many - few) * scenario.units)


def _instructions_of_run(bin_dir, name, scenario, length, cores, certificate):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "callgrind"
        under = ("valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={out}")
        with running(bin_dir, [name], scenario, cores, certificate, under) as servers:
            if not servers:
                return None
            done = load(bin_dir, servers[0], scenario, cores, requests=length)
        found = re.findall(r"^(?:totals|summary): (\d+)", out.read_text(), re.MULTILINE)
        if not found:
            raise BenchError(f"{name}, {scenario.name}: callgrind has counted nothing")
        return int(found[-1]), done["requests"]


def system_calls(bin_dir, name, scenario, cores, certificate):
    """By the load generator, over the measured messages only; None as above."""
    one_each = scenario.connections * scenario.pipeline
    with running(bin_dir, [name], scenario, cores, certificate) as servers:
        if not servers:
            return None
        done = load(bin_dir, servers[0], scenario, cores, seconds=SECONDS, warmup=one_each,
                    **{"system-calls": "yes"})
    return done["system_calls_per_request"] / scenario.units
