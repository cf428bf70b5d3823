"""One worker and two: throughput against the number of processes."""

from __future__ import annotations

from typing import Final

from benchmarks import lineup
from benchmarks.bench import Bench, settle
from benchmarks.load import load_for
from benchmarks.machine import all_cores
from benchmarks.pages import make_page
from benchmarks.rows.pages import ONE, THOUSAND, keep_load
from benchmarks.rows.row import Column, Row

KEY: Final = "workers"
CONTESTANTS: Final = (
    *(lineup.NODE, lineup.NODE_2, lineup.IOPLUGINS, lineup.IOPLUGINS_2),
    *(lineup.PINNED, lineup.PINNED_2),
)
CPU_BOUND: Final = "function that needs 20 ms of CPU"


def measure(bench: Bench) -> None:
    burning = make_page(CPU_BOUND, 1, 60, "burn")
    cases = [(burning, 8), (ONE.page(), ONE.connections), (THOUSAND.page(), THOUSAND.connections)]
    with bench.running(CONTESTANTS, [page for page, _ in cases], all_cores()) as servers:
        for page, connections in cases[:1] if bench.quick else cases:
            case, body = f"{KEY}/{page.name}", bench.body(page)
            if not bench.quick:
                for server in servers.values():
                    load_for(server.url, body, connections, 1, all_cores())
            for number in range(bench.rounds):
                for key, server in servers.items():
                    settle(servers.values())
                    before = server.cpu_seconds()
                    load = load_for(server.url, body, connections, bench.seconds, all_cores())
                    keep_load(bench, case, key, load, server.cpu_seconds() - before)
                bench.say(f"{case}: round {number + 1} of {bench.rounds}")


ROW: Final = Row(
    KEY,
    "One and two workers",
    "Server and client share both cores, and the system moves their threads between them, so only "
    "the first case can double: its client does next to nothing. That function keeps a core busy "
    "for 20 ms of its own CPU time, in both languages.",
    measure,
    (
        Column("rate", "calls/s", 1, ratio=True, spread=True),
        Column("p99", "p99 ms", 1, 1e3),
        Column("errors", "errors, most of a round", worst=True),
    ),
    against={"node-2": "node", "ioplugins-2": "ioplugins", "pinned-2": "pinned"},
)
