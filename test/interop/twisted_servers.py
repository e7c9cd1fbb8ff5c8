"""Twisted as a server: twisted_servers.py SERVICE [PATH]. Prints its port, or the path of its UNIX socket,
and serves until its standard input ends."""

import sys

from twisted.internet import interfaces, protocol, reactor, stdio
from twisted.protocols import basic
from zope.interface import implementer

from wire import HOST


@implementer(interfaces.IHalfCloseableProtocol)
class HalfCloseable:
    """Sends what is left when its peer has closed its half, then closes."""

    def readConnectionLost(self):
        self.transport.loseConnection()

    def writeConnectionLost(self):
        pass


class Lines(HalfCloseable, basic.LineReceiver):
    def lineReceived(self, line):
        self.sendLine(line)


class OnlyLines(HalfCloseable, basic.LineOnlyReceiver):
    MAX_LENGTH = 16385  # it counts an unfinished delimiter too

    def lineReceived(self, line):
        self.sendLine(line)


class Strings(HalfCloseable):
    def stringReceived(self, string):
        self.sendString(string)


class Netstrings(Strings, basic.NetstringReceiver):
    pass


class Int8Strings(Strings, basic.Int8StringReceiver):
    pass


class Int16Strings(Strings, basic.Int16StringReceiver):
    pass


class Int32Strings(Strings, basic.Int32StringReceiver):
    pass


class Plain(HalfCloseable, protocol.Protocol):
    def dataReceived(self, data):
        self.transport.write(data)


class Crumbs(Plain):
    """Echoes in pieces of a byte or two, each in a segment of its own as far as possible."""

    def connectionMade(self):
        self.transport.setTcpNoDelay(True)
        self.crumbs = b""
        self.ending = False

    def dataReceived(self, data):
        idle = not self.crumbs
        self.crumbs += data
        if idle:
            self.send()

    def send(self):
        self.transport.write(self.crumbs[:2])
        self.crumbs = self.crumbs[2:]
        if self.crumbs:
            reactor.callLater(0, self.send)
        elif self.ending:
            self.transport.loseConnection()

    def readConnectionLost(self):
        self.ending = True
        if not self.crumbs:
            self.transport.loseConnection()


class Farewell(protocol.Protocol):
    """Says something long and closes, whatever its peer does."""

    def connectionMade(self):
        self.transport.write(b"farewell\n" * 100_000)
        self.transport.loseConnection()


class Rude(protocol.Protocol):
    """Hangs up at the first word."""

    def dataReceived(self, data):
        self.transport.abortConnection()


SERVICES = {"line": Lines, "line-only": OnlyLines, "netstring": Netstrings, "int8": Int8Strings,
            "int16": Int16Strings, "int32": Int32Strings, "echo": Plain, "crumbs": Crumbs,
            "farewell": Farewell, "rude": Rude}


class UntilInputEnds(protocol.Protocol):
    def connectionLost(self, reason):
        reactor.stop()


def main():
    factory = protocol.Factory.forProtocol(SERVICES[sys.argv[1]])
    factory.noisy = False
    if len(sys.argv) > 2:
        reactor.listenUNIX(sys.argv[2], factory, backlog=500, wantPID=True)
        print(sys.argv[2], flush=True)
    else:
        port = reactor.listenTCP(0, factory, backlog=500, interface=HOST)
        print(port.getHost().port, flush=True)
    stdio.StandardIO(UntilInputEnds())
    reactor.run()


if __name__ == "__main__":
    main()
