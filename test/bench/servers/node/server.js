'use strict';
// The echo servers as a user of Node writes them: one process, nothing but its own modules.

const dgram = require('node:dgram');
const net = require('node:net');

const MAX_LINE = 16384;
const MAX_NETSTRING = 1 << 20;
const CRLF = Buffer.from('\r\n');

// Calls `parse` with what has come and is not used up; it returns how many bytes it used. What it
// writes leaves in one system call.
function onFrames(socket, parse) {
  let rest = null;
  socket.on('data', (chunk) => {
    const bytes = rest === null ? chunk : Buffer.concat([rest, chunk]);
    socket.cork();
    const used = parse(bytes);
    socket.uncork();
    rest = used === bytes.length ? null : bytes.subarray(used);
  });
}

// Reads no further while the peer does not read. 'drain' goes on.
function writePaced(socket, bytes) {
  if (!socket.write(bytes)) socket.pause();
}

function onLines(socket, lineReceived) {
  onFrames(socket, (bytes) => {
    let start = 0;
    for (let end; (end = bytes.indexOf(CRLF, start)) >= 0; start = end + 2) {
      lineReceived(bytes.subarray(start, end + 2));
    }
    if (bytes.length - start > MAX_LINE) socket.destroy();
    return start;
  });
}

function onNetstrings(socket, stringReceived) {
  onFrames(socket, (bytes) => {
    let start = 0;
    while (start < bytes.length) {
      const colon = bytes.subarray(start, start + 8).indexOf(0x3a);
      if (colon < 0 && bytes.length - start < 8) break;
      const head = bytes.toString('latin1', start, start + Math.max(colon, 0));
      const from = start + colon + 1;
      const comma = from + Number(head);
      if (!/^\d+$/.test(head) || comma - from > MAX_NETSTRING) return socket.destroy(), start;
      if (comma >= bytes.length) break;
      if (bytes[comma] !== 0x2c) return socket.destroy(), start;
      stringReceived(bytes.subarray(from, comma));
      start = comma + 1;
    }
    return start;
  });
}

const members = new Set();

const modes = {
  echo: (socket) => {
    socket.on('data', (bytes) => writePaced(socket, bytes));  // pipe() costs a little more
  },
  line: (socket) => {
    onLines(socket, (line) => writePaced(socket, line));
  },
  netstring: (socket) => {
    onNetstrings(socket, (string) => {
      socket.write(string.length + ':');
      socket.write(string);
      writePaced(socket, ',');
    });
  },
  fanout: (socket) => {
    members.add(socket);
    socket.on('close', () => members.delete(socket));
    onLines(socket, (line) => {
      for (const member of members) member.write(line);
    });
  },
};

function announce() {
  console.log(`listening on ${this.address().port}`);
}

const mode = process.argv[2];
if (process.argv.length === 3 && mode === 'udp') {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (bytes, from) => socket.send(bytes, from.port, from.address));
  socket.bind(0, '127.0.0.1', announce);
} else if (process.argv.length === 3 && Object.hasOwn(modes, mode)) {
  const server = net.createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {});  // 'close' follows
    socket.on('drain', () => socket.resume());
    modes[mode](socket);
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, announce);
} else {
  console.error(`bench_node: knows no mode ${process.argv.slice(2).join(' ')}`);
  process.exit(3);
}
