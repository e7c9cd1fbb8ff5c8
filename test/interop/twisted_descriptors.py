"""Twisted sends descriptors to an echo of them: twisted_descriptors.py listen|connect PATH.

Sends the writing ends of pipes among bytes, and checks that what comes back are those, in order,
and the bytes. Status 1 when anything was wrong. Listening it prints a line when it does.
"""

import os
import sys

from twisted.internet import error, interfaces, protocol, reactor
from zope.interface import implementer

DEADLINE = 60
COUNT = 150  # more than Twisted's queue holds
TEXT = b"some bytes in between, "


@implementer(interfaces.IFileDescriptorReceiver)
class Sender(protocol.Protocol):
    def connectionMade(self):
        self.pipes = [os.pipe() for _ in range(COUNT)]
        self.descriptors = []
        self.received = b""
        for _, writing in self.pipes:
            self.transport.write(TEXT)
            self.transport.sendFileDescriptor(writing)
            self.transport.write(b"!")

    def fileDescriptorReceived(self, descriptor):
        self.descriptors.append(descriptor)

    def dataReceived(self, data):
        self.received += data
        if len(self.received) == COUNT * (len(TEXT) + 1):
            self.check()
            self.transport.loseConnection()

    def check(self):
        if self.received != (TEXT + b"!") * COUNT:
            self.factory.failed("other bytes came back")
        if len(self.descriptors) != COUNT:
            self.factory.failed(f"{len(self.descriptors)} of {COUNT} descriptors came back")
        for (reading, writing), returned in zip(self.pipes, self.descriptors):
            os.close(writing)
            os.write(returned, b"x")
            os.close(returned)
            if os.read(reading, 10) != b"x":
                self.factory.failed("another descriptor came back")

    def connectionLost(self, reason):
        if not reason.check(error.ConnectionDone):
            self.factory.failed(f"lost: {reason.value}")
        if reactor.running:
            reactor.stop()


class Senders(protocol.ClientFactory):
    protocol = Sender
    noisy = False
    failure = None

    def clientConnectionFailed(self, connector, reason):
        self.failed(f"cannot connect: {reason.value}")
        reactor.stop()

    def failed(self, what):
        self.failure = self.failure or what


def out_of_time(factory):
    factory.failed("out of time")
    reactor.stop()


def main():
    role, path = sys.argv[1:]
    factory = Senders()
    if role == "listen":
        reactor.listenUNIX(path, factory)
        print("listening", flush=True)
    else:
        reactor.connectUNIX(path, factory)
    reactor.callLater(DEADLINE, out_of_time, factory)
    reactor.run()
    if factory.failure:
        print(factory.failure)
    sys.exit(factory.failure is not None)


if __name__ == "__main__":
    main()
