"""Tables in Markdown: one for each case of a row."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measurements import Measurements
from benchmarks.rows.row import Column, Row


def row_section(row: Row, measurements: Measurements) -> str:
    """The section of *row*: heading, what was done, its tables."""
    parts = [f"### {row.title}", row.about]
    for case in measurements.cases(row.key):
        name = case.partition("/")[2]
        if name:
            parts.append(f"**{name}**")
        parts.append(case_table(row, case, measurements))
    return "\n\n".join(parts)


def case_table(row: Row, case: str, measurements: Measurements) -> str:
    """The table of one case: a line for each contestant."""
    columns = [
        column
        for column in row.columns
        if any(
            measurements.rounds(case, one, column.metric) for one in measurements.contestants(case)
        )
    ]
    based = bool(measurements.contestants(case)) and row.baseline in measurements.contestants(case)
    heads = ["", *(head for column in columns for head in _heads(column, row, based))]
    lines = [
        [
            row.titles.get(one, one),
            *(
                cell
                for column in columns
                for cell in _cells(column, row, case, one, measurements, based)
            ),
        ]
        for one in measurements.contestants(case)
    ]
    return table(heads, lines)


def table(heads: list[str], lines: list[list[str]], *, numbers: bool = True) -> str:
    """A table whose first column is text; the others are *numbers* or text too."""
    rule = ["---", *("---:" if numbers else "---" for _ in heads[1:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [heads, rule, *lines])


def _heads(column: Column, row: Row, based: bool) -> Iterator[str]:
    yield column.title
    if column.ratio and based:
        yield f"x {_plain(row.titles.get(row.baseline, row.baseline))}"
        if row.against and column is row.columns[0]:
            yield "x itself with 1 worker"


def _cells(
    column: Column,
    row: Row,
    case: str,
    contestant: str,
    measurements: Measurements,
    based: bool,
) -> Iterator[str]:
    summary = measurements.summary(case, contestant, column.metric)
    if summary is None:
        yield "-"
    else:
        told = summary.highest if column.worst else summary.median
        shown = number(told * column.factor, column.digits)
        if column.spread:
            low, high = (
                number(edge * column.factor, column.digits)
                for edge in (summary.lowest, summary.highest)
            )
            shown += f" ({low} to {high})"
        yield shown
    if column.ratio and based:
        ratio = measurements.ratio(case, contestant, row.baseline, column.metric)
        yield "-" if ratio is None else times(ratio)
        if row.against and column is row.columns[0]:
            one = row.against.get(contestant)
            scaled = one and measurements.ratio(case, contestant, one, column.metric)
            yield times(scaled) if scaled else "-"


def _plain(title: str) -> str:
    return title.replace("*", "")


def number(value: float, digits: int) -> str:
    """*value* with thousands separated."""
    return f"{value:,.{digits}f}"


def times(ratio: float) -> str:
    """A ratio with as many digits as tell something."""
    return f"{ratio:.1f}x" if ratio >= 10 else f"{ratio:.2f}x" if ratio >= 0.1 else f"{ratio:.3f}x"
