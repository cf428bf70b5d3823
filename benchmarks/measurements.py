"""Measurements: what was measured, round by round, and what is told of it."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from attrs import field, frozen


@frozen
class Summary:
    """What is told of some rounds."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, values: list[float]) -> Summary:
        """The summary of at least one value."""
        return cls(statistics.median(values), min(values), max(values))


@frozen
class Measurements:
    """Values by case (``"pages/1,000 records"``), contestant and metric, in the order they came."""

    values: dict[str, dict[str, dict[str, list[float]]]] = field(factory=dict)

    def add(self, case: str, contestant: str, metric: str, value: float) -> None:
        """Keep one value of one round."""
        metrics = self.values.setdefault(case, {}).setdefault(contestant, {})
        metrics.setdefault(metric, []).append(value)

    def cases(self, row: str) -> Iterator[str]:
        """The cases of a row that were measured."""
        return (case for case in self.values if case.partition("/")[0] == row)

    def contestants(self, case: str) -> list[str]:
        """Who was measured in *case*."""
        return list(self.values.get(case, {}))

    def rounds(self, case: str, contestant: str, metric: str) -> list[float]:
        """All values; empty when it was not measured."""
        return self.values.get(case, {}).get(contestant, {}).get(metric, [])

    def summary(self, case: str, contestant: str, metric: str) -> Summary | None:
        """Median and spread; None when it was not measured."""
        values = self.rounds(case, contestant, metric)
        return Summary.of(values) if values else None

    def median(self, case: str, contestant: str, metric: str) -> float | None:
        """The median; None when it was not measured."""
        summary = self.summary(case, contestant, metric)
        return summary.median if summary else None

    def ratio(self, case: str, contestant: str, other: str, metric: str) -> float | None:
        """The median of one over that of another; None when either was not measured."""
        mine, theirs = (self.median(case, who, metric) for who in (contestant, other))
        return mine / theirs if mine is not None and theirs else None
