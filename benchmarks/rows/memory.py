"""Memory: idle, at the peak of a large page, and after a burst of them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import psutil

from benchmarks import lineup
from benchmarks.bench import Bench, agree
from benchmarks.load import load_times
from benchmarks.machine import cores
from benchmarks.pages import Page
from benchmarks.rows.pages import ONE, TEN_THOUSAND
from benchmarks.rows.row import Column, Row
from benchmarks.servers import Server

KEY: Final = "memory"
CONTESTANTS: Final = (
    *(lineup.NODE, lineup.NODE_BY_HAND, lineup.NODE_2),
    *(lineup.IOPLUGINS, lineup.IOPLUGINS_2, lineup.GUNICORN, lineup.BARE, lineup.FLASK),
)
_BURST_CONNECTIONS: Final = 4
_BURST_CALLS: Final = 12
_SETTLE_SECONDS: Final = 0.5
_AFTER_SECONDS: Final = 3.0


def measure(bench: Bench) -> None:
    small, large = ONE.page(), TEN_THOUSAND.page()
    rounds = min(2, bench.rounds)
    for number in range(rounds):
        for contestant in bench.chosen(
            (lineup.NODE, lineup.IOPLUGINS) if bench.quick else CONTESTANTS
        ):
            with bench.start(contestant) as server:
                server.wait(small.body)
                time.sleep(_SETTLE_SECONDS)
                told = _idle(server)
                if contestant not in {lineup.NODE_2, lineup.IOPLUGINS_2}:
                    told |= _with_pages(bench, server, small, large, told["idle"])
            for metric, value in told.items():
                bench.measurements.add(KEY, contestant.key, metric, value)
        bench.say(f"{KEY}: round {number + 1} of {rounds}")


def _idle(server: Server) -> dict[str, float]:
    """Of each worker (the mean), and of the process above them."""
    main, workers = server.processes()[0], server.workers()
    full = [worker.memory_full_info() for worker in workers]
    told = {
        "idle": sum(one.rss for one in full) / len(full),
        "own": sum(one.uss for one in full) / len(full),
    }
    if main not in workers:
        told["parent"] = main.memory_info().rss
    told["total"] = sum(one.memory_full_info().pss for one in server.processes())
    return told


def _with_pages(
    bench: Bench, server: Server, small: Page, large: Page, idle: float
) -> dict[str, float]:
    worker = server.workers()[0]
    _forget_peak(worker)
    agree(f"process {worker.pid}", large, *server.call(large.body))
    one = _peak(worker)
    calls = _BURST_CONNECTIONS if bench.quick else _BURST_CALLS
    load_times(server.url, bench.body(large), _BURST_CONNECTIONS, calls, cores()[1])
    burst = _peak(worker)
    time.sleep(_SETTLE_SECONDS if bench.quick else _AFTER_SECONDS)
    for _ in range(20):  # what is given back only by the next calls
        server.call(small.body)
    after = float(worker.memory_info().rss)
    return {
        "peak": one,
        "pages": (one - idle) / len(large.body),
        "burst": burst,
        "after": after,
        "back": (burst - after) / (burst - idle),
    }


def _forget_peak(process: psutil.Process) -> None:
    """Linux counts the peak anew from here."""
    Path(f"/proc/{process.pid}/clear_refs").write_text("5", encoding="ascii")


def _peak(process: psutil.Process) -> float:
    """The most that was resident, in bytes."""
    status = Path(f"/proc/{process.pid}/status").read_text("utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


_MB: Final = 1 / 2**20
ROW: Final = Row(
    KEY,
    "Memory",
    "Resident memory of a worker, and what of it is its own; the process above the workers; all "
    "processes together with shared pages counted once. Then one page of 10,000 records (10 MB): "
    "the peak, and what it is over idle in sizes of the page. Then 12 such pages over 4 "
    "connections: the peak, what is resident 3 s later, and the share of the rise that was given "
    "back.",
    measure,
    (
        Column("idle", "worker idle MB", 0, _MB, ratio=True),
        Column("own", "its own MB", 0, _MB),
        Column("parent", "parent MB", 0, _MB),
        Column("total", "all MB", 0, _MB),
        Column("peak", "peak, 1 page MB", 0, _MB),
        Column("pages", "over idle, pages", 1),
        Column("burst", "peak, burst MB", 0, _MB),
        Column("after", "after MB", 0, _MB),
        Column("back", "given back %", 0, 100),
    ),
)
