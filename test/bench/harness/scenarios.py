"""What is measured, and what plait must reach."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scenario:
    name: str
    mode: str
    connections: int
    pipeline: int
    requests: int  # in one round of one server: a second or two of a core of 2024
    size: int = 64  # payload bytes of a message
    unix: bool = False  # over a UNIX socket, not TCP
    bars: tuple = ()  # (baseline, highest ratio that passes)


_PING_PONG_BARS = (("raw_asio", 1.00), ("raw_epoll", 1.15))
_FRAMED_BARS = (("raw_epoll", 1.15),)
_DATAGRAM_BARS = (("raw_epoll", 1.05),)

SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        # One small message at a time: the fixed cost of a read and a write.
        Scenario("pingpong64x64", "echo", 64, 1, 320_000, bars=_PING_PONG_BARS),
        Scenario("pingpong64x1000", "echo", 1000, 1, 320_000, bars=_PING_PONG_BARS),
        # The same over a UNIX socket, where the kernel does less.
        Scenario("unix64x64", "echo", 64, 1, 320_000, unix=True, bars=(("raw_asio", 1.00),)),
        # Many frames in one read: the cost of finding and answering a frame.
        Scenario("lines32", "line", 16, 32, 6_400_000, bars=_FRAMED_BARS),
        Scenario("netstrings32", "netstring", 16, 32, 6_400_000, bars=_FRAMED_BARS),
        # As many bytes without frames, and as many frames one at a time: what each part costs.
        Scenario("echo32", "echo", 16, 32, 6_400_000),
        Scenario("line1x64", "line", 64, 1, 320_000),
        Scenario("netstring1x64", "netstring", 64, 1, 320_000),
        # Datagrams: the fixed cost of receiving one and answering it.
        Scenario("udp64x64", "udp", 64, 1, 640_000, bars=_DATAGRAM_BARS),
    )
}
