"""Runs the programs of apps/examples as a user would, and reads what they print."""

import os
import re
import socket
import subprocess
import unittest

EXAMPLES = os.environ["PLAIT_EXAMPLES"]
DEADLINE = 30


class Server:
    """An example that listens; `with Server("echo_server") as server: server.port`."""

    def __init__(self, name):
        self.process = subprocess.Popen([os.path.join(EXAMPLES, name), "0"], text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.port = int(re.fullmatch(r"listening on 127\.0\.0\.1:(\d+)\n",
                                     self.process.stdout.readline()).group(1))

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.stop()

    def stop(self):
        """Stops it with SIGTERM; returns what it printed since it started listening."""
        if self.process.poll() is None:
            self.process.terminate()
            self.output, self.errors = self.process.communicate(timeout=DEADLINE)
            if self.process.returncode != 0:
                raise AssertionError(f"exit status {self.process.returncode}: {self.errors}")
        return self.output

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE)


def run(name, port):
    return subprocess.run([os.path.join(EXAMPLES, name), str(port)], text=True, timeout=DEADLINE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def free_port():
    """A port on which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class EchoTest(unittest.TestCase):
    def test_client_and_server(self):
        with Server("echo_server") as server:
            client = run("echo_client", server.port)
        self.assertEqual(client.returncode, 0)
        self.assertEqual(client.stdout, "Server said: hello, world!\nconnection lost\n"
                                        "Connection lost - goodbye!\n")

    def test_client_without_server(self):
        client = run("echo_client", free_port())
        self.assertEqual(client.returncode, 0)
        self.assertRegex(client.stdout, r"^Connection failed - goodbye! \(.*refused\)\n$")

    def test_wrong_argument(self):
        client = subprocess.run([os.path.join(EXAMPLES, "echo_server"), "x"], text=True,
                                stderr=subprocess.PIPE, timeout=DEADLINE)
        self.assertEqual(client.returncode, 2)
        self.assertTrue(client.stderr.startswith("usage: "))


class LoggingServerTest(unittest.TestCase):
    def test_prints_the_life_of_a_connection(self):
        with Server("logging_server") as server:
            with server.connect() as client:
                name = "127.0.0.1:%d" % client.getsockname()[1]
                self.assertEqual(server.process.stdout.readline(), f"{name}: connected\n")
                client.sendall(b"hello")
                self.assertEqual(server.process.stdout.readline(), f"{name}: sent 5 bytes\n")
            self.assertEqual(server.process.stdout.readline(),
                             f"{name}: Connection was closed cleanly.\n")


class AnswerServerTest(unittest.TestCase):
    def test_answers_questions_in_any_pieces(self):
        with Server("answer_server") as server, server.connect() as client:
            answers = client.makefile("rb")
            client.sendall(b"Beautiful is better than?Explicit is")
            self.assertEqual(answers.readline(), b"Ugly.\n")
            client.sendall(b" better than?\nWhat is this?")
            self.assertEqual(answers.readline(), b"Implicit.\n")
            self.assertEqual(answers.readline(), b"I do not know.\n")

    def test_ends_a_question_that_never_ends(self):
        with Server("answer_server") as server, server.connect() as client:
            client.sendall(b"x" * 1000)
            self.assertEqual(client.recv(100), b"")

    def test_one_shot_client(self):
        with Server("answer_server") as server:
            client = run("one_shot_client", server.port)
        self.assertEqual((client.returncode, client.stdout), (0, "Complex.\n"))

    def test_one_shot_client_without_server(self):
        client = run("one_shot_client", free_port())
        self.assertEqual(client.returncode, 1)
        self.assertEqual(client.stderr.count("\n"), 1)


class ChatServerTest(unittest.TestCase):
    def enter(self, server, name):
        client = server.connect()
        self.addCleanup(client.close)
        lines = client.makefile("rwb", buffering=0)
        self.assertEqual(lines.readline(), b"What's your name?\r\n")
        lines.write(name + b"\r\n")
        return lines

    def test_everybody_else_hears(self):
        with Server("chat_server") as server:
            ann = self.enter(server, b"Ann")
            self.assertEqual(ann.readline(), b"Welcome, Ann!\r\n")
            bob = self.enter(server, b"Ann")
            self.assertEqual(bob.readline(), b"Name taken, please choose another.\r\n")
            bob.write(b"Bob\r\n")
            self.assertEqual(bob.readline(), b"Welcome, Bob!\r\n")
            ann.write(b"hello\r\n")
            self.assertEqual(bob.readline(), b"<Ann> hello\r\n")
            bob.write(b"hi\r\n")
            self.assertEqual(ann.readline(), b"<Bob> hi\r\n")


class LineClientTest(unittest.TestCase):
    def test_talks_to_the_echo_server(self):
        with Server("echo_server") as server:
            client = run("line_client", server.port)
        self.assertEqual(client.returncode, 0)
        self.assertEqual(client.stdout, "received: Hello, world!\n"
                                        "received: What a fine day it is.\n"
                                        "received: Bye-bye!\n"
                                        "Connection was closed cleanly.\n")


if __name__ == "__main__":
    unittest.main()
