"""Twisted with datagrams: twisted_datagrams.py serve ADDRESS, or ask ADDRESS COUNT SEED.

`serve` echoes until its standard input ends, and prints its port first; `ask` sends random datagrams,
one at a time, checks every echo, and prints how many there were; status 1 when anything went wrong.
ADDRESS is HOST:PORT, or the path of a UNIX datagram socket.
"""

import random
import sys

from twisted.internet import protocol, reactor, stdio

DEADLINE = 60
LONGEST = 60_000  # Twisted's own limit, maxPacketSize, must be told


class Echo(protocol.DatagramProtocol):
    def datagramReceived(self, datagram, address):
        self.transport.write(datagram, address)


class Asker(protocol.ConnectedDatagramProtocol):
    def __init__(self, peer, count, seed):
        self.peer, self.left, self.random = peer, count, random.Random(seed)
        self.answered, self.failure = 0, None

    def startProtocol(self):
        if self.peer:
            self.transport.connect(*self.peer)
        self.ask()

    def ask(self):
        if self.left == 0:
            return reactor.callWhenRunning(reactor.stop)
        self.left -= 1
        most = self.random.choice([0, 1, 64, 1500, LONGEST])
        self.asked = self.random.randbytes(self.random.randrange(most + 1))
        self.transport.write(self.asked)

    def datagramReceived(self, datagram, address=None):
        if datagram != self.asked:
            return self.fail(f"{len(self.asked)} bytes answered by {len(datagram)}")
        self.answered += 1
        self.ask()

    def connectionRefused(self):
        self.fail("refused")

    def fail(self, what):
        if self.failure is None:
            self.failure = what
            reactor.stop()


class Watch(protocol.Protocol):
    """Ends the server with its standard input."""

    def connectionLost(self, reason):
        reactor.stop()


def serve(host, port):
    if port is None:
        listening = reactor.listenUNIXDatagram(host, Echo(), maxPacketSize=65536)
    else:
        listening = reactor.listenUDP(port, Echo(), interface=host, maxPacketSize=65536)
    print(0 if port is None else listening.getHost().port, flush=True)
    stdio.StandardIO(Watch())
    reactor.run()


def ask(host, port, count, seed):
    if port is None:
        asker = Asker(None, count, seed)
        reactor.connectUNIXDatagram(host, asker, maxPacketSize=65536, bindAddress=host + ".asker")
    else:
        asker = Asker((host, port), count, seed)
        reactor.listenUDP(0, asker, interface="::1" if ":" in host else "127.0.0.1",
                          maxPacketSize=65536)
    reactor.callLater(DEADLINE, asker.fail, "out of time")
    reactor.run()
    print(f"{asker.answered} answered" + (f"; {asker.failure}" if asker.failure else ""))
    sys.exit(asker.failure is not None)


def main():
    host, port = sys.argv[2], None
    if not host.startswith("/"):
        host, _, port = host.rpartition(":")
        port = int(port)
    if sys.argv[1] == "serve":
        serve(host, port)
    else:
        ask(host, port, *map(int, sys.argv[3:]))


if __name__ == "__main__":
    main()
