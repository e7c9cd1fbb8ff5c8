"""The echo servers as Twisted's documentation would write them, on the epoll reactor."""

import sys

from twisted.internet import epollreactor

epollreactor.install()

from twisted.internet import protocol, reactor  # noqa: E402
from twisted.protocols import basic  # noqa: E402


class Paced:
    """Reads no further while the peer does not read: the transport is its own producer."""

    def connectionMade(self):
        self.transport.setTcpNoDelay(True)
        self.transport.registerProducer(self.transport, True)


class Echo(Paced, protocol.Protocol):
    def dataReceived(self, data):
        self.transport.write(data)


class Lines(Paced, basic.LineReceiver):
    def lineReceived(self, line):
        self.sendLine(line)


class Netstrings(Paced, basic.NetstringReceiver):
    MAX_LENGTH = 1 << 20

    def stringReceived(self, string):
        self.sendString(string)


class FanOut(basic.LineReceiver):
    def connectionMade(self):
        self.transport.setTcpNoDelay(True)
        self.factory.members.add(self)

    def connectionLost(self, reason):
        self.factory.members.discard(self)

    def lineReceived(self, line):
        for member in self.factory.members:
            member.sendLine(line)


class Datagrams(protocol.DatagramProtocol):
    def datagramReceived(self, data, address):
        self.transport.write(data, address)


def listen(mode):
    if mode == "udp":
        return reactor.listenUDP(0, Datagrams(), interface="127.0.0.1")
    factory = protocol.Factory.forProtocol(PROTOCOLS[mode])
    factory.members = set()
    factory.noisy = False
    return reactor.listenTCP(0, factory, backlog=1024, interface="127.0.0.1")


PROTOCOLS = {"echo": Echo, "line": Lines, "netstring": Netstrings, "fanout": FanOut}

if __name__ == "__main__":
    words = sys.argv[1:]
    if len(words) != 1 or words[0] not in (*PROTOCOLS, "udp"):
        print(f"bench_twisted: knows no mode {words}", file=sys.stderr)
        sys.exit(3)
    print("listening on", listen(words[0]).getHost().port, flush=True)
    reactor.run()
