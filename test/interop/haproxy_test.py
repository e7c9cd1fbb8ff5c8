"""HAProxy itself in front of `haproxy:` endpoints, sending PROXY headers of both versions."""

import os
import shutil
import socket
import subprocess
import tempfile
import unittest

from program import ProgramTest, wait_until
from wire import HOST, ask, connect, half_close, read_to_end

HAPROXY = shutil.which("haproxy", path=os.environ["PATH"] + ":/usr/sbin")

CONFIGURATION = """
global
    maxconn 100
defaults
    mode tcp
    timeout connect 20s
    timeout client 20s
    timeout server 20s
"""
FRONT = """
listen {name}
    bind {host}:{port}
    server plait {host}:{target} {option}
"""


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind((HOST, 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@unittest.skipUnless(HAPROXY, "HAProxy is not here")
class HAProxyTest(ProgramTest):
    def start_haproxy(self, fronts):
        """`fronts`: (name, port, target's port, server option)."""
        folder = tempfile.mkdtemp(prefix="plait-")
        self.addCleanup(shutil.rmtree, folder)
        path = os.path.join(folder, "haproxy.cfg")
        with open(path, "w") as file:
            file.write(CONFIGURATION)
            for name, port, target, option in fronts:
                file.write(FRONT.format(name=name, host=HOST, port=port, target=target, option=option))
        process = subprocess.Popen([HAPROXY, "-db", "-f", path], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        for _, port, _, _ in fronts:
            wait_until(lambda: self.accepts(port), "HAProxy to listen")

    @staticmethod
    def accepts(port):
        try:
            connect(port).close()
            return True
        except ConnectionRefusedError:
            return False

    def test_both_versions_of_the_header(self):
        program = self.serve("echo", listen=[f"haproxy:tcp:0:interface={HOST}"])
        options = ["send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options unique-id"]
        ports = free_ports(len(options))
        self.start_haproxy([(f"front{i}", port, program.port, option)
                            for i, (port, option) in enumerate(zip(ports, options))])
        for port in ports:
            for size in 1, 1000, 1 << 20:
                with connect(port) as connection:
                    data = bytes(size)
                    connection.sendall(data)
                    half_close(connection)
                    self.assertEqual(read_to_end(connection), data)
        self.assert_stops(program)

    def test_a_health_check_is_no_complaint(self):
        program = self.serve("echo", listen=[f"haproxy:tcp:0:interface={HOST}"])
        port, = free_ports(1)
        self.start_haproxy([("front", port, program.port, "send-proxy-v2 check inter 50ms")])
        for _ in range(20):
            with connect(port) as connection:
                self.assertEqual(ask(connection, b"hello"), b"hello")
        self.assert_stops(program)

    def test_without_a_header_nothing_is_served(self):
        program = self.serve("echo", listen=[f"haproxy:tcp:0:interface={HOST}"])
        port, = free_ports(1)
        self.start_haproxy([("front", port, program.port, "")])
        with connect(port) as connection:
            connection.sendall(b"no header, but long enough to be seen as none\r\n")
            try:
                self.assertEqual(read_to_end(connection), b"")
            except ConnectionResetError:
                pass


if __name__ == "__main__":
    unittest.main()
