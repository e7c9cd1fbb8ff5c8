"""Many clients in one process, each behaving in a way of its own. Run by soak.py:

    crowd.py PORT TLS_PORT CLIENTS SECONDS

Keeps CLIENTS connections to an echo server until SECONDS have passed, replacing those that end.
Prints what it did, as JSON, at the end; `wrong` of it are clients that behave well and were served
badly: with something else than they had sent, with an end of the connection, or not at all."""

import collections
import heapq
import itertools
import json
import os
import random
import select
import socket
import struct
import sys
import time

HOST = "127.0.0.1"
PING = b"0123456789abcdef" * 4
PATIENCE = 20.0  # seconds that a client that behaves well waits for a connection, and for an answer


class Client:
    """One connection. `readable` is called when something has come, `tick` now and then."""

    tls = False
    connected = False

    def __init__(self, crowd):
        self.crowd = crowd
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.ends = time.monotonic() + random.uniform(0.5, 1.5) * self.life
        self.prepare()
        self.socket.connect_ex((HOST, crowd.tls_port if self.tls else crowd.port))

    life = 10.0  # seconds, about

    def prepare(self):
        pass

    def tick(self):
        """Every now and then."""

    def readable(self):
        """Reads; false at the end."""
        return bool(self.socket.recv(65536))

    def owed(self):
        """It behaves well, and waits for an answer."""
        return False

    def ended(self):
        """The connection has ended, and not by its will."""

    def close(self):
        self.socket.close()


class Pinger(Client):
    """Sends, and gets the same back: behaves well."""

    waiting = b""

    def prepare(self):
        self.since = time.monotonic()  # that it has been waiting, if it does

    def tick(self):
        if self.waiting:
            return
        self.socket.send(PING)
        self.waiting = PING
        self.since = time.monotonic()

    def readable(self):
        data = self.socket.recv(65536)
        if not data or not self.waiting.startswith(data):
            return False
        self.waiting = self.waiting[len(data):]
        self.crowd.done["echoes"] += not self.waiting
        return True

    def owed(self):
        return bool(self.waiting) or not self.connected

    def ended(self):
        self.crowd.wrong += 1


class Churner(Pinger):
    """The same, and goes soon."""

    life = 0.2


class SlowReader(Client):
    """Sends more than it reads."""

    def prepare(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)

    def tick(self):
        self.socket.send(PING * 256)

    def readable(self):
        return bool(self.socket.recv(64))


class SlowWriter(Client):
    """A byte now and then."""

    def tick(self):
        self.socket.send(b"x")


class Babbler(Client):
    """Garbage, at the port that expects TLS."""

    life = 1.0
    tls = True

    def tick(self):
        self.socket.send(os.urandom(random.randrange(1, 2000)))


class Resetter(Client):
    """Ends with a reset, in the middle of things."""

    life = 0.5

    def prepare(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def tick(self):
        self.socket.send(PING * 64)

    def readable(self):
        return True


KINDS = [(Pinger, 60), (Churner, 10), (SlowReader, 8), (SlowWriter, 12), (Babbler, 5), (Resetter, 5)]
TICK = 1.0  # seconds between the ticks of one client
MOST_NEW = 300  # connections begun at once


class Crowd:
    def __init__(self, port, tls_port, size):
        self.port, self.tls_port, self.size = port, tls_port, size
        self.poll = select.epoll()
        self.clients = {}
        self.due = []  # a heap of (time, number, client): when each is to tick
        self.numbers = itertools.count()
        self.done = collections.Counter()
        self.wrong = 0

    def run(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for _ in range(min(MOST_NEW, self.size - len(self.clients))):
                self.add()
            self.look()
            self.tick()
        while any(client.owed() for client in self.clients.values()):
            self.look()
            self.give_up()
        for client in list(self.clients.values()):
            self.drop(client)

    def look(self):
        for descriptor, _ in self.poll.poll(0.02, 1000):
            client = self.clients[descriptor]
            ready = client.readable if client.connected else lambda: self.connected(client)
            self.attempt(client, ready)

    def connected(self, client):
        error = client.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error))
        client.connected = True
        self.poll.modify(client.socket, select.EPOLLIN)

    def give_up(self):
        """Whoever behaves well, and has waited too long."""
        for client in list(self.clients.values()):
            if client.owed() and client.since + PATIENCE < time.monotonic():
                self.done["waited in vain"] += 1
                self.end(client)

    def add(self):
        kind = random.choices([k for k, _ in KINDS], [w for _, w in KINDS])[0]
        client = kind(self)
        descriptor = client.socket.fileno()
        self.clients[descriptor] = client
        self.poll.register(descriptor, select.EPOLLOUT)
        self.tick_at(time.monotonic() + random.uniform(0.05, 0.1), client)
        self.done[kind.__name__] += 1

    def drop(self, client):
        del self.clients[client.socket.fileno()]
        client.close()

    def end(self, client):
        client.ended()
        self.drop(client)

    def tick_at(self, moment, client):
        heapq.heappush(self.due, (moment, next(self.numbers), client))

    def tick(self):
        now = time.monotonic()
        while self.due and self.due[0][0] < now:
            client = heapq.heappop(self.due)[2]
            if self.clients.get(client.socket.fileno()) is not client:
                continue
            if client.owed():
                if client.since + PATIENCE < now:
                    self.done["waited in vain"] += 1
                    self.end(client)
                    continue
            elif client.ends < now:
                self.drop(client)
                continue
            if not client.connected or self.attempt(client, client.tick):
                self.tick_at(now + min(TICK, client.life / 5), client)

    def attempt(self, client, action):
        """Does it; the client has ended when its connection has."""
        try:
            if action() is not False:
                return True
            self.done["ended by the server"] += 1
        except BlockingIOError:
            return True
        except OSError:
            self.done["errors"] += 1
        self.end(client)
        return False


def main():
    port, tls_port, size, seconds = (int(argument) for argument in sys.argv[1:])
    random.seed(int(os.environ.get("STRESS_SEED", "1")))
    crowd = Crowd(port, tls_port, size)
    crowd.run(seconds)
    print(json.dumps({**crowd.done, "wrong": crowd.wrong}))


if __name__ == "__main__":
    main()
