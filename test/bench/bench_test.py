#!/usr/bin/env python3
"""The benchmark works: every server of ours in every mode under a small load, what the load
generator finds out about servers that lie, and the way from figures to tables and charts. No figure
is judged.

PLAIT_BENCH_BIN is the folder of the executables.
"""

import dataclasses
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
import xml.etree.ElementTree

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from harness import bars, certificate, counts, figures, footprint, machine  # noqa: E402
from harness import plots, tables  # noqa: E402
from harness.errors import BenchError  # noqa: E402
from harness.load import load  # noqa: E402
from harness.scenarios import SCENARIOS  # noqa: E402
from harness.server import running  # noqa: E402

BIN = pathlib.Path(os.environ["PLAIT_BENCH_BIN"])
ANYWHERE = machine.Cores()
OURS = ("plait", "raw_epoll", "raw_asio")


def small(scenario):
    """Messages as they are, connections enough to be many."""
    return dataclasses.replace(scenario, connections=min(scenario.connections, 20))


class Servers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.certificate = certificate.make(pathlib.Path(cls.folder.name))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_every_scenario_is_served(self):
        for scenario in map(small, SCENARIOS.values()):
            requests = 40 if scenario.size > 1000 else 2000
            with running(BIN, OURS, scenario, ANYWHERE, self.certificate) as servers:
                with_tls = (BIN / "bench_plait_tls").exists()
                expected = OURS if scenario.mode != "tls" or with_tls else ()
                self.assertEqual([server.name for server in servers], list(expected))
                for server in servers:
                    with self.subTest(scenario=scenario.name, server=server.name):
                        done = load(BIN, server, scenario, ANYWHERE, requests=requests, warmup=20)
                        self.assertGreaterEqual(done["requests"], requests)
                        self.assertGreater(done["server_cpu_ns_per_request"], 0)

    def test_idle_connections_are_measured(self):
        scenario = dataclasses.replace(SCENARIOS["pingpong64x1"], kind="idle", connections=50)
        for name in (*OURS, "plait_timeout"):
            with running(BIN, [name], scenario, ANYWHERE) as servers:
                done = load(BIN, servers[0], scenario, ANYWHERE, seconds=0.05)
            self.assertEqual(done["connections"], 50)

    def test_modes_that_a_server_does_not_have_are_left_out(self):
        scenario = dataclasses.replace(SCENARIOS["pingpong64x1"], mode="gopher")
        with running(BIN, OURS, scenario, ANYWHERE) as servers:
            self.assertEqual(servers, [])

    def test_footprints(self):
        self.assertGreater(footprint.stripped_bytes(BIN, "raw_epoll"), 1000)
        self.assertGreater(footprint.start_milliseconds(BIN, "raw_epoll", ANYWHERE), 0)

    @unittest.skipUnless(shutil.which("valgrind"), "valgrind is not installed")
    def test_instructions_are_counted(self):
        scenario = dataclasses.replace(SCENARIOS["lines32"], counted=1024)
        counted = counts.instructions(BIN, "raw_epoll", scenario, ANYWHERE, None)
        self.assertTrue(10 < counted < 10_000, counted)

    def test_system_calls_are_counted(self):
        try:
            counted = counts.system_calls(
                BIN, "raw_epoll", small(SCENARIOS["pingpong64x64"]), ANYWHERE, None)
        except BenchError as error:
            if "cannot count" in str(error):
                self.skipTest(str(error))
            raise
        self.assertTrue(2 <= counted <= 3.1, counted)


class Liar:
    """A server that gives every client what `answer` makes of what it said."""

    def __init__(self, answer):
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.place = ("--port", self._listener.getsockname()[1])
        self.name = "liar"
        self.pid = os.getpid()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client = self._listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client:
            while said := client.recv(65536):
                client.sendall(self._answer(said))

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


class Liars(unittest.TestCase):
    def check(self, answer, expected, scenario="pingpong64x1"):
        liar = Liar(answer)
        try:
            with self.assertRaisesRegex(BenchError, expected):
                load(BIN, liar, SCENARIOS[scenario], ANYWHERE, requests=64, timeout=1)
        finally:
            liar.close()

    def test_a_wrong_byte_is_found(self):
        self.check(lambda said: said[:-1] + bytes([said[-1] ^ 1]), "byte 63 of a batch of 64")

    def test_a_byte_too_many_is_found(self):
        self.check(lambda said: said + b"x", "more than were asked for")

    def test_a_missing_reply_is_found(self):
        self.check(lambda said: said[1:], "wrong reply|not done")

    def test_a_line_to_its_sender_only_is_no_fan_out(self):
        self.check(lambda said: said, "not done", "fanout100")


