"""What hostile clients cost a server, and whether others are still served:

    test/stress/run abuse [SECONDS [ATTACK...]]

Each attack (attacks.py) is made for SECONDS (5) on a server of its own, while a client that behaves
well goes on: one exchange every 5 ms on a connection that was there before, and a new connection
every 50 ms. The table tells what the attack cost the server and how long that client waited, in the
second before and during the attack. All run on the same machine and compete for its processors, so
part of what the client waits is the attacker's doing, not the server's.

Exit status 1 when the client that behaves well is not served, or memory or descriptors stay: when all
attackers have gone, the server has the descriptors it had before, and at most MOST_KEPT more memory."""

import os
import pathlib
import socket
import sys
import tempfile
import time

from watched import (MIB, Watched, child, median, milliseconds, print_table, quantile, usage,
                     whole_number)

from attacks import ATTACKS
from certificates import Authority
from program import Listener, loopback, wait_until

HOST = "127.0.0.1"
BETWEEN_EXCHANGES = 0.005
BETWEEN_CONNECTIONS = 0.05
PATIENCE = 10.0
MOST_KEPT = 32 * MIB  # what an allocator may keep for the next attack

LIMITS = ["--idle-timeout", "2", "--first-byte-timeout", "2", "--max-connections-per-peer", "50"]


class Case:
    """An attack on a service, and an exchange of the well-behaved client's."""

    def __init__(self, attack, service, message, reply=None, tls=False, options=()):
        self.attack, self.service, self.tls, self.options = attack, service, tls, list(options)
        self.message, self.reply = message, reply or message

    @property
    def name(self):
        return f"{self.attack} on {self.service}{' over TLS' if self.tls else ''}" + (
            ", limited" if self.options else "")


CASES = [
    Case("slowloris", "line", b"hello\r\n"),
    Case("slowloris", "line", b"hello\r\n", options=LIMITS),
    Case("slowloris", "echo", b"hello"),
    Case("never_reads", "echo", b"hello"),
    Case("never_reads", "line", b"hello\r\n"),
    Case("never_reads", "chargen", b"", b" !\"#"),
    Case("huge_lengths", "int32", b"\0\0\0\5hello"),
    Case("huge_netstrings", "netstring", b"5:hello,"),
    Case("connections", "echo", b"hello"),
    Case("connections", "echo", b"hello", options=LIMITS),
    Case("resets", "echo", b"hello"),
    Case("idle_connections", "echo", b"hello"),
    Case("idle_connections", "echo", b"hello", options=LIMITS),
    Case("garbage", "echo", b"hello", tls=True),
    Case("handshakes", "echo", b"hello", tls=True),
    Case("renegotiations", "echo", b"hello", tls=True),
    Case("datagrams", "udp_echo_server", b"hello"),
]


def certificate(directory):
    return Authority(pathlib.Path(directory)).issue("server", names=["localhost"])


class Service:
    """A server, and how to reach it."""

    def __init__(self, case, directory):
        self.case = case
        if case.service == "udp_echo_server":
            self.server = Watched("0", path=os.path.join(os.environ["PLAIT_EXAMPLES"], case.service))
            self.port = self.attacked = int(self.server.read_line().rpartition(":")[2])
            return
        endpoints = [loopback()]
        if case.tls:
            issued = certificate(directory)
            endpoints.append(f"ssl:0:interface={HOST}:privateKey={issued.key}"
                             f":certKey={issued.certificate}")
        arguments = [each for endpoint in endpoints for each in ("--listen", endpoint)]
        self.server = Watched(case.service, *arguments, *case.options, "--log-level", "error")
        ports = [Listener(self.server.read_line()).port for _ in endpoints]
        self.port, self.attacked = ports[0], ports[-1]

    def connect(self):
        kind = socket.SOCK_DGRAM if self.case.service == "udp_echo_server" else socket.SOCK_STREAM
        connection = socket.socket(socket.AF_INET, kind)
        connection.settimeout(PATIENCE)
        # Another address than the attacker's, as far as limits by address go.
        connection.bind(("127.0.0.2", 0))
        connection.connect((HOST, self.port))
        if kind == socket.SOCK_STREAM:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


