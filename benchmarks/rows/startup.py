"""From starting a process to its first answer."""

from __future__ import annotations

from typing import Final

from benchmarks import lineup
from benchmarks.bench import Bench
from benchmarks.rows.pages import ONE
from benchmarks.rows.row import Column, Row

KEY: Final = "startup"
CONTESTANTS: Final = (
    *(lineup.NODE, lineup.IOPLUGINS, lineup.GUNICORN),
    *(lineup.BARE, lineup.FRAMEWORK, lineup.FLASK),
)


def measure(bench: Bench) -> None:
    page = ONE.page()
    rounds = 1 if bench.quick else 3 * bench.rounds
    for number in range(rounds + 1):
        for contestant in bench.chosen(CONTESTANTS):
            with bench.start(contestant) as server:
                seconds = server.wait(page.body)
            if number or bench.quick:  # the first round fills the file system's cache
                bench.measurements.add(KEY, contestant.key, "seconds", seconds)
        bench.say(f"{KEY}: round {number} of {rounds}")


ROW: Final = Row(
    KEY,
    "Start to first answer",
    "From starting the process to the first 200, the caller trying every millisecond.",
    measure,
    (Column("seconds", "ms", 0, 1e3, ratio=True, spread=True),),
)
