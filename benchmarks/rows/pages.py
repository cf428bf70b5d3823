"""Calls with one record and with pages of them: calls a second, latencies, CPU time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import frozen

from benchmarks import lineup
from benchmarks.bench import Bench, settle
from benchmarks.load import Load, load_for, load_times
from benchmarks.machine import cores
from benchmarks.pages import Page, make_page
from benchmarks.rows.row import Column, Row
from benchmarks.servers import Server

KEY: Final = "pages"
CONTESTANTS: Final = (
    *(lineup.NODE, lineup.NODE_BY_HAND, lineup.IOPLUGINS, lineup.UNCHECKED, lineup.GUNICORN),
    *(lineup.BARE, lineup.FRAMEWORK, lineup.FLASK, lineup.CONSTANT),
)


@frozen
class Case:
    """A size of page and how it is called.

    Attributes:
        name: For the tables.
        records: In a page.
        record_bytes: About so many each.
        connections: Callers side by side.
        counted: Whether a fixed number of calls is made: with few calls a second, those that are
            cut off when the time is over would count.
    """

    name: str
    records: int
    record_bytes: int
    connections: int
    counted: bool = False

    def page(self) -> Page:
        return make_page(self.name, self.records, self.record_bytes)


ONE: Final = Case("one call, 0.3 KB", 1, 60, 64)
HUNDRED: Final = Case("100 records, 50 KB", 100, 480, 64)
THOUSAND: Final = Case("1,000 records, 1 MB", 1_000, 1_000, 8)
TEN_THOUSAND: Final = Case("10,000 records, 10 MB", 10_000, 1_000, 4, counted=True)
CASES: Final = (ONE, HUNDRED, THOUSAND, TEN_THOUSAND)


def case_key(case: Case) -> str:
    """Its key in the measurements."""
    return f"{KEY}/{case.name}"


def measure(bench: Bench) -> None:
    pages = {case: case.page() for case in CASES}
    if bench.quick:  # all agree about all pages; one size is measured
        with bench.running(CONTESTANTS, list(pages.values())) as servers:
            _measure_case(bench, ONE, pages[ONE], servers)
        return
    for case, page in pages.items():
        with bench.running(CONTESTANTS, [page]) as servers:  # none has seen larger pages before
            _measure_case(bench, case, page, servers)


def _measure_case(bench: Bench, case: Case, page: Page, servers: Mapping[str, Server]) -> None:
    expected = {key: _warm_up(bench, server, page, case) for key, server in servers.items()}
    for number in range(bench.rounds):
        for key, server in servers.items():
            settle(servers.values())
            before = server.cpu_seconds()
            load = _load(bench, server, page, case, expected[key])
            keep_load(bench, case_key(case), key, load, server.cpu_seconds() - before)
        bench.say(f"{case_key(case)}: round {number + 1} of {bench.rounds}")


def _warm_up(bench: Bench, server: Server, page: Page, case: Case) -> float:
    """Let it run for a moment (Node compiles what is called often); its calls a second."""
    if bench.quick:
        return 1
    if case.counted:
        calls = case.connections * 2
        return load_times(server.url, bench.body(page), case.connections, calls, cores()[1]).rate
    return load_for(server.url, bench.body(page), case.connections, 1, cores()[1]).rate


def _load(bench: Bench, server: Server, page: Page, case: Case, expected: float) -> Load:
    body = bench.body(page)
    if not case.counted:
        return load_for(server.url, body, case.connections, bench.seconds, cores()[1])
    # Whole turns of all callers, for somewhat longer than the others are called.
    turns = max(1, round(expected * bench.seconds * 1.5 / case.connections))
    return load_times(server.url, body, case.connections, turns * case.connections, cores()[1])


def keep_load(bench: Bench, case: str, contestant: str, load: Load, cpu_seconds: float) -> None:
    """Keep what was measured under load."""
    for metric, value in (
        ("rate", load.rate),
        ("p50", load.p50),
        ("p99", load.p99),
        ("cpu", cpu_seconds / load.calls),
        ("errors", load.errors),
    ):
        bench.measurements.add(case, contestant, metric, value)


COLUMNS: Final = (
    Column("rate", "calls/s", 1, ratio=True, spread=True),
    Column("p50", "median ms", 1, 1e3),
    Column("p99", "p99 ms", 1, 1e3, ratio=True),
    Column("cpu", "CPU ms a call", 3, 1e3, ratio=True),
    Column("errors", "errors, most of a round", worst=True),
)
ROW: Final = Row(
    KEY,
    "Calls and pages",
    "A preMap hook that adds a field to each record, called over 64, 64, 8 and 4 connections; "
    "server on one core, client on the other. wrk calls for a fixed time; h2load makes a fixed "
    "number of calls with 10,000 records, its median is the mean and its p99 the slowest call. "
    "CPU is the time that all processes of the server used. The answer checks are on where "
    "nothing else is said.",
    measure,
    COLUMNS,
)
