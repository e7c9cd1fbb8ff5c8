"""Whether plait is as good as it must be."""

from dataclasses import dataclass

from . import figures as data
from .scenarios import (
    IDLE_BYTES_BAR, IDLE_CPU_US_PER_SECOND_BAR, POOL_BAR, POOL_SCENARIOS, SCENARIOS,
    STRIPPED_BYTES_BAR,
)
from .servers import OURS, is_peer, title


@dataclass(frozen=True)
class Judged:
    scenario: str
    what: str
    measured: float
    limit: float

    @property
    def met(self):
        return self.measured <= self.limit

    def __str__(self):
        return f"{self.scenario}: {self.what} is {self.measured:.4g}, the bar {self.limit:g}"


def judge(figures):
    """Every bar for which there is a figure."""
    return [each for each in _all(figures) if each.measured is not None]


def _all(figures):
    for name, scenario in SCENARIOS.items():
        bars = scenario.bars
        if bars.cpu is not None:
            yield Judged(name, "CPU time / raw epoll", _ratio(figures, name, OURS, None), bars.cpu)
        for part, words, limit in (("instructions", "instructions", bars.instructions),
                                   ("system_calls", "system calls", bars.system_calls)):
            if limit is not None:
                yield Judged(name, words, figures[part].get(name, {}).get(OURS), limit)
    for name in POOL_SCENARIOS:
        yield Judged(name, "CPU time of two reactors / of one",
                     _ratio(figures, name, "plait_pool2", OURS), POOL_BAR)
    for server, key, words, limit in (
        ("plait_timeout", "idle_bytes_connected", "bytes of a fresh connection", IDLE_BYTES_BAR),
        ("plait_timeout", "idle_bytes_after_round_trip", "bytes of a used one", IDLE_BYTES_BAR),
        ("plait_timeout", "idle_cpu_us_per_second", "CPU µs in a second",
         IDLE_CPU_US_PER_SECOND_BAR),
        (OURS, "stripped_bytes", "bytes of the stripped echo", STRIPPED_BYTES_BAR),
    ):
        yield Judged("idle" if key.startswith("idle") else "size", words,
                     figures["footprint"].get(server, {}).get(key), limit)


def _ratio(figures, scenario, server, baseline):
    found = data.ratio(figures, scenario, server, *([baseline] if baseline else []))
    return None if found is None else found.median


def above_peers(figures):
    """One sentence for each scenario in which a peer needs less CPU time than plait."""
    sentences = []
    for name in SCENARIOS:
        ratios = {server: data.ratio(figures, name, OURS, server)
                  for server in figures["servers"] if is_peer(server)}
        above = [f"{found.median:.3f} × {title(server)} ({found.lowest:.2f}–{found.highest:.2f})"
                 for server, found in ratios.items() if found is not None and found.median > 1]
        if above:
            sentences.append(f"{name}: plait takes " + ", ".join(above))
    return sentences
