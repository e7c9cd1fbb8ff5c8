"""What is measured, and what plait must reach."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bars:
    """The highest figures of plait that pass; None = any does."""

    cpu: float | None = None  # relative to raw epoll in the same round
    instructions: float | None = None  # in user space, per unit
    system_calls: float | None = None  # per unit


@dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    group: str  # those that share a plot
    mode: str  # of the server
    connections: int
    pipeline: int = 1  # messages written at once; the next ones await all replies
    size: int = 64  # payload bytes of a message
    kind: str = "requests"  # of the load, see load/options.hpp
    unix: bool = False  # over a UNIX socket, not TCP
    unit: str = "request"  # what figures are per
    units: int = 1  # of them in a message
    counted: int = 0  # messages of a run in which instructions are counted
    bars: Bars = Bars()


_SMALL = "small messages, one at a time"
_PIPELINED = "small messages, 32 pipelined"
_LARGE = "large messages"
_MANY = "connections and fan-out"
_OTHER = "UNIX, UDP and TLS"

SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        # The fixed cost of a read and a write.
        Scenario("pingpong64x1", "ping-pong 64 B, 1 connection", _SMALL, "echo", 1, counted=2_000),
        Scenario("pingpong64x64", "ping-pong 64 B, 64 connections", _SMALL, "echo", 64,
                 counted=6_400, bars=Bars(1.10, 900, 2.3)),
        Scenario("pingpong64x1000", "ping-pong 64 B, 1000 connections", _SMALL, "echo", 1000,
                 counted=10_000, bars=Bars(cpu=1.10, system_calls=2.2)),
        # Many messages in one read: the cost of finding and answering one.
        Scenario("echo32", "64 B without frames", _PIPELINED, "echo", 16, 32,
                 unit="message", counted=51_200, bars=Bars(1.10, 45, 0.08)),
        Scenario("lines32", "lines of 64 B", _PIPELINED, "line", 16, 32,
                 unit="line", counted=51_200, bars=Bars(1.05, 180, 0.08)),
        Scenario("netstrings32", "netstrings of 64 B", _PIPELINED, "netstring", 16, 32,
                 unit="netstring", counted=51_200, bars=Bars(1.15, 240, 0.08)),
        # Many reads for one message: the cost of a byte.
        Scenario("netstrings64k", "netstrings of 64 KiB, 4 pipelined, 4 connections", _LARGE,
                 "netstring", 4, 4, 64 * 1024, unit="netstring", counted=160, bars=Bars(1.00)),
        Scenario("bulk", "echo of 1 MiB, 4 connections", _LARGE, "echo", 4, size=1024 * 1024,
                 unit="KiB", units=1024, counted=16, bars=Bars(1.00)),
        # What is not about bytes.
        Scenario("churn", "connect, 64 B there and back, close", _MANY, "echo", 16, kind="churn",
                 unit="connection", counted=1_600, bars=Bars(1.15, 4000, 11)),
        Scenario("fanout100", "a line of 64 B to 100 connections", _MANY, "fanout", 100,
                 kind="fanout", unit="line", counted=100, bars=Bars(1.05)),
        # The same over something else.
        Scenario("unix64x64", "UNIX ping-pong 64 B, 64 connections", _OTHER, "echo", 64, unix=True,
                 counted=6_400),
        Scenario("udp64x64", "UDP ping-pong 64 B, 64 clients", _OTHER, "udp", 64, counted=6_400,
                 bars=Bars(cpu=1.05)),
        Scenario("tls64x64", "TLS ping-pong 64 B, 64 connections", _OTHER, "tls", 64,
                 counted=1_280),
        Scenario("tlsbulk", "TLS echo of 1 MiB, 4 connections", _OTHER, "tls", 4, size=1024 * 1024,
                 unit="KiB", units=1024, counted=16),
    )
}

# Two reactors beside one: CPU time of a request, at most, in these scenarios.
POOL_SCENARIOS = ("pingpong64x1000", "lines32")
POOL_BAR = 1.05

# Idle connections: how many, and how much memory in user space one may take, its timeout armed.
IDLE_CONNECTIONS = 10_000
IDLE_BYTES_BAR = 1024
# Of a server with that many; a timer for each would take more.
IDLE_CPU_US_PER_SECOND_BAR = 1_000
STRIPPED_BYTES_BAR = 1_500_000
