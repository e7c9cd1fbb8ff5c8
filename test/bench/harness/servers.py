"""The servers that are compared; which of them are here."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    title: str
    countable: bool = True  # by callgrind: not in virtual machines, nor on io_uring
    warm_up: float = 0.1  # seconds of load before the first measurement; compilers need more
    reactors: int = 1


# In the order of the tables.
KNOWN = {
    "plait": Known("plait"),
    "plait_pool2": Known("plait, 2 reactors", reactors=2),
    "plait_timeout": Known("plait, with timeouts"),
    "raw_epoll": Known("raw epoll"),
    "raw_asio": Known("Asio callbacks"),
    "raw_asio_coroutines": Known("Asio coroutines"),
    "raw_asio_uring": Known("Asio on io_uring", countable=False),
    "libuv": Known("libuv"),
    "libevent": Known("libevent"),
    "muduo_like": Known("like muduo"),
    "go": Known("Go", countable=False),
    "netty": Known("Netty", countable=False, warm_up=2),
    "node": Known("Node", countable=False, warm_up=1),
    "uvloop": Known("uvloop", countable=False),
    "twisted": Known("Twisted", countable=False),
}

BASELINE = "raw_epoll"
OURS = "plait"


def known(name):
    return KNOWN.get(name, Known(name))


def title(name):
    return known(name).title


def is_peer(name):
    """Whether plait is to be below it."""
    return name != BASELINE and not name.startswith(OURS)


def executable(bin_dir, name, mode):
    """TLS may have a program of its own, so that the other one does without."""
    own = bin_dir / f"bench_{name}_{mode}"
    return own if mode == "tls" and own.exists() else bin_dir / f"bench_{name}"


def is_built(bin_dir, name):
    return os.access(bin_dir / f"bench_{name}", os.X_OK)
