"""UNIX sockets: our end and Twisted's, crowds of connections, descriptors, and who has a path."""

import os
import signal
import socket
import subprocess
import sys
import tempfile

from program import CLIENT, DEADLINE, DESCRIPTOR_ECHO, ProgramTest, seeded_random

CONNECTIONS = 100


class UnixTest(ProgramTest):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.path = os.path.join(directory.name, "socket")

    def start_process(self, *command):
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)

        def end():
            if process.poll() is None:
                process.kill()
            process.communicate()

        self.addCleanup(end)
        return process

    def start_listening(self, *command):
        """Starts a server that prints a line when it listens."""
        server = self.start_process(*command)
        self.assertTrue(server.stdout.readline(), "the server did not start")
        return server

    def serve_with_twisted(self, service):
        return self.start_listening(sys.executable, "twisted_servers.py", service, self.path)

    def serve_with_plait(self):
        return self.start_listening(DESCRIPTOR_ECHO, "listen", self.path)

    def assert_ends_well(self, process, says="^"):
        output, errors = process.communicate(timeout=90)
        self.assertEqual(process.returncode, 0, output + errors)
        self.assertNotRegex(errors, r" (warn|error|critical) |Error|Sanitizer")
        self.assertRegex(output, says)

    def assert_serves(self):
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(DEADLINE)
            peer.connect(self.path)
            peer.sendall(b"hello")
            self.assertEqual(peer.recv(100), b"hello")


class CrowdTest(UnixTest):
    def test_our_clients_and_twisteds_server(self):
        for protocol in "line", "int32", "echo":
            with self.subTest(protocol=protocol):
                server = self.serve_with_twisted(protocol)
                seed = str(seeded_random().randrange(1 << 32))
                client = self.start_process(CLIENT, protocol, self.path, str(CONNECTIONS), seed)
                self.assert_ends_well(client, rf"\A{protocol}: {CONNECTIONS} connections, \d+ mess")
                self.assert_ends_well(server)

    def test_twisteds_clients_and_our_server(self):
        server = self.serve_with_plait()
        seed = str(seeded_random().randrange(1 << 32))
        client = self.start_process(sys.executable, "twisted_clients.py", "echo", self.path,
                                    str(CONNECTIONS), seed)
        self.assert_ends_well(client, "loseConnection")
        self.assert_serves()
        server.send_signal(signal.SIGTERM)
        self.assert_ends_well(server)
        self.assertEqual(os.listdir(self.directory), [])


class DescriptorsTest(UnixTest):
    def test_twisted_sends_them_to_our_server_and_gets_them_back(self):
        self.serve_with_plait()
        self.assert_ends_well(
            self.start_process(sys.executable, "twisted_descriptors.py", "connect", self.path))

    def test_twisted_sends_them_to_our_client_and_gets_them_back(self):
        server = self.start_listening(sys.executable, "twisted_descriptors.py", "listen", self.path)
        self.assert_ends_well(self.start_process(DESCRIPTOR_ECHO, "connect", self.path))
        self.assert_ends_well(server)


class PathTest(UnixTest):
    """Who has the path: servers of both kinds, alive and killed."""

    def assert_refused(self, command, says):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=DEADLINE)
        self.assertEqual(done.returncode, 1)
        self.assertIn(says, done.stderr)

    def test_we_respect_a_live_twisted_server(self):
        server = self.serve_with_twisted("echo")
        self.assert_refused(
            [DESCRIPTOR_ECHO, "listen", self.path],
            f"cannot listen on unix:{self.path}: Address already in use (by process {server.pid})")
        self.assert_serves()
        self.assert_ends_well(server)

    def test_we_take_over_from_a_killed_twisted_server(self):
        server = self.serve_with_twisted("echo")
        server.kill()
        server.communicate()
        self.assertEqual(len(os.listdir(self.directory)), 2)
        server = self.serve_with_plait()
        self.assert_serves()
        server.send_signal(signal.SIGTERM)
        self.assert_ends_well(server)
        self.assertEqual(os.listdir(self.directory), [])

    def test_twisted_respects_our_live_server(self):
        self.serve_with_plait()
        self.assert_refused([sys.executable, "twisted_servers.py", "echo", self.path], "Error")
        self.assert_serves()

    def test_we_take_over_from_ourselves_when_killed(self):
        server = self.serve_with_plait()
        self.assert_refused([DESCRIPTOR_ECHO, "listen", self.path],
                            f"Address already in use (by process {server.pid})")
        server.kill()
        server.communicate()
        self.serve_with_plait()
        self.assert_serves()