def canned():
    """Two rounds of three servers, in two scenarios."""
    def rounds(*ratios):
        return [{"raw_epoll": {"cpu_ns": 1000.0}, "plait": {"cpu_ns": 1000.0 * ours},
                 "libuv": {"cpu_ns": 1300.0}} for ours in ratios]
    made = figures.empty(
        {"cpu": "A Processor", "cores": 4, "kernel": "Linux 6.1", "system": "Debian 12",
         "date": "2026-11-01"},
        "servers on core 3, load on core 0", ["plait", "raw_epoll", "libuv"])
    made["times"] = {"lines32": rounds(1.0, 1.04), "churn": rounds(1.5, 1.4), "bulk": [{}]}
    made["instructions"] = {"lines32": {"plait": 179.5, "raw_epoll": 50, "libuv": 90}}
    made["system_calls"] = {"lines32": {"plait": 0.09, "raw_epoll": 0.07}}
    made["footprint"] = {"plait_timeout": {"idle_bytes_connected": 1000.0}, "plait": {
        "start_ms": 3.0, "stripped_bytes": 1_600_000}}
    return made


class Reports(unittest.TestCase):
    def test_ratios_are_taken_within_rounds(self):
        found = figures.ratio(canned(), "churn", "plait")
        self.assertEqual((found.median, found.lowest, found.highest), (1.45, 1.4, 1.5))
        self.assertIsNone(figures.ratio(canned(), "bulk", "plait"))

    def test_bars_are_judged_where_there_are_figures(self):
        judged = {(each.scenario, each.what): each.met for each in bars.judge(canned())}
        self.assertEqual(judged, {
            ("lines32", "CPU time / raw epoll"): True,
            ("lines32", "instructions"): True,
            ("lines32", "system calls"): False,
            ("churn", "CPU time / raw epoll"): False,
            ("idle", "bytes of a fresh connection"): True,
            ("size", "bytes of the stripped echo"): False,
        })

    def test_peers_below_plait_are_listed(self):
        self.assertEqual(bars.above_peers(canned()),
                         ["churn: plait takes 1.115 × libuv (1.08–1.15)"])

    def test_tables_hold_the_figures(self):
        text = tables.report(canned())
        for part in ("A Processor, 4 cores, Linux 6.1, Debian 12, 2026-11-01",
                     "| lines of 64 B | line | 1000 | **1.020** (1.00–1.04) | 1.30 |",
                     "| lines of 64 B | line | 180 | 50.00 | 90.00 |",
                     "| echo of 1 MiB, 4 connections | KiB | – | – | – |",
                     "| lines32 | system calls | 0.090 | ≤ 0.08 | **fail** |"):
            self.assertIn(part, text)

    def test_charts_are_svg(self):
        with tempfile.TemporaryDirectory() as folder:
            written = plots.write(canned(), pathlib.Path(folder) / "new")
            self.assertEqual(sorted(path.name for path in written), [
                "cpu-connections-and-fan-out.svg", "cpu-small-messages-32-pipelined.svg",
                "footprint.svg", "instructions.svg", "system-calls.svg"])
            for path in written:
                drawing = xml.etree.ElementTree.parse(path).getroot()
                self.assertEqual(drawing.tag, "{http://www.w3.org/2000/svg}svg")
                text = path.read_text(encoding="utf-8")
                self.assertIn("prefers-color-scheme: dark", text)
                self.assertNotIn("nan", text)

    def test_files_are_read_as_one(self):
        later = figures.empty({"cpu": "Another"}, "elsewhere", ["go", "plait"])
        later["instructions"] = {"churn": {"plait": 3000}}
        with tempfile.TemporaryDirectory() as folder:
            paths = [pathlib.Path(folder) / name for name in ("a.json", "b.json")]
            for path, content in zip(paths, (canned(), later)):
                figures.write(content, path)
            both = figures.read(paths)
        self.assertEqual(both["servers"], ["plait", "raw_epoll", "libuv", "go"])
        self.assertEqual(set(both["instructions"]), {"lines32", "churn"})
        self.assertEqual(both["machine"]["cpu"], "A Processor")


class Run(unittest.TestCase):
    def run_with(self, *words):
        return subprocess.run([sys.executable, HERE / "run", "--build-dir", BIN.parent, *words],
                              capture_output=True, text=True, timeout=100)

    def test_measures_and_writes_figures(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "figures.json"
            done = self.run_with("--servers", "raw_epoll,plait", "--scenarios", "pingpong64x1",
                                 "--times", "--rounds", "1", "--seconds", "0.1", "--json", file)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("| ping-pong 64 B, 1 connection | request |", done.stdout)
            self.assertEqual(len(json.loads(file.read_text())["times"]["pingpong64x1"]), 1)

    def test_check_fails_when_a_bar_is_missed(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "figures.json"
            figures.write(canned(), file)
            self.assertEqual(self.run_with("--report", file).returncode, 0)
            done = self.run_with("--report", file, "--check")
        self.assertEqual(done.returncode, 1)
        self.assertIn("bar missed: churn: CPU time / raw epoll is 1.45, the bar 1.15", done.stderr)

    def test_says_what_is_missing(self):
        done = self.run_with("--servers", "raw_epoll,gopher")
        self.assertEqual(done.returncode, 2)
        self.assertIn("gopher", done.stderr)
        self.assertEqual(self.run_with("--scenarios", "gopher").returncode, 2)


if __name__ == "__main__":
    unittest.main()
