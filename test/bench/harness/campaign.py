"""One run of the benchmark: measures part after part and collects the figures."""

import sys

from . import certificate, counts, figures, footprint, machine, times
from .errors import BenchError
from .servers import known


def _say(words):
    print(words, file=sys.stderr, flush=True)


class Campaign:
    """`figures` is what has been measured so far. What fails is said, noted there, and left out."""

    def __init__(self, bin_dir, servers, scenarios, folder):
        self._bin_dir = bin_dir
        self._servers = servers
        self._scenarios = scenarios
        self._descriptor_limit = machine.descriptor_limit()
        self._cores = machine.choose_cores()
        self._certificate = (
            certificate.make(folder) if any(each.mode == "tls" for each in scenarios) else None)
        self.figures = figures.empty(machine.describe(), str(self._cores), servers)

    def measure_times(self, rounds, seconds):
        """A round visits every scenario, so that a bad minute of the machine costs each scenario
        one round, not one scenario all of its rounds."""
        # Its timers belong to idle connections; elsewhere it is plait once more.
        servers = [name for name in self._servers if name != "plait_timeout"]
        for index in range(rounds):
            shift = index % len(servers)
            for scenario in self._scenarios:
                measured = times.measure_round(
                    self._bin_dir, servers[shift:] + servers[:shift], scenario, seconds,
                    self._cores, self._certificate, self._failed)
                self.figures["times"].setdefault(scenario.name, []).append(measured)
                _say(f"round {index + 1}/{rounds} {scenario.name}: " + ", ".join(
                    f"{name} {measured[name]['cpu_ns']:.0f} ns"
                    for name in servers if name in measured))

    def count_instructions(self):
        self._count("instructions", counts.instructions,
                    [name for name in self._servers if known(name).countable])

    def count_system_calls(self):
        self._count("system_calls", counts.system_calls, self._servers)

    def _count(self, part, count, servers):
        for scenario in self._scenarios:
            found = self.figures[part].setdefault(scenario.name, {})
            for name in servers:
                try:
                    number = count(
                        self._bin_dir, name, scenario, self._cores, self._certificate)
                except BenchError as error:
                    self._failed(error)
                    continue
                if number is not None:
                    found[name] = number
            _say(f"{part} {scenario.name}: " + ", ".join(
                f"{name} {number:.2f}" for name, number in found.items()))

    def measure_footprint(self):
        for name in self._servers:
            found = self.figures["footprint"].setdefault(name, {})
            try:
                found.update(footprint.idle(
                    self._bin_dir, name, self._cores, self._descriptor_limit))
                found["start_ms"] = footprint.start_milliseconds(self._bin_dir, name, self._cores)
                found["stripped_bytes"] = footprint.stripped_bytes(self._bin_dir, name)
            except BenchError as error:
                self._failed(error)
            _say(f"footprint {name}: {found}")

    def _failed(self, error):
        _say(f"failed: {error}")
        self.figures["failures"].append(str(error))
