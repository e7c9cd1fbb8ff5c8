"""A peer that sends and does not read: the server stops reading instead of hoarding."""

import contextlib
import selectors
import time

from program import DEADLINE, ProgramTest, seeded_random
from wire import connect, half_close, int32, line, netstring

MEGABYTE = 1 << 20
ALLOWED = 16 * MEGABYTE  # above what the server had before
QUIET = 0.3  # seconds without progress that mean: the server has stopped reading


class Flood:
    """Sends `total` bytes of an endlessly repeated `unit`, and checks that they come back."""

    def __init__(self, program, unit, total):
        self.program = program
        self.unit = unit * (2 + MEGABYTE // len(unit))  # a megabyte from any position of the unit
        self.period = len(unit)
        self.total = total
        self.sent = self.received = 0
        self.start = self.most = program.resident_bytes()
        self.socket = connect(program.port)
        self.socket.setblocking(False)

    def close(self):
        self.socket.close()

    def send(self):
        """Sends what the system takes; whether that was anything."""
        position = self.sent % self.period
        size = min(MEGABYTE, self.total - self.sent)
        with contextlib.suppress(BlockingIOError):
            self.sent += self.socket.send(memoryview(self.unit)[position:position + size])
            if self.sent == self.total:
                half_close(self.socket)
            return True
        return False

    def receive(self):
        """Receives and checks; False at the end of the stream."""
        data = self.socket.recv(MEGABYTE)
        position = self.received % self.period
        if data != memoryview(self.unit)[position:position + len(data)]:
            raise AssertionError(f"wrong bytes behind byte {self.received}")
        self.received += len(data)
        return bool(data)

    def measure(self):
        self.most = max(self.most, self.program.resident_bytes())

    def send_until_stalled(self):
        last = time.monotonic()
        while time.monotonic() - last < QUIET:
            if self.sent == self.total:
                raise AssertionError("the server has taken everything, and nobody reads")
            if self.send():
                last = time.monotonic()
            else:
                time.sleep(0.005)
            self.measure()

    def run_to_the_end(self):
        end = time.monotonic() + 3 * DEADLINE
        with selectors.DefaultSelector() as selector:
            selector.register(self.socket, selectors.EVENT_READ | selectors.EVENT_WRITE)
            while time.monotonic() < end:
                for _, events in selector.select(DEADLINE):
                    if events & selectors.EVENT_WRITE:
                        self.send()
                        if self.sent == self.total:
                            selector.modify(self.socket, selectors.EVENT_READ)
                    if events & selectors.EVENT_READ and not self.receive():
                        return
                self.measure()
        raise AssertionError(f"out of time after {self.received} bytes")


class BackpressureTest(ProgramTest):
    def flood(self, service, unit, total):
        # Under the address sanitizer, freed memory is kept for a while; not here.
        program = self.serve(service, environment={"ASAN_OPTIONS": "quarantine_size_mb=1"})
        flood = Flood(program, unit, total)
        self.addCleanup(flood.close)
        flood.send_until_stalled()
        with connect(program.port) as other:  # is served all the same
            other.sendall(unit[:200_000])
            self.assertEqual(other.recv(1), unit[:1])
        flood.run_to_the_end()
        self.assertEqual(flood.received, total)
        grown = flood.most - flood.start
        self.assertLess(grown, ALLOWED, f"{grown / MEGABYTE:.1f} MB more than before")
        self.assert_stops(program)

    def test_echo(self):
        self.flood("echo", seeded_random().randbytes(1_000_003), 256 * MEGABYTE)

    def messages(self, encode, most):
        """A million bytes or so of messages of all sizes."""
        random = seeded_random()
        sizes = [0, 1, most] + [random.randrange(min(most, 10 ** random.randrange(1, 6)))
                                for _ in range(100)]
        return b"".join(encode(random.randbytes(size).replace(b"\n", b".")) for size in sizes)

    def test_line(self):
        unit = self.messages(line, 16384)
        self.flood("line", unit, len(unit) * (64 * MEGABYTE // len(unit)))

    def test_netstring(self):
        unit = self.messages(netstring, 99999)
        self.flood("netstring", unit, len(unit) * (64 * MEGABYTE // len(unit)))

    def test_int32(self):
        unit = self.messages(int32, 99999)
        self.flood("int32", unit, len(unit) * (64 * MEGABYTE // len(unit)))

    def test_short_lines(self):
        """The answer to one piece of input can be larger than the piece, never by much."""
        unit = b"\r\n" * 1000 + b"x\r\n" * 1000
        self.flood("line", unit, len(unit) * (16 * MEGABYTE // len(unit)))
