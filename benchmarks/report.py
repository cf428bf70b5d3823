"""The report: RESULTS.md, made from measurements alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import field, frozen

from benchmarks.goals import GOALS, Goal
from benchmarks.measurements import Measurements
from benchmarks.profiles import Spent
from benchmarks.rows.row import Row
from benchmarks.tables import row_section, table

_ABOUT = (
    "Written by `python -m benchmarks`; nothing in here is typed by hand. All contestants answer "
    "the same requests with the same bytes; that is checked before anything is measured. They are "
    "measured side by side in alternating rounds; values are medians, in brackets the lowest and "
    "the highest round. Ratios compare medians of one run."
)
_QUICK = "**A quick run: it proves that everything works, its numbers mean nothing.**"

_PROFILES = (
    "Where the time of ioplugins goes. Calls: samples of py-spy in the worker under load, of the "
    "thread that held the interpreter, so without what Granian does outside of it; by time in the "
    "function itself. Lambda: what each import takes, by time with what it imports in turn."
)


@frozen
class Run:
    """What was measured with one build of Python.

    Attributes:
        title: The build.
        packages: Versions of the Python packages.
        measurements: The values.
        profiles: Of missed goals, by `Goal.profile`; a text says why there is none.
    """

    title: str
    packages: Mapping[str, str]
    measurements: Measurements
    profiles: Mapping[str, Sequence[Spent] | str] = field(factory=dict)


@frozen
class Circumstances:
    """Where and how all of it was measured.

    Attributes:
        machine: What is told of the machine, by what it is.
        peers: Versions of the Node packages.
        command: The command line that repeats it.
        date: The day, ISO 8601.
        minutes: How long it took.
        rounds: How often each contestant was measured.
        quick: Whether it was a quick run.
    """

    machine: Mapping[str, str]
    peers: Mapping[str, str]
    command: str
    date: str
    minutes: float
    rounds: int
    quick: bool = False


def report(
    circumstances: Circumstances,
    runs: Sequence[Run],
    rows: Sequence[Row],
    plot: str | None = None,
) -> str:
    """RESULTS.md.

    Args:
        circumstances: Where and how it was measured.
        runs: One for each build of Python.
        rows: Those that were measured.
        plot: The name of the file with the plot of growth, beside RESULTS.md; None without one.
    """
    parts = [
        "# Results",
        *([_QUICK] if circumstances.quick else []),
        _ABOUT,
        _circumstances(circumstances, runs),
        goals_section(GOALS, runs),
    ]
    if plot:
        parts.append(f"## Growth\n\n![Cost of a call against records in a page]({plot})")
    for run in runs:
        parts.append(f"## {run.title}")
        measured = [row for row in rows if any(run.measurements.cases(row.key))]
        parts += [row_section(row, run.measurements) for row in measured]
        if run.profiles:
            parts.append(_profiles_section(run))
    return "\n\n".join(parts) + "\n"


def _circumstances(circumstances: Circumstances, runs: Sequence[Run]) -> str:
    told = {
        "Date": circumstances.date,
        "Took": f"{circumstances.minutes:.0f} minutes, {circumstances.rounds} rounds",
        **circumstances.machine,
        **circumstances.peers,
    }
    for run in runs:
        told[run.title] = ", ".join(f"{name} {version}" for name, version in run.packages.items())
    lines = [[name, value] for name, value in told.items()]
    again = f'To repeat it:\n\n    pip install -e ".[benchmarks]"\n    {circumstances.command}'
    return table(["", ""], lines, numbers=False) + f"\n\n{again}"


def goals_section(goals: Sequence[Goal], runs: Sequence[Run]) -> str:
    """The goals and whether each run reaches them."""
    heads = ["goal", "at least", "aim", *(run.title for run in runs)]
    lines = [
        [
            goal.title,
            f"{'at most ' if goal.lower else ''}{goal.least:g}{goal.unit}",
            f"{goal.aim:g}{goal.unit}",
            *(goal.verdict(run.measurements) for run in runs),
        ]
        for goal in goals
    ]
    note = (
        "`ioplugins serve` with its default settings and one worker, against one Node process of "
        "the same run. The Node host logs through express-winston and winston, as Celigo's Express "
        "package does; in parentheses the same number against one that writes that log line by "
        "hand, which Celigo's package does not do and which costs Node less. What a missed goal's "
        "time goes into is told by the profiles at the end of each run's tables."
    )
    return f"## Goals\n\n{note}\n\n{table(heads, lines, numbers=False)}"


def _profiles_section(run: Run) -> str:
    parts = [
        "### Profiles of missed goals",
        _PROFILES,
    ]
    for what, spent in run.profiles.items():
        missed = [goal for goal in GOALS if goal.profile == what and goal.missed(run.measurements)]
        parts.append(f"**{what.partition('/')[2]}** ({'; '.join(goal.title for goal in missed)})")
        if isinstance(spent, str):
            parts.append(f"No profile: {spent.splitlines()[0]}")
            continue
        lines = [[f"`{one.function}`", f"{one.own:.1%}", f"{one.total:.1%}"] for one in spent]
        parts.append(table(["", "itself", "with what it calls"], lines))
    return "\n\n".join(parts)
