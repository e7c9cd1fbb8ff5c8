"""The echo servers as asyncio protocols, on uvloop: which sets TCP_NODELAY itself, and sends the
writes of one turn of its loop together."""

import asyncio
import sys

import uvloop

MAX_LINE = 16384
MAX_NETSTRING = 1 << 20


class Paced(asyncio.Protocol):
    """Reads no further while the peer does not read."""

    def connection_made(self, transport):
        self.transport = transport

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()


class Echo(Paced):
    def data_received(self, data):
        self.transport.write(data)


class Lines(Paced):
    rest = b""

    def data_received(self, data):
        *lines, self.rest = (self.rest + data).split(b"\r\n")
        for line in lines:
            self.line_received(line)
        if len(self.rest) > MAX_LINE:
            self.transport.abort()

    def line_received(self, line):
        self.transport.write(line + b"\r\n")


class FanOut(Lines):
    members = set()

    def connection_made(self, transport):
        super().connection_made(transport)
        self.members.add(self)

    def connection_lost(self, reason):
        self.members.discard(self)

    def line_received(self, line):
        line += b"\r\n"
        for member in self.members:
            member.transport.write(line)

    # Who does not read keeps the others waiting for nothing.
    def pause_writing(self):
        pass

    def resume_writing(self):
        pass


class Netstrings(Paced):
    rest = b""

    def data_received(self, data):
        if self.rest:
            data = self.rest + data
        start = 0
        while (colon := data.find(b":", start, start + 8)) > 0:
            head = data[start:colon]
            if not head.isdigit() or int(head) > MAX_NETSTRING:
                return self.transport.abort()
            comma = colon + 1 + int(head)
            if comma >= len(data):
                break
            if data[comma] != ord(","):
                return self.transport.abort()
            self.string_received(data[colon + 1:comma])
            start = comma + 1
        else:
            if len(data) - start >= 8:
                return self.transport.abort()
        self.rest = data[start:]

    def string_received(self, string):
        self.transport.write(b"%d:%b," % (len(string), string))


class Datagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        self.transport.sendto(data, address)


PROTOCOLS = {"echo": Echo, "line": Lines, "netstring": Netstrings, "fanout": FanOut}


async def serve(mode):
    loop = asyncio.get_running_loop()
    if mode == "udp":
        listener, _ = await loop.create_datagram_endpoint(Datagrams, ("127.0.0.1", 0))
        host = listener.get_extra_info("sockname")
    else:
        listener = await loop.create_server(PROTOCOLS[mode], "127.0.0.1", 0, backlog=1024)
        host = listener.sockets[0].getsockname()
    print("listening on", host[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    words = sys.argv[1:]
    if len(words) != 1 or words[0] not in (*PROTOCOLS, "udp"):
        print(f"bench_uvloop: knows no mode {words}", file=sys.stderr)
        sys.exit(3)
    uvloop.install()
    asyncio.run(serve(words[0]))
