"""The services that echo messages: where messages may be cut, and where faults are noticed."""

import contextlib
import itertools

from program import ProgramTest, seeded_random
from wire import (ENCODERS, ask, connect, half_close, int8, int16, int32, line, netstring,
                  read_exactly, read_to_end, reset, talk, wait_until_stalled)


class FramedTest(ProgramTest):
    def framed(self, service, *options):
        """A server that must end without a complaint."""
        program = self.serve(service, *options)
        self.addCleanup(self.assert_stops, program)
        return program.port

    def assert_told(self, port, sent, answer):
        """`answer` comes when `sent` was sent whole, bytewise, and with an end of file behind it."""
        self.assertEqual(talk(port, sent), answer, sent[:50])
        with connect(port) as connection:
            with contextlib.suppress(ConnectionError):  # sending on after a fault may fail
                for i in range(len(sent)):
                    connection.sendall(sent[i:i + 1])
                half_close(connection)
            self.assertEqual(read_to_end(connection), answer, sent[:50])

    def assert_open(self, connection, rest, answer):
        """It was not closed: `rest` completes a message, and the answer comes."""
        connection.sendall(rest)
        self.assertEqual(read_exactly(connection, len(answer)), answer)

    def assert_closes(self, port, sent, answer=b""):
        """The server closes because of `sent` alone, with nothing behind it, cut or not."""
        for sizes in ([len(sent)], [1] * len(sent)):
            with connect(port) as connection:
                rest = iter(sent)
                for size in sizes:
                    connection.sendall(bytes(itertools.islice(rest, size)))
                self.assertEqual(read_to_end(connection), answer, sent[:50])


class AllFramingsTest(FramedTest):
    """What is the same for all five."""

    MESSAGES = [b"", b"a", b"hello", b"\0\xff", b",:,", b"5:hello,", b"\r", b"a\nb", b"x" * 200]

    def all_framings(self, *options):
        for service, encode in ENCODERS.items():
            with self.subTest(service=service):
                yield self.framed(service, *options), encode

    def test_whole_and_bytewise(self):
        for port, encode in self.all_framings():
            data = b"".join(map(encode, self.MESSAGES))
            self.assert_told(port, data, data)

    def test_at_every_split(self):
        """A message before the split is awaited: so the server has read up to there."""
        for port, encode in self.all_framings():
            mark, data = encode(b"mark"), b"".join(map(encode, self.MESSAGES[:-1]))
            with connect(port) as connection:
                for split in range(len(data) + 1):
                    connection.sendall(mark + data[:split])
                    self.assertEqual(read_exactly(connection, len(mark)), mark)
                    connection.sendall(data[split:])
                    self.assertEqual(read_exactly(connection, len(data)), data, split)

    def test_large_messages_at_random_splits(self):
        random = seeded_random()
        for port, encode in self.all_framings():
            most = {line: 16384, int8: 255, int16: 65535}.get(encode, 99999)
            sizes = [0, 1, most, most - 1] + [random.randrange(most) for _ in range(6)]
            data = b"".join(encode(random.randbytes(size).replace(b"\n", b".")) for size in sizes)
            with connect(port) as connection:
                position = 0
                while position < len(data):
                    piece = data[position:position + random.choice([1, 10, 1000, 10_000, 70_000])]
                    position += connection.send(piece)
                half_close(connection)
                self.assertTrue(read_to_end(connection) == data)

    def test_an_unfinished_message_is_dropped_silently(self):
        for port, encode in self.all_framings():
            whole, cut = encode(b"whole"), encode(b"cut short")
            for size in range(1, len(cut)):
                self.assertEqual(talk(port, whole + cut[:size]), whole)
                self.assertEqual(talk(port, cut[:size]), b"")

    def test_without_a_message(self):
        for port, _ in self.all_framings():
            self.assertEqual(talk(port, b""), b"")

    def test_max_length_zero_allows_empty_messages_only(self):
        for port, encode in self.all_framings("--max-length", "0"):
            self.assert_told(port, encode(b"") * 5, encode(b"") * 5)
            self.assert_told(port, encode(b"") + encode(b"x") + encode(b""), encode(b""))

    def test_max_length_is_the_longest_allowed(self):
        for port, encode in self.all_framings("--max-length=50"):
            good, bad = encode(b"x" * 50), encode(b"x" * 51)
            self.assert_told(port, good + good, good + good)
            self.assert_told(port, good + bad + good, good)

    def test_others_do_not_suffer(self):
        for port, encode in self.all_framings():
            stalled = [connect(port, receive_buffer=4096) for _ in range(2)]
            for connection in stalled:
                wait_until_stalled(connection, encode(b"x" * 250) * 200, quiet=0.1)
            with connect(port) as good:
                for i in range(40):
                    victim = connect(port)
                    victim.sendall(encode(b"whole") + encode(b"cut short")[:1 + i % 9])
                    reset(victim) if i % 2 else victim.close()
                    message = encode(b"still there? %d" % i)
                    self.assertEqual(ask(good, message), message)
            for connection in stalled:
                connection.close()


