"""Runs the programs of apps/examples as a user would, and reads what they print."""

import os
import re
import select
import smtplib
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
        self.port = int(re.fullmatch(r"listening on [\d.]+:(\d+)\n",
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


def complaints(process):
    """What it said on stderr, but for this: on a loaded machine any callback may take long."""
    return "".join(line for line in process.stderr.splitlines(True) if "held the reactor up" not in line)


def bound_socket():
    """A socket that holds a port of its own, on which nobody listens (yet)."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    return sock


def free_port():
    """A port on which nobody listens."""
    with bound_socket() as sock:
        return sock.getsockname()[1]


class GuardedTest(unittest.TestCase):
    def test_serves_three_of_an_address_and_closes_the_silent(self):
        with Server("guarded_server") as server:
            peers = [server.connect() for _ in range(3)]
            for peer in peers[:2]:
                peer.sendall(b"hello\r\n")
                self.assertEqual(peer.recv(100), b"hello\r\n")
            with server.connect() as fourth:
                self.assertEqual(fourth.recv(100), b"")
            peers[2].settimeout(DEADLINE)
            self.assertEqual(peers[2].recv(100), b"")  # it said nothing
            for peer in peers:
                peer.close()
            output = server.stop()
        self.assertEqual(output.count("\n"), 3)
        self.assertRegex(output, "nothing|first byte|First byte")


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
        self.assertEqual(complaints(client).count("\n"), 1)


class ChatServerTest(unittest.TestCase):
    EXAMPLE = "chat_server"

    def enter(self, server, name):
        client = server.connect()
        self.addCleanup(client.close)
        lines = client.makefile("rwb", buffering=0)
        self.assertEqual(lines.readline(), b"What's your name?\r\n")
        lines.write(name + b"\r\n")
        return lines

    def test_everybody_else_hears(self):
        with Server(self.EXAMPLE) as server:
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

    def test_in_one_piece(self):
        with Server(self.EXAMPLE) as server:
            ann = self.enter(server, b"Ann")
            self.assertEqual(ann.readline(), b"Welcome, Ann!\r\n")
            bob = self.enter(server, b"Ann\r\nBob\r\none\r\ntwo")
            self.assertEqual(bob.readline(), b"Name taken, please choose another.\r\n")
            self.assertEqual(bob.readline(), b"Welcome, Bob!\r\n")
            self.assertEqual(ann.readline(), b"<Bob> one\r\n")
            self.assertEqual(ann.readline(), b"<Bob> two\r\n")

    def test_who_has_not_entered_hears_nothing(self):
        with Server(self.EXAMPLE) as server:
            late = self.enter(server, b"")  # the empty name is one, as in Twisted's program
            self.assertEqual(late.readline(), b"Welcome, !\r\n")
            with server.connect() as outside:
                lines = outside.makefile("rwb", buffering=0)
                self.assertEqual(lines.readline(), b"What's your name?\r\n")
                ann = self.enter(server, b"Ann\r\nhello")
                self.assertEqual(ann.readline(), b"Welcome, Ann!\r\n")
                self.assertEqual(late.readline(), b"<Ann> hello\r\n")
                lines.write(b"Bob\r\n")
                self.assertEqual(lines.readline(), b"Welcome, Bob!\r\n")

    def test_who_leaves_is_forgotten(self):
        with Server(self.EXAMPLE) as server:
            ann = self.enter(server, b"Ann")
            self.assertEqual(ann.readline(), b"Welcome, Ann!\r\n")
            with server.connect() as refused:  # leaves without having entered; Ann stays
                lines = refused.makefile("rwb", buffering=0)
                self.assertEqual(lines.readline(), b"What's your name?\r\n")
                lines.write(b"Ann\r\n")
                self.assertEqual(lines.readline(), b"Name taken, please choose another.\r\n")
                refused.shutdown(socket.SHUT_WR)
                self.assertEqual(lines.readline(), b"")  # the server has closed it
            with server.connect() as bob:
                lines = bob.makefile("rwb", buffering=0)
                self.assertEqual(lines.readline(), b"What's your name?\r\n")
                lines.write(b"Ann\r\nBob\r\nbye\r\nhalf a li")
                self.assertEqual(lines.readline(), b"Name taken, please choose another.\r\n")
                self.assertEqual(lines.readline(), b"Welcome, Bob!\r\n")
                self.assertEqual(ann.readline(), b"<Bob> bye\r\n")
                bob.shutdown(socket.SHUT_WR)
                self.assertEqual(lines.readline(), b"")
            ann.write(b"alone\r\n")
            bob = self.enter(server, b"Bob")
            while (answer := bob.readline()) == b"Name taken, please choose another.\r\n":
                bob.write(b"Bob\r\n")  # another reactor may not have seen the end of him yet
            self.assertEqual(answer, b"Welcome, Bob!\r\n")
            bob.write(b"back\r\n")
            self.assertEqual(ann.readline(), b"<Bob> back\r\n")


class ChatOnEveryCoreTest(ChatServerTest):
    EXAMPLE = "chat_on_every_core"

    def test_many_hear_all_in_order(self):
        """Guests on all reactors, and lines that go over together."""
        with Server(self.EXAMPLE) as server:
            guests = [self.enter(server, b"%d" % i) for i in range(16)]
            for i, guest in enumerate(guests):
                self.assertEqual(guest.readline(), b"Welcome, %d!\r\n" % i)
            guests[0].write(b"".join(b"line %d\r\n" % i for i in range(200)))
            for guest in guests[1:]:
                for i in range(200):
                    self.assertEqual(guest.readline(), b"<0> line %d\r\n" % i)


class LineClientTest(unittest.TestCase):
    def test_talks_to_the_echo_server(self):
        with Server("echo_server") as server:
            client = run("line_client", server.port)
        self.assertEqual(client.returncode, 0)
        self.assertEqual(client.stdout, "received: Hello, world!\n"
                                        "received: What a fine day it is.\n"
                                        "received: Bye-bye!\n"
                                        "Connection was closed cleanly.\n")


class MailDialogueTest(unittest.TestCase):
    MAIL = (b"MAIL FROM:<ann@here>\r\nRCPT TO:<bob@there>\r\nRCPT TO:<eve@there>\r\nDATA\r\n"
            b"Hello,\r\n..\r\nQUIT\r\n.\r\n")
    REPLIES = ["250", "250", "250", "354", "250"]
    PRINTED = "mail from <ann@here> to <bob@there> <eve@there>: 3 lines\n"

    def codes(self, client):
        """The codes of all the replies, until the server closes."""
        return [line[:3].decode() for line in client.makefile("rb")]

    def test_mails_of_a_mail_program(self):
        with Server("mail_dialogue") as server:
            with smtplib.SMTP("127.0.0.1", server.port, timeout=DEADLINE) as client:
                for text in ("one", "one\n.\ntwo"):
                    self.assertEqual(client.sendmail("ann@here", ["bob@there"], text), {})
            self.assertEqual(server.stop(), "mail from <ann@here> to <bob@there>: 1 lines\n"
                                            "mail from <ann@here> to <bob@there>: 3 lines\n")

    def test_everything_in_one_piece(self):
        with Server("mail_dialogue") as server:
            with server.connect() as client:
                client.sendall(b"HELO me\r\n" + 3 * self.MAIL + b"QUIT\r\n" + self.MAIL)
                self.assertEqual(self.codes(client),
                                 ["220", "250"] + 3 * self.REPLIES + ["221"])
            self.assertEqual(server.stop(), 3 * self.PRINTED)

    def test_everything_byte_by_byte(self):
        with Server("mail_dialogue") as server:
            with server.connect() as client:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for byte in self.MAIL + b"quit\r\n":
                    client.sendall(bytes([byte]))
                self.assertEqual(self.codes(client), ["220"] + self.REPLIES + ["221"])
            self.assertEqual(server.stop(), self.PRINTED)

    def test_everything_then_the_end(self):
        """The peer has no more to say, but still gets every reply."""
        with Server("mail_dialogue") as server:
            with server.connect() as client:
                client.sendall(3 * self.MAIL)
                client.shutdown(socket.SHUT_WR)
                self.assertEqual(self.codes(client), ["220"] + 3 * self.REPLIES)
            self.assertEqual(server.stop(), 3 * self.PRINTED)

    def test_a_mail_is_delivered_before_the_next_word(self):
        with Server("mail_dialogue") as server, server.connect() as client:
            replies = client.makefile("rb")
            client.sendall(self.MAIL + b"HELO me\r\n")
            for code in ["220"] + self.REPLIES:
                self.assertEqual(replies.readline()[:3].decode(), code)
            printed, _, _ = select.select([server.process.stdout], [], [], 0)
            self.assertTrue(printed)
            self.assertEqual(server.process.stdout.readline(), self.PRINTED)
            self.assertEqual(replies.readline(), b"250 Hello, me\r\n")

    def test_wrong_order(self):
        with Server("mail_dialogue") as server:
            with server.connect() as client:
                client.sendall(b"RCPT TO:<bob@there>\r\nDATA\r\nEHLO\r\n\r\n"
                               b"mail from:<>\r\ndata\r\nQUIT\r\n")
                self.assertEqual(self.codes(client),
                                 ["220", "503", "503", "503", "503", "250", "503", "221"])
            self.assertEqual(server.stop(), "")

    def test_client_that_leaves_half_way(self):
        with Server("mail_dialogue") as server:
            for last in (b"", b"HE", b"DATA\r\nhalf a mail\r\nhalf a li"):
                with server.connect() as client:
                    client.sendall(b"MAIL FROM:<a>\r\nRCPT TO:<b>\r\n" + last)
                    client.shutdown(socket.SHUT_WR)
                    self.assertEqual(self.codes(client)[:3], ["220", "250", "250"])
            with server.connect() as client:
                client.sendall(self.MAIL + b"QUIT\r\n")
                self.assertEqual(self.codes(client)[-1], "221")
            self.assertEqual(server.stop(), self.PRINTED)
        self.assertNotIn("error", server.errors)

    def test_stops_in_the_middle_of_a_delivery(self):
        with Server("mail_dialogue") as server, server.connect() as client:
            client.sendall(self.MAIL)
            replies = client.makefile("rb")
            while not replies.readline().startswith(b"354"):
                pass
            server.stop()
        self.assertNotIn("error", server.errors)


class PortCheckerTest(unittest.TestCase):
    def check(self, *targets):
        return subprocess.run([os.path.join(EXAMPLES, "port_checker"), *targets], text=True,
                              timeout=DEADLINE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def test_open_and_closed_in_the_order_given(self):
        with bound_socket() as listener, bound_socket() as silent:
            listener.listen()
            opened = "127.0.0.1:%d" % listener.getsockname()[1]
            closed = "127.0.0.1:%d" % silent.getsockname()[1]
            checker = self.check(closed, opened, closed)
        self.assertEqual((checker.returncode, complaints(checker)), (0, ""))
        self.assertEqual(checker.stdout, f"{closed} closed (Connection refused)\n{opened} open\n"
                                         f"{closed} closed (Connection refused)\n")

    def test_more_ports_than_threads(self):
        with bound_socket() as listener, bound_socket() as silent:
            listener.listen(50)
            opened = "127.0.0.1:%d" % listener.getsockname()[1]
            closed = "127.0.0.1:%d" % silent.getsockname()[1]
            checker = self.check(*25 * [opened, closed])
        self.assertEqual(checker.returncode, 0)
        self.assertEqual(checker.stdout,
                         25 * f"{opened} open\n{closed} closed (Connection refused)\n")

    def test_name_that_is_none(self):
        checker = self.check("not a host:80")
        self.assertEqual(checker.returncode, 0)
        self.assertRegex(checker.stdout, r"^not a host:80 closed \(.+\)\n$")

    def test_port_that_does_not_answer(self):
        with bound_socket() as listener, socket.socket() as first, socket.socket() as second:
            listener.listen(0)  # one waits to be accepted, and the system drops all others
            first.connect(listener.getsockname())
            second.setblocking(False)
            second.connect_ex(listener.getsockname())
            target = "127.0.0.1:%d" % listener.getsockname()[1]
            checker = self.check(target)
        self.assertEqual(checker.returncode, 0)
        self.assertEqual(checker.stdout, f"{target} closed (Connection timed out)\n")

    def test_wrong_arguments(self):
        for arguments in ([], [""], ["host"], [":80"], ["host:"], ["host:0"], ["host:65536"],
                          ["host:8x"], ["127.0.0.1:1", "host"]):
            checker = self.check(*arguments)
            self.assertEqual((checker.returncode, checker.stdout), (2, ""), arguments)
            self.assertTrue(checker.stderr.startswith("usage: "))


class UDPEchoServerTest(unittest.TestCase):
    def test_echoes_every_datagram(self):
        with Server("udp_echo_server") as server:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.settimeout(DEADLINE)
                for datagram in (b"hello", b"", bytes(range(256)) * 200):
                    client.sendto(datagram, ("127.0.0.1", server.port))
                    self.assertEqual(client.recvfrom(65536),
                                     (datagram, ("127.0.0.1", server.port)))


class MulticastPingTest(unittest.TestCase):
    def test_a_ping_is_answered(self):
        with Server("multicast_ping_server") as server:
            client = run("multicast_ping_client", server.port)
            self.assertEqual(client.returncode, 0)
            self.assertEqual(client.stdout, f"Server: Pong from 127.0.0.1:{server.port}\n")
            self.assertRegex(server.stop(), r"\AClient: Ping from 127\.0\.0\.1:\d+\n\Z")
        self.assertNotIn("error", server.errors)

    def test_nobody_answers(self):
        client = run("multicast_ping_client", free_port())
        self.assertEqual((client.returncode, client.stdout), (1, "nobody has answered\n"))


class WordCounterTest(unittest.TestCase):
    def count(self, *words, **options):
        return subprocess.run([os.path.join(EXAMPLES, "word_counter"), *words], text=True,
                              timeout=DEADLINE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              **options)

    def test_counts(self):
        counter = self.count("pear", "apple", "pear", "fig", "pear", "apple")
        self.assertEqual((counter.returncode, complaints(counter)), (0, ""))
        self.assertEqual(counter.stdout, "2 apple\n1 fig\n3 pear\n")

    def test_nothing_to_count(self):
        counter = self.count()
        self.assertEqual((counter.returncode, counter.stdout, counter.stderr), (0, "", ""))

    def test_more_than_a_pipe_holds(self):
        counter = self.count(*(1000 * ["b" * 100] + 1000 * ["a" * 100]))
        self.assertEqual(counter.stdout, f"1000 {'a' * 100}\n1000 {'b' * 100}\n")

    def test_no_sort(self):
        counter = self.count("a", env={**os.environ, "PATH": "/nowhere"})
        self.assertEqual((counter.returncode, counter.stdout), (1, ""))
        self.assertEqual(counter.stderr, "cannot run sort: No such file or directory\n")


class StdinChatClientTest(unittest.TestCase):
    def start(self, port):
        client = subprocess.Popen([os.path.join(EXAMPLES, "stdin_chat_client"), str(port)],
                                  text=True, bufsize=1, stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for stream in client.stdin, client.stdout, client.stderr:
            self.addCleanup(stream.close)
        self.addCleanup(client.wait)
        self.addCleanup(client.kill)
        return client

    def enter(self, server, name):
        client = self.start(server.port)
        self.assertEqual(client.stdout.readline(), "What's your name?\n")
        client.stdin.write(f"{name}\n")
        self.assertEqual(client.stdout.readline(), f"Welcome, {name}!\n")
        return client

    def test_two_talk(self):
        with Server("chat_server") as server:
            ann, bob = self.enter(server, "Ann"), self.enter(server, "Bob")
            ann.stdin.write("hello\n")
            self.assertEqual(bob.stdout.readline(), "<Ann> hello\n")
            bob.stdin.write("hi\n")
            self.assertEqual(ann.stdout.readline(), "<Bob> hi\n")
            ann.stdin.write("bye\n")
            ann.stdin.close()
            self.assertEqual(bob.stdout.readline(), "<Ann> bye\n")
            self.assertEqual(ann.wait(DEADLINE), 0)
            self.assertEqual(ann.stderr.read(), "")
            bob.terminate()
            self.assertEqual(bob.wait(DEADLINE), 0)
            self.assertNotIn("error", bob.stderr.read().lower())

    def test_the_server_goes(self):
        with Server("chat_server") as server:
            ann = self.enter(server, "Ann")
        self.assertEqual(ann.wait(DEADLINE), 0)
        self.assertEqual(ann.stderr.read(), "")

    def test_without_server(self):
        client = self.start(free_port())
        self.assertEqual(client.wait(DEADLINE), 0)
        self.assertEqual(client.stderr.read().count("\n"), 1)


if __name__ == "__main__":
    unittest.main()
