"""`plait connect`: standard input to a connection, the connection to standard output."""

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import threading

from program import DEADLINE, PROGRAM, ProgramTest, run, seeded_random
from wire import HOST, half_close, read_exactly, read_to_end, reset


class ConnectTest(ProgramTest):
    def setUp(self):
        self.listener = socket.create_server((HOST, 0))
        self.listener.settimeout(DEADLINE)
        self.addCleanup(self.listener.close)
        self.endpoint = f"tcp:{HOST}:{self.listener.getsockname()[1]}"

    def accept(self):
        connection, _ = self.listener.accept()
        connection.settimeout(DEADLINE)
        self.addCleanup(connection.close)
        return connection

    def start_connected(self, **options):
        """The program and the peer's end of its connection."""
        program = self.start("connect", self.endpoint, **options)
        return program, self.accept()

    @contextlib.contextmanager
    def peer(self, serve):
        """Runs `serve(connection)` for one connection, in a thread."""
        def body():
            with self.accept() as connection:
                serve(connection)

        thread = threading.Thread(target=body)
        thread.start()
        yield
        thread.join(DEADLINE)
        self.assertFalse(thread.is_alive())

    def assert_done(self, done, stdout):
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertTrue(done.stdout == stdout, f"{len(done.stdout)} of {len(stdout)} bytes")

    def assert_failed(self, program, reason):
        self.assertEqual(program.wait(), 1, program.stderr)
        self.assert_one_line(program.stderr)
        self.assertIn(reason, program.stderr)


class StandardInputTest(ConnectTest):
    """Kinds of standard input; each time the peer answers only after the end of file."""

    @staticmethod
    def answer_at_the_end(connection):
        connection.sendall(b"You said: " + read_to_end(connection))

    def test_a_pipe(self):
        with self.peer(self.answer_at_the_end):
            self.assert_done(run("connect", self.endpoint, input=b"hello\n"), b"You said: hello\n")

    def test_an_empty_pipe(self):
        with self.peer(self.answer_at_the_end):
            self.assert_done(run("connect", self.endpoint, input=b""), b"You said: ")

    def test_dev_null(self):
        with self.peer(self.answer_at_the_end):
            self.assert_done(run("connect", self.endpoint), b"You said: ")

    def test_a_file(self):
        data = seeded_random().randbytes(1_000_000)
        with tempfile.TemporaryFile() as file:
            file.write(data)
            file.seek(0)
            with self.peer(self.answer_at_the_end):
                self.assert_done(run("connect", self.endpoint, stdin=file), b"You said: " + data)

    def test_from_a_file_to_a_file(self):
        data = seeded_random().randbytes(1_000_000)
        with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target:
            source.write(data)
            source.seek(0)
            with self.peer(self.answer_at_the_end):
                done = subprocess.run([PROGRAM, "connect", self.endpoint], stdin=source,
                                      stdout=target, stderr=subprocess.PIPE, timeout=DEADLINE)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            target.seek(0)
            self.assertTrue(target.read() == b"You said: " + data)

    def test_a_socket(self):
        ours, theirs = socket.socketpair()
        with ours, theirs, self.peer(self.answer_at_the_end):
            ours.sendall(b"hello")
            half_close(ours)
            self.assert_done(run("connect", self.endpoint, stdin=theirs), b"You said: hello")

    def test_a_terminal(self):
        keyboard, terminal = os.openpty()
        with os.fdopen(keyboard, "wb", 0) as keys, os.fdopen(terminal, "rb", 0) as stdin:
            program, peer = self.start_connected(stdin=stdin)
            keys.write(b"hello\n")
            self.assertEqual(read_exactly(peer, 6), b"hello\n")
            keys.write(b"\4")  # Ctrl-D
            self.assertEqual(read_to_end(peer), b"")
            peer.close()
            self.assertEqual(program.wait(), 0, program.stderr)

    def test_closed(self):
        with self.peer(self.answer_at_the_end):
            done = subprocess.run(["sh", "-c", 'exec "$0" connect "$1" <&-', PROGRAM, self.endpoint],
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE)
        self.assert_done(done, b"You said: ")

    def test_piece_by_piece(self):
        program, peer = self.start_connected(stdin=subprocess.PIPE)
        for i in range(100):
            program.process.stdin.write(b"question %d\n" % i)
            program.process.stdin.flush()
            self.assertEqual(read_exactly(peer, len(b"question %d\n" % i)), b"question %d\n" % i)
            peer.sendall(b"answer %d\n" % i)
            self.assertEqual(program.read_line(), f"answer {i}\n")
        program.process.stdin.close()
        self.assertEqual(read_to_end(peer), b"")
        peer.close()
        self.assertEqual(program.wait(), 0)


