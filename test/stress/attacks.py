"""What hostile clients do. Run by abuse.py, each in a process of its own:

    attacks.py NAME PORT SECONDS

Prints how often it did what it does, and how often it could not. All of it is bounded in time and in
connections, and goes to the loopback address only."""

import contextlib
import os
import select
import socket
import ssl
import struct
import subprocess
import sys
import time

ADDRESS = "127.0.0.1"
MANY = 2000  # connections held at once


def connected(port):
    connection = socket.create_connection((ADDRESS, port), timeout=10)
    connection.setblocking(False)
    return connection


def attempt(call, *arguments):
    """Whether it could be done; what the server does to the attacker is his own concern."""
    try:
        call(*arguments)
    except OSError:
        return False
    return True


def hold(port, end, count=MANY):
    """That many connections, or those that came about until then."""
    held = []
    for _ in range(count):
        if time.monotonic() >= end:
            break
        with contextlib.suppress(OSError):
            held.append(connected(port))
    return held


def repeat(end, action, what):
    """Does it until then; how often it was done."""
    done = failed = 0
    while time.monotonic() < end:
        if attempt(action):
            done += 1
        else:
            failed += 1
    return f"{done} {what}" + (f", {failed} failed" if failed else "")


def slowloris(port, end):
    """Many connections, each sending a message that never ends, a byte a second."""
    held = hold(port, end)
    sent = 0
    while time.monotonic() < end:
        sent += sum(attempt(connection.send, b"x") for connection in held)
        time.sleep(1)
    return f"{len(held)} connections, {sent} bytes"


def never_reads(port, end):
    """Asks for answers, as many as the system takes, and reads none."""
    held = hold(port, end, 100)
    poll = select.epoll()
    by_descriptor = {connection.fileno(): connection for connection in held}
    for descriptor in by_descriptor:
        poll.register(descriptor, select.EPOLLOUT)
    sent = 0
    while time.monotonic() < end:
        for descriptor, _ in poll.poll(0.1):
            try:
                sent += by_descriptor[descriptor].send(b"y" * 65536)
            except BlockingIOError:
                pass
            except OSError:
                poll.unregister(descriptor)
    return f"{len(held)} connections, {sent // 1024 ** 2} MiB"


def announce(port, end, length):
    def one():
        with contextlib.closing(socket.create_connection((ADDRESS, port), timeout=10)) as connection:
            connection.sendall(length + b"z" * 4096)
            attempt(connection.recv, 1)  # until the server closes it, or resets it
    return repeat(end, one, "connections")


def huge_lengths(port, end):
    """Announces 2^32-1 bytes, and sends some of them."""
    return announce(port, end, b"\xff\xff\xff\xff")


def huge_netstrings(port, end):
    """The same, in digits."""
    return announce(port, end, b"4294967295:")


def connections(port, end):
    """Connects and goes, as fast as it can."""
    def one():
        socket.create_connection((ADDRESS, port), timeout=10).close()
    return repeat(end, one, "connections")


def resets(port, end):
    """The same, and goes with a reset."""
    def one():
        connection = socket.create_connection((ADDRESS, port), timeout=10)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.send(b"hello")
        connection.close()
    return repeat(end, one, "connections")


def idle_connections(port, end):
    """Connects, and says nothing."""
    held = hold(port, end, 4000)
    time.sleep(max(0, end - time.monotonic()))
    return f"{len(held)} connections"


def garbage(port, end):
    """What is no TLS, to a port that expects it."""
    def one():
        with contextlib.closing(socket.create_connection((ADDRESS, port), timeout=10)) as connection:
            connection.sendall(os.urandom(1000))
            attempt(connection.recv, 1000)
    return repeat(end, one, "connections")


def handshakes(port, end):
    """Handshakes of TLS, each with a new connection: the server's part is the dearer one."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE

    def one():
        with contextlib.closing(socket.create_connection((ADDRESS, port), timeout=10)) as connection:
            context.wrap_socket(connection).close()
    return repeat(end, one, "handshakes")


def renegotiations(port, end):
    """Asks for one handshake after the other on a connection of TLS 1.2."""
    asked = 0
    while time.monotonic() < end:
        client = subprocess.Popen(
            ["openssl", "s_client", "-connect", f"{ADDRESS}:{port}", "-tls1_2", "-quiet",
             "-no_ign_eof"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        try:
            while client.poll() is None and time.monotonic() < end:
                client.stdin.write(b"R\n")
                client.stdin.flush()
                asked += 1
                time.sleep(0.005)
        except OSError:
            pass
        finally:
            client.kill()
            client.wait()
    return f"{asked} requests"


def datagrams(port, end):
    """Datagrams as fast as the system takes them; the answers are not read."""
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sender:
        sender.connect((ADDRESS, port))
        return repeat(end, lambda: sender.send(b"d" * 1000), "datagrams")


ATTACKS = {attack.__name__: attack for attack in (
    slowloris, never_reads, huge_lengths, huge_netstrings, connections, resets, idle_connections,
    garbage, handshakes, renegotiations, datagrams)}

if __name__ == "__main__":
    name, port, seconds = sys.argv[1:]
    print(ATTACKS[name](int(port), time.monotonic() + float(seconds)))
