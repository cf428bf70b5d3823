"""Registering functions: decorated, collected, configured.

Usage: ``python registration.py ROUNDS COUNT``; prints seconds of each round.
"""

from __future__ import annotations

import json
import sys
import time
from types import ModuleType

from ioplugins import Registry

#: One function of an author's module, with the options class that the docs recommend.
_SOURCE = """
@hook("preMap")
def function{number}(options: PreMapOptions):
    return [{{"data": record}} for record in options.data]
"""


def make_module(count: int) -> ModuleType:
    """A module of so many decorated functions."""
    module = ModuleType("many")
    exec("from ioplugins import hook\nfrom ioplugins.options import PreMapOptions", vars(module))
    exec("".join(_SOURCE.format(number=number) for number in range(count)), vars(module))
    return module


def main() -> None:
    rounds, count = int(sys.argv[1]), int(sys.argv[2])
    seconds = []
    for _ in range(rounds):
        module = make_module(count)
        began = time.perf_counter()
        registry = Registry()
        registry.add(module)
        registry.configuration()
        seconds.append(time.perf_counter() - began)
        if len(registry) != count:
            raise SystemExit(f"{len(registry)} of {count} functions were registered.")
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
