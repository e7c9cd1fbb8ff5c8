"""Soaks an echo server: 5,000 connections on loopback, coming and going, slow readers and writers,
garbage and resets, for a minute or as long as one likes:

    test/stress/run soak [SECONDS [CLIENTS]]

Memory and descriptors must be flat. After a third of the time, in which everything reaches its size,
the highest memory of the last third may be at most 4 MiB above that of the second; and when all
clients have gone, the server has the descriptors it began with. Exit status 1 when not."""

import json
import pathlib
import sys
import tempfile
import time

from watched import MIB, Watched, child, print_table, usage, whole_number

from certificates import Authority
from program import Listener, loopback, wait_until

MOST_GROWTH = 4 * MIB


def start(directory):
    issued = Authority(pathlib.Path(directory)).issue("server", names=["localhost"])
    server = Watched("echo", "--listen", loopback(), "--listen",
                     f"ssl:0:interface=127.0.0.1:privateKey={issued.key}:certKey={issued.certificate}",
                     "--log-level", "error")
    server.listeners = [Listener(server.read_line()) for _ in range(2)]
    return server


def soak(server, seconds, clients):
    """Samples, one a second, and what the clients did."""
    ports = [listener.port for listener in server.listeners]
    with child("crowd.py", *ports, clients, seconds) as crowd:
        samples = []
        while crowd.poll() is None:
            time.sleep(1)
            if not server.running():
                raise SystemExit("the server has ended:\n" + server.stderr[:2000])
            samples.append(server.sample())
        if crowd.returncode != 0:
            raise SystemExit("the clients have failed")
        return samples, json.loads(crowd.stdout.read())


def highest(samples):
    return max(sample.memory for sample in samples)


def main():
    arguments = sys.argv[1:] + ["60", "5000"][len(sys.argv) - 1:]
    seconds = whole_number(arguments[0], 10, 24 * 3600)
    clients = whole_number(arguments[1], 1, 15000)
    if len(arguments) > 2 or not seconds or not clients:
        usage("soak [SECONDS, from 10 [CLIENTS, to 15000]]")
    with tempfile.TemporaryDirectory() as directory, start(directory) as server:
        before = server.sample()
        samples, done = soak(server, seconds, clients)
        wait_until(lambda: server.descriptors() <= before.descriptors,
                   "the server to have closed what it had open")
        after = server.sample()
        complaints = server.stderr
    step = max(1, len(samples) // 12)
    rows = [(f"{s.time - before.time:.0f}", s.descriptors, f"{s.memory / MIB:.1f}",
             f"{s.cpu - before.cpu:.1f}") for s in [before, *samples[::step], after]]
    print_table(["seconds", "descriptors", "memory, MiB", "processor, s"], rows)
    print("clients: " + ", ".join(f"{count} {what}" for what, count in sorted(done.items())))
    third = len(samples) // 3
    growth = highest(samples[2 * third:]) - highest(samples[third:2 * third])
    print(f"memory of the last third against the second: {growth / MIB:+.1f} MiB; "
          f"descriptors at the end: {after.descriptors}, as at the beginning")
    if complaints:
        raise SystemExit("the server has complained:\n" + complaints[:2000])
    if done["wrong"]:
        raise SystemExit(f"{done['wrong']} clients that behaved well were served badly")
    if growth > MOST_GROWTH:
        raise SystemExit("memory is not flat")


if __name__ == "__main__":
    main()
