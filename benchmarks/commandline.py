"""The command line of the benchmarks."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks import lineup
from benchmarks.rows import catalogue

RESULTS: Final = Path(__file__).with_name("RESULTS.md")


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line says."""
    rows = [row.key for row in catalogue.ALL]
    contestants = [one.key for one in lineup.ALL]
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--rows", nargs="+", choices=rows, default=rows, metavar="ROW", help=", ".join(rows)
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=contestants,
        default=[],
        metavar="KEY",
        help=", ".join(contestants),
    )
    parser.add_argument("--rounds", type=int, default=5, help="[default: %(default)s]")
    parser.add_argument(
        "--seconds", type=float, default=2, help="of load a round [default: %(default)s]"
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="one short round, to see that all of it works; nothing is written without --output",
    )
    parser.add_argument(
        "--python",
        action="append",
        default=[],
        metavar="PATH",
        help="measure with this interpreter too, in a virtual environment that is made for it; "
        "again for more",
    )
    parser.add_argument(
        "--profile",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="look with py-spy at what misses its goal [default: unless --quick]",
    )
    parser.add_argument("--output", type=Path, help=f"[default: {RESULTS.name} beside this]")
    given = parser.parse_args(arguments)
    if given.profile is None:
        given.profile = not given.quick
    return given


def repeating(arguments: Sequence[str]) -> str:
    """The command line to repeat a run; where its results went is nobody's concern."""
    kept: list[str] = []
    rest = iter(arguments)
    for one in rest:
        if one == "--output":
            next(rest, None)
        elif not one.startswith("--output="):
            kept.append(one)
    return shlex.join(["python", "-m", "benchmarks", *kept])
