"""What a row is: how it is measured, and the columns of its tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from attrs import field, frozen

from benchmarks.bench import Bench
from benchmarks.lineup import ALL, NODE

TITLES: Final = {one.key: one.title for one in ALL}


@frozen
class Column:
    """A metric as a column.

    Attributes:
        metric: Its key in the measurements.
        title: With its unit.
        digits: Digits behind the point.
        factor: What values are multiplied with, from the stored unit to the shown one.
        ratio: Whether a column with the ratio to the baseline follows it.
        spread: Whether the lowest and highest round are told.
        worst: Whether the highest round is told and not the median.
    """

    metric: str
    title: str
    digits: int = 0
    factor: float = 1.0
    ratio: bool = False
    spread: bool = False
    worst: bool = False


@frozen
class Row:
    """A kind of thing that is measured.

    Attributes:
        key: For ``--rows``; its cases are called ``key/...``.
        title: The heading in the results.
        about: What was done, in a sentence or two under the heading.
        measure: Measures it on a bench.
        columns: Of its tables.
        baseline: Whose value the ratios are relative to.
        titles: What its contestants are called.
        against: Contestants whose first ratio is told to another one too, of fewer workers.
    """

    key: str
    title: str
    about: str
    measure: Callable[[Bench], None]
    columns: tuple[Column, ...]
    baseline: str = NODE.key
    titles: Mapping[str, str] = field(factory=lambda: TITLES)
    against: Mapping[str, str] = field(factory=dict)
