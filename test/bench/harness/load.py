"""Runs the load generator."""

import json
import subprocess

from .errors import BenchError
from .machine import pinned

LIMIT = 60  # seconds for one run


def load(bin_dir, server, scenario, cores, **options):
    """Loads `server` once; the generator's JSON as a dictionary. Further options are the
    generator's, such as seconds=0.1."""
    words = {
        server.place[0]: server.place[1],
        "--kind": scenario.kind,
        "--mode": scenario.mode,
        "--connections": scenario.connections,
        "--size": scenario.size,
        "--pipeline": scenario.pipeline,
        "--server-pid": server.pid,
        "--timeout": LIMIT,
        **{"--" + name: value for name, value in options.items()},
    }
    done = subprocess.run(
        [bin_dir / "bench_load", *(str(word) for pair in words.items() for word in pair)],
        capture_output=True,
        text=True,
        timeout=LIMIT + 10,
        preexec_fn=pinned(cores.load),
    )
    if done.returncode != 0:
        raise BenchError(f"{server.name}, {scenario.name}: {done.stderr.strip()}")
    return json.loads(done.stdout.splitlines()[-1])
