"""Runs servers and the load generator, and collects figures."""

import json
import os
import resource
import select
import subprocess

# A round is cut into slices, the servers taking turns: the machine's speed wanders over seconds,
# and what is compared must have been measured side by side.
SLICES = 8

PATIENCE = 10  # seconds for a server to start or to end
LOAD_LIMIT = 60  # seconds for one slice


class BenchError(Exception):
    """Something that makes the figures worthless; the message is for the user."""


def raise_descriptor_limit():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def choose_cores():
    """(server's core, load's core), or None when there is only one or pinning is not allowed. First
    and last: where cores have two threads, these are seldom two threads of one core."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return None
    try:
        os.sched_setaffinity(0, cores)
    except OSError:
        return None
    return cores[-1], cores[0]


def pinned(core):
    """For a child to call before it becomes the program, so that every thread inherits the core."""
    return None if core is None else lambda: os.sched_setaffinity(0, {core})


class Server:
    """A running server; stop() it."""

    def __init__(self, name, executable, scenario, core):
        self.name = name
        self._process = subprocess.Popen(
            [executable, scenario.mode, *(["unix"] if scenario.unix else [])],
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=pinned(core),
        )
        self.pid = self._process.pid
        try:
            self.place = self._read_place(scenario.unix)
        except BenchError:
            self.stop()
            raise

    def _read_place(self, unix):
        """The option that tells the load generator where the server is."""
        readable, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        line = self._process.stdout.readline() if readable else ""
        words = line.split()
        expected = "@NAME" if unix else "PORT"
        good = len(words) == 3 and (words[2].startswith("@") if unix else words[2].isdigit())
        if not good or words[:2] != ["listening", "on"]:
            raise BenchError(
                f"{self.name}: expected 'listening on {expected}', got {line.strip()!r}")
        return ("--unix" if unix else "--port", words[2])

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


def load(executable, server, scenario, requests, core):
    """One slice against one server; the generator's JSON as a dictionary."""
    options = {
        server.place[0]: server.place[1],
        "--mode": scenario.mode,
        "--connections": scenario.connections,
        "--size": scenario.size,
        "--pipeline": scenario.pipeline,
        "--requests": requests,
        "--warmup": max(requests // 10, scenario.connections * scenario.pipeline),
        "--server-pid": server.pid,
        "--timeout": LOAD_LIMIT,
    }
    done = subprocess.run(
        [executable, *(str(word) for option in options.items() for word in option)],
        capture_output=True,
        text=True,
        timeout=LOAD_LIMIT + PATIENCE,
        preexec_fn=pinned(core),
    )
    if done.returncode != 0:
        raise BenchError(f"{server.name}, {scenario.name}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def measure_round(bin_dir, names, scenario, requests, cores):
    """Starts every server afresh and loads them in turns, rotating from the order given. Returns for
    each name its CPU ns per request, latencies and requests per second, over all slices."""
    server_core, load_core = cores or (None, None)
    servers = []
    try:
        for name in names:
            servers.append(Server(name, bin_dir / f"bench_{name}", scenario, server_core))
        slices = {name: [] for name in names}
        for index in range(SLICES):
            for server in servers[index % len(servers):] + servers[: index % len(servers)]:
                slices[server.name].append(
                    load(bin_dir / "bench_load", server, scenario, requests // SLICES, load_core)
                )
    finally:
        for server in servers:
            server.stop()
    return {name: _summary(slices[name]) for name in names}


def _summary(slices):
    requests = sum(each["requests"] for each in slices)
    cpu = sum(each["server_cpu_ns_per_request"] * each["requests"] for each in slices)
    wall = sum(each["wall_seconds"] for each in slices)
    return {
        "cpu_ns_per_request": cpu / requests,
        "requests_per_second": requests / wall,
        "latency_p50_us": sorted(each["latency_p50_us"] for each in slices)[len(slices) // 2],
        "latency_p99_us": max(each["latency_p99_us"] for each in slices),
        "cpu_source": slices[0]["cpu_source"],
    }
