"""`forward`: a connection joined with another."""

import os
import shutil
import socket
import tempfile

from program import ProgramTest, loopback, run, seeded_random, wait_until
from wire import (HOST, ask, connect, half_close, read_exactly, read_to_end, reset, talk,
                  wait_until_stalled)


class ForwardTest(ProgramTest):
    def setUp(self):
        self.target = socket.socket()
        self.addCleanup(self.target.close)
        self.target.bind((HOST, 0))
        self.target.listen()
        self.target.settimeout(30)
        self.program = self.serve("forward", "--to", f"tcp:{HOST}:{self.target.getsockname()[1]}")

    def pair(self, **options):
        """Both ends of a forwarded connection."""
        client = connect(self.program.port, **options)
        self.addCleanup(client.close)
        server, _ = self.target.accept()
        self.addCleanup(server.close)
        server.settimeout(30)
        return client, server

    def test_bytes_pass_both_ways(self):
        client, server = self.pair()
        client.sendall(b"question")
        self.assertEqual(read_exactly(server, 8), b"question")
        server.sendall(b"answer")
        self.assertEqual(read_exactly(client, 6), b"answer")

    def test_what_was_sent_before_the_target_was_connected_arrives(self):
        client = connect(self.program.port)
        self.addCleanup(client.close)
        client.sendall(b"early")
        half_close(client)
        server, _ = self.target.accept()
        with server:
            self.assertEqual(read_to_end(server), b"early")

    def test_half_closes_pass_both_ways(self):
        for first, second in (0, 1), (1, 0):
            ends = self.pair()
            half_close(ends[first])
            self.assertEqual(read_to_end(ends[second]), b"")
            ends[second].sendall(b"after your end of file")
            half_close(ends[second])
            self.assertEqual(read_to_end(ends[first]), b"after your end of file")

    def test_a_reset_passes_both_ways(self):
        for first, second in (0, 1), (1, 0):
            ends = self.pair()
            self.assertEqual(ask_through(ends[first], ends[second]), b"x")
            reset(ends[first])
            with self.assertRaises(ConnectionResetError):
                read_to_end(ends[second])

    def test_a_slow_end_holds_the_other_back(self):
        client, server = self.pair()
        before = self.program.resident_bytes()
        data = bytes(65536)
        sent = wait_until_stalled(client, data)
        self.assertLess(sent, 64 << 20)
        self.assertLess(self.program.resident_bytes() - before, 16 << 20)
        half_close(client)
        self.assertEqual(len(read_to_end(server)), sent)

    def test_much_both_ways_at_once(self):
        echo = self.serve("echo")
        program = self.serve("forward", "--to", f"tcp:{HOST}:{echo.port}")
        data = seeded_random().randbytes(3 << 20)
        done = run("connect", f"tcp:{HOST}:{program.port}", input=data)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout == data)

    def test_a_target_that_is_down_closes_the_client_and_forward_goes_on(self):
        with socket.socket() as nobody:
            nobody.bind((HOST, 0))
            program = self.serve("forward", "--to", f"tcp:{HOST}:{nobody.getsockname()[1]}")
            for _ in range(3):
                self.assertEqual(talk(program.port, b""), b"")
            self.assertTrue(program.running())
            nobody.listen()
            with connect(program.port) as client:
                server, _ = nobody.accept()
                with server:
                    client.sendall(b"now")
                    self.assertEqual(read_exactly(server, 3), b"now")

    def test_a_client_that_gives_up_while_the_target_is_slow(self):
        client = connect(self.program.port)
        reset(client)
        server, _ = self.target.accept()
        with server:
            server.settimeout(30)
            try:
                self.assertEqual(read_to_end(server), b"")
            except ConnectionResetError:
                pass

    def test_idle_pairs_end_at_once_when_it_stops(self):
        pairs = [self.pair() for _ in range(5)]
        for client, server in pairs:
            self.assertEqual(ask_through(client, server), b"x")
        self.assert_stops(self.program, deadline=3)
        for client, server in pairs:
            self.assertEqual(read_to_end(client), b"")
            self.assertEqual(read_to_end(server), b"")

    def test_many_connections_leave_nothing_behind(self):
        descriptors = self.program.descriptors()
        for _ in range(50):
            client, server = self.pair()
            self.assertEqual(ask_through(client, server), b"x")
            client.close()
            self.assertEqual(read_to_end(server), b"")
            server.close()
        wait_until(lambda: self.program.descriptors() == descriptors, "the connections to end")

    def test_over_unix_sockets_too(self):
        folder = tempfile.mkdtemp(prefix="plait-")
        self.addCleanup(shutil.rmtree, folder)
        path = os.path.join(folder, "echo")
        self.serve("echo", listen=[f"unix:{path}"])
        program = self.serve("forward", "--to", f"unix:{path}", listen=[f"haproxy:{loopback()}"])
        with connect(program.port) as connection:
            connection.sendall(b"PROXY UNKNOWN\r\n")
            self.assertEqual(ask(connection, b"hello"), b"hello")


def ask_through(sender, receiver):
    """One byte from end to end."""
    sender.sendall(b"x")
    return read_exactly(receiver, 1)
