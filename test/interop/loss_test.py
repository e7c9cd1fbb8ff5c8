"""Connections that reset, half-close, stall and vanish at any point, and one that behaves."""

import selectors
import socket
import threading
import time

from program import DEADLINE, ProgramTest, seeded_random, wait_until
from wire import HOST, connect, half_close, int32, line, netstring, read_exactly, reset

LOST = 300  # connections a service
AT_ONCE = 60


class Lost:
    """A connection that comes to a bad end after a random number of bytes."""

    def __init__(self, port, data, random):
        self.data = data
        self.ending = random.choice(["reset", "close", "half close", "stall", "send on"])
        self.reads = random.random() < 0.5
        self.size = random.randrange(random.choice([2, 20, 2000, len(data)]))
        self.most = random.choice([1, 100, 10_000, len(data)])  # at a time
        self.sent = 0
        self.until = time.monotonic() + random.random() * 0.3  # however stuck
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.connect_ex((HOST, port))

    def step(self, readable):
        """Goes on; False when it has come to its end."""
        try:
            if self.reads and readable:
                if not self.socket.recv(65536):
                    return self.end()
            if self.sent < self.size:
                piece = self.data[self.sent:min(self.size, self.sent + self.most)]
                self.sent += self.socket.send(piece)
        except BlockingIOError:
            pass
        except ConnectionError:
            return self.end()
        if time.monotonic() > self.until:
            return self.end()
        if self.sent < self.size or self.ending == "stall":
            return True
        if self.ending == "half close":
            half_close(self.socket)
            self.ending, self.reads = "stall", True
            return True
        return self.end()

    def end(self):
        if self.ending == "reset":
            reset(self.socket)
        self.socket.close()
        return False


class Good(threading.Thread):
    """Keeps checking the answers to its messages, until told to stop."""

    def __init__(self, port, message, answer, greeting):
        super().__init__()
        self.port, self.message, self.answer, self.greeting = port, message, answer, greeting
        self.enough = threading.Event()
        self.answers = 0
        self.failure = None
        self.longest = 0

    def run(self):
        try:
            with connect(self.port) as connection:
                if self.greeting:
                    self.expect(connection, self.greeting)
                while not self.enough.is_set():
                    start = time.monotonic()
                    connection.sendall(self.message)
                    self.expect(connection, self.answer)
                    self.longest = max(self.longest, time.monotonic() - start)
                    self.answers += 1
                half_close(connection)
                self.expect(connection, b"")
        except Exception as error:
            self.failure = error

    @staticmethod
    def expect(connection, answer):
        got = read_exactly(connection, len(answer)) if answer else connection.recv(1)
        if got != answer:
            raise AssertionError(f"{got} instead of {answer}")

    def stop(self):
        self.enough.set()
        self.join(DEADLINE)


class LossTest(ProgramTest):
    def lose(self, service, data, message, answer=None, greeting=None):
        random = seeded_random()
        program = self.serve(service)
        before = program.descriptors()
        good = Good(program.port, message, answer or message, greeting or b"")
        self.addCleanup(good.stop)
        good.start()
        self.lose_all(lambda: Lost(program.port, data(), random))
        seen = good.answers
        wait_until(lambda: good.answers > seen + 10 or good.failure, "the good one to be served")
        good.stop()
        self.assertIsNone(good.failure)
        self.assertLess(good.longest, 5)  # seconds
        wait_until(lambda: program.descriptors() == before, "all connections to be closed")
        self.assert_stops(program)

    def lose_all(self, open_one):
        left = LOST
        with selectors.DefaultSelector() as selector:
            while left or selector.get_map():
                while left and len(selector.get_map()) < AT_ONCE:
                    one = open_one()
                    selector.register(one.socket, selectors.EVENT_READ, one)
                    left -= 1
                ready = {key.fd for key, _ in selector.select(0.001)}
                for key in list(selector.get_map().values()):
                    if not key.data.step(key.fd in ready):
                        selector.unregister(key.fileobj)

    def test_echo(self):
        self.lose("echo", lambda: bytes(range(256)) * 4000, b"still there?")

    def test_line(self):
        data = b"".join(line(b"x" * (i % 3000)) for i in range(700)) + b"x" * 20_000
        self.lose("line", lambda: data, b"still there?\r\n")

    def test_netstring(self):
        data = b"".join(netstring(b"x" * (i % 3000)) for i in range(700)) + b"no netstring"
        self.lose("netstring", lambda: data, b"12:still there?,")

    def test_int32(self):
        data = b"".join(int32(b"x" * (i % 3000)) for i in range(700)) + b"\xff\xff\xff\xff"
        self.lose("int32", lambda: data, int32(b"still there?"))

    def test_chat(self):
        """What anybody says goes to everybody; the good one is asked for its name all the time."""
        numbers = iter(range(LOST))
        lines = b"".join(b"line %d\r\n" % i for i in range(2000))
        question = b"What's your name?\r\n"
        self.lose("chat", lambda: b"guest %d\r\n" % next(numbers) + lines, b"\r\n", question, question)
