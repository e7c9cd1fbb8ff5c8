"""Limits and timeouts: how many connections there may be, and how long they may be silent."""

import contextlib
import os
import signal
import socket
import tempfile
import time

from program import ProgramTest, loopback, wait_until
from wire import HOST, ask, connect, connect_unix, half_close, line, read_exactly, read_to_end, reset

LOCALHOST2 = "127.0.0.2"  # as much this machine as 127.0.0.1, and another peer


def connect_from(port, source):
    """A connection from another address of this machine."""
    return socket.create_connection((HOST, port), timeout=30, source_address=(source, 0))


def is_refused(connection):
    """Whether the connection was closed without a byte; a refused one may be reset."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


class LimitTest(ProgramTest):
    def open(self, port, source=HOST):
        connection = connect_from(port, source)
        self.addCleanup(connection.close)
        return connection

    def serves(self, port, source=HOST):
        """A new connection that is served; kept until the end of the test."""
        connection = self.open(port, source)
        self.assertEqual(ask(connection, b"hello"), b"hello")
        return connection

    def refuses(self, port, source=HOST):
        connection = self.open(port, source)
        self.assertTrue(is_refused(connection))

    def serves_again(self, port, source=HOST):
        """Waits until a new connection is served."""
        def served():
            with connect_from(port, source) as connection, contextlib.suppress(OSError):
                connection.sendall(b"x")
                return connection.recv(1) == b"x"
            return False
        wait_until(served, "room for a connection")


class MaxConnectionsTest(LimitTest):
    def test_a_connection_over_the_limit_is_closed_without_a_byte(self):
        program = self.serve("echo", "--max-connections=2")
        first, second = self.serves(program.port), self.serves(program.port)
        for _ in range(3):
            self.refuses(program.port)
        self.assertEqual(ask(first, b"still here"), b"still here")
        self.assertEqual(ask(second, b"me too"), b"me too")
        first.close()
        self.serves_again(program.port)

    def test_a_service_that_speaks_first_says_nothing(self):
        program = self.serve("chat", "--max-connections=1")
        guest = self.open(program.port)
        self.assertEqual(read_exactly(guest, 19), b"What's your name?\r\n")
        self.refuses(program.port)

    def test_all_listeners_and_reactors_together(self):
        for reactors in 1, 2:
            with self.subTest(reactors=reactors):
                program = self.serve("echo", "--max-connections=5", f"--reactors={reactors}",
                                     listen=[loopback(), loopback()])
                ports = [listener.port for listener in program.listeners]
                kept = [self.serves(ports[i % 2]) for i in range(5)]
                for i in range(10):
                    self.refuses(ports[i % 2])
                kept.pop().close()
                self.serves_again(ports[0])

    def test_a_loss_of_any_kind_makes_room(self):
        program = self.serve("echo", "--max-connections=1", "--reactors=2")
        for i in range(30):
            connection = None

            def served():
                nonlocal connection
                connection = connect(program.port)
                with contextlib.suppress(OSError):
                    if ask(connection, b"x") == b"x":
                        return True
                connection.close()
                return False
            wait_until(served, "room for a connection")
            if i % 3 == 0:
                half_close(connection)
                self.assertEqual(read_to_end(connection), b"")
            elif i % 3 == 1:
                reset(connection)
            connection.close()

    def test_refusals_do_not_flood_the_log(self):
        program = self.serve("echo", "--max-connections=1")
        self.serves(program.port)
        for _ in range(50):
            self.refuses(program.port)
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), 0)
        refusals = [text for text in program.stderr.splitlines() if "refused" in text]
        self.assertEqual(len(refusals), 1, program.stderr)
        self.assertIn("1 are connected already", refusals[0])

    def test_forward(self):
        target = self.serve("echo")
        program = self.serve("forward", f"--to=tcp:{HOST}:{target.port}", "--max-connections=1")
        self.serves(program.port)
        self.refuses(program.port)

    def test_unix_sockets_count(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "socket")
            program = self.serve("echo", "--max-connections=2", "--max-connections-per-peer=1",
                                 listen=[f"unix:{path}"])
            connections = [connect_unix(path) for _ in range(3)]
            for connection in connections:
                self.addCleanup(connection.close)
            for connection in connections[:2]:
                self.assertEqual(ask(connection, b"hello"), b"hello")
            self.assertTrue(is_refused(connections[2]))
            self.assertTrue(program.running())


class PerPeerTest(LimitTest):
    def test_a_peer_has_so_many_and_others_have_theirs(self):
        for reactors in 1, 2:
            with self.subTest(reactors=reactors):
                program = self.serve("echo", "--max-connections-per-peer=2",
                                     f"--reactors={reactors}", listen=[loopback(), loopback()])
                ports = [listener.port for listener in program.listeners]
                first = self.serves(ports[0])
                self.serves(ports[1])
                self.refuses(ports[0])
                self.refuses(ports[1])
                self.serves(ports[0], LOCALHOST2)
                self.serves(ports[0], LOCALHOST2)
                self.refuses(ports[1], LOCALHOST2)
                first.close()
                self.serves_again(ports[1])

    def test_the_peer_is_the_one_in_the_proxy_header(self):
        program = self.serve("echo", "--max-connections-per-peer=1", listen=[f"haproxy:{loopback()}"])

        def client(address):
            connection = self.open(program.port)
            connection.sendall(b"PROXY TCP4 %b 198.51.100.1 4711 80\r\nhello" % address)
            with contextlib.suppress(ConnectionResetError):
                return read_exactly(connection, 5)
            return b""
        self.assertEqual(client(b"192.0.2.1"), b"hello")
        self.assertEqual(client(b"192.0.2.1"), b"")
        self.assertEqual(client(b"192.0.2.2"), b"hello")

    def test_both_limits(self):
        program = self.serve("echo", "--max-connections=3", "--max-connections-per-peer=2")
        self.serves(program.port)
        self.serves(program.port)
        self.refuses(program.port)
        self.serves(program.port, LOCALHOST2)
        self.refuses(program.port, LOCALHOST2)


class TimeoutTest(LimitTest):
    """Times are short; what is measured is that nothing ends before its time."""

    def assert_closed_after(self, connection, seconds, since):
        self.assertEqual(connection.recv(1), b"")
        self.assertGreaterEqual(time.monotonic() - since, seconds)

    def test_an_idle_connection_is_closed(self):
        program = self.serve("echo", "--idle-timeout=0.5")
        since = time.monotonic()
        with connect(program.port) as connection:
            self.assert_closed_after(connection, 0.5, since)
        self.assert_stops(program)

    def test_bytes_either_way_keep_it_open(self):
        program = self.serve("echo", "--idle-timeout=2")
        with connect(program.port) as connection:
            for _ in range(3):
                time.sleep(0.8)  # the silence is what is tested
                since = time.monotonic()
                self.assertEqual(ask(connection, b"x"), b"x")
            self.assert_closed_after(connection, 2, since)

    def test_bytes_from_the_server_alone_keep_it_open(self):
        program = self.serve("chat", "--idle-timeout=2")
        with connect(program.port) as listener, connect(program.port) as talker:
            for guest, name in (listener, b"listener"), (talker, b"talker"):
                guest.sendall(line(name))
                read_exactly(guest, 19 + len(b"Welcome, %b!\r\n" % name))
            for _ in range(3):
                time.sleep(0.8)
                talker.sendall(line(b"hello"))
                self.assertEqual(read_exactly(listener, 16), b"<talker> hello\r\n")

    def test_a_peer_that_takes_no_replies_is_idle(self):
        program = self.serve("chargen", "--idle-timeout=1.5", "--drain=0.3")
        before = program.descriptors()
        with connect(program.port, receive_buffer=4096), connect(program.port) as other:
            wait_until(lambda: program.descriptors() == before + 2, "both connections")
            def other_reads():
                other.recv(1 << 16)
                return program.descriptors() == before + 1
            wait_until(other_reads, "the end of the peer that does not read")
            self.assertEqual(len(read_exactly(other, 100000)), 100000)

    def test_an_echo_to_a_peer_that_does_not_read_is_idle(self):
        program = self.serve("echo", "--idle-timeout=0.5", "--drain=0.3")
        before = program.descriptors()
        with connect(program.port) as stuck:
            stuck.setblocking(False)
            def ended():
                with contextlib.suppress(OSError):
                    stuck.send(bytes(1 << 16))
                return program.descriptors() == before
            wait_until(lambda: program.descriptors() == before + 1, "the connection")
            wait_until(ended, "its end")

    def test_no_first_byte(self):
        program = self.serve("echo", "--first-byte-timeout=1")
        since = time.monotonic()
        with connect(program.port) as silent, connect(program.port) as other:
            self.assertEqual(ask(other, b"x"), b"x")
            self.assert_closed_after(silent, 1, since)
            self.assertEqual(ask(other, b"still here"), b"still here")
        self.assert_stops(program)

    def test_zero_is_never(self):
        program = self.serve("echo", "--first-byte-timeout=0", "--idle-timeout=0")
        with connect(program.port) as connection:
            self.assertEqual(ask(connection, b"x"), b"x")

    def test_it_makes_room_under_a_limit(self):
        program = self.serve("echo", "--max-connections=1", "--first-byte-timeout=0.3",
                             "--idle-timeout=0.3", "--reactors=2")
        with connect(program.port):
            self.serves_again(program.port)

    def test_forward(self):
        target = self.serve("echo")
        program = self.serve("forward", f"--to=tcp:{HOST}:{target.port}", "--idle-timeout=1")
        with connect(program.port) as connection:
            since = time.monotonic()
            self.assertEqual(ask(connection, b"hello"), b"hello")
            self.assert_closed_after(connection, 1, since)
