"""The command line: what it takes, what it refuses, what it prints, how it exits."""

import re
import socket

from program import Listener, ProgramTest, loopback, run
from wire import HOST, ask, connect, talk

HERE = loopback()


class AnswersTest(ProgramTest):
    """--help and --version."""

    def test_help_goes_to_stdout(self):
        done = run("--help")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertIn(b"usage: plait SERVICE", done.stdout)
        for word in b"echo discard chargen daytime time qotd line netstring int8 int16 int32 chat " \
                    b"connect demo --listen --max-length --delimiter --reactors --drain --log-level".split():
            self.assertIn(word, done.stdout)

    def test_version_goes_to_stdout(self):
        done = run("--version")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertRegex(done.stdout, rb"\Aplait \d+\.\d+\.\d+\n\Z")


class RefusalTest(ProgramTest):
    """A usage error: exit status 2, one line on stderr, nothing on stdout."""

    def refuse(self, *arguments, saying=""):
        with self.subTest(arguments=arguments):
            done = run(*arguments)
            self.assertEqual(done.returncode, 2, done)
            self.assertEqual(done.stdout, b"")
            self.assert_one_line(done.stderr)
            self.assertIn(saying.encode(), done.stderr)


class UsageErrorTest(RefusalTest):
    """What the command line does not have."""

    def test_services(self):
        self.refuse()
        self.refuse("")
        self.refuse("sing", saying="sing")
        self.refuse("sing", "--listen", HERE, saying="sing")
        self.refuse("--listen", HERE)
        self.refuse("echo", "line", "--listen", HERE, saying="line")

    def test_unknown_options(self):
        self.refuse("echo", "--listen", HERE, "--sing", saying="--sing")
        self.refuse("echo", "--listen", HERE, "--sing=3", saying="--sing")
        self.refuse("echo", "--listen", HERE, "-x", saying="-x")
        self.refuse("--sing")

    def test_options_without_a_value(self):
        for option in "--listen", "--max-length", "--delimiter", "--drain", "--log-level":
            self.refuse("line", "--listen", HERE, option, saying=option)

    def test_bad_values(self):
        for option, values in (
                ("--max-length", ["x", "-1", "1.5", "", "5x", " 5", "99999999999999999999"]),
                ("--delimiter", ["cr", "CRLF", "", "\n"]),
                ("--drain", ["x", "-1", "", "5s", "nan", "inf", "1e-12"]),
                ("--reactors", ["x", "0", "-1", "1.5", "", "1025", "99999999999999999999"]),
                ("--max-connections", ["x", "0", "-1", "1.5", "", "99999999999999999999"]),
                ("--max-connections-per-peer", ["x", "0", "-1", "1.5", ""]),
                ("--idle-timeout", ["x", "-1", "", "5s", "nan", "inf", "1e-12", "9e-10"]),
                ("--first-byte-timeout", ["x", "-1", "", "5s", "nan", "inf", "1e-12"]),
                ("--log-level", ["loud", "", "INFO", "3"])):
            for value in values:
                self.refuse("line", "--listen", HERE, f"{option}={value}", saying=option)

    def test_options_of_other_services(self):
        for service in "echo", "chat", "chargen":
            self.refuse(service, "--listen", HERE, "--max-length", "5", saying="--max-length")
        for service in "echo", "netstring", "int16", "chat":
            self.refuse(service, "--listen", HERE, "--delimiter", "lf", saying="--delimiter")
        self.refuse("echo", "--listen", HERE, "--to", "tcp:localhost:1", saying="--to")

    def test_listen_is_needed_by_services_only(self):
        for service in "echo", "line", "chat":
            self.refuse(service, saying="--listen")
        self.refuse("demo", "--listen", HERE, saying="--listen")
        self.refuse("demo", "extra", saying="extra")
        self.refuse("connect", "tcp:127.0.0.1:1", "--listen", HERE, saying="--listen")
        for option in ("--reactors", "--max-connections", "--max-connections-per-peer",
                       "--idle-timeout", "--first-byte-timeout"):
            self.refuse("connect", "tcp:127.0.0.1:1", option, "2", saying=option)

    def test_endpoint_strings(self):
        for endpoint in (
                "", "tcp", "tcp:", "tcp:http", "tcp:-1", "tcp:65536", "tcp:1e3", "8000", ":8000",
                "tcp:0:colour=red", "tcp:0:interface=127.0.0.1:interface=127.0.0.1",
                "tcp:0:127.0.0.1:5:6:7", "tcp:0:backlog=many", "tcp6:0:interface=127.0.0.1",
                "gopher:0", "tcp:0\n", "unix:", "unix:/tmp/x:mode=999", "unix:/tmp/x:lockfile=yes",
                "ssl:", "ssl:0:sslmethod=SSLv3_METHOD", "ssl:0:colour=red", "haproxy:",
                "haproxy:gopher:0", "systemd:", "systemd:domain=INET", "systemd:domain=AX25:index=0",
                "systemd:domain=INET:index=0:name=web", "systemd:domain=INET:index=x", "fd:",
                "fd:x", "stdio:what"):
            self.refuse("echo", "--listen", endpoint)

    def test_client_endpoint_strings(self):
        self.refuse("connect", saying="CLIENT_ENDPOINT")
        for endpoint in ("", "tcp", "tcp:localhost", "tcp:localhost:", "tcp:localhost:99999",
                         "tcp:localhost:http", "tcp:localhost:1:colour=red", "gopher:localhost:1",
                         "localhost:1", "tcp::1", "tcp:localhost:1:timeout=x",
                         "tcp:localhost:1:bindAddress=nowhere", "unix:", "unix:/tmp/x:timeout=x",
                         "tls:localhost", "tls:localhost:1:colour=red", "tls:localhost:1:endpoint=x",
                         "ssl:localhost:x", "process:", "haproxy:tcp:localhost:1"):
            self.refuse("connect", endpoint)
        self.refuse("connect", "tcp:localhost:1", "tcp:localhost:2", saying="tcp:localhost:2")

    def test_forward(self):
        self.refuse("forward", "--to", "tcp:localhost:1", saying="--listen")
        self.refuse("forward", "--listen", HERE, saying="--to")
        self.refuse("forward", "--listen", HERE, "--to", "gopher:1", saying="gopher")
        self.refuse("forward", "--listen", "gopher:1", "--to", "tcp:localhost:1", saying="gopher")
        self.refuse("echo", "--listen", HERE, "--to", "tcp:localhost:1", saying="--to")

    def test_a_message_is_one_line_whatever_was_given(self):
        self.refuse("two\nlines")
        self.refuse("echo", "--listen", "two\nlines:1")
        self.refuse("echo", "--listen", HERE, "two\r\nlines")
        self.refuse(b"\xff\xfe")

    def test_everything_is_checked_before_anything_listens(self):
        with socket.create_server((HOST, 0)) as holder:
            taken = loopback(holder.getsockname()[1])  # were it opened, the status would be 1
            self.refuse("echo", "--listen", taken, "--listen", "gopher:1", saying="gopher")
            self.refuse("echo", "--listen", taken, "--log-level", "loud", saying="loud")
            self.refuse("line", "--listen", taken, "--max-length", "x", saying="--max-length")
            self.refuse("echo", "--listen", taken, "--sing", saying="--sing")


