"""The services without messages: echo, discard, chargen, daytime, time and quote of the day."""

import calendar
import socket
import struct
import time

from program import ProgramTest, seeded_random, wait_until
from wire import (ask, connect, half_close, read_exactly, read_to_end, reset, talk,
                  wait_until_stalled)


class EchoTest(ProgramTest):
    def setUp(self):
        self.program = self.serve("echo")

    def tearDown(self):
        self.assert_stops(self.program)

    def test_half_close_at_once_gets_everything_back(self):
        data = bytes(range(256)) * 256
        for i in range(200):
            size = i * i  # up to 39601
            self.assertTrue(talk(self.program.port, data[:size]) == data[:size], size)

    def test_half_close_behind_a_megabyte(self):
        data = seeded_random().randbytes(1 << 20)
        self.assertTrue(talk(self.program.port, data) == data)

    def test_every_byte_value_and_every_byte_alone(self):
        with connect(self.program.port) as connection:
            for value in range(256):
                self.assertEqual(ask(connection, bytes([value])), bytes([value]))

    def test_an_empty_connection_is_closed_without_a_byte(self):
        self.assertEqual(talk(self.program.port, b""), b"")

    def test_many_at_once(self):
        connections = [connect(self.program.port) for _ in range(300)]
        for i, connection in enumerate(connections):
            connection.sendall(b"I am number %d" % i)
        for i, connection in enumerate(connections):
            half_close(connection)
            self.assertEqual(read_to_end(connection), b"I am number %d" % i)
            connection.close()

    def test_urgent_data_does_no_harm(self):
        with connect(self.program.port) as connection:
            connection.send(b"!", socket.MSG_OOB)
            self.assertEqual(ask(connection, b"hello"), b"hello")

    def test_stalled_and_reset_peers_do_not_harm_others(self):
        stalled = [connect(self.program.port, receive_buffer=4096) for _ in range(5)]
        for connection in stalled:
            wait_until_stalled(connection, b"x" * 65536, quiet=0.1)
        with connect(self.program.port) as good:
            for _ in range(50):
                victim = connect(self.program.port)
                victim.sendall(b"x" * 1000)
                reset(victim)
                self.assertEqual(ask(good, b"still there?"), b"still there?")
        for connection in stalled:
            connection.close()


class DiscardTest(ProgramTest):
    def test_takes_everything_and_says_nothing(self):
        program = self.serve("discard")
        with connect(program.port) as connection:
            for _ in range(64):
                connection.sendall(bytes(1 << 18))
            half_close(connection)
            self.assertEqual(read_to_end(connection), b"")
        self.assertEqual(talk(program.port, b""), b"")
        self.assert_stops(program)


class ChargenTest(ProgramTest):
    LINES = [bytes(0x20 + (i + column) % 95 for column in range(72)) + b"\r\n" for i in range(95)]
    PATTERN = b"".join(LINES)

    def test_lines_are_those_of_rfc_864(self):
        self.assertEqual(self.LINES[0][:8], b" !\"#$%&'")
        self.assertEqual({len(line) for line in self.LINES}, {74})
        program = self.serve("chargen")
        with connect(program.port) as connection:
            data = read_exactly(connection, 300 * 74)
        self.assertEqual([data[i:i + 74] for i in range(0, len(data), 74)],
                         [self.LINES[i % 95] for i in range(300)])
        self.assert_stops(program)

    def test_waits_for_its_reader_and_ignores_what_it_sends(self):
        program = self.serve("chargen")
        start = program.resident_bytes()
        with connect(program.port, receive_buffer=4096) as reader:
            sent = wait_until_filled(reader)
            for _ in range(8):
                reader.sendall(bytes(1 << 17))
            self.assertLess(program.resident_bytes() - start, 4 << 20)
            with connect(program.port) as other:  # is served meanwhile
                self.assertEqual(read_exactly(other, len(self.PATTERN)), self.PATTERN)
            size = 2 * sent + (16 << 20)
            data = read_exactly(reader, size)
        whole = self.PATTERN * (size // len(self.PATTERN) + 1)
        self.assertTrue(data == whole[:size])
        self.assert_stops(program)

    def test_ends_with_its_reader(self):
        program = self.serve("chargen")
        before = program.descriptors()
        readers = [connect(program.port) for _ in range(10)]
        for i, reader in enumerate(readers):
            self.assertEqual(read_exactly(reader, 74), self.LINES[0])
            reset(reader) if i % 2 else reader.close()
        wait_until(lambda: program.descriptors() == before, "all to be closed")
        self.assert_stops(program)


class TellingTest(ProgramTest):
    """Services that say one thing and close, whether or not anything was sent to them."""

    def answers(self, service):
        """Told to one who says nothing, to one who has closed its half, and to one who talks."""
        program = self.serve(service)
        with connect(program.port) as silent, connect(program.port) as talker:
            yield read_to_end(silent)
            yield talk(program.port, b"")
            talker.sendall(b"What is it?\r\n" * 10_000)
            yield read_to_end(talker)
        self.assert_stops(program)

    def test_daytime(self):
        for answer in self.answers("daytime"):
            self.assertRegex(answer, rb"\A[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4}\r\n\Z")
            told = calendar.timegm(time.strptime(answer.decode(), "%a %b %d %H:%M:%S %Y\r\n"))
            self.assertLess(abs(time.time() - told), 60)

    def test_time(self):
        for answer in self.answers("time"):
            self.assertEqual(len(answer), 4)
            seconds, = struct.unpack("!I", answer)
            self.assertLess(abs(time.time() + 2_208_988_800 - seconds), 60)

    def test_quote_of_the_day(self):
        for answer in self.answers("qotd"):
            self.assertRegex(answer, rb"\A[\x20-\x7e\r\n]+\r\n\Z")
            self.assertLess(len(answer), 512)


def wait_until_filled(connection, quiet=0.25):
    """Waits until nothing more comes in without being read; how much is there."""
    last, since = -1, time.monotonic()

    def filled():
        nonlocal last, since
        size = len(connection.recv(1 << 22, socket.MSG_PEEK))
        if size != last:
            last, since = size, time.monotonic()
        return time.monotonic() - since > quiet

    wait_until(filled, "the connection to fill")
    return last
