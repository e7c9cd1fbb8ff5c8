"""Starts and stops the servers."""

import contextlib
import select
import subprocess
import tempfile

from .errors import BenchError, NoSuchMode
from .machine import pinned
from .servers import executable, known

PATIENCE = 20  # seconds for a server to start or to end: some are virtual machines
NO_SUCH_MODE = 3  # exit status


class Server:
    """A server that is starting; await_place() before it is used, stop() in the end. `under` is a
    command that runs it, such as valgrind's."""

    def __init__(self, bin_dir, name, scenario, cores, certificate=None, under=()):
        self.name = name
        words = [scenario.mode]
        if scenario.unix:
            words.append("unix")
        if scenario.mode == "tls":
            words += certificate
        self._said = tempfile.TemporaryFile("w+")
        self._process = subprocess.Popen(
            [*under, executable(bin_dir, name, scenario.mode), *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            preexec_fn=pinned(cores.of(known(name).reactors)),
        )
        self._unix = scenario.unix
        self.pid = self._process.pid
        self.place = None

    def await_place(self):
        """Sets `place`, the option that tells the load generator where the server is. Throws
        NoSuchMode when it does not do what is asked."""
        readable, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        line = self._process.stdout.readline() if readable else ""
        words = line.split()
        at = words[2] if len(words) == 3 and words[:2] == ["listening", "on"] else ""
        if at.startswith("@") if self._unix else at.isdigit():
            self.place = ("--unix" if self._unix else "--port", at)
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1 if readable else 0)
        if self._process.returncode == NO_SUCH_MODE:
            raise NoSuchMode(self.name)
        self._said.seek(0)
        raise BenchError(
            f"{self.name}: expected 'listening on {'@NAME' if self._unix else 'PORT'}',"
            f" got {line.strip()!r} {self._said.read()[-500:].strip()}")

    def terminate(self):
        self._process.terminate()

    def stop(self):
        self.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._said.close()


@contextlib.contextmanager
def running(bin_dir, names, scenario, cores, certificate=None, under=(), failed=None):
    """Yields the servers that do what the scenario needs, all at work; stops them at the end.
    `failed` is called with the error of one that does not start; without it, that is thrown."""
    servers = []
    try:
        for name in names:
            servers.append(Server(bin_dir, name, scenario, cores, certificate, under))
        able = []
        for server in servers:
            try:
                server.await_place()
                able.append(server)
            except NoSuchMode:
                pass
            except BenchError as error:
                if failed is None:
                    raise
                failed(error)
        yield able
    finally:
        for server in servers:
            server.terminate()
        for server in servers:
            server.stop()
