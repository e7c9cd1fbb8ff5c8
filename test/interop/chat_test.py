"""The chat: names, who hears whom, and when a name is free again."""

import signal

from program import ProgramTest, wait_until
from wire import connect, half_close, reset

QUESTION = b"What's your name?"
TAKEN = b"Name taken, please choose another."


class Guest:
    """A connection to the chat, in lines."""

    def __init__(self, program, **options):
        self.socket = connect(program.port, **options)
        self.buffer = bytearray()

    def say(self, *lines):
        self.socket.sendall(b"".join(line + b"\r\n" for line in lines))

    def hears(self):
        """The next line; None when the room has closed the connection."""
        while (end := self.buffer.find(b"\r\n")) < 0:
            piece = self.socket.recv(65536)
            if not piece:
                return bytes(self.buffer) or None
            self.buffer += piece
        line = bytes(self.buffer[:end])
        del self.buffer[:end + 2]
        return line

    def close(self):
        self.socket.close()


class ChatTest(ProgramTest):
    def setUp(self):
        self.program = self.serve("chat")

    def tearDown(self):
        if self.program.running():
            self.assert_stops(self.program)

    def guest(self, name=None, **options):
        guest = Guest(self.program, **options)
        self.addCleanup(guest.close)
        self.assertEqual(guest.hears(), QUESTION)
        if name is not None:
            guest.say(name)
            self.assertEqual(guest.hears(), b"Welcome, %b!" % name)
        return guest

    def assert_free(self, name):
        """The name can be taken, now or soon. Returns who has taken it."""
        guest = self.guest()

        def welcome():
            guest.say(name)
            answer = guest.hears()
            self.assertIn(answer, [TAKEN, b"Welcome, %b!" % name])
            return answer != TAKEN

        wait_until(welcome, f"{name} to be free")
        return guest

    def test_a_line_reaches_all_other_named_users(self):
        alice, bob, carol = map(self.guest, (b"alice", b"bob", b"carol"))
        alice.say(b"hello")
        bob.say(b"hi")
        self.assertEqual(carol.hears()[:1], b"<")
        self.assertEqual(bob.hears(), b"<alice> hello")
        self.assertEqual(alice.hears(), b"<bob> hi")
        carol.say(b"bye")  # alice and bob hear this next: nobody hears itself
        self.assertEqual((alice.hears(), bob.hears()), (b"<carol> bye", b"<carol> bye"))

    def test_lines_of_one_arrive_in_their_order(self):
        alice, bob = self.guest(b"alice"), self.guest(b"bob")
        alice.say(*(b"line %d" % i for i in range(2000)))
        for i in range(2000):
            self.assertEqual(bob.hears(), b"<alice> line %d" % i)

    def test_an_empty_line_is_a_line(self):
        alice, bob = self.guest(b"alice"), self.guest(b"bob")
        alice.say(b"", b" ")
        self.assertEqual((bob.hears(), bob.hears()), (b"<alice> ", b"<alice>  "))

    def test_what_a_line_may_have_in_it(self):
        alice, bob = self.guest(b"al\xffi\0ce"), self.guest(b"b o\nb")
        for line in b"\0\xff", b"a\nb", b"a\rb", b"{}%s", b"<bob> hi", b"x" * 16384:
            alice.say(line)
            self.assertEqual(bob.hears(), b"<al\xffi\0ce> " + line)

    def test_an_empty_name_gets_the_question_again(self):
        guest = self.guest()
        guest.say(b"", b"", b"alice")
        self.assertEqual([guest.hears() for _ in range(3)], [QUESTION, QUESTION, b"Welcome, alice!"])

    def test_a_taken_name_is_asked_for_again(self):
        alice = self.guest(b"alice")
        other = self.guest()
        other.say(b"alice", b"", b"alice", b"Alice", b"hello")
        self.assertEqual([other.hears() for _ in range(4)],
                         [TAKEN, QUESTION, TAKEN, b"Welcome, Alice!"])
        self.assertEqual(alice.hears(), b"<Alice> hello")

    def test_name_and_lines_may_come_at_once_and_bytewise(self):
        alice = self.guest(b"alice")
        for name, sizes in (b"bob", 1), (b"carol", 100):
            guest = self.guest()
            data = name + b"\r\nfirst\r\nsecond\r\n"
            for i in range(0, len(data), sizes):
                guest.socket.sendall(data[i:i + sizes])
            self.assertEqual([alice.hears(), alice.hears()],
                             [b"<%b> first" % name, b"<%b> second" % name])

    def test_the_unnamed_hear_nothing_and_are_not_heard(self):
        alice, bob, unnamed = self.guest(b"alice"), self.guest(b"bob"), self.guest()
        unnamed.say(b"")  # no name, and no line either
        self.assertEqual(unnamed.hears(), QUESTION)
        alice.say(b"hello")
        self.assertEqual(bob.hears(), b"<alice> hello")
        unnamed.say(b"carol")
        self.assertEqual(unnamed.hears(), b"Welcome, carol!")
        alice.say(b"you too")
        self.assertEqual((bob.hears(), unnamed.hears()), (b"<alice> you too",) * 2)

    def test_a_name_is_free_after_a_close(self):
        self.guest(b"alice").close()
        self.assert_free(b"alice")

    def test_a_name_is_free_after_a_reset(self):
        alice = self.guest(b"alice")
        reset(alice.socket)
        self.assert_free(b"alice")

    def test_a_name_is_free_after_a_half_close(self):
        alice, bob = self.guest(b"alice"), self.guest(b"bob")
        alice.say(b"good night")
        half_close(alice.socket)
        self.assertEqual(bob.hears(), b"<alice> good night")
        new = self.assert_free(b"alice")
        self.assertIsNone(alice.hears())
        new.say(b"good morning")
        self.assertEqual(bob.hears(), b"<alice> good morning")

    def test_a_name_is_free_after_a_line_too_long(self):
        alice, bob = self.guest(b"alice"), self.guest(b"bob")
        alice.socket.sendall(b"ok\r\n" + b"x" * 20_000)
        self.assertIsNone(alice.hears())
        self.assertEqual(bob.hears(), b"<alice> ok")
        self.assert_free(b"alice")

    def test_an_unfinished_line_is_dropped(self):
        alice, bob = self.guest(b"alice"), self.guest(b"bob")
        alice.socket.sendall(b"whole\r\ncut sho")
        half_close(alice.socket)
        self.assertIsNone(alice.hears())
        new = self.assert_free(b"alice")
        new.say(b"next")
        self.assertEqual((bob.hears(), bob.hears()), (b"<alice> whole", b"<alice> next"))

    def test_a_name_that_was_refused_is_not_freed_by_the_refused(self):
        self.guest(b"alice")
        for end in Guest.close, lambda guest: half_close(guest.socket):
            other = self.guest()
            other.say(b"alice")
            self.assertEqual(other.hears(), TAKEN)
            end(other)
            late = self.guest()
            late.say(b"alice")
            self.assertEqual(late.hears(), TAKEN)

    def test_slow_readers_hold_nobody_up_and_lose_nothing(self):
        alice, bob = self.guest(b"alice"), self.guest(b"bob")
        slow = [self.guest(b"slow %d" % i, receive_buffer=4096) for i in range(3)]
        lines = [b"%05d " % i + b"x" * 8000 for i in range(1000)]
        for i in range(0, len(lines), 10):  # 8 MB to each, of which the slow ones take nothing
            alice.say(*lines[i:i + 10])
            for line in lines[i:i + 10]:
                self.assertEqual(bob.hears(), b"<alice> " + line)
        for guest in slow:
            for line in lines:
                self.assertEqual(guest.hears(), b"<alice> " + line)

    def test_a_slow_reader_that_goes_is_forgotten(self):
        alice, bob = self.guest(b"alice"), self.guest(b"bob")
        for i in range(10):
            slow = self.guest(b"slow %d" % i, receive_buffer=4096)
            alice.say(*[b"x" * 16000] * 20)
            reset(slow.socket) if i % 2 else slow.socket.close()
            for _ in range(20):
                self.assertEqual(len(bob.hears()), 16000 + len("<alice> "))

    def test_one_who_only_talks_does_not_stop_the_room(self):
        """Lines to a talker who reads nothing wait for it; it is not kept from talking."""
        talker = self.guest(b"talker", receive_buffer=4096)
        alice = self.guest(b"alice")
        for i in range(50):
            alice.say(b"y" * 16000)
            talker.say(b"line %d" % i)
            self.assertEqual(alice.hears(), b"<talker> line %d" % i)
        talker.close()  # with much unread, it would hold up the end

    def test_stops_orderly_with_guests_in_it(self):
        guests = [self.guest(b"guest %d" % i) for i in range(20)]
        guests.append(self.guest())
        self.program.signal(signal.SIGTERM)
        for guest in guests:
            self.assertIsNone(guest.hears())
        self.assertEqual(self.program.wait(), 0)
        self.assert_no_complaint(self.program)
