"""The report: RESULTS.md, made from measurements alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen

from benchmarks.measurements import Measurements
from benchmarks.rows.row import Row
from benchmarks.tables import row_section, table


@frozen
class Run:
    """What was measured with one build of Python.

    Attributes:
        title: The build.
        packages: Versions of the Python packages.
        measurements: The values.
    """

    title: str
    packages: Mapping[str, str]
    measurements: Measurements


@frozen
class Circumstances:
    """Where and how all of it was measured.

    Attributes:
        machine: What is told of the machine, by what it is.
        peers: Versions of the Node packages.
        command: The command line that repeats it.
        date: The day, ISO 8601.
        minutes: How long it took.
    """

    machine: Mapping[str, str]
    peers: Mapping[str, str]
    command: str
    date: str
    minutes: float


def report(circumstances: Circumstances, runs: Sequence[Run], rows: Sequence[Row]) -> str:
    """RESULTS.md."""
    parts = [
        "# Results",
        "Written by `python -m benchmarks`; nothing in here is typed by hand. Contestants were "
        "measured side by side in alternating rounds; values are medians, in brackets the lowest "
        "and the highest round. Ratios compare medians of one run.",
        _circumstances(circumstances, runs),
    ]
    for run in runs:
        parts.append(f"## {run.title}")
        parts += [
            row_section(row, run.measurements)
            for row in rows
            if any(True for _ in run.measurements.cases(row.key))
        ]
    return "\n\n".join(parts) + "\n"


def _circumstances(circumstances: Circumstances, runs: Sequence[Run]) -> str:
    told = {
        "Date": f"{circumstances.date}, {circumstances.minutes:.0f} minutes",
        **circumstances.machine,
        **circumstances.peers,
    }
    for run in runs:
        packages = ", ".join(f"{name} {version}" for name, version in run.packages.items())
        told[run.title] = packages
    lines = [[name, value] for name, value in told.items()]
    again = f'To repeat it:\n\n    pip install -e ".[benchmarks]"\n    {circumstances.command}'
    return table(["what", "version"], lines).replace("---:", "---") + f"\n\n{again}"
