"""Starts the program, listens to what it says, and always ends it."""

import os
import random
import re
import selectors
import signal
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path

BUILT = Path(__file__).parents[2] / "build/dev/bin"
PROGRAM = os.environ.get("PLAIT_PROGRAM", str(BUILT / "plait"))
CLIENT = os.environ.get("PLAIT_INTEROP_CLIENT", str(BUILT / "interop_client"))
DESCRIPTOR_ECHO = os.environ.get("PLAIT_DESCRIPTOR_ECHO", str(BUILT / "descriptor_echo"))
DEADLINE = 30  # seconds for anything that should happen soon

LISTENING = re.compile(r"(?P<service>\w+) listening on (?P<where>(?:haproxy:)*"
                       r"(?:(?P<kind>tcp6?|ssl):(?P<host>.*):(?P<port>\d+)|unix:(?P<path>.+)))\n")


def loopback(port=0):
    """A --listen string on the IPv4 loopback."""
    return f"tcp:{port}:interface=127.0.0.1"


def wait_until(true, what, deadline=DEADLINE):
    """Polls `true` until it is; fails, saying `what` was waited for, when that takes too long."""
    end = time.monotonic() + deadline
    while not true():
        if time.monotonic() > end:
            raise AssertionError(f"waited {deadline} s for {what}")
        time.sleep(0.005)


def run(*arguments, stdin=subprocess.DEVNULL, input=None, **options):
    """Runs the program to its end: a CompletedProcess with bytes."""
    if input is not None:
        stdin = None
    return subprocess.run([PROGRAM, *arguments], stdin=stdin, input=input, capture_output=True,
                          timeout=DEADLINE, **options)


def seeded_random():
    """A random generator whose seed is printed; INTEROP_SEED replays one."""
    seed = int(os.environ.get("INTEROP_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"seed: INTEROP_SEED={seed}", file=sys.stderr, flush=True)
    return random.Random(seed)


class Listener:
    """One of the program's listening lines."""

    def __init__(self, line):
        match = LISTENING.fullmatch(line)
        if not match:
            raise AssertionError(f"not a listening line: {line!r}")
        self.line = line
        self.service, self.where = match["service"], match["where"]
        self.kind, self.host, self.path = match["kind"] or "unix", match["host"], match["path"]
        self.port = int(match["port"] or 0)


class Program:
    """The program, or the one at `path`, as a child. `stderr` is collected, in full after `wait`."""

    def __init__(self, *arguments, path=PROGRAM, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                 environment={}):
        self.process = subprocess.Popen([path, *arguments], stdin=stdin, stdout=stdout,
                                        stderr=subprocess.PIPE, env={**os.environ, **environment})
        self.pid = self.process.pid
        self._stderr = []
        self._collector = threading.Thread(target=self._collect, daemon=True)
        self._collector.start()
        self._stdout = b""

    def _collect(self):
        for line in self.process.stderr:
            self._stderr.append(line.decode(errors="replace"))

    @property
    def stderr(self):
        return "".join(self._stderr)

    def read_line(self, deadline=DEADLINE):
        """The next line of its stdout."""
        end = time.monotonic() + deadline
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._stdout:
                if not selector.select(max(0, end - time.monotonic())):
                    raise AssertionError(f"no line on stdout within {deadline} s")
                piece = os.read(self.process.stdout.fileno(), 65536)
                if not piece:
                    raise AssertionError(f"stdout ended; stderr: {self.stderr}")
                self._stdout += piece
        line, _, self._stdout = self._stdout.partition(b"\n")
        return line.decode() + "\n"

    def rest_of_stdout(self):
        """What is left of its stdout, up to its end."""
        rest, self._stdout = self._stdout + self.process.stdout.read(), b""
        return rest

    def signal(self, number):
        self.process.send_signal(number)

    def running(self):
        return self.process.poll() is None

    def wait(self, deadline=DEADLINE):
        """Waits for its end and all of its stderr; its exit status."""
        status = self.process.wait(deadline)
        self._collector.join(DEADLINE)
        return status

    def kill(self):
        """Ends it, whatever it does, and gives back its pipes."""
        if self.running():
            self.process.kill()
        self.wait()
        for stream in (self.process.stdout, self.process.stderr, self.process.stdin):
            if stream:
                stream.close()

    # What the system tells about it.

    def resident_bytes(self):
        with open(f"/proc/{self.pid}/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))


class ProgramTest(unittest.TestCase):
    """A test that starts the program. Whatever it starts has ended when it ends."""

    reactors = 1  # of every service that is started

    def start(self, *arguments, **options):
        program = Program(*arguments, **options)
        self.addCleanup(program.kill)
        return program

    def serve(self, *arguments, listen=None, **options):
        """Starts a service, on the loopback unless told otherwise; it serves when this returns.
        `.port` and `.listeners` tell where."""
        endpoints = listen or [loopback()]
        if self.reactors > 1:
            arguments += (f"--reactors={self.reactors}",)
        program = self.start(*arguments, *(f"--listen={e}" for e in endpoints), **options)
        program.listeners = [Listener(program.read_line()) for _ in endpoints]
        program.port = program.listeners[0].port
        return program

    def assert_stops(self, program, number=signal.SIGTERM, deadline=DEADLINE):
        """A signal ends it with status 0, with no more on stdout and no complaint on stderr."""
        program.signal(number)
        self.assertEqual(program.wait(deadline), 0, program.stderr)
        self.assertEqual(program.rest_of_stdout(), b"")
        self.assert_no_complaint(program)

    def assert_no_complaint(self, program):
        self.assertNotRegex(program.stderr, r" (warn|error|critical) |ERROR: |Sanitizer")

    def assert_one_line(self, text):
        """Exactly one line, which says something."""
        if isinstance(text, bytes):
            text = text.decode(errors="replace")
        self.assertRegex(text, r"\A[^\n]*\w[^\n]*\n\Z")