class GoodClient:
    """Exchanges messages, and notes how long each took, in seconds."""

    def __init__(self, service):
        self.service = service
        self.datagrams = service.case.service == "udp_echo_server"
        self.connection = service.connect()
        self.connection.settimeout(0.5 if self.datagrams else PATIENCE)
        self.lost = 0

    def go_on(self, end):
        """Until then: the times of exchanges, and of new connections with one exchange each."""
        exchanges, connections = [], []
        next_connection = time.monotonic()
        while time.monotonic() < end:
            exchanges += self.timed(lambda: self.exchange(self.connection))
            if not self.datagrams and time.monotonic() > next_connection:
                connections += self.timed(self.visit)
                next_connection += BETWEEN_CONNECTIONS
            time.sleep(BETWEEN_EXCHANGES)
        return exchanges, connections

    def timed(self, action):
        start = time.monotonic()
        try:
            action()
        except TimeoutError:
            if self.datagrams:
                self.lost += 1
                return []
            self.give_up(f"has not answered within {PATIENCE:.0f} s")
        except OSError as error:
            self.give_up(f"cannot be talked to: {error}")
        return [time.monotonic() - start]

    def give_up(self, what):
        raise SystemExit(f"{self.service.case.name}: a client that behaves well is not served; the "
                         f"server {what}")

    def visit(self):
        with self.service.connect() as connection:
            self.exchange(connection)

    def exchange(self, connection):
        case = self.service.case
        if case.message:
            connection.sendall(case.message)
        reply = b""
        while len(reply) < len(case.reply):
            piece = connection.recv(65536)
            if not piece:
                self.give_up("has closed its connection")
            reply += piece
        if case.message and reply != case.reply:
            self.give_up(f"has replied {reply[:100]!r}")


def assault(case, seconds, directory):
    """A row of the table."""
    service = Service(case, directory)
    with service.server as server:
        client = GoodClient(service)
        calm, calm_connections = client.go_on(time.monotonic() + 1)
        client.lost = 0
        before = server.sample()
        attacked, attacked_connections, peaks = [], [], []
        with child("attacks.py", case.attack, service.attacked, seconds) as attacker:
            while attacker.poll() is None:
                exchanges, connections = client.go_on(time.monotonic() + 0.2)
                attacked += exchanges
                attacked_connections += connections
                peaks.append(server.sample())
            done = attacker.stdout.read().strip()
        after = server.sample()
        client.connection.close()
        wait_until(lambda: server.descriptors() <= before.descriptors,
                   f"{case.name}: the server to have closed what it had open")
        kept = server.sample().memory - before.memory
        if attacker.returncode != 0 or not attacked:
            raise SystemExit(f"{case.name}: the attack was none")
        if kept > MOST_KEPT:
            raise SystemExit(f"{case.name}: {kept / MIB:.1f} MiB of memory stay")
        lost = f" ({client.lost} lost)" if client.lost else ""
        return (case.name, done, f"{100 * (after.cpu - before.cpu) / (after.time - before.time):.0f} %",
                f"{before.memory / MIB:.1f}", f"{max(p.memory for p in peaks) / MIB:.1f}",
                f"{kept / MIB:+.1f}",
                max(p.descriptors for p in peaks),
                waits(calm), waits(attacked) + lost,
                waits(attacked_connections) if attacked_connections else "-")


def waits(times):
    return f"{milliseconds(median(times))} / {milliseconds(quantile(times, 0.99))}"


def main():
    seconds = whole_number(sys.argv[1], 1, 600) if len(sys.argv) > 1 else 5
    wanted = sys.argv[2:] or list(ATTACKS)
    if not seconds or not set(wanted) <= set(ATTACKS):
        usage(f"abuse [SECONDS, to 600 [ATTACK...]], of: {', '.join(ATTACKS)}")
    rows = []
    with tempfile.TemporaryDirectory() as directory:
        for case in CASES:
            if case.attack in wanted:
                print(f"{case.name} ...", file=sys.stderr)
                rows.append(assault(case, seconds, directory))
    print_table(["attack", "what was done", "processor", "memory before, MiB", "highest", "kept",
                 "descriptors", "exchange before, median / 99 %", "during", "new connection, during"], rows)


if __name__ == "__main__":
    main()
