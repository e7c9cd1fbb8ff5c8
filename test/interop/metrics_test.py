"""--metrics: the page that Prometheus reads, as curl sees it."""

import re
import socket
import subprocess

from program import DEADLINE, ProgramTest, loopback, run, wait_until
from wire import HOST, connect, reset, talk

SERIES = re.compile(r'(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)'
                    r'(?P<labels>\{[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*"'
                    r'(?:,[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*")*\})? '
                    r'(?P<value>[-+]?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|Inf))')


def curl(url, *options):
    """The answer's head and body, as text."""
    done = subprocess.run(["curl", "-s", "-i", "--max-time", str(DEADLINE), *options, url],
                          capture_output=True, timeout=2 * DEADLINE, check=True)
    head, _, body = done.stdout.decode().partition("\r\n\r\n")
    return head, body


def parse(page):
    """{series with labels: value}; fails on what is not Prometheus's text format 0.0.4."""
    assert page.endswith("\n"), page
    values, types = {}, {}
    for line in page.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert kind in ("counter", "gauge", "histogram") and name not in types, line
            types[name] = kind
        elif not line.startswith("# HELP "):
            match = SERIES.fullmatch(line)
            assert match, line
            family = re.sub("_(bucket|sum|count)$", "", match["name"])
            assert match["name"] in types or types.get(family) == "histogram", line
            values[match["name"] + (match["labels"] or "")] = float(match["value"])
    return values


class MetricsTest(ProgramTest):
    def watch(self, *arguments, **options):
        """Starts an echo with its numbers; `.url` tells where they are."""
        program = self.serve("echo", "--metrics", loopback(), *arguments, **options)
        where = r"metrics at tcp:([\d.]+:\d+)\n"
        wait_until(lambda: re.search(where, program.stderr), "the page's address in the log")
        program.address = re.search(where, program.stderr)[1]
        program.url = f"http://{program.address}/metrics"
        return program

    def value(self, program, name, **labels):
        """The sum of a number over all listeners, and all that is not asked for."""
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        return sum(value for series, value in parse(curl(program.url)[1]).items()
                   if re.fullmatch(name + r"(\{.*\})?", series) and all(w in series for w in wanted))

    def wait_for(self, program, wanted, name, **labels):
        wait_until(lambda: self.value(program, name, **labels) == wanted, f"{name} to be {wanted}")

    def echo(self, program, data):
        self.assertEqual(talk(program.port, data), data)

    def test_curl_reads_it(self):
        program = self.watch()
        for version in ("--http1.0", "--http1.1"):
            head, body = curl(program.url, version)
            self.assertRegex(head, r"\AHTTP/1.[01] 200 OK\r\n")
            self.assertIn("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n", head)
            self.assertIn(f"\r\nContent-Length: {len(body)}\r\n", head)
            self.assertIn("\r\nConnection: close", head)
            parse(body)
        self.assert_stops(program)

    def test_counts_connections_and_bytes(self):
        program = self.watch()
        for _ in range(3):
            self.echo(program, b"x" * 100_000)
        self.wait_for(program, 3, "plait_connections_lost_total", reason="ConnectionDone")
        self.assertEqual(self.value(program, "plait_connections_opened_total"), 3)
        self.assertEqual(self.value(program, "plait_connections_open"), 0)
        self.assertEqual(self.value(program, "plait_received_bytes_total"), 300_000)
        self.assertEqual(self.value(program, "plait_sent_bytes_total"), 300_000)
        self.assertEqual(self.value(program, "plait_buffered_bytes"), 0)

    def test_counts_live_connections(self):
        program = self.watch()
        with connect(program.port) as peer:
            peer.sendall(b"hello")
            self.wait_for(program, 5, "plait_sent_bytes_total")
            self.assertEqual(self.value(program, "plait_connections_open"), 1)
        self.wait_for(program, 0, "plait_connections_open")

    def test_tells_resets_from_ends(self):
        program = self.watch()
        reset(connect(program.port))
        self.wait_for(program, 1, "plait_connections_lost_total", reason="ConnectionLost")

    def test_counts_for_all_reactors_and_each_listener(self):
        program = self.watch("--reactors=3", listen=[loopback(), "tcp6:0:interface=\\:\\:1"])
        for _ in range(20):
            self.echo(program, b"x")
        self.wait_for(program, 20, "plait_connections_lost_total")
        self.assertEqual(self.value(program, "plait_connections_opened_total", listener=loopback()),
                         20)
        latencies = [series for series in parse(curl(program.url)[1])
                     if series.startswith("plait_loop_latency_seconds_count")]
        self.assertEqual(len(latencies), 3)

    def test_answers_nothing_else(self):
        program = self.watch()
        self.assertRegex(curl(program.url, "-X", "POST")[0],
                         r"(?s)\AHTTP/1.1 405 .*\r\nAllow: GET, HEAD\r\n")
        self.assertRegex(curl(program.url + "x")[0], r"\AHTTP/1.1 404 Not Found\r\n")
        self.assertRegex(curl(program.url + "?name=x")[0], r"\AHTTP/1.1 200 OK\r\n")
        head, body = curl(program.url, "-I")
        self.assertRegex(head, r"\AHTTP/1.1 200 OK\r\n")
        self.assertEqual(body, "")
        self.assertRegex(curl(program.url, "-H", "X: " + "x" * 9000)[0], r"\AHTTP/1.1 431 ")

    def test_answers_garbage_and_survives_it(self):
        program = self.watch()
        host, port = program.address.split(":")
        for garbage in (b"\r\n\r\n", b"GET\r\n\r\n", b"GET /metrics\r\n\r\n", b"\0\xff \n\n",
                        b"GET /metrics HTTP/2\r\n\r\n"):
            with socket.create_connection((host, int(port)), DEADLINE) as peer:
                peer.sendall(garbage)
                self.assertTrue(peer.recv(65536).startswith(b"HTTP/1.1 400 Bad Request\r\n"))
        self.assertRegex(curl(program.url)[0], r"\AHTTP/1.1 200 OK\r\n")

    def test_takes_requests_in_any_pieces(self):
        program = self.watch()
        host, port = program.address.split(":")
        with socket.create_connection((host, int(port)), DEADLINE) as peer:
            for byte in b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n":
                peer.sendall(bytes([byte]))
            self.assertTrue(peer.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n"))

    def test_says_what_is_wrong_with_its_endpoint(self):
        done = run("echo", "--listen", loopback(), "--metrics", "nowhere:1")
        self.assertEqual((done.returncode, done.stdout), (2, b""))
        self.assert_one_line(done.stderr)
        with socket.create_server((HOST, 0)) as holder:
            port = holder.getsockname()[1]
            done = run("echo", "--listen", loopback(), "--metrics", loopback(port))
            self.assertEqual((done.returncode, done.stdout), (1, b""))
            self.assert_one_line(done.stderr)

    def test_is_not_announced_when_the_start_fails(self):
        with socket.create_server((HOST, 0)) as holder:
            port = holder.getsockname()[1]
            done = run("echo", "--listen", loopback(port), "--metrics", loopback())
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assert_one_line(done.stderr)
        self.assertIn(f"127.0.0.1:{port}".encode(), done.stderr)
