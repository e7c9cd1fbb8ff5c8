"""Where it is measured: the machine, and who runs on which of its cores."""

import datetime
import os
import platform
import re
import resource
from dataclasses import dataclass


def describe():
    """For the captions of tables and plots."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "kernel": "Linux " + ".".join(re.findall(r"\d+", platform.release())[:2]),
        "system": _system(),
        "date": datetime.date.today().isoformat(),
    }


def _cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def _system():
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return platform.system()
    return f"{release.get('NAME', 'Linux').split()[0]} {release.get('VERSION_ID', '')}".strip()


def descriptor_limit():
    """Lifts the soft limit to the hard one, and returns it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


@dataclass(frozen=True)
class Cores:
    """Sets of cores to run on; None = anywhere."""

    server: frozenset | None = None
    pool: frozenset | None = None  # for a server of two reactors
    load: frozenset | None = None

    def of(self, reactors):
        return self.server if reactors == 1 else self.pool

    def __str__(self):
        if self.server is None:
            return "not pinned to cores: read the ratios with care"
        names = [",".join(map(str, sorted(each))) for each in (self.server, self.pool, self.load)]
        apart = "" if names[0] == names[1] else f" (two reactors on {names[1]})"
        return f"servers on core {names[0]}{apart}, load on core {names[2]}"


def choose_cores():
    """Servers and load apart, where there are two cores. First and last: where cores have two
    threads, these are seldom two threads of one core."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return Cores()
    try:
        os.sched_setaffinity(0, cores)
    except OSError:
        return Cores()
    pool = cores[-2:] if len(cores) > 2 else cores[-1:]
    return Cores(frozenset(cores[-1:]), frozenset(pool), frozenset(cores[:1]))


def pinned(cores):
    """For a child to call before it becomes the program, so that every thread inherits it."""
    return None if cores is None else lambda: os.sched_setaffinity(0, cores)