class LineTest(FramedTest):
    def test_what_is_data(self):
        data = b"a\nb\r\n" b"a\rb\r\n" b"\r\r\n" b"\n\r\n" b"\x00\xff\r\n" b"\r\n"
        self.assert_told(self.framed("line"), data, data)

    def test_line_feeds_as_delimiter(self):
        port = self.framed("line", "--delimiter", "lf", "--max-length", "4")
        data = b"a\nb\r\n\n\r\nxxxx\n"
        self.assert_told(port, data, data)
        self.assert_told(port, b"xxx\r\nxxxx\r\n", b"xxx\r\n")

    def test_the_longest_line(self):
        port = self.framed("line")
        longest = b"x" * 16384 + b"\r\n"
        self.assertEqual(talk(port, longest * 2), longest * 2)
        self.assertEqual(talk(port, b"ok\r\nx" + longest + b"ok\r\n"), b"ok\r\n")
        with connect(port) as connection:  # the delimiter cut in two
            connection.sendall(b"ok\r\n" + longest[:-1])
            self.assertEqual(read_exactly(connection, 4), b"ok\r\n")
            self.assert_open(connection, b"\n", longest)

    def test_a_line_too_long_is_noticed_without_its_end(self):
        port = self.framed("line", "--max-length", "4")
        self.assert_closes(port, b"xxxxxx")
        self.assert_closes(port, b"xxxx\rx")
        self.assert_closes(port, b"ok\r\nxxxxxx", b"ok\r\n")
        self.assert_told(port, b"xxxxx\r\nok\r\n", b"")
        port = self.framed("line", "--max-length", "4", "--delimiter", "lf")
        self.assert_closes(port, b"ok\nxxxxx", b"ok\n")


class NetstringTest(FramedTest):
    def test_messages(self):
        port = self.framed("netstring")
        for data in b"0:,", b"1:a,", b"4:1:a,,", b"1:a,1:b,", b"3:a\0b,1:\xff,", b"2:\r\n,":
            self.assert_told(port, data, data)

    def test_malformed_ones_close_at_once(self):
        port = self.framed("netstring")
        for bad in (b":", b"a", b"-", b"+", b" ", b"1 ", b"1\n", b"00", b"01", b"3a", b"0:a", b"1:a;",
                    b"1:ab", b"\xff\xff\xff\xff"[:1], b"\r"):
            self.assert_closes(port, bad)
            self.assert_closes(port, b"2:ok,0:," + bad, b"2:ok,0:,")
            self.assert_told(port, b"2:ok," + bad + b"2:ok,", b"2:ok,")
        self.assertEqual(talk(port, b"\xff\xff\xff\xff"), b"")

    def test_the_digit_that_exceeds_the_limit(self):
        longest = netstring(b"x" * 99999)
        port = self.framed("netstring")
        with connect(port) as connection:
            connection.sendall(b"2:ok,99999")
            self.assertEqual(read_exactly(connection, 5), b"2:ok,")
            self.assert_open(connection, longest[5:], longest)
        self.assert_closes(port, b"100000")
        self.assertEqual(talk(port, b"9" * 1_000_000), b"")

        port = self.framed("netstring", "--max-length", "10")
        self.assert_told(port, b"10:0123456789,", b"10:0123456789,")
        for bad in b"11", b"12", b"20", b"99", b"100":
            self.assert_closes(port, bad[:3])
            self.assert_closes(port, b"2:ok," + bad, b"2:ok,")
        self.assert_closes(self.framed("netstring", "--max-length", "0"), b"1")


class IntStringTest(FramedTest):
    def test_prefixes_are_big_endian(self):
        for service, data in (("int8", b"\5hello"), ("int16", b"\0\5hello"),
                              ("int32", b"\0\0\0\5hello")):
            self.assert_told(self.framed(service), data, data)
        self.assertEqual(talk(self.framed("int16"), int16(b"x" * 65535)), int16(b"x" * 65535))

    def test_hostile_prefixes_close_at_once(self):
        port = self.framed("int32")
        for bad in b"\xff\xff\xff\xff", b"\x80\0\0\0", b"\x7f\xff\xff\xff", b"hell", b"\0\1\x86\xa0":
            self.assert_closes(port, bad)
            self.assert_closes(port, int32(b"ok") + bad, int32(b"ok"))
            self.assertEqual(talk(port, int32(b"ok") + bad + int32(b"ok") * 1000), int32(b"ok"))
        longest = int32(b"x" * 99999)
        self.assertEqual(talk(port, longest), longest)

    def test_the_shorter_ones_with_a_limit(self):
        port = self.framed("int16", "--max-length=50")
        self.assert_closes(port, b"\0\x33")
        self.assert_closes(port, int16(b"ok") + b"\x10\0", int16(b"ok"))
        port = self.framed("int8", "--max-length=50")
        self.assert_closes(port, b"\x33")
        self.assert_closes(port, b"\0\0a", b"\0\0")
