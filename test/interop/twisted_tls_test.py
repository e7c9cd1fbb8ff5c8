"""TLS with Twisted at the other end, from the start and by startTLS, either side."""

import os
import shutil
import subprocess
import sys
import tempfile

from certificates import Authority
from program import DEADLINE, ProgramTest, run
from wire import HOST

EXAMPLES = os.environ.get("PLAIT_EXAMPLES", "")


class TwistedTLSTest(ProgramTest):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="plait-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.authority = Authority(self.folder)
        self.pem = self.authority.issue("server", ["localhost", HOST]).both

    def popen(self, *command):
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(process.stdin.close)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def twisted_server(self, kind):
        server = self.popen(sys.executable, "twisted_tls.py", kind, self.pem)
        return int(server.stdout.readline())

    def example_server(self, name, *arguments):
        server = self.popen(os.path.join(EXAMPLES, name), "0", *arguments)
        return int(server.stdout.readline().rpartition(b":")[2])

    def output_of(self, *command):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              timeout=DEADLINE, text=True)
        self.assertEqual(done.returncode, 0)
        return done.stdout

    def twisted_client(self, kind, port, *arguments):
        return self.output_of(sys.executable, "twisted_tls.py", kind, str(port),
                              self.authority.certificate, *arguments)

    def test_a_twisted_client(self):
        program = self.serve("line", listen=[
            f"ssl:0:privateKey={self.pem}:certKey={self.pem}:interface={HOST}"])
        self.assertEqual(self.twisted_client("client", program.port), "ended: ConnectionDone 0\n")
        self.assert_stops(program)

    def test_a_twisted_client_with_a_certificate(self):
        own = self.authority.issue("somebody").both
        port = self.example_server("tls_echo_server", self.pem, self.authority.certificate)
        self.assertEqual(self.twisted_client("client", port, own), "ended: ConnectionDone 0\n")

    def test_a_twisted_server(self):
        port = self.twisted_server("server")
        done = run("connect", f"tls:localhost:{port}:trustRoots={self.trust_folder()}",
                   input=b"hello\r\ngoodbye\r\n")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertEqual(done.stdout, b"hello\r\ngoodbye\r\n")

    def trust_folder(self):
        folder = os.path.join(self.folder, "trust")
        os.mkdir(folder)
        shutil.copy(self.authority.certificate, folder)
        return folder

    SAID = "plain: good morning\ngo ahead\nsecure: the key is under the mat\n"

    def test_starttls_with_a_twisted_client(self):
        port = self.example_server("starttls_server", self.pem)
        self.assertEqual(self.twisted_client("starttls-client", port),
                         self.SAID + "ended: ConnectionDone\n")

    def test_starttls_with_a_twisted_server(self):
        port = self.twisted_server("starttls-server")
        client = os.path.join(EXAMPLES, "starttls_client")
        self.assertEqual(self.output_of(client, str(port), self.authority.certificate), self.SAID)
