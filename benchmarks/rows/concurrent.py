"""Hundreds of calls at once of a function that takes a second."""

from __future__ import annotations

from typing import Final

from benchmarks import lineup
from benchmarks.bench import Bench
from benchmarks.load import load_times
from benchmarks.machine import cores
from benchmarks.pages import make_page
from benchmarks.rows.row import Column, Row

KEY: Final = "concurrent"
CONTESTANTS: Final = (lineup.NODE, lineup.IOPLUGINS, lineup.GUNICORN, lineup.FLASK)
KINDS: Final = {"sleep": "sync", "sleepAsync": "async"}
COUNTS: Final = (500, 1_000)


def case_key(count: int, kind: str) -> str:
    """Its key in the measurements."""
    return f"{KEY}/{count:,} calls, {kind}"


def measure(bench: Bench) -> None:
    pages = {function: make_page(function, 1, 60, function) for function in KINDS}
    contestants = CONTESTANTS[:2] if bench.quick else CONTESTANTS
    with bench.running(contestants, list(pages.values())) as servers:
        for count in COUNTS[:1] if bench.quick else COUNTS:
            for function, kind in KINDS.items():
                case, body = case_key(count, kind), bench.body(pages[function])
                for number in range(bench.rounds):
                    for key, server in servers.items():
                        load = load_times(server.url, body, count, count, cores()[1])
                        bench.measurements.add(case, key, "seconds", load.seconds)
                        bench.measurements.add(case, key, "errors", load.errors)
                    bench.say(f"{case}: round {number + 1} of {bench.rounds}")


ROW: Final = Row(
    KEY,
    "Concurrent calls of a function that takes 1 s",
    "So many calls at once, each over a connection of its own (h2load); the time until the last "
    "one is answered. In Node both kinds wait on a timer. In the first round threads are still "
    "to be made.",
    measure,
    (
        Column("seconds", "done after s", 2, ratio=True, spread=True),
        Column("errors", "errors, most of a round", worst=True),
    ),
)
