"""TLS, with openssl, curl and Python at the other end."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import tempfile

from certificates import Authority
from program import DEADLINE, ProgramTest, run, wait_until
from wire import HOST, ask, connect, half_close, read_exactly, read_to_end, reset


class TLSTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="plait-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.authority = Authority(cls.folder)
        cls.server_pem = cls.authority.issue("server", ["localhost", HOST]).both
        cls.trust = os.path.join(cls.folder, "trust")  # a folder with nothing but the authority's
        os.mkdir(cls.trust)
        shutil.copy(cls.authority.certificate, cls.trust)

    def serve_tls(self, service="echo", *options, pem=None):
        pem = pem or self.server_pem
        return self.serve(service, *options, listen=[f"ssl:0:privateKey={pem}:certKey={pem}:interface={HOST}"])

    def client_context(self, **versions):
        context = ssl.create_default_context(cafile=self.authority.certificate)
        for name, version in versions.items():
            setattr(context, name, version)
        return context

    def wrap(self, program, context=None):
        """Python's TLS on a new connection to the program."""
        context = context or self.client_context()
        secure = context.wrap_socket(connect(program.port), server_hostname="localhost")
        self.addCleanup(secure.close)
        return secure


class ServerTest(TLSTest):
    def test_the_listening_line(self):
        program = self.serve_tls()
        self.assertEqual(program.listeners[0].line,
                         f"echo listening on ssl:127.0.0.1:{program.port}\n")
        self.assert_stops(program)

    def test_both_versions(self):
        program = self.serve_tls()
        for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
            context = self.client_context(minimum_version=version, maximum_version=version)
            secure = self.wrap(program, context)
            self.assertEqual(ask(secure, b"hello"), b"hello")
            data = bytes(range(256)) * 4096
            received = bytearray()
            for i in range(0, len(data), 65536):
                received += ask(secure, data[i:i + 65536])
            self.assertTrue(received == data)
        self.assert_stops(program)

    def test_a_connection_over_the_limit_is_closed_before_the_handshake(self):
        program = self.serve_tls("echo", "--max-connections=1")
        secure = self.wrap(program)
        self.assertEqual(ask(secure, b"hello"), b"hello")
        with self.assertRaises(OSError):  # an end of file, or a reset
            self.wrap(program)
        self.assertEqual(ask(secure, b"still here"), b"still here")

    def test_timeouts(self):
        program = self.serve_tls("echo", "--first-byte-timeout=1.5", "--idle-timeout=2")
        silent, served = self.wrap(program), self.wrap(program)
        self.assertEqual(ask(served, b"hello"), b"hello")
        with connect(program.port) as no_handshake:
            for connection in silent, no_handshake, served:
                self.assertEqual(connection.recv(1), b"")
        self.assert_stops(program)

    def test_older_versions_are_refused(self):
        program = self.serve_tls()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaises(ssl.SSLError):
            self.wrap(program, context)

    def openssl(self, program, *options, input=b"hello\n"):
        """openssl s_client, with `input`; what it printed. It goes when the answer is there."""
        process = subprocess.Popen(
            ["openssl", "s_client", "-connect", f"{HOST}:{program.port}", "-servername", "localhost",
             "-CAfile", self.authority.certificate, "-verify_return_error", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        process.stdin.write(input)
        process.stdin.flush()
        printed = b""
        while True:
            line = process.stdout.readline()
            printed += line
            if not line or line == input:
                break
        process.stdin.close()
        process.stdout.read()
        self.assertEqual(process.wait(DEADLINE), 0, printed)
        return printed.decode()

    def test_openssl_with_both_versions(self):
        program = self.serve_tls()
        for option, version in ("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3"):
            printed = self.openssl(program, option)
            self.assertIn(version, printed)
            self.assertIn("Verify return code: 0 (ok)", printed)
        self.assert_stops(program)

    def test_openssl_resumes_a_session(self):
        program = self.serve_tls()
        for option in "-tls1_2", "-tls1_3":
            session = f"{self.folder}/session{option}"
            self.openssl(program, option, "-sess_out", session)
            self.assertIn("Reused, TLS", self.openssl(program, option, "-sess_in", session))

    def test_openssl_cannot_renegotiate(self):
        program = self.serve_tls()
        process = subprocess.run(
            ["openssl", "s_client", "-connect", f"{HOST}:{program.port}", "-tls1_2"],
            input=b"R\n", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=DEADLINE)
        self.assertRegex(process.stdout, rb"(?i)no.renegotiation|closed|renegotiation")
        self.assertEqual(ask(self.wrap(program), b"hello"), b"hello")

    def test_curl(self):
        program = self.serve_tls("qotd")
        done = subprocess.run(
            ["curl", "--silent", "--show-error", "--http0.9", "--noproxy", "*", "--cacert",
             self.authority.certificate, f"https://localhost:{program.port}/"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertRegex(done.stdout, rb"\w+")
        self.assert_stops(program)

    def test_garbage_and_resets_do_no_harm_to_others(self):
        program = self.serve_tls()
        good = self.wrap(program)
        for garbage in b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff" + bytes(100), b"\x00" * 1000:
            with connect(program.port) as bad:
                bad.sendall(garbage)
                half_close(bad)
                try:
                    read_to_end(bad)  # perhaps an alert
                except ConnectionResetError:
                    pass
        for _ in range(20):
            victim = connect(program.port)
            victim.sendall(b"\x16\x03\x01")
            reset(victim)
        self.assertEqual(ask(good, b"still there"), b"still there")

    def test_a_peer_that_leaves_without_a_word(self):
        program = self.serve_tls()
        secure = self.wrap(program)
        self.assertEqual(ask(secure, b"hello"), b"hello")
        descriptors = program.descriptors()
        plain = socket.socket(fileno=secure.detach())
        plain.close()
        wait_until(lambda: program.descriptors() == descriptors - 1, "the connection to end")
        self.assert_stops(program)

    def test_an_orderly_close_says_so(self):
        program = self.serve_tls("daytime")
        secure = self.wrap(program)
        self.assertRegex(read_to_end(secure), rb"\d\d:\d\d")  # a truncated end would be SSLEOFError

    def test_idle_and_unfinished_connections_do_not_hold_up_a_stop(self):
        program = self.serve_tls()
        idle = self.wrap(program)
        self.assertEqual(ask(idle, b"hello"), b"hello")
        silent = connect(program.port)
        self.addCleanup(silent.close)
        self.assert_stops(program, deadline=3)
        self.assertEqual(read_to_end(idle), b"")

    def test_behind_a_proxy_header_which_comes_in_clear(self):
        pem = self.server_pem
        program = self.serve("echo", listen=[
            f"haproxy:ssl:0:privateKey={pem}:certKey={pem}:interface={HOST}"])
        self.assertEqual(program.listeners[0].where, f"haproxy:ssl:127.0.0.1:{program.port}")
        plain = connect(program.port)
        plain.sendall(b"PROXY TCP4 192.0.2.1 198.51.100.1 4711 443\r\n")
        with self.client_context().wrap_socket(plain, server_hostname="localhost") as secure:
            self.assertEqual(ask(secure, b"hello"), b"hello")

    def test_bad_key_files(self):
        other = Authority(tempfile.mkdtemp(dir=self.folder)).issue("other", ["localhost"]).both
        for key, certificate in (f"{self.folder}/none.pem", self.server_pem), \
                                (self.authority.certificate, self.server_pem), (other, self.server_pem):
            refused = run("echo", f"--listen=ssl:0:privateKey={key}:certKey={certificate}")
            self.assertEqual((refused.returncode, refused.stdout), (1, b""))
            self.assert_one_line(refused.stderr)
            self.assertRegex(refused.stderr.decode(), re.escape(key) + "|" + re.escape(certificate))


class ForwardTest(TLSTest):
    """TLS that ends at the forwarder."""

    def test_a_truncated_stream_does_not_look_whole(self):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.server_pem)
        listener = socket.socket()
        self.addCleanup(listener.close)
        listener.bind((HOST, 0))
        listener.listen()
        program = self.serve("forward", "--to", f"tls:localhost:{listener.getsockname()[1]}"
                                                f":trustRoots={self.trust}")
        with connect(program.port) as client:
            plain, _ = listener.accept()
            secure = context.wrap_socket(plain, server_side=True)
            secure.sendall(b"half an ans")
            self.assertEqual(read_exactly(client, 11), b"half an ans")
            socket.socket(fileno=secure.detach()).close()
            with self.assertRaises(ConnectionResetError):
                read_to_end(client)

    def test_a_target_that_is_not_trusted_is_named_in_the_log(self):
        other = self.serve_tls()
        program = self.serve("forward", "--to", f"tls:elsewhere:{other.port}"
                                                f":trustRoots={self.trust}"
                                                f":endpoint=tcp\\:{HOST}\\:{other.port}")
        with connect(program.port) as client:
            with self.assertRaises(ConnectionResetError):
                read_to_end(client)
        wait_until(lambda: "elsewhere" in program.stderr, "the log")

    def test_bad_files_of_the_target(self):
        refused = run("forward", f"--listen=tcp:0:interface={HOST}",
                      f"--to=tls:localhost:1:trustRoots={self.folder}/none")
        self.assertEqual((refused.returncode, refused.stdout), (1, b""))
        self.assert_one_line(refused.stderr)


class ConnectTest(TLSTest):
    """`plait connect tls:...` to a Python server."""

    def listen(self, pem=None, **settings):
        """A TLS server for one connection: its port, and a function that accepts it."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(pem or self.server_pem)
        for name, value in settings.items():
            setattr(context, name, value)
        listener = socket.socket()
        self.addCleanup(listener.close)
        listener.bind((HOST, 0))
        listener.listen()
        listener.settimeout(DEADLINE)

        def accept():
            plain, _ = listener.accept()
            plain.settimeout(DEADLINE)
            secure = context.wrap_socket(plain, server_side=True)
            self.addCleanup(secure.close)
            return secure
        return listener.getsockname()[1], accept, context

    def start_connect(self, port, host="localhost", options="", **streams):
        return self.start("connect", f"tls:{host}:{port}:trustRoots={self.trust}{options}",
                          stdin=subprocess.PIPE, **streams)

    def test_data_and_the_end_of_it(self):
        port, accept, _ = self.listen()
        program = self.start_connect(port)
        secure = accept()
        program.process.stdin.write(b"question")
        program.process.stdin.flush()
        self.assertEqual(read_exactly(secure, 8), b"question")
        secure.sendall(b"answer")
        secure.unwrap()
        self.assertEqual(program.rest_of_stdout(), b"answer")
        self.assertEqual(program.wait(), 0, program.stderr)
        self.assertEqual(program.stderr, "")

    def test_the_end_of_stdin_is_told_by_close_notify(self):
        port, accept, _ = self.listen()
        program = self.start_connect(port)
        secure = accept()
        program.process.stdin.write(b"last words")
        program.process.stdin.close()
        self.assertEqual(read_to_end(secure), b"last words")  # a truncation would raise
        secure.unwrap()
        self.assertEqual(program.wait(), 0, program.stderr)

    def assert_fails(self, program, *mentions):
        self.assertEqual(program.wait(), 1)
        self.assertEqual(program.rest_of_stdout(), b"")
        self.assert_one_line(program.stderr)
        for each in mentions:
            self.assertIn(each, program.stderr)

    def test_a_certificate_of_an_unknown_authority(self):
        other = Authority(tempfile.mkdtemp(dir=self.folder)).issue("other", ["localhost"]).both
        port, accept, _ = self.listen(other)
        program = self.start_connect(port)
        with self.assertRaises(ssl.SSLError):
            accept()
        self.assert_fails(program, "localhost", "certificate")

    def test_a_certificate_for_another_host(self):
        port, accept, _ = self.listen(self.authority.issue("elsewhere", ["elsewhere.example"]).both)
        program = self.start_connect(port)
        with self.assertRaises(ssl.SSLError):
            accept()
        self.assert_fails(program, "localhost")

    def test_an_expired_certificate(self):
        port, accept, _ = self.listen(self.authority.issue("old", ["localhost"], days=-1).both)
        program = self.start_connect(port)
        with self.assertRaises(ssl.SSLError):
            accept()
        self.assert_fails(program, "expired")

    def test_an_address_is_verified_too(self):
        port, accept, _ = self.listen()
        program = self.start_connect(port, HOST)
        secure = accept()
        secure.sendall(b"hello")
        secure.unwrap()
        self.assertEqual(program.rest_of_stdout(), b"hello")
        self.assertEqual(program.wait(), 0, program.stderr)

    def test_a_truncated_answer_is_a_failure(self):
        port, accept, _ = self.listen()
        program = self.start_connect(port)
        secure = accept()
        secure.sendall(b"half an ans")
        socket.socket(fileno=secure.detach()).close()
        self.assertEqual(program.rest_of_stdout(), b"half an ans")
        self.assertEqual(program.wait(), 1)
        self.assert_one_line(program.stderr)

    def test_a_client_certificate(self):
        port, accept, context = self.listen(verify_mode=ssl.CERT_REQUIRED)
        context.load_verify_locations(self.authority.certificate)
        mine = self.authority.issue("somebody").both
        program = self.start_connect(port, options=f":certificate={mine}:privateKey={mine}")
        secure = accept()
        self.assertIn((("commonName", "somebody"),), secure.getpeercert()["subject"])
        secure.unwrap()
        self.assertEqual(program.wait(), 0, program.stderr)

    def test_openssl_s_server(self):
        with socket.socket() as free:
            free.bind((HOST, 0))
            port = free.getsockname()[1]
        server = subprocess.Popen(
            ["openssl", "s_server", "-accept", f"{HOST}:{port}", "-cert", self.server_pem, "-key",
             self.server_pem, "-rev", "-quiet"], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        wait_until(lambda: accepts(port), "openssl to listen")
        program = self.start_connect(port)
        program.process.stdin.write(b"stressed\n")
        program.process.stdin.flush()
        self.assertEqual(program.read_line(), "desserts\n")

    def test_plain_text_where_tls_is_expected(self):
        listener = socket.socket()
        self.addCleanup(listener.close)
        listener.bind((HOST, 0))
        listener.listen()
        program = self.start_connect(listener.getsockname()[1])
        plain, _ = listener.accept()
        with plain:
            plain.sendall(b"220 welcome\r\n")
            self.assert_fails(program)

    def test_bad_files(self):
        for options in f"trustRoots={self.folder}/none", f"certificate={self.folder}/none.pem":
            refused = run("connect", f"tls:localhost:1:{options}")
            self.assertEqual((refused.returncode, refused.stdout), (1, b""))
            self.assert_one_line(refused.stderr)


def accepts(port):
    try:
        connect(port).close()
        return True
    except ConnectionRefusedError:
        return False
