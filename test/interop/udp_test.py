"""Datagrams: Twisted on either side, over IPv4, IPv6 and UNIX sockets; socat in a multicast group."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

from program import BUILT, DEADLINE, seeded_random

DATAGRAMS = os.environ.get("PLAIT_INTEROP_DATAGRAMS", str(BUILT / "interop_datagrams"))
EXAMPLES = os.environ.get("PLAIT_EXAMPLES", str(BUILT / "examples"))
TWISTED = [sys.executable, "twisted_datagrams.py"]
COUNT = 300
GROUP = "228.0.0.5"


class DatagramTest(unittest.TestCase):
    def start(self, *command):
        """A child; it has ended when the test ends, with status 0 and in silence: ours by SIGTERM,
        others because their standard input has ended."""
        ours = command[0].startswith((DATAGRAMS, EXAMPLES))
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)

        def end():
            try:
                if ours and child.poll() is None:
                    child.terminate()
                _, errors = child.communicate(timeout=DEADLINE)
            finally:
                child.kill()
                child.wait()
            self.assertNotRegex(errors, "warn|error|critical|Traceback|Sanitizer")
            self.assertEqual(child.returncode, 0, errors)

        self.addCleanup(end)
        return child

    def first_number(self, child):
        """What it says first: where it listens."""
        return int(re.search(r"(\d+)\n", child.stdout.readline()).group(1))

    def ask(self, *command):
        seed = seeded_random().randrange(1 << 32)
        done = subprocess.run([*command, str(COUNT), str(seed)], capture_output=True, text=True,
                              timeout=90)
        self.assertEqual((done.stdout, done.returncode), (f"{COUNT} answered\n", 0), done.stderr)


class TwistedTest(DatagramTest):
    def converse(self, address):
        """Ours asks Twisted's, and Twisted's asks ours."""
        for server, client in (TWISTED, [DATAGRAMS]), ([DATAGRAMS], TWISTED):
            with self.subTest(server=server[0], client=client[0]):
                where = address("twisted" if server is TWISTED else "plait")
                port = self.first_number(self.start(*server, "serve", where))
                self.ask(*client, "ask", where if where.startswith("/") else f"{where[:-1]}{port}")

    def test_ipv4(self):
        self.converse(lambda name: "127.0.0.1:0")

    def test_ipv6(self):
        self.converse(lambda name: "::1:0")

    def test_unix(self):
        folder = tempfile.mkdtemp()

        def end():
            left = os.listdir(folder)
            shutil.rmtree(folder)
            self.assertFalse({"plait", "twisted.asker"} & set(left))  # ours are gone

        self.addCleanup(end)
        self.converse(lambda name: f"{folder}/{name}")


@unittest.skipUnless(shutil.which("socat"), "socat is not installed")
class MulticastTest(DatagramTest):
    def test_socat_pings_a_group(self):
        server = self.start(os.path.join(EXAMPLES, "multicast_ping_server"), "0")
        port = self.first_number(server)
        socat = self.start("socat", "STDIO", f"UDP4-DATAGRAM:{GROUP}:{port},"
                           "bind=127.0.0.1,ip-multicast-if=127.0.0.1")
        socat.stdin.write("Client: Ping")
        socat.stdin.flush()
        self.assertEqual(socat.stdout.read(len("Server: Pong")), "Server: Pong")
        self.assertRegex(server.stdout.readline(), r"Client: Ping from 127\.0\.0\.1:\d+\n")

    def test_socat_hears_and_answers_a_ping(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind((GROUP, 0))
            port = free.getsockname()[1]
        # It says "starting data transfer loop" when it has joined.
        socat = subprocess.Popen(
            ["socat", "-d", "-d", f"UDP4-RECVFROM:{port},bind={GROUP},ip-add-membership={GROUP}:"
             "127.0.0.1", "SYSTEM:cat >/dev/null; printf heard"],
            stderr=subprocess.PIPE, text=True)
        self.addCleanup(socat.wait)
        self.addCleanup(socat.stderr.close)
        self.addCleanup(socat.terminate)
        while "receiving on" not in socat.stderr.readline():
            pass
        client = subprocess.run([os.path.join(EXAMPLES, "multicast_ping_client"), str(port)],
                                capture_output=True, text=True, timeout=DEADLINE)
        self.assertRegex(client.stdout, r"\Aheard from 127\.0\.0\.1:\d+\n\Z")
        self.assertEqual((client.returncode, client.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
