"""Plain sockets, and how messages look on the wire."""

import array
import fcntl
import socket
import struct
import termios
import time

from program import DEADLINE, wait_until

HOST = "127.0.0.1"


def connect(port, host=HOST, receive_buffer=None):
    """A blocking connection whose calls fail after a while; small segments leave at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(DEADLINE)
    try:
        connection.connect((host, port))
    except OSError:
        connection.close()
        raise
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def connect_unix(path):
    """The same over a UNIX socket."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(DEADLINE)
    try:
        connection.connect(path)
    except OSError:
        connection.close()
        raise
    return connection


def read_exactly(connection, size):
    """`size` bytes, or fewer when the peer closes first."""
    data = bytearray()
    while len(data) < size:
        piece = connection.recv(min(size - len(data), 1 << 20))
        if not piece:
            break
        data += piece
    return bytes(data)


def read_to_end(connection):
    """Everything up to the peer's end of file; a reset is ConnectionResetError."""
    data = bytearray()
    while piece := connection.recv(1 << 20):
        data += piece
    return bytes(data)


def half_close(connection):
    connection.shutdown(socket.SHUT_WR)


def reset(connection):
    """Closes with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def talk(port, data):
    """Sends `data` and the end of file on a new connection; the whole answer."""
    with connect(port) as connection:
        connection.sendall(data)
        half_close(connection)
        return read_to_end(connection)


def ask(connection, data):
    """Sends `data`, reads as many bytes."""
    connection.sendall(data)
    return read_exactly(connection, len(data))


def bytes_on_the_way(connection):
    """How many of the bytes sent to a server on this machine, over IPv4, its program has not read."""
    def address(where):
        packed = struct.unpack("=I", socket.inet_aton(where[0]))[0]
        return f"{packed:08X}:{where[1]:04X}"

    unacknowledged = array.array("i", [0])
    fcntl.ioctl(connection, termios.TIOCOUTQ, unacknowledged)
    ends = [address(connection.getpeername()), address(connection.getsockname())]
    with open("/proc/net/tcp") as table:
        for fields in map(str.split, table):
            if fields[1:3] == ends:
                return unacknowledged[0] + int(fields[4].split(":")[1], 16)
    raise AssertionError("the server has no such connection any more")


def wait_until_read(connection):
    """Waits until the server's program has read all that was sent."""
    wait_until(lambda: bytes_on_the_way(connection) == 0, "the server to read")


def wait_until_stalled(connection, data, quiet=0.25):
    """Sends `data` again and again, and reads nothing, until the server has taken nothing for
    `quiet` seconds. Returns the number of bytes it took."""
    connection.setblocking(False)
    sent = 0
    end = time.monotonic() + DEADLINE
    last = time.monotonic()
    while time.monotonic() - last < quiet:
        assert time.monotonic() < end, "the server never stops reading"
        try:
            sent += connection.send(data[sent % len(data):])
            last = time.monotonic()
        except BlockingIOError:
            time.sleep(0.005)
    connection.settimeout(DEADLINE)
    return sent


def line(message, delimiter=b"\r\n"):
    return message + delimiter


def netstring(message):
    return b"%d:%b," % (len(message), message)


def int8(message):
    return struct.pack("!B", len(message)) + message


def int16(message):
    return struct.pack("!H", len(message)) + message


def int32(message):
    return struct.pack("!I", len(message)) + message


ENCODERS = {"line": line, "netstring": netstring, "int8": int8, "int16": int16, "int32": int32}
