"""Twisted as a client: twisted_clients.py SERVICE PORT|PATH CONNECTIONS SEED.

Opens that many connections at once, sends random messages on each, whole or cut at random, checks
every echo, and ends each connection in one of Twisted's ways. Prints a summary; status 1 when
anything went wrong.
"""

import collections
import random
import sys

from twisted.internet import error, interfaces, protocol, reactor
from twisted.protocols import basic
from zope.interface import implementer

from wire import HOST, int8, int16, int32, line, netstring

DEADLINE = 60


@implementer(interfaces.IHalfCloseableProtocol)
class Conversation:
    """What is said on one connection; mixed into one of Twisted's protocols, which frames it."""

    longest = 20_000
    encode = staticmethod(lambda message: message)

    def connectionMade(self):
        random = self.factory.random
        self.messages = [self.random_message(random) for _ in range(random.randrange(1, 25))]
        self.expected = collections.deque(self.messages)
        self.ending = random.choice(["half close", "loseConnection", "abortConnection"])
        self.abort_after = random.randrange(len(self.messages) + 1)
        self.done = self.half_closed = False
        if random.random() < 0.5:
            for message in self.messages:
                self.send(message)
            self.all_sent()
        else:
            self.stream = b"".join(map(self.encode, self.messages))
            self.send_pieces()
        if self.ending == "abortConnection" and self.abort_after == 0:
            self.abort()

    def random_message(self, random):
        size = min(self.longest, random.choice([0, 1, 10, 300, 3000, self.longest]))
        return self.cleaned(random.randbytes(random.randrange(size + 1)))

    def cleaned(self, message):
        return message

    def send_pieces(self):
        if self.done:
            return
        size = self.factory.random.choice([1, 7, 100, 5000, 100_000])
        piece, self.stream = self.stream[:size], self.stream[size:]
        self.transport.write(piece)
        if self.stream:
            reactor.callLater(0, self.send_pieces)
        else:
            self.all_sent()

    def all_sent(self):
        if self.ending == "half close":
            self.transport.loseWriteConnection()

    def abort(self):
        self.done = True
        self.transport.abortConnection()

    def received(self, message):
        if self.done:
            return
        if not self.expected or self.expected.popleft() != message:
            return self.fail(f"a wrong echo of {len(message)} bytes")
        answered = len(self.messages) - len(self.expected)
        if self.ending == "abortConnection" and answered == self.abort_after:
            self.abort()
        elif self.ending == "loseConnection" and not self.expected:
            self.done = True
            self.transport.loseConnection()

    def readConnectionLost(self):
        self.half_closed = True
        self.transport.loseConnection()

    def writeConnectionLost(self):
        pass

    def connectionLost(self, reason):
        if self.ending == "half close":
            if not self.half_closed or self.expected:
                return self.fail(f"lost with {len(self.expected)} messages unanswered: {reason.value}")
        elif not self.done:
            return self.fail(f"lost before its {self.ending}: {reason.value}")
        aborted = self.ending == "abortConnection"
        if not reason.check(error.ConnectionAborted if aborted else error.ConnectionDone):
            return self.fail(f"lost after {self.ending} with {reason.value!r}")
        self.factory.ended(self.ending)

    def fail(self, what):
        self.factory.failed(what)


class Lines(Conversation, basic.LineReceiver):
    longest = 16384
    encode = staticmethod(line)
    send = basic.LineReceiver.sendLine

    def cleaned(self, message):
        return message.replace(b"\r\n", b"..")

    def lineReceived(self, line):
        self.received(line)

    def lineLengthExceeded(self, line):
        self.fail("a line too long")


class OnlyLines(Conversation, basic.LineOnlyReceiver):
    longest = 16382  # it counts an unfinished delimiter too
    encode = staticmethod(line)
    send = basic.LineOnlyReceiver.sendLine
    cleaned = Lines.cleaned
    lineReceived = Lines.lineReceived
    lineLengthExceeded = Lines.lineLengthExceeded


class Strings(Conversation):
    def send(self, message):
        self.sendString(message)

    def stringReceived(self, string):
        self.received(string)


class Netstrings(Strings, basic.NetstringReceiver):
    encode = staticmethod(netstring)


class Int8Strings(Strings, basic.Int8StringReceiver):
    longest = 255
    encode = staticmethod(int8)


class Int16Strings(Strings, basic.Int16StringReceiver):
    encode = staticmethod(int16)


class Int32Strings(Strings, basic.Int32StringReceiver):
    longest = 60_000
    encode = staticmethod(int32)


class Plain(Conversation, protocol.Protocol):
    """Bytes: a message ends where the next one begins."""

    def connectionMade(self):
        self.pending = b""
        super().connectionMade()
        while self.expected and not self.expected[0] and not self.done:
            self.received(b"")

    def send(self, message):
        self.transport.write(message)

    def dataReceived(self, data):
        self.pending += data
        while self.expected and not self.done and len(self.pending) >= len(self.expected[0]):
            size = len(self.expected[0])
            message, self.pending = self.pending[:size], self.pending[size:]
            self.received(message)
        if self.pending and not self.expected and not self.done:
            self.fail("more came back than was sent")


SERVICES = {"line": Lines, "line-only": OnlyLines, "netstring": Netstrings, "int8": Int8Strings,
            "int16": Int16Strings, "int32": Int32Strings, "echo": Plain}


class Crowd(protocol.ClientFactory):
    """All the connections, and how they fared."""

    noisy = False

    def __init__(self, service, connections, seed):
        self.protocol = SERVICES[service]
        self.left = connections
        self.random = random.Random(seed)
        self.endings = collections.Counter()
        self.failure = None

    def clientConnectionFailed(self, connector, reason):
        self.failed(f"cannot connect: {reason.value}")

    def ended(self, how):
        self.endings[how] += 1
        self.left -= 1
        if self.left == 0 and reactor.running:
            reactor.stop()

    def failed(self, what):
        if self.failure is None:
            self.failure = what
            reactor.stop()


def main():
    service, place = sys.argv[1:3]
    connections, seed = map(int, sys.argv[3:])
    crowd = Crowd(service, connections, seed)
    for _ in range(connections):
        if place.startswith("/"):
            reactor.connectUNIX(place, crowd)
        else:
            reactor.connectTCP(HOST, int(place), crowd)
    reactor.callLater(DEADLINE, crowd.failed, "out of time")
    reactor.run()
    print(f"{service}: {dict(crowd.endings)}" + (f"; {crowd.failure}" if crowd.failure else ""))
    sys.exit(crowd.failure is not None)


if __name__ == "__main__":
    main()
