"""What the answer checks cost: calls of a 1,000-record page with checks on and off, side by side.

Run it with ``python benchmarks/answer_checks.py``. Rounds alternate, so that both see the same
machine; the medians, their spread and the ratio are printed.
"""

from __future__ import annotations

import json
import platform
import statistics
import time
from typing import Any

from ioplugins import Registry, call_function
from ioplugins.answers import RecordAnswer
from ioplugins.configuration import Configuration
from ioplugins.jsonvalue import parse
from ioplugins.options import PreMapOptions

RECORDS = 1_000
ROUNDS = 60
FIELDS = {f"field{number}": "x" * 40 for number in range(20)}


def add_region(options: PreMapOptions) -> list[dict[str, Any]]:
    """A hook that touches each record."""
    return [{"data": {**record, "region": "EU"}} for record in options.data]


def with_answers(options: PreMapOptions) -> list[RecordAnswer]:
    """The same with answer objects."""
    return [RecordAnswer.keep({**record, "region": "EU"}) for record in options.data]


def configuration(answers: str) -> Configuration:
    registry = Registry()
    registry.hook("preMap")(add_region)
    registry.hook("preMap")(with_answers)
    return registry.configuration(answers=answers)


def measure(function: str) -> None:
    page = [{"id": number, **FIELDS} for number in range(RECORDS)]
    body = json.dumps(
        {"diy": True, "function": function, "options": {"data": page, "bearerToken": "t"}}
    ).encode()
    contestants = {"off": configuration("off"), "enforce": configuration("enforce")}
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    answers = set()
    for round_ in range(ROUNDS + 5):
        for name, made in contestants.items():
            began = time.perf_counter()
            outcome = call_function(made, parse(body))
            taken = time.perf_counter() - began
            answers.add((outcome.status, outcome.body))
            if round_ >= 5:  # the first ones warm up
                seconds[name].append(taken)
    if len(answers) != 1:
        raise SystemExit("The contestants answer different bytes.")
    print(f"{function}: page of {len(body):,} bytes, {ROUNDS} rounds")
    medians = {name: statistics.median(taken) for name, taken in seconds.items()}
    for name, taken in seconds.items():
        low, high = (1e3 * edge for edge in statistics.quantiles(taken, n=4)[::2])
        print(f"  answers={name:8} {medians[name] * 1e3:7.3f} ms  ({low:.3f} to {high:.3f})")
    print(f"  the checks cost {medians['enforce'] / medians['off'] - 1:+.1%}")


if __name__ == "__main__":
    print(f"Python {platform.python_version()}")
    measure("add_region")
    measure("with_answers")
