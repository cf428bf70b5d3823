"""``python -m benchmarks``: measure and write RESULTS.md."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import lineup, machine, peers
from benchmarks.bench import Bench, Disagreement
from benchmarks.builds import Build, other_build, this_build
from benchmarks.commandline import RESULTS, options, repeating
from benchmarks.goals import GOALS
from benchmarks.inside_process import ScriptFailed
from benchmarks.load import LoadFailed
from benchmarks.plots import plot_growth
from benchmarks.profiles import Spent, profile
from benchmarks.report import Circumstances, Run, report
from benchmarks.rows import catalogue, growth
from benchmarks.rows.row import Row
from benchmarks.servers import ServerFailed


def main() -> None:
    given = options()
    try:
        run(given, repeating(sys.argv[1:]))
    except (Disagreement, LoadFailed, ScriptFailed, ServerFailed, machine.Missing) as error:
        raise SystemExit(f"{type(error).__name__}: {error}") from None


def run(given: argparse.Namespace, command: str) -> None:
    """Measure and write."""
    machine.check_tools()
    machine.raise_file_limit()
    machine.keep_to_client_core()
    began = time.monotonic()
    packages = peers.install()
    output: Path | None = given.output or (None if given.quick else RESULTS)
    if output:
        output.parent.mkdir(parents=True, exist_ok=True)  # not only when all is measured
    builds = [this_build(), *(other_build(path) for path in given.python)]
    rows = [row for row in catalogue.ALL if row.key in given.rows]
    runs = [_measured(given, build, packages, rows) for build in builds]
    plot = _plot(runs, output) if output else None
    circumstances = Circumstances(
        machine.describe(),
        peers.versions(packages),
        command,
        dt.datetime.now(dt.timezone.utc).date().isoformat(),
        (time.monotonic() - began) / 60,
        1 if given.quick else given.rounds,
        given.quick,
    )
    text = report(circumstances, runs, rows, plot)
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
        profiles = _profiles(bench) if given.profile else {}
    return Run(build.title, build.packages, bench.measurements, profiles)


def _profiles(bench: Bench) -> dict[str, list[Spent] | str]:
    """Of each goal that was missed and has something to look at, once; or why there is none."""
    missed = [goal.profile for goal in GOALS if goal.missed(bench.measurements)]
    wanted = list(dict.fromkeys(what for what in missed if what))
    profiles: dict[str, list[Spent] | str] = {}
    for what in wanted:
        bench.say(f"profile of {what}")
        try:
            profiles[what] = profile(bench, what)
        except (LoadFailed, ScriptFailed) as error:  # an hour of measuring is not lost for it
            profiles[what] = str(error)
    return profiles


def _plot(runs: Sequence[Run], output: Path) -> str | None:
    """Write the plot beside *output*; gives its name."""
    titles = {one.key: one.title.replace("*", "") for one in growth.CONTESTANTS}
    lines = {
        f"{titles[key]} ({run.title})" if key != lineup.NODE.key else titles[key]: (
            run.measurements,
            key,
        )
        for run in reversed(runs)  # Node is measured in each; that of the first run is shown
        for key in titles
    }
    path = output.with_name(f"{output.stem.lower()}-growth.svg")
    return path.name if plot_growth(lines, path) else None


if __name__ == "__main__":
    main()
