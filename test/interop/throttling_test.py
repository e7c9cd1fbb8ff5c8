"""--read-limit and --write-limit. How smooth they are, unit tests show in virtual time; here, that
everything arrives, and not before it may."""

import socket
import threading
import time

from program import ProgramTest, loopback, run
from wire import connect

SIZE = 100_000
RATE = "250k"
# After a quarter of a second's bytes at once, the rest takes its time.
AT_LEAST = SIZE / 250_000 - 0.25


class ThrottlingTest(ProgramTest):
    def exchange(self, port):
        """Echoes SIZE bytes; how long that took."""
        data = bytes(i * 7 % 251 for i in range(SIZE))
        with connect(port) as peer:
            start = time.monotonic()
            writer = threading.Thread(target=peer.sendall, args=(data,))
            writer.start()
            received = b""
            while len(received) < SIZE:
                received += peer.recv(65536)
            took = time.monotonic() - start
            writer.join()
            peer.shutdown(socket.SHUT_WR)
            self.assertEqual(peer.recv(1), b"")
        self.assertEqual(received, data)
        return took

    def test_limits_what_is_written(self):
        program = self.serve("echo", "--write-limit", RATE)
        self.assertGreaterEqual(self.exchange(program.port), AT_LEAST)
        self.assert_stops(program)

    def test_limits_what_is_read(self):
        program = self.serve("echo", "--read-limit", RATE)
        self.assertGreaterEqual(self.exchange(program.port), AT_LEAST)
        self.assert_stops(program)

    def test_limits_each_connection_by_itself(self):
        program = self.serve("echo", "--read-limit=1M", "--write-limit=1M", "--reactors=2")
        threads = [threading.Thread(target=self.exchange, args=(program.port,)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assert_stops(program)

    def test_refuses_what_is_no_rate(self):
        for rate in ("0", "-1", "x", "", "1K", "1kk", "5000M", "4000000001", "99999999999999999999"):
            with self.subTest(rate=rate):
                done = run("echo", "--listen", loopback(), f"--read-limit={rate}")
                self.assertEqual((done.returncode, done.stdout), (2, b""))
                self.assert_one_line(done.stderr)
                self.assertIn(b"--read-limit", done.stderr)
        done = run("connect", "tcp:127.0.0.1:1", "--write-limit", "1")
        self.assertEqual(done.returncode, 2)

    def test_help_tells_of_them(self):
        help_text = run("--help").stdout
        for option in b"--read-limit --write-limit --traffic-log --metrics".split():
            self.assertIn(option, help_text)
