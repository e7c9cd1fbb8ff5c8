"""Where the program listens and connects: UNIX sockets, descriptors that were passed on, PROXY headers
and child processes. TLS has a file of its own."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import unittest

from program import PROGRAM, Listener, Program, ProgramTest, loopback, run
from wire import HOST, ask, connect, connect_unix, half_close, read_to_end


class EndpointTest(ProgramTest):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="plait-")
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name="socket"):
        return os.path.join(self.folder, name)


class UnixTest(EndpointTest):
    def test_serves_says_where_and_cleans_up(self):
        program = self.serve("echo", listen=[f"unix:{self.path()}"])
        self.assertEqual(program.listeners[0].line, f"echo listening on unix:{self.path()}\n")
        with connect_unix(self.path()) as connection:
            self.assertEqual(ask(connection, b"hello"), b"hello")
        self.assert_stops(program)
        self.assertEqual(os.listdir(self.folder), [])

    def test_the_mode_is_honoured(self):
        program = self.serve("echo", listen=[f"unix:{self.path()}:mode=600"])
        self.assertEqual(stat.S_IMODE(os.stat(self.path()).st_mode), 0o600)
        self.assert_stops(program)

    def test_a_socket_left_by_a_killed_server_is_replaced(self):
        killed = self.serve("echo", listen=[f"unix:{self.path()}"])
        killed.kill()
        self.assertTrue(os.path.exists(self.path()))
        program = self.serve("echo", listen=[f"unix:{self.path()}"])
        with connect_unix(self.path()) as connection:
            self.assertEqual(ask(connection, b"hello"), b"hello")
        self.assert_stops(program)

    def assert_refused(self, *arguments):
        refused = run(*arguments)
        self.assertEqual(refused.returncode, 1)
        self.assertEqual(refused.stdout, b"")
        self.assert_one_line(refused.stderr)
        return refused.stderr.decode()

    def test_a_live_server_is_not_replaced(self):
        program = self.serve("echo", listen=[f"unix:{self.path()}"])
        said = self.assert_refused("echo", "--listen", f"unix:{self.path()}")
        self.assertIn(self.path(), said)
        with connect_unix(self.path()) as connection:
            self.assertEqual(ask(connection, b"hello"), b"hello")
        self.assert_stops(program)

    def test_a_live_server_of_another_kind_is_not_replaced_either(self):
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(self.path())
            other.listen()
            self.assertIn(self.path(), self.assert_refused("echo", f"--listen=unix:{self.path()}"))
            self.assertTrue(os.path.exists(self.path()))

    def test_a_file_that_is_no_socket_is_not_replaced(self):
        pathlib.Path(self.path()).write_text("precious")
        self.assert_refused("echo", f"--listen=unix:{self.path()}")
        self.assertEqual(pathlib.Path(self.path()).read_text(), "precious")

    def test_a_folder_that_is_not_there(self):
        said = self.assert_refused("echo", f"--listen=unix:{self.folder}/no/socket")
        self.assertIn("No such file or directory", said)

    def test_a_path_that_is_too_long(self):
        self.assert_refused("echo", f"--listen=unix:{self.folder}/{'x' * 120}")

    def test_no_one_serves_when_one_endpoint_fails(self):
        said = self.assert_refused("echo", f"--listen=unix:{self.path()}",
                                   f"--listen=unix:{self.folder}/no/socket")
        self.assertIn("/no/socket", said)
        self.assertFalse(os.path.exists(self.path()))

    def test_connect(self):
        program = self.serve("echo", listen=[f"unix:{self.path()}"])
        done = run("connect", f"unix:{self.path()}", input=b"hello")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"hello", b""))
        self.assert_stops(program)

    def test_connect_where_nobody_is(self):
        self.assertIn(self.path(), self.assert_refused("connect", f"unix:{self.path()}"))


LAUNCHER = """
import os, sys
count, names, *command = sys.argv[1:]
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=count, LISTEN_FDNAMES=names)
os.execv(command[0], command)
"""


class PassedOnTest(EndpointTest):
    """Sockets that another process has opened."""

    def activated(self, sockets, names, *arguments):
        """The program as systemd starts it: descriptors from 3 on, and three variables."""
        with contextlib.ExitStack() as stack:
            for number, each in enumerate(sockets):
                # Python keeps these descriptors across exec, and closes all others.
                os.dup2(each.fileno(), 100 + number)
                stack.callback(os.close, 100 + number)
            shift = "; ".join(f"os.dup2({100 + i}, {3 + i})" for i in range(len(sockets)))
            command = [sys.executable, "-c", f"import os; {shift}\n{LAUNCHER}", str(len(sockets)),
                       ":".join(names), PROGRAM, *arguments]
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE,
                                       pass_fds=[100 + i for i in range(len(sockets))])
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        return process

    def listening_tcp(self, family=socket.AF_INET, host=HOST):
        listener = socket.socket(family)
        self.addCleanup(listener.close)
        listener.bind((host, 0))
        listener.listen()
        return listener, listener.getsockname()[1]

    def test_systemd_by_index_and_name(self):
        first, first_port = self.listening_tcp()
        second, second_port = self.listening_tcp()
        process = self.activated([first, second], ["web", "mail"], "echo",
                                 "--listen=systemd:domain=INET:index=0",
                                 "--listen=systemd:domain=INET:name=mail")
        self.assertEqual([process.stdout.readline() for _ in range(2)],
                         [b"echo listening on tcp:127.0.0.1:%d\n" % first_port,
                          b"echo listening on tcp:127.0.0.1:%d\n" % second_port])
        for port in first_port, second_port:
            with connect(port) as connection:
                self.assertEqual(ask(connection, b"hello"), b"hello")

    def test_systemd_with_a_unix_socket_which_stays(self):
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(self.path())
            listener.listen()
            process = self.activated([listener], ["local"], "echo",
                                     "--listen=systemd:domain=UNIX:index=0")
            self.assertEqual(process.stdout.readline(),
                             b"echo listening on unix:%s\n" % self.path().encode())
            with connect_unix(self.path()) as connection:
                self.assertEqual(ask(connection, b"hello"), b"hello")
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(), 0)
            self.assertTrue(os.path.exists(self.path()))

    def assert_missing(self, *endpoints):
        refused = run("echo", *(f"--listen={each}" for each in endpoints))
        self.assertEqual((refused.returncode, refused.stdout), (1, b""))
        self.assert_one_line(refused.stderr)

    def test_a_descriptor_that_is_missing(self):
        self.assert_missing("systemd:domain=INET:index=0")
        self.assert_missing("systemd:domain=INET:name=web")
        self.assert_missing("fd:77")

    def test_a_systemd_socket_of_another_domain(self):
        listener, _ = self.listening_tcp()
        process = self.activated([listener], ["web"], "echo", "--listen=systemd:domain=UNIX:index=0")
        self.assertEqual(process.wait(), 1)
        self.assert_one_line(process.stderr.read())

    def test_fd(self):
        listener, port = self.listening_tcp()
        os.set_inheritable(listener.fileno(), True)
        process = subprocess.Popen([PROGRAM, "echo", f"--listen=fd:{listener.fileno()}"],
                                   close_fds=False, stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), b"echo listening on tcp:127.0.0.1:%d\n" % port)
        with connect(port) as connection:
            self.assertEqual(ask(connection, b"hello"), b"hello")

    def test_systemd_itself(self):
        activate = shutil.which("systemd-socket-activate")
        if not activate:
            self.skipTest("systemd-socket-activate is not here; its equivalent above is")
        with self.listening_tcp()[0] as taken:
            port = taken.getsockname()[1]
        process = subprocess.Popen(
            [activate, f"--listen={HOST}:{port}", PROGRAM, "echo",
             "--listen=systemd:domain=INET:index=0"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        for line in process.stderr:  # "Listening on 127.0.0.1:4711 as 3."
            if b"Listening" in line:
                break
        with connect(port) as connection:
            self.assertEqual(ask(connection, b"hello"), b"hello")


def v2(command, family, payload):
    return (b"\r\n\r\n\0\r\nQUIT\n" + bytes([0x20 | command, family])
            + struct.pack("!H", len(payload)) + payload)


TCP4 = socket.inet_aton("192.0.2.1") + socket.inet_aton("198.51.100.1") + struct.pack("!HH", 4711, 80)


class ProxyHeaderTest(EndpointTest):
    def setUp(self):
        super().setUp()
        self.program = self.serve("echo", listen=[f"haproxy:{loopback()}"])

    def exchange(self, data, byte_by_byte=False):
        """What comes back for `data` and an end of file."""
        with connect(self.program.port) as connection:
            try:
                for piece in [data[i:i + 1] for i in range(len(data))] if byte_by_byte else [data]:
                    connection.sendall(piece)
                half_close(connection)
                return read_to_end(connection)
            except (ConnectionResetError, BrokenPipeError):
                return b""

    def test_the_listening_line(self):
        self.assertEqual(self.program.listeners[0].line,
                         f"echo listening on haproxy:tcp:127.0.0.1:{self.program.port}\n")

    def test_what_is_accepted(self):
        accepted = [
            b"PROXY TCP4 192.0.2.1 198.51.100.1 4711 80\r\n",
            b"PROXY TCP6 2001:db8::1 ::1 65535 0\r\n",
            b"PROXY UNKNOWN\r\n",
            b"PROXY UNKNOWN ffff:: whatever 1 2\r\n",
            v2(1, 0x11, TCP4),
            v2(1, 0x11, TCP4 + b"\x04\x00\x03abc"),  # a TLV behind the addresses
            v2(1, 0x21, bytes(36)),
            v2(1, 0x31, b"/a".ljust(108, b"\0") + b"/b".ljust(108, b"\0")),
            v2(1, 0x00, b""),
            v2(0, 0x00, b""),  # LOCAL: a health check
        ]
        for header in accepted:
            for byte_by_byte in False, True:
                with self.subTest(header=header, byte_by_byte=byte_by_byte):
                    self.assertEqual(self.exchange(header + b"hello", byte_by_byte), b"hello")

    def test_what_is_refused(self):
        refused = [
            b"hello, this is no header at all\r\n",
            b"PROXY TCP4 192.0.2.1 198.51.100.1 4711 80 more\r\n",
            b"PROXY TCP4  192.0.2.1 198.51.100.1 4711 80\r\n",
            b"PROXY TCP4 192.0.2.999 198.51.100.1 4711 80\r\n",
            b"PROXY TCP4 2001:db8::1 198.51.100.1 4711 80\r\n",
            b"PROXY TCP4 192.0.2.1 198.51.100.1 65536 80\r\n",
            b"PROXY TCP4 192.0.2.1 198.51.100.1 4711\r\n",
            b"PROXY TCP5 192.0.2.1 198.51.100.1 4711 80\r\n",
            b"PROXY UNKNOWN " + b"x" * 94,
            v2(1, 0x11, TCP4[:-1]),
            v2(2, 0x11, TCP4),
            v2(1, 0x11, TCP4).replace(b"QUIT", b"QUIX"),
            b"\r\n\r\n\0\r\nQUIT\n\x11\x11" + struct.pack("!H", len(TCP4)) + TCP4,
        ]
        for header in refused:
            with self.subTest(header=header):
                self.assertEqual(self.exchange(header + b"hello"), b"")

    def test_bad_headers_do_no_harm_to_others(self):
        with connect(self.program.port) as good:
            good.sendall(b"PROXY TCP4 192.0.2.1 198.51.100.1 4711 80\r\n")
            for _ in range(20):
                self.exchange(b"nonsense that is long enough to be seen as such\r\n")
            self.assertEqual(ask(good, b"still there"), b"still there")


class ProcessTest(EndpointTest):
    def test_connect_to_a_child(self):
        done = run("connect", "process:/bin/cat", input=b"hello")
        self.assertEqual((done.returncode, done.stdout), (0, b"hello"))

    def test_a_child_that_fails(self):
        for endpoint, out in (("process:/bin/false", b""),
                              ("process:/bin/sh:-c:echo out; exit 3", b"out\n"),
                              ("process:/nowhere", b"")):
            done = run("connect", endpoint, input=b"")
            self.assertEqual((done.returncode, done.stdout), (1, out), endpoint)
            self.assert_one_line(done.stderr)

    def test_all_output_of_a_child_that_fails_is_forwarded(self):
        program = self.serve("forward", "--to", "process:/bin/sh:-c:seq 1 300000; exit 3")
        with connect(program.port) as connection:
            self.assertEqual(len(read_to_end(connection)), 1988895)

    def test_forward_to_a_child(self):
        program = self.serve("forward", "--to", "process:/bin/cat")
        with connect(program.port) as connection:
            self.assertEqual(ask(connection, b"hello"), b"hello")
            half_close(connection)
            self.assertEqual(read_to_end(connection), b"")
        self.assert_stops(program)


if __name__ == "__main__":
    unittest.main()