class ListeningTest(ProgramTest):
    """The listening lines, and what cannot be opened."""

    def test_tcp(self):
        program = self.serve("echo")
        self.assertEqual(program.listeners[0].line,
                         f"echo listening on tcp:127.0.0.1:{program.port}\n")
        self.assertEqual(talk(program.port, b"hello"), b"hello")
        self.assert_stops(program)

    def test_tcp6(self):
        if not has_ipv6():
            self.skipTest("no IPv6 loopback here")
        program = self.serve("line", listen=[r"tcp6:0:interface=\:\:1"])
        self.assertEqual(program.listeners[0].line, f"line listening on tcp6:[::1]:{program.port}\n")
        with connect(program.port, "::1") as connection:
            self.assertEqual(ask(connection, b"hello\r\n"), b"hello\r\n")
        self.assert_stops(program)

    def test_several_at_once_in_their_order(self):
        endpoints = [loopback(), f"tcp:port=0:interface=127.0.0.2", loopback() + ":backlog=5"]
        program = self.serve("netstring", listen=endpoints)
        self.assertEqual([listener.host for listener in program.listeners],
                         ["127.0.0.1", "127.0.0.2", "127.0.0.1"])
        self.assertEqual(len({(one.host, one.port) for one in program.listeners}), 3)
        for listener in program.listeners:
            with connect(listener.port, listener.host) as connection:
                self.assertEqual(ask(connection, b"5:hello,"), b"5:hello,")
        self.assert_stops(program)

    def test_the_port_asked_for_is_the_port_served(self):
        with socket.create_server((HOST, 0)) as holder:
            port = holder.getsockname()[1]
        program = self.serve("echo", listen=[loopback(port)])
        self.assertEqual(program.port, port)
        talk(port, b"x" * 1000)
        self.assert_stops(program)
        again = self.serve("echo", listen=[loopback(port)])  # at once, in spite of old connections
        self.assertEqual(talk(port, b"again"), b"again")
        self.assert_stops(again)

    def test_a_port_in_use_is_named_with_the_reason(self):
        with socket.create_server((HOST, 0)) as holder:
            port = holder.getsockname()[1]
            self.assert_cannot_listen(f"127.0.0.1:{port}", "Address already in use",
                                      "echo", "--listen", loopback(port))

    def test_none_serves_when_one_cannot(self):
        with socket.create_server((HOST, 0)) as holder:
            port = holder.getsockname()[1]
            for endpoints in ([HERE, loopback(port)], [loopback(port), HERE],
                              [HERE, loopback(port), HERE]):
                self.assert_cannot_listen(f"127.0.0.1:{port}", "Address already in use", "echo",
                                          *(f"--listen={endpoint}" for endpoint in endpoints))

    def test_an_address_that_is_not_ours(self):
        self.assert_cannot_listen("192.0.2.1:", "Cannot assign requested address", "echo",
                                  "--listen", "tcp:0:interface=192.0.2.1")

    def assert_cannot_listen(self, name, reason, *arguments):
        done = run(*arguments)
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assert_one_line(done.stderr)
        self.assertIn(name.encode(), done.stderr)
        self.assertIn(reason.encode(), done.stderr)


