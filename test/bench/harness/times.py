"""CPU time: rounds, in which the servers take turns."""

from .errors import BenchError
from .load import load
from .server import running
from .servers import known

# A round is cut into slices, the servers taking turns: the machine's speed wanders over seconds,
# and what is compared must have been measured side by side.
SLICES = 4


def measure_round(bin_dir, names, scenario, seconds, cores, certificate, failed):
    """Starts every server afresh, warms it up, and loads them in turns, rotating from the order
    given, each for `seconds` in all. Returns for each that does what the scenario needs its
    figures per unit over all slices. `failed` is told of the errors of a server, which is left out
    from there on."""
    slices = {}
    with running(bin_dir, names, scenario, cores, certificate, failed=failed) as servers:
        one_each = scenario.connections * scenario.pipeline
        for index in range(-1, SLICES):
            first = index % max(len(servers), 1)
            for server in servers[first:] + servers[:first]:
                length = known(server.name).warm_up if index < 0 else seconds / SLICES
                try:
                    done = load(bin_dir, server, scenario, cores, seconds=length, warmup=one_each)
                except BenchError as error:
                    failed(error)
                    servers.remove(server)
                    slices.pop(server.name, None)
                    continue
                if index >= 0:
                    slices.setdefault(server.name, []).append(done)
    return {name: _summary(each, scenario.units) for name, each in slices.items()}


def _summary(slices, units_per_request):
    requests = sum(each["requests"] for each in slices)
    cpu = sum(each["server_cpu_ns_per_request"] * each["requests"] for each in slices)
    wall = sum(each["wall_seconds"] for each in slices)
    return {
        "cpu_ns": cpu / requests / units_per_request,
        "units": requests * units_per_request,
        "units_per_second": requests * units_per_request / wall,
        "latency_p50_us": sorted(each["latency_p50_us"] for each in slices)[len(slices) // 2],
        "latency_p99_us": max(each["latency_p99_us"] for each in slices),
    }
