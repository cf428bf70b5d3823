"""``python -m benchmarks``: measure and write RESULTS.md."""

from __future__ import annotations

import argparse
import datetime as dt
import shlex
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import lineup, machine, peers
from benchmarks.bench import Bench, Disagreement
from benchmarks.builds import Build, other_build, this_build
from benchmarks.inside_process import ScriptFailed
from benchmarks.load import LoadFailed
from benchmarks.report import Circumstances, Run, report
from benchmarks.rows import catalogue
from benchmarks.rows.row import Row
from benchmarks.servers import ServerFailed

RESULTS = Path(__file__).with_name("RESULTS.md")


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line says."""
    rows = [row.key for row in catalogue.ALL]
    contestants = [one.key for one in lineup.ALL]
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--rows", nargs="+", choices=rows, default=rows, metavar="ROW", help=", ".join(rows)
    )
    parser.add_argument(
        *("--only", "--contestants"),
        nargs="+",
        choices=contestants,
        default=[],
        metavar="KEY",
        help=", ".join(contestants),
    )
    parser.add_argument("--rounds", type=int, default=3, help="[default: %(default)s]")
    parser.add_argument(
        "--seconds", type=float, default=3, help="of load a round [default: %(default)s]"
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
    parser.add_argument("--output", type=Path, help=f"[default: {RESULTS.name} beside this]")
    return parser.parse_args(arguments)


def main() -> None:
    given = options()
    command = shlex.join(["python", "-m", "benchmarks", *sys.argv[1:]])
    try:
        run(given, command)
    except (Disagreement, LoadFailed, ScriptFailed, ServerFailed, machine.Missing) as error:
        raise SystemExit(f"{type(error).__name__}: {error}") from None


def run(given: argparse.Namespace, command: str) -> None:
    """Measure and write."""
    machine.check_tools()
    machine.raise_file_limit()
    machine.keep_to_client_core()
    began = time.monotonic()
    packages = peers.install()
    builds = [this_build(), *(other_build(path) for path in given.python)]
    rows = [row for row in catalogue.ALL if row.key in given.rows]
    runs = [_measured(given, build, packages, rows) for build in builds]
    circumstances = Circumstances(
        machine.describe(),
        peers.versions(packages),
        command,
        dt.datetime.now(dt.timezone.utc).date().isoformat(),
        (time.monotonic() - began) / 60,
    )
    text = report(circumstances, runs, rows)
    output = given.output or (None if given.quick else RESULTS)
    if output is None:
        print(text)
    else:
        output.write_text(text, encoding="utf-8")
        print(f"{output} is written.", file=sys.stderr)


def _measured(given: argparse.Namespace, build: Build, packages: Path, rows: Sequence[Row]) -> Run:
    with tempfile.TemporaryDirectory(prefix="ioplugins-benchmarks-") as folder:
        bench = Bench(
            build,
            packages,
            Path(folder),
            rounds=1 if given.quick else given.rounds,
            seconds=1 if given.quick else given.seconds,
            quick=given.quick,
            only=frozenset(given.only),
        )
        for row in rows:
            began = time.monotonic()
            bench.say(f"{build.title}: {row.title}")
            row.measure(bench)
            bench.say(f"{row.key}: {time.monotonic() - began:.0f} s")
    return Run(build.title, build.packages, bench.measurements)


if __name__ == "__main__":
    main()
