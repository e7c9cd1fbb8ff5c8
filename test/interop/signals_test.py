"""SIGINT and SIGTERM: idle connections end at once, the others when their output has left."""

import contextlib
import signal
import time

from program import ProgramTest
from wire import (ask, bytes_on_the_way, connect, half_close, read_exactly, read_to_end, reset,
                  wait_until_read, wait_until_stalled)

LONG = "--drain=60"  # longer than any test lasts: whoever waits for it fails
SHORT = 20  # seconds


class SignalsTest(ProgramTest):
    def connect(self, program, **options):
        connection = connect(program.port, **options)
        self.addCleanup(connection.close)
        return connection

    def idle(self, program, message=b"hello"):
        connection = self.connect(program)
        self.assertEqual(ask(connection, message), message)
        return connection

    def start_stopping(self, program, idle, number=signal.SIGTERM):
        """Signals, and returns when `idle` shows that it stops: orderly, at once."""
        program.signal(number)
        self.assertEqual(read_to_end(idle), b"")

    def test_both_signals_stop_an_unused_server(self):
        for number in signal.SIGTERM, signal.SIGINT:
            self.assert_stops(self.serve("echo", LONG), number, SHORT)

    def test_idle_connections_are_closed_orderly_at_once(self):
        for number in signal.SIGTERM, signal.SIGINT:
            for service, message in (("echo", b"hello"), ("line", b"hello\r\n"),
                                     ("netstring", b"5:hello,"), ("int8", b"\5hello")):
                program = self.serve(service, LONG)
                connections = [self.idle(program, message) for _ in range(20)]
                program.signal(number)
                for connection in connections:  # none of them closes its own end
                    self.assertEqual(read_to_end(connection), b"")
                self.assertEqual(program.wait(SHORT), 0)
                self.assert_no_complaint(program)

    def test_an_unfinished_message_does_not_hold_it_up(self):
        program = self.serve("netstring", LONG)
        connection = self.idle(program, b"5:hello,")
        connection.sendall(b"100:unfinished")
        wait_until_read(connection)
        self.start_stopping(program, connection)
        self.assertEqual(program.wait(SHORT), 0)

    def test_nobody_new_is_accepted_while_draining(self):
        program = self.serve("echo", LONG)
        idle, busy = self.idle(program), self.connect(program, receive_buffer=4096)
        wait_until_stalled(busy, b"x" * 65536)
        self.start_stopping(program, idle)
        with self.assertRaises(ConnectionRefusedError), connect(program.port):
            pass
        self.assertTrue(program.running())
        busy.close()
        self.assertEqual(program.wait(SHORT), 0)

    def test_a_burst_is_answered_in_full_to_one_who_reads_only_then(self):
        program = self.serve("line", LONG)
        idle, busy = self.idle(program, b"hello\r\n"), self.connect(program, receive_buffer=8192)
        burst = b"".join(b"line %d of a burst\r\n" % i for i in range(40_000))
        busy.sendall(burst)
        wait_until_read(busy)
        self.start_stopping(program, idle)
        answer = b"".join(iter(lambda: read_exactly(busy, 1024), b""))
        self.assertTrue(answer == burst, f"{len(answer)} of {len(burst)} bytes")
        busy.close()
        self.assertEqual(program.wait(SHORT), 0)
        self.assert_no_complaint(program)

    def test_what_is_sent_after_the_signal_does_not_destroy_the_answer(self):
        program = self.serve("echo", LONG)
        idle, busy = self.idle(program), self.connect(program, receive_buffer=8192)
        burst = bytes(range(256)) * 2000
        busy.sendall(burst)
        wait_until_read(busy)
        self.start_stopping(program, idle)
        busy.sendall(b"too late" * 50_000)
        self.assertTrue(read_to_end(busy) == burst)
        busy.close()
        self.assertEqual(program.wait(SHORT), 0)

    def test_pending_output_is_drained_though_the_peer_has_sent_much_more(self):
        """More than the kernel takes: some output waits in the program, which outlives the signal,
        and megabytes of input were not read, which must not cost the peer its answers."""
        program = self.serve("int32", LONG)
        idle, busy = self.idle(program, b"\0\0\0\0"), self.connect(program, receive_buffer=8192)
        frame = b"\0\0\4\0" + bytes(range(256)) * 4
        sent = wait_until_stalled(busy, frame * 64)
        read = sent - bytes_on_the_way(busy)
        self.start_stopping(program, idle)
        self.assertTrue(program.running())
        answer = bytearray()
        try:
            while piece := busy.recv(65536):
                answer += piece
        except ConnectionResetError:
            answer += b"a reset"
        self.assertEqual(answer[-7:], frame[-7:], f"after {len(answer)} bytes of some {read}")
        self.assertEqual(len(answer) % len(frame), 0)
        self.assertTrue(answer == frame * (len(answer) // len(frame)))
        # A piece that was read, but not looked at while the peer took nothing, may be lacking.
        self.assertGreater(len(answer), read - 65536)
        busy.close()
        self.assertEqual(program.wait(SHORT), 0)
        self.assert_no_complaint(program)

    def test_who_takes_nothing_is_aborted_after_the_drain_time(self):
        program = self.serve("echo", "--drain=0.5")
        busy = self.connect(program, receive_buffer=4096)
        wait_until_stalled(busy, b"x" * 65536)
        start = time.monotonic()
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(SHORT), 0)
        self.assertGreaterEqual(time.monotonic() - start, 0.5)
        with self.assertRaises(ConnectionResetError):
            read_to_end(busy)
        busy.close()

    def test_no_drain_time_at_all(self):
        program = self.serve("echo", "--drain=0")
        busy = self.connect(program, receive_buffer=4096)
        wait_until_stalled(busy, b"x" * 65536)
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(SHORT), 0)
        busy.close()

    def test_endless_output_ends_with_the_drain_time(self):
        program = self.serve("chargen", "--drain=0.5")
        with connect(program.port) as reader:
            self.assertEqual(len(read_exactly(reader, 7400)), 7400)
            program.signal(signal.SIGTERM)
            with contextlib.suppress(ConnectionResetError):
                while reader.recv(65536):
                    pass
        self.assertEqual(program.wait(SHORT), 0)

    def test_a_second_signal_exits_at_once(self):
        for first, second in ((signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGINT),
                              (signal.SIGTERM, signal.SIGINT)):
            program = self.serve("echo", LONG)
            idle, busy = self.idle(program), self.connect(program, receive_buffer=4096)
            wait_until_stalled(busy, b"x" * 65536)
            self.start_stopping(program, idle, first)
            self.assertTrue(program.running())
            program.signal(second)
            self.assertEqual(program.wait(SHORT), 0)
            busy.close()

    def test_one_who_has_half_closed_still_gets_its_answer(self):
        program = self.serve("echo", LONG)
        idle, busy = self.idle(program), self.connect(program, receive_buffer=8192)
        burst = bytes(range(256)) * 4000
        busy.sendall(burst)
        half_close(busy)
        wait_until_read(busy)
        self.start_stopping(program, idle)
        self.assertTrue(read_to_end(busy) == burst)
        self.assertEqual(program.wait(SHORT), 0)
        busy.close()

    def test_resets_while_draining_do_no_harm(self):
        program = self.serve("echo", LONG)
        idle = self.idle(program)
        busy = [self.connect(program, receive_buffer=4096) for _ in range(5)]
        for connection in busy:
            wait_until_stalled(connection, b"x" * 65536, quiet=0.1)
        self.start_stopping(program, idle)
        for connection in busy:
            reset(connection)
        self.assertEqual(program.wait(SHORT), 0)
