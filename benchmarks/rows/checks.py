"""The answer checks: what they add to a call with 1,000 records."""

from __future__ import annotations

import json
from typing import Final

from benchmarks.bench import Bench
from benchmarks.inside_process import run_inside
from benchmarks.rows.pages import THOUSAND
from benchmarks.rows.row import Column, Row

KEY: Final = "checks"
PLAIN: Final = f"{KEY}/records as plain JSON"
_CASES: Final = {"addRegion": PLAIN, "answerObjects": f"{KEY}/records as answer objects"}
OFF: Final = "off"
ON: Final = "enforce"


def measure(bench: Bench) -> None:
    rounds = 3 if bench.quick else 30
    for number in range(bench.rounds):
        printed = run_inside(bench, "answer_checks", str(rounds), body=THOUSAND.page().body)
        for name, seconds in json.loads(printed).items():
            function, _, answers = name.partition(", ")
            for value in seconds:
                bench.measurements.add(_CASES[function], answers, "seconds", value)
        bench.say(f"{KEY}: round {number + 1} of {bench.rounds}")


ROW: Final = Row(
    KEY,
    "Answer checks",
    "A call with a page of 1,000 records (1 MB) in one process, from the bytes of the request to "
    "the bytes of the answer, with the checks on and off in turns.",
    measure,
    (Column("seconds", "ms", 3, 1e3, ratio=True, spread=True),),
    baseline=OFF,
    titles={OFF: "checks off", ON: "checks on (default)"},
)
