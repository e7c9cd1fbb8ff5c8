"""Twisted's own receivers as servers, and our clients: a crowd of them, and `plait connect`."""

import subprocess
import sys

from program import CLIENT, DEADLINE, ProgramTest, run, seeded_random
from wire import ENCODERS, HOST

CONNECTIONS = 120


class TwistedServersTest(ProgramTest):
    def serve_with_twisted(self, service):
        """A server of Twisted's, which must end well and silently; its port."""
        server = subprocess.Popen([sys.executable, "twisted_servers.py", service],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE)

        def end():
            try:
                _, errors = server.communicate(timeout=DEADLINE)
            finally:
                server.kill()
                server.wait()
            self.assertEqual((server.returncode, errors), (0, b""))

        self.addCleanup(end)
        port = server.stdout.readline()
        self.assertTrue(port, "the server did not start")
        return int(port)


class CrowdTest(TwistedServersTest):
    """Our receivers against theirs, many connections at once."""

    def converse(self, protocol, service=None, connections=CONNECTIONS):
        port = self.serve_with_twisted(service or protocol)
        seed = seeded_random().randrange(1 << 32)
        done = subprocess.run([CLIENT, protocol, str(port), str(connections), str(seed)],
                              capture_output=True, text=True, timeout=90)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout + done.stderr)
        self.assertRegex(done.stdout, rf"\A{protocol}: {connections} connections, \d+ messages")

    def test_line_receiver(self):
        self.converse("line")

    def test_line_only_receiver(self):
        self.converse("line", "line-only")

    def test_netstring_receiver(self):
        self.converse("netstring")

    def test_int8_string_receiver(self):
        self.converse("int8")

    def test_int16_string_receiver(self):
        self.converse("int16")

    def test_int32_string_receiver(self):
        self.converse("int32")

    def test_protocol(self):
        self.converse("echo")

    def test_answers_in_crumbs(self):
        self.converse("int8", "crumbs", connections=5)


class ConnectTest(TwistedServersTest):
    """`plait connect`."""

    def connect(self, service, data):
        return run("connect", f"tcp:{HOST}:{self.serve_with_twisted(service)}", input=data)

    def test_messages_come_back(self):
        random = seeded_random()
        for service, encode in ENCODERS.items():
            with self.subTest(service=service):
                data = b"".join(encode(b"%d " % i + b"x" * random.randrange(200))
                                for i in range(1000))
                done = self.connect(service, data)
                self.assertEqual((done.returncode, done.stderr), (0, b""))
                self.assertTrue(done.stdout == data)

    def test_megabytes_come_back(self):
        data = seeded_random().randbytes(5_000_000)
        done = self.connect("echo", data)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertTrue(done.stdout == data)

    def test_a_farewell_is_heard_to_its_end(self):
        done = self.connect("farewell", b"")  # Twisted resets when it leaves something unread
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertTrue(done.stdout == b"farewell\n" * 100_000)

    def test_an_abort_is_a_failure(self):
        done = self.connect("rude", b"hello")
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assert_one_line(done.stderr)
