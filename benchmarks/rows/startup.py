"""From starting a process to its first answer."""

from __future__ import annotations

from typing import Final

from benchmarks import lineup
from benchmarks.bench import Bench
from benchmarks.rows.pages import ONE
from benchmarks.rows.row import Column, Row

KEY: Final = "startup"
CONTESTANTS: Final = (
    *(lineup.NODE, lineup.NODE_BY_HAND, lineup.IOPLUGINS, lineup.GUNICORN),
    *(lineup.BARE, lineup.FRAMEWORK, lineup.FLASK),
)


def measure(bench: Bench) -> None:
    page = ONE.page()
    rounds = 1 if bench.quick else 3 * bench.rounds
    warm_up = 0 if bench.quick else 1  # it fills the file system's cache
    for number in range(rounds + warm_up):
        for contestant in bench.chosen(CONTESTANTS):
            with bench.start(contestant) as server:
                seconds = server.wait(page.body)
            if number >= warm_up:
                bench.measurements.add(KEY, contestant.key, "seconds", seconds)
        bench.say(f"{KEY}: round {number + 1} of {rounds + warm_up}")


ROW: Final = Row(
    KEY,
    "Start to first answer",
    "From starting the process to the first 200, the caller trying every millisecond.",
    measure,
    (Column("seconds", "ms", 0, 1e3, ratio=True, spread=True),),
)
