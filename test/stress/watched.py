"""A server that is watched while it is ill-treated: processor time, memory, descriptors."""

import contextlib
import os
import pathlib
import statistics
import subprocess
import sys
import time

STRESS = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(STRESS.parent / "interop"))

from program import Program  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
MIB = 1024 * 1024


class Watched(Program):
    """A server as a child, and what it costs. Use as a context."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def cpu_seconds(self):
        """Processor time, the kernel's on its behalf included."""
        with open(f"/proc/{self.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def sample(self):
        return Sample(self)


class Sample:
    """What a server costs at one moment."""

    def __init__(self, server):
        self.time = time.monotonic()
        self.cpu = server.cpu_seconds()
        self.memory = server.resident_bytes()
        self.descriptors = server.descriptors()


def usage(text):
    """Ends the program, whose arguments were wrong."""
    print(f"usage: {text}", file=sys.stderr)
    raise SystemExit(2)


def whole_number(text, least, most):
    """The number; None when it is none, or out of bounds."""
    number = int(text) if text.isascii() and text.isdigit() else None
    return number if number is not None and least <= number <= most else None


@contextlib.contextmanager
def child(*arguments):
    """A Python program of this folder, which does not outlive the block."""
    process = subprocess.Popen([sys.executable, str(STRESS / arguments[0]), *map(str, arguments[1:])],
                               stdout=subprocess.PIPE, text=True)
    with process:
        try:
            yield process
        finally:
            process.kill()


def milliseconds(seconds):
    return f"{seconds * 1000:.2f} ms"


def quantile(values, share):
    """Of sorted or unsorted values; the last for a share of 1."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values):
    return statistics.median(values)


def print_table(header, rows):
    """As Markdown, which is also legible as it is."""
    cells = [header, *[[str(cell) for cell in row] for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    for number, row in enumerate(cells):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    sys.stdout.flush()
