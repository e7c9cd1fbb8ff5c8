"""Twisted's own receivers as clients of our services, hundreds of connections at a time."""

import subprocess
import sys

from program import ProgramTest, seeded_random, wait_until
from wire import talk

CONNECTIONS = 200


class TwistedClientsTest(ProgramTest):
    def converse(self, service, client):
        program = self.serve(service)
        before = program.descriptors()
        seed = seeded_random().randrange(1 << 32)
        done = subprocess.run(
            [sys.executable, "twisted_clients.py", client, str(program.port), str(CONNECTIONS),
             str(seed)], capture_output=True, text=True, timeout=90)
        said = done.stdout + done.stderr
        self.assertEqual((done.returncode, done.stderr), (0, ""), said)
        for ending in "half close", "loseConnection", "abortConnection":
            self.assertIn(ending, said)
        self.assertEqual(talk(program.port, b""), b"")  # and the server is well
        wait_until(lambda: program.descriptors() == before, "all connections to be closed")
        self.assert_stops(program)

    def test_line_receiver(self):
        self.converse("line", "line")

    def test_line_only_receiver(self):
        self.converse("line", "line-only")

    def test_netstring_receiver(self):
        self.converse("netstring", "netstring")

    def test_int8_string_receiver(self):
        self.converse("int8", "int8")

    def test_int16_string_receiver(self):
        self.converse("int16", "int16")

    def test_int32_string_receiver(self):
        self.converse("int32", "int32")

    def test_protocol(self):
        self.converse("echo", "echo")
