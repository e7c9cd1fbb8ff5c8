"""The program on a pseudo-terminal that socat provides, and socat's user before it."""

import pathlib
import socket
import subprocess
import unittest

from program import DEADLINE, PROGRAM, ProgramTest
from wire import HOST, read_exactly, read_to_end

# socat takes a command apart at its spaces, and the way to the program may have some.
FOLDER = pathlib.Path(PROGRAM).parent
HERE = "./" + pathlib.Path(PROGRAM).name


class TerminalTest(ProgramTest):
    def setUp(self):
        self.listener = socket.create_server((HOST, 0))
        self.listener.settimeout(DEADLINE)
        self.addCleanup(self.listener.close)
        self.endpoint = "tcp\\:%s\\:%d" % self.listener.getsockname()

    def connect_on_a_terminal(self, options=""):
        """`connect` on a terminal of its own, with us at the keyboard; and its peer."""
        socat = subprocess.Popen(
            ["socat", "-t", str(DEADLINE), "-",
             f"EXEC:{HERE} connect {self.endpoint},pty,setsid,ctty,echo=0{options}"],
            cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(lambda: (socat.kill(), socat.communicate()))
        peer, _ = self.listener.accept()
        peer.settimeout(DEADLINE)
        self.addCleanup(peer.close)
        return socat, peer

    def type(self, socat, data):
        socat.stdin.write(data)
        socat.stdin.flush()

    def test_lines_and_the_end_of_the_input(self):
        socat, peer = self.connect_on_a_terminal()
        self.type(socat, b"hello\n")
        self.assertEqual(read_exactly(peer, 6), b"hello\n")
        peer.sendall(b"hi\n")
        self.assertEqual(socat.stdout.readline(), b"hi\r\n")
        self.type(socat, b"\4")  # Ctrl-D
        self.assertEqual(read_to_end(peer), b"")
        peer.sendall(b"bye\n")
        peer.close()
        self.assertEqual(socat.stdout.readline(), b"bye\r\n")

    def test_an_interrupt_from_the_keyboard(self):
        socat, peer = self.connect_on_a_terminal()
        self.type(socat, b"hello\n")
        self.assertEqual(read_exactly(peer, 6), b"hello\n")
        self.type(socat, b"\3")  # Ctrl-C
        self.assertEqual(read_to_end(peer), b"")

    def test_a_raw_terminal_carries_much(self):
        socat, peer = self.connect_on_a_terminal(",rawer")
        data = bytes(range(256)) * 1000
        peer.sendall(data)
        self.assertTrue(socat.stdout.read(len(data)) == data)

    def test_the_terminal_is_left_as_it_was(self):
        """Others that share it must not find it non-blocking."""
        shell = subprocess.Popen(
            ["socat", "-", f"SYSTEM:{HERE} connect {self.endpoint}; cat /proc/self/fdinfo/0,"
                           "pty,setsid,ctty,echo=0"],
            cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(lambda: (shell.kill(), shell.communicate()))
        peer, _ = self.listener.accept()
        peer.close()
        lines = shell.stdout.read().split()
        flags = int(lines[lines.index(b"flags:") + 1], 8)
        self.assertEqual(flags & 0o4000, 0)  # O_NONBLOCK


if __name__ == "__main__":
    unittest.main()
