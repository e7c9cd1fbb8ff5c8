"""--reactors: services on several threads. All that is true with one reactor is with several."""

import os
import signal

import backpressure_test
import chat_test
import endpoints_test
import forward_test
import framed_services_test
import haproxy_test
import loss_test
import services_test
import signals_test
import unix_test
from program import ProgramTest, loopback, run, wait_until
from wire import connect, read_exactly, talk


class EchoTest(services_test.EchoTest):
    reactors = 2


class ChargenTest(services_test.ChargenTest):
    reactors = 2


class TellingTest(services_test.TellingTest):
    reactors = 2


class AllFramingsTest(framed_services_test.AllFramingsTest):
    reactors = 3


class ChatTest(chat_test.ChatTest):
    reactors = 4


class ForwardTest(forward_test.ForwardTest):
    reactors = 2


class HAProxyTest(haproxy_test.HAProxyTest):
    reactors = 2


class ProxyHeaderTest(endpoints_test.ProxyHeaderTest):
    reactors = 2


class PassedOnTest(endpoints_test.PassedOnTest):
    reactors = 2


class UnixEndpointTest(endpoints_test.UnixTest):
    reactors = 2


class UnixCrowdTest(unix_test.CrowdTest):
    reactors = 2


class SignalsTest(signals_test.SignalsTest):
    reactors = 2
    # One connection has ended, another's reactor may still be reading.
    test_what_is_sent_after_the_signal_does_not_destroy_the_answer = None


class BackpressureTest(backpressure_test.BackpressureTest):
    reactors = 2


class LossTest(loss_test.LossTest):
    reactors = 2


try:
    import tls_test

    class TLSServerTest(tls_test.ServerTest):
        reactors = 2
except ImportError:  # what it makes certificates with is not there
    pass


class ReactorsTest(ProgramTest):
    reactors = 4

    def threads(self, program):
        """The names of its threads, but for the first."""
        names = set()
        for thread in os.listdir(f"/proc/{program.pid}/task"):
            with open(f"/proc/{program.pid}/task/{thread}/comm") as name:
                names.add(name.read().strip())
        return {name for name in names if name.startswith("plait-")}

    def test_each_has_a_thread(self):
        self.assertEqual(self.threads(self.serve("echo")), {"plait-1", "plait-2", "plait-3"})
        self.reactors = 1
        self.assertEqual(self.threads(self.serve("echo")), set())

    def test_serves_at_several_places_with_a_line_for_each(self):
        program = self.serve("echo", listen=[loopback(), loopback(), "haproxy:" + loopback()])
        self.assertEqual(len({listener.port for listener in program.listeners}), 3)
        for listener in program.listeners[:2]:
            for _ in range(20):
                self.assertEqual(talk(listener.port, b"hello"), b"hello")
        self.assert_stops(program)  # with no more lines

    def test_all_places_are_one_chat_room(self):
        program = self.serve("chat", listen=[loopback()] * 2)
        guests = []
        for i in range(20):
            guest = connect(program.listeners[i % 2].port)
            self.addCleanup(guest.close)
            guest.sendall(b"guest %d\r\n" % i)
            answer = b"What's your name?\r\nWelcome, guest %d!\r\n" % i
            self.assertEqual(read_exactly(guest, len(answer)), answer)
            guests.append(guest)
        guests[0].sendall(b"hello\r\n")
        for guest in guests[1:]:
            self.assertEqual(read_exactly(guest, 17), b"<guest 0> hello\r\n")
        self.assert_stops(program)

    def test_a_port_that_is_taken_is_refused(self):
        program = self.serve("echo")
        done = run("echo", "--reactors=4", "--listen", loopback(program.port))
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assert_one_line(done.stderr)
        self.assertIn(b"Address already in use", done.stderr)
        self.assertEqual(talk(program.port, b"hello"), b"hello")
        self.assert_stops(program)

    def test_demo_takes_no_reactors(self):
        done = run("demo", "--reactors=2")
        self.assertEqual(done.returncode, 2)
        self.assert_one_line(done.stderr)

    def test_ends_at_once_on_a_second_signal(self):
        program = self.serve("chargen", "--drain=60")
        stuck = [connect(program.port, receive_buffer=4096) for _ in range(12)]
        self.addCleanup(lambda: [peer.close() for peer in stuck])
        for peer in stuck:
            read_exactly(peer, 74)
        program.signal(signal.SIGTERM)
        wait_until(lambda: "SIGTERM received" in program.stderr, "the first signal to be seen")
        program.signal(signal.SIGTERM)
        self.assertEqual(program.wait(), 0)
