"""What a server costs that does nothing: idle connections, starting, its size on disk."""

import dataclasses
import pathlib
import statistics
import subprocess
import tempfile
import time

from .load import load
from .scenarios import IDLE_CONNECTIONS, SCENARIOS
from .server import Server, running
from .servers import executable

IDLE_SECONDS = 2
STARTS = 9
_SPARE_DESCRIPTORS = 200

_ECHO = SCENARIOS["pingpong64x1"]


def idle(bin_dir, name, cores, descriptor_limit):
    """{} when the server does not echo."""
    connections = min(IDLE_CONNECTIONS, descriptor_limit - _SPARE_DESCRIPTORS)
    scenario = dataclasses.replace(_ECHO, name="idle", kind="idle", connections=connections)
    with running(bin_dir, [name], scenario, cores) as servers:
        if not servers:
            return {}
        done = load(bin_dir, servers[0], scenario, cores, seconds=IDLE_SECONDS)
    return {
        "idle_connections": connections,
        "idle_bytes_connected": done["bytes_connected"],
        "idle_bytes_after_round_trip": done["bytes_after_round_trip"],
        "idle_cpu_us_per_second": done["cpu_ns_per_second"] / 1000,
    }


def start_milliseconds(bin_dir, name, cores):
    """From starting the program until it says that it listens; the median of some starts."""
    taken = []
    for _ in range(STARTS):
        begun = time.monotonic()
        server = Server(bin_dir, name, _ECHO, cores)
        try:
            server.await_place()
            taken.append((time.monotonic() - begun) * 1000)
        finally:
            server.stop()
    return statistics.median(taken)


def stripped_bytes(bin_dir, name):
    """None for what is no program of machine code."""
    program = executable(bin_dir, name, _ECHO.mode)
    with open(program, "rb") as file:
        if file.read(4) != b"\x7fELF":
            return None
    with tempfile.TemporaryDirectory() as folder:
        stripped = pathlib.Path(folder) / "stripped"
        subprocess.run(["strip", "-o", stripped, program], check=True)
        return stripped.stat().st_size
