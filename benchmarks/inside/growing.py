"""What a call costs when few or many functions, or connectors, are there.

Usage: ``python growing.py ROUNDS COUNT... < BODY``; prints seconds a call, by case and count.
Each round calls every configuration many times, one after the other.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.contestants.functions import add_region
from ioplugins import Registry, call_function
from ioplugins.configuration import Configuration
from ioplugins.jsonvalue import parse

_CALLS = 200


def with_functions(count: int) -> Configuration:
    """One DIY module with so many functions."""
    registry = Registry()
    registry.add(add_region)
    for number in range(count - 1):
        registry.hook("preMap", name=f"other{number}")(lambda options: options["data"])
    return registry.configuration()


def with_connectors(count: int) -> Configuration:
    """So many connectors, each with one function."""
    registry = Registry()
    for number in range(count):
        registry.add(add_region, f"{number:024x}")
    return registry.configuration()


def cases(request: dict[str, Any], count: int) -> Iterator[tuple[str, Configuration, bytes]]:
    """Name, configuration and the body of a call of it."""
    yield f"functions/{count}", with_functions(count), json.dumps(request).encode()
    asked = {name: value for name, value in request.items() if name != "diy"}
    asked["_connectorId"] = f"{count - 1:024x}"
    yield f"connectors/{count}", with_connectors(count), json.dumps(asked).encode()


def main() -> None:
    rounds, counts = int(sys.argv[1]), [int(text) for text in sys.argv[2:]]
    request = json.load(sys.stdin.buffer)
    made = [case for count in counts for case in cases(request, count)]
    seconds: dict[str, list[float]] = {name: [] for name, _, _ in made}
    answers: set[tuple[int, bytes]] = set()
    gc.collect()
    gc.freeze()  # as `ioplugins serve` does: what is loaded is not looked at again
    for number in range(rounds + 1):
        for name, configuration, body in made:
            began = time.perf_counter()
            outcomes = [call_function(configuration, parse(body)) for _ in range(_CALLS)]
            taken = (time.perf_counter() - began) / _CALLS
            answers.update((outcome.status, outcome.body) for outcome in outcomes)
            if number:
                seconds[name].append(taken)
    if len(answers) != 1:
        raise SystemExit("The answers differ with the number of functions.")
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