class OptionsTest(ProgramTest):
    """Options that are accepted, and what they do."""

    def test_values_with_an_equals_sign(self):
        program = self.start("line", f"--listen={HERE}", "--max-length=3", "--delimiter=lf",
                             "--drain=0.5", "--log-level=error")
        listener = Listener(program.read_line())
        self.assertEqual(talk(listener.port, b"abc\nabcd\nx\n"), b"abc\n")
        self.assert_stops(program)

    def test_options_may_come_before_the_service(self):
        program = self.start("--listen", HERE, "--drain", "1", "echo")
        self.assertEqual(Listener(program.read_line()).service, "echo")
        self.assert_stops(program)

    def test_log_levels(self):
        said = {}
        for level in "debug", "info", "warn", "error", None:
            program = self.serve("echo", *([f"--log-level={level}"] if level else []))
            talk(program.port, b"x")
            self.assert_stops(program)
            said[level] = set(re.findall(r"^\S+ (\w+) ", program.stderr, re.MULTILINE))
        self.assertEqual(said, {"debug": {"debug", "info"}, "info": {"info"}, "warn": set(),
                                "error": set(), None: {"info"}})


class DemoTest(ProgramTest):
    """The demo, on its well-known ports."""

    PORTS = {"echo": 7007, "line": 7001, "netstring": 7002, "int32": 7003, "chat": 7004}

    def setUp(self):
        for port in self.PORTS.values():
            try:
                socket.create_server((HOST, port)).close()
            except OSError as error:
                self.skipTest(f"port {port} is somebody else's: {error}")

    def test_serves_all_five(self):
        program = self.start("demo")
        listeners = [Listener(program.read_line()) for _ in self.PORTS]
        self.assertEqual({one.service: one.port for one in listeners}, self.PORTS)
        self.assertEqual({one.host for one in listeners}, {HOST})
        for service, sent, answer in (("echo", b"hello", b"hello"),
                                      ("line", b"hello\r\n", b"hello\r\n"),
                                      ("netstring", b"5:hello,", b"5:hello,"),
                                      ("int32", b"\0\0\0\5hello", b"\0\0\0\5hello"),
                                      ("chat", b"", b"What's your name?\r\n")):
            self.assertEqual(talk(self.PORTS[service], sent), answer)
        self.assert_stops(program)
        for port in self.PORTS.values():
            self.assertIn(str(port), program.stderr)  # how to try it

    def test_needs_all_five(self):
        with socket.create_server((HOST, 7003)):
            done = run("demo")
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assert_one_line(done.stderr)
        self.assertIn(b"127.0.0.1:7003", done.stderr)


def has_ipv6():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        return True
    except OSError:
        return False
