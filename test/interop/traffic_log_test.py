"""--traffic-log: as text, and as a capture that tcpdump reads."""

import os
import re
import resource
import shutil
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

from program import DEADLINE, ProgramTest, loopback, run, wait_until
from wire import HOST, connect, half_close, read_to_end


def tcpdump(file, *options):
    """What tcpdump says about a capture."""
    as_root = ["-Z", "root"] if os.geteuid() == 0 else []
    done = subprocess.run(["tcpdump", *as_root, "-n", *options, "-r", file], capture_output=True,
                          timeout=DEADLINE)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode(errors="replace")


class TrafficLogTest(ProgramTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def record(self, name, *arguments, **options):
        self.file = self.folder / name
        return self.serve("echo", "--traffic-log", str(self.file), *arguments, **options)

    def echo(self, peer, data):
        peer.sendall(data)
        half_close(peer)
        self.assertEqual(read_to_end(peer), data)

    def test_text_tells_what_was_said(self):
        program = self.record("traffic.txt")
        with connect(program.port) as peer:
            port = peer.getsockname()[1]
            self.echo(peer, b"hello\r\n")
        self.assert_stops(program)
        self.assertEqual(self.file.read_text(),
                         f"* 1: 127.0.0.1:{port} to 127.0.0.1:{program.port}\n"
                         "C 1: b'hello\\r\\n'\n"
                         "S 1: b'hello\\r\\n'\n"
                         "C 1: Connection was closed cleanly.\n")

    def test_is_written_while_the_connection_lives(self):
        program = self.record("traffic.txt")
        with connect(program.port) as peer:
            peer.sendall(b"hello")
            wait_until(lambda: "S 1: b'hello'" in self.file.read_text(), "the traffic in the file")

    @unittest.skipUnless(shutil.which("tcpdump"), "tcpdump is not installed")
    def test_tcpdump_reads_a_capture(self):
        program = self.record("traffic.pcapng", "--reactors=2",
                              listen=[loopback(), "tcp6:0:interface=\\:\\:1",
                                      f"unix:{self.folder}/socket"])
        data = b"hello, this is plain text. " * 4000
        four, six, unix = program.listeners
        for family, address in ((socket.AF_INET, ("127.0.0.1", four.port)),
                                (socket.AF_INET6, ("::1", six.port)),
                                (socket.AF_UNIX, unix.path)):
            with socket.socket(family) as peer:
                peer.settimeout(DEADLINE)
                peer.connect(address)
                self.echo(peer, data)
        self.assert_stops(program)

        text = tcpdump(self.file, "-v", "-S")
        self.assertNotIn("incorrect", text)
        self.assertNotIn("bad", text)
        for name in (f"127.0.0.1.{four.port}", f"::1.{six.port}", "127.0.0.1.1"):
            said = {}
            for source, length in re.findall(r"(\S+) > \S+: Flags .* length (\d+)", text):
                said[source] = said.get(source, 0) + int(length)
            self.assertEqual(said[name], len(data))
        self.assertEqual(len(re.findall(r"Flags \[S\],", text)), 3)
        self.assertEqual(len(re.findall(r"Flags \[F\.\],", text)), 6)
        self.assertIn("hello, this is plain text.", tcpdump(self.file, "-A"))

    def test_a_file_that_cannot_be_opened_is_said(self):
        done = run("echo", "--listen", loopback(), "--traffic-log", "/nowhere/at/all")
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assert_one_line(done.stderr)
        self.assertIn(b"/nowhere/at/all: No such file or directory", done.stderr)

    def test_all_listeners_share_the_numbers(self):
        program = self.record("traffic.txt", listen=[loopback(), loopback()])
        for listener in program.listeners:
            with connect(listener.port) as peer:
                self.echo(peer, b"x")
        self.assert_stops(program)
        self.assertEqual(sorted(re.findall(r"^\* (\d+):", self.file.read_text(), re.MULTILINE)),
                         ["1", "2"])

    def test_begins_the_file_anew(self):
        for name in "traffic.txt", "traffic.pcapng":
            (self.folder / name).write_bytes(b"of old")
            program = self.record(name)
            wait_until(lambda: b"of old" not in self.file.read_bytes(), "an empty file")
            self.assert_stops(program)

    def test_a_start_that_fails_leaves_the_file_as_it_is(self):
        with socket.create_server((HOST, 0)) as holder:
            taken = loopback(holder.getsockname()[1])
            for name in "traffic.txt", "traffic.pcapng":
                file = self.folder / name
                file.write_bytes(b"of old")
                for arguments in (["--listen", loopback(), "--listen", taken],
                                  ["--listen", loopback(), "--metrics", taken]):
                    done = run("echo", "--traffic-log", str(file), *arguments)
                    self.assertEqual((done.returncode, done.stdout), (1, b""))
                    self.assert_one_line(done.stderr)
                    self.assertEqual(file.read_bytes(), b"of old")

    def test_a_limit_of_the_files_size_ends_the_recording_and_nothing_else(self):
        program = self.record("traffic.txt")
        resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (100_000, 100_000))
        for _ in range(3):
            with connect(program.port) as peer:
                self.echo(peer, b"x" * 200_000)
        program.signal(15)
        self.assertEqual(program.wait(), 0)
        self.assertEqual(program.stderr.count("File too large"), 1)
        self.assertLessEqual(self.file.stat().st_size, 100_000)

    def test_a_full_disk_ends_the_recording_and_nothing_else(self):
        program = self.serve("echo", "--traffic-log", "/dev/full")
        for _ in range(3):
            with connect(program.port) as peer:
                self.echo(peer, b"x" * 200_000)
        program.signal(15)
        self.assertEqual(program.wait(), 0)
        self.assertEqual(program.stderr.count("/dev/full"), 1)
