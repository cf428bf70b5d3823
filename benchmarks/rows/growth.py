"""Growth: cost against records in a page, and against functions and connectors."""

from __future__ import annotations

import json
from typing import Final

from benchmarks import lineup
from benchmarks.bench import Bench
from benchmarks.inside_process import run_inside
from benchmarks.load import load_times
from benchmarks.machine import cores
from benchmarks.pages import make_page
from benchmarks.rows.pages import ONE
from benchmarks.rows.row import Column, Row

KEY: Final = "growth"
CONTESTANTS: Final = (lineup.NODE, lineup.IOPLUGINS, lineup.BARE)
RECORDS: Final = (1, 10, 100, 1_000, 10_000, 100_000)
_RECORD_BYTES: Final = 100
#: Calls one after the other for about so many records.
_RECORDS_A_ROUND: Final = 200_000
_MOST_CALLS: Final = 1_000


def case_key(records: int) -> str:
    """Its key in the measurements."""
    return f"{KEY}/{records:,} record{'s' if records > 1 else ''}"


def measure_records(bench: Bench) -> None:
    sizes = RECORDS[::3] if bench.quick else RECORDS
    pages = {
        size: make_page(case_key(size).partition("/")[2], size, _RECORD_BYTES) for size in sizes
    }
    with bench.running(CONTESTANTS, list(pages.values())) as servers:
        for size, page in pages.items():
            calls = max(2, min(_MOST_CALLS, _RECORDS_A_ROUND // size))
            calls = min(calls, 20) if bench.quick else calls
            for number in range(bench.rounds + 1):
                for key, server in servers.items():
                    load = load_times(server.url, bench.body(page), 1, calls, cores()[1])
                    if number or bench.quick:  # the first round warms up
                        seconds = load.seconds / load.calls
                        bench.measurements.add(case_key(size), key, "call", seconds)
                        bench.measurements.add(case_key(size), key, "record", seconds / size)
            bench.say(f"{case_key(size)}: {bench.rounds} rounds")


RECORDS_ROW: Final = Row(
    KEY,
    "Growth: records in a page",
    "Pages of records of 100 bytes, sent one after the other over one connection. A cost that "
    "grows with the number of records alone has the same time a record in each table, once the "
    "page is large enough for the call itself not to count.",
    measure_records,
    (
        Column("call", "ms a call", 3, 1e3, ratio=True, spread=True),
        Column("record", "microseconds a record", 3, 1e6),
    ),
)

REGISTERED_KEY: Final = "registered"
COUNTS: Final = (1, 100, 1_000)


def measure_registered(bench: Bench) -> None:
    counts = [str(count) for count in COUNTS]
    for number in range(bench.rounds):
        rounds = "1" if bench.quick else "10"
        printed = run_inside(bench, "growing", rounds, *counts, body=ONE.page().body)
        for name, seconds in json.loads(printed).items():
            kind, _, count = name.partition("/")
            for value in seconds:
                bench.measurements.add(f"{REGISTERED_KEY}/{kind}", count, "seconds", value)
        bench.say(f"{REGISTERED_KEY}: round {number + 1} of {bench.rounds}")


REGISTERED_ROW: Final = Row(
    REGISTERED_KEY,
    "Growth: functions and connectors",
    "One call (0.3 KB) in one process, from the bytes of the request to the bytes of the answer, "
    "with so many functions in the DIY module, or so many connectors of one function each.",
    measure_registered,
    (Column("seconds", "microseconds a call", 1, 1e6, ratio=True, spread=True),),
    baseline="1",
    titles={str(count): f"{count:,}" for count in COUNTS},
)
