"""What the answer checks add to a call: the same page with checks on and off, in turns.

Usage: ``python answer_checks.py ROUNDS < BODY``; prints seconds of each call by contestant.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from benchmarks.contestants.functions import add_region
from ioplugins import Registry, call_function
from ioplugins.answers import RecordAnswer
from ioplugins.configuration import Configuration
from ioplugins.jsonvalue import parse
from ioplugins.options import PreMapOptions

_WARM_UP = 5


def answer_objects(options: PreMapOptions) -> list[RecordAnswer]:
    """The same hook with answer objects."""
    return [RecordAnswer.keep({**record, "region": "EU"}) for record in options.data]


def configuration(answers: str) -> Configuration:
    registry = Registry()
    registry.add(add_region)
    registry.hook("preMap", name="answerObjects")(answer_objects)
    return registry.configuration(answers=answers)


def main() -> None:
    rounds, body = int(sys.argv[1]), sys.stdin.buffer.read()
    request: Any = json.loads(body)
    contestants = {
        f"{function}, {answers}": (
            configuration(answers),
            json.dumps({**request, "function": function}).encode(),
        )
        for function in ("addRegion", "answerObjects")
        for answers in ("off", "enforce")
    }
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    answers = set()
    for number in range(rounds + _WARM_UP):
        for name, (made, sent) in contestants.items():
            began = time.perf_counter()
            outcome = call_function(made, parse(sent))
            taken = time.perf_counter() - began
            answers.add((outcome.status, outcome.body))
            if number >= _WARM_UP:
                seconds[name].append(taken)
    if len(answers) != 1:
        raise SystemExit("The answer differs with checks on and off.")
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
