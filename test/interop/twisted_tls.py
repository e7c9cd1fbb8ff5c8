"""Twisted over TLS. twisted_tls.py server|client|starttls-server|starttls-client PORT PEM...

A server prints its port and echoes lines until its standard input ends. A client says what it is
answered and exits with 0 when all went as it should."""

import sys

from twisted.internet import endpoints, interfaces, protocol, reactor, ssl, stdio
from twisted.protocols import basic
from zope.interface import implementer

HOST = "127.0.0.1"


def read(path):
    with open(path) as file:
        return file.read()


def server_options(pem):
    return ssl.PrivateCertificate.loadPEM(read(pem)).options()


def client_options(authority, *own):
    trust = ssl.trustRootFromCertificates([ssl.Certificate.loadPEM(read(authority))])
    certificate = ssl.PrivateCertificate.loadPEM(read(own[0])) if own else None
    return ssl.optionsForClientTLS("localhost", trustRoot=trust, clientCertificate=certificate)


class EchoLines(basic.LineReceiver):
    def lineReceived(self, line):
        self.sendLine(line)


class StartTLSServer(basic.LineReceiver):
    """As our example starttls_server."""

    secure = False

    def lineReceived(self, line):
        if line == b"STARTTLS":
            self.sendLine(b"go ahead")
            self.transport.startTLS(self.factory.options)
            self.secure = True
        else:
            self.sendLine((b"secure: " if self.secure else b"plain: ") + line)


class Talker(basic.LineReceiver):
    """Says some lines, and expects each to come back."""

    lines = [b"hello", b"x" * 10000, b"goodbye"]

    def connectionMade(self):
        self.say_next()

    def say_next(self):
        self.sendLine(self.lines[0])

    def lineReceived(self, line):
        assert line == self.lines[0], line
        self.lines = self.lines[1:]
        if self.lines:
            self.say_next()
        else:
            self.transport.loseConnection()

    def connectionLost(self, reason):
        print("ended:", reason.type.__name__, len(self.lines), flush=True)
        reactor.stop()


@implementer(interfaces.IHandshakeListener)
class StartTLSClient(basic.LineReceiver):
    def handshakeCompleted(self):
        self.sendLine(b"the key is under the mat")

    def connectionMade(self):
        self.sendLine(b"good morning")
        self.sendLine(b"STARTTLS")

    def lineReceived(self, line):
        print(line.decode(), flush=True)
        if line == b"go ahead":
            self.transport.startTLS(self.factory.options)
        if line.startswith(b"secure"):
            self.transport.loseConnection()

    def connectionLost(self, reason):
        print("ended:", reason.type.__name__, flush=True)
        reactor.stop()


class Failed(protocol.ClientFactory):
    def clientConnectionFailed(self, connector, reason):
        print("failed:", reason.getErrorMessage(), flush=True)
        reactor.stop()


class StopAtEnd(protocol.Protocol):
    def connectionLost(self, reason):
        reactor.stop()


def announce(port):
    print(port.getHost().port, flush=True)
    stdio.StandardIO(StopAtEnd())


def serve(pem):
    factory = protocol.Factory.forProtocol(EchoLines)
    announce(reactor.listenSSL(0, factory, server_options(pem), interface=HOST))


def serve_starttls(pem):
    factory = protocol.Factory.forProtocol(StartTLSServer)
    factory.options = server_options(pem)
    announce(reactor.listenTCP(0, factory, interface=HOST))


def connect(port, authority, *own):
    factory = Failed.forProtocol(Talker)
    reactor.connectSSL(HOST, int(port), factory, client_options(authority, *own))


def connect_starttls(port, authority):
    factory = Failed.forProtocol(StartTLSClient)
    factory.options = client_options(authority)
    reactor.connectTCP(HOST, int(port), factory)


if __name__ == "__main__":
    {"server": serve, "starttls-server": serve_starttls, "client": connect,
     "starttls-client": connect_starttls}[sys.argv[1]](*sys.argv[2:])
    reactor.run()