class DataTest(ConnectTest):
    MANY = 5_000_000

    def test_five_megabytes_both_ways_at_once(self):
        random = seeded_random()
        there, back = random.randbytes(self.MANY), random.randbytes(self.MANY)
        arrived = []

        def serve(connection):
            sender = threading.Thread(target=connection.sendall, args=(back,))
            sender.start()
            arrived.append(read_to_end(connection))
            sender.join()

        with self.peer(serve):
            self.assert_done(run("connect", self.endpoint, input=there), back)
        self.assertTrue(arrived == [there])

    def test_five_megabytes_after_the_half_close(self):
        data = seeded_random().randbytes(self.MANY)
        with self.peer(lambda connection: connection.sendall(read_to_end(connection))):
            self.assert_done(run("connect", self.endpoint, input=data), data)

    def test_a_slow_stdout_holds_the_peer_back_and_loses_nothing(self):
        data = seeded_random().randbytes(self.MANY)
        program, peer = self.start_connected()
        sender = threading.Thread(target=lambda: (peer.sendall(data), peer.close()))
        sender.start()
        received = b"".join(iter(lambda: program.process.stdout.read(4096), b""))
        sender.join()
        self.assertTrue(received == data)
        self.assertEqual(program.wait(), 0)

    def test_through_our_own_echo(self):
        data = seeded_random().randbytes(self.MANY)
        server = self.serve("echo")
        self.assert_done(run("connect", f"tcp:localhost:{server.port}", input=data), data)
        self.assert_stops(server)


class EndTest(ConnectTest):
    def test_the_peer_closes_while_stdin_is_open(self):
        program, peer = self.start_connected(stdin=subprocess.PIPE)
        peer.sendall(b"goodbye\n")
        peer.close()
        self.assertEqual(program.wait(), 0, program.stderr)
        self.assertEqual((program.rest_of_stdout(), program.stderr), (b"goodbye\n", ""))

    def test_the_peer_closes_while_stdin_is_busy(self):
        program, peer = self.start_connected(stdin=subprocess.PIPE)
        program.process.stdin.write(b"hello\n")
        program.process.stdin.flush()
        self.assertEqual(read_exactly(peer, 6), b"hello\n")
        peer.sendall(b"goodbye\n")
        half_close(peer)
        self.assertEqual(program.wait(), 0, program.stderr)
        self.assertEqual(read_to_end(peer), b"")
        self.assertEqual(program.rest_of_stdout(), b"goodbye\n")

    def test_refused(self):
        self.listener.close()
        for stdin in subprocess.DEVNULL, subprocess.PIPE:
            program = self.start("connect", self.endpoint, stdin=stdin)
            self.assert_failed(program, "Connection refused")
            self.assertIn(self.endpoint.removeprefix("tcp:"), program.stderr)
            self.assertEqual(program.rest_of_stdout(), b"")

    def test_a_name_that_does_not_exist(self):
        program = self.start("connect", "tcp:does-not-exist.invalid:1")
        self.assert_failed(program, "does-not-exist.invalid")

    def test_reset(self):
        for stdin in subprocess.DEVNULL, subprocess.PIPE:
            program, peer = self.start_connected(stdin=stdin)
            peer.sendall(b"half a mess\n")
            self.assertEqual(program.read_line(), "half a mess\n")
            reset(peer)
            self.assert_failed(program, "reset")
            self.assertEqual(program.rest_of_stdout(), b"")

    def test_reset_while_sending(self):
        for _ in range(10):
            program, peer = self.start_connected(stdin=subprocess.PIPE)
            with contextlib.suppress(BrokenPipeError):
                program.process.stdin.write(bytes(1 << 16))
                program.process.stdin.flush()
                read_exactly(peer, 1000)
                reset(peer)
                while program.running():  # until it notices
                    program.process.stdin.write(bytes(1 << 16))
            self.assert_failed(program, "connection to")
            with contextlib.suppress(BrokenPipeError):
                program.process.stdin.close()

    def test_nobody_reads_its_output(self):
        for write in lambda peer: peer.sendall(b"anybody?\n"), lambda peer: None:
            program, peer = self.start_connected(stdin=subprocess.PIPE)
            program.process.stdout.close()
            write(peer)
            self.assert_failed(program, "standard input or output: Broken pipe")

    def test_no_room_for_its_output(self):
        with open("/dev/full", "wb") as full:
            program, peer = self.start_connected(stdout=full)
            peer.sendall(b"too much")
            peer.close()
            self.assert_failed(program, "standard input or output: No space left on device")

    def test_streams_that_are_open_the_wrong_way(self):
        with open(os.devnull, "wb") as output, open(os.devnull, "rb") as source:
            for descriptor, streams in (0, {"stdin": output}), (1, {"stdout": source}):
                program, peer = self.start_connected(**streams)
                self.assert_failed(
                    program, f"standard input or output: descriptor {descriptor}: Bad file descriptor")
                with contextlib.suppress(ConnectionResetError):  # told at once, one way or the other
                    self.assertEqual(peer.recv(1), b"")

    def test_signals_end_it(self):
        for number in signal.SIGINT, signal.SIGTERM:
            program, peer = self.start_connected(stdin=subprocess.PIPE)
            peer.sendall(b"hello\n")
            self.assertEqual(program.read_line(), "hello\n")
            program.signal(number)
            self.assertEqual(read_to_end(peer), b"")
            peer.close()
            self.assertEqual(program.wait(), 0, program.stderr)
