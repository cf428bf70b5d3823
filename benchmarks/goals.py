"""The goals: what is wanted of the measurements, and whether it is reached."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from attrs import frozen

from benchmarks import lineup
from benchmarks.measurements import Measurements
from benchmarks.rows import aws_lambda, checks, concurrent, memory, pages
from benchmarks.rows.pages import HUNDRED, ONE, TEN_THOUSAND, THOUSAND, Case

_OURS: Final = lineup.IOPLUGINS.key
_NODE: Final = lineup.NODE.key
_BY_HAND: Final = lineup.NODE_BY_HAND.key
_BARE: Final = lineup.BARE.key


@frozen
class Goal:
    """One goal.

    Attributes:
        title: What is compared.
        unit: Behind the number: ``x``, ``s``, ``%``, ...
        least: What has to be reached.
        aim: What would be good.
        lower: Whether less is better.
        value: Takes the number out of the measurements; None when it was not measured.
        profile: What is looked at when it is missed: a case of pages, the function of the
            concurrent calls, or a package of the Lambda row; None where a profile of time says
            nothing.
        by_hand: The same number against the Node host that writes its log line by hand.
    """

    title: str
    unit: str
    least: float
    aim: float
    lower: bool
    value: Callable[[Measurements], float | None]
    profile: str | None = None
    by_hand: Callable[[Measurements], float | None] = lambda _: None

    def met(self, value: float, wanted: float) -> bool:
        """Whether *value* is as good as *wanted*."""
        return value <= wanted if self.lower else value >= wanted

    def missed(self, measurements: Measurements) -> bool:
        """Whether it was measured and is not reached."""
        value = self.value(measurements)
        return value is not None and not self.met(value, self.least)

    def verdict(self, measurements: Measurements) -> str:
        """The number, and whether that reaches the goal or by how much it misses."""
        value = self.value(measurements)
        if value is None:
            return "not measured"
        shown = f"{value:.3g}{self.unit}"
        by_hand = self.by_hand(measurements)
        if by_hand is not None:
            shown += f" ({by_hand:.3g}{self.unit})"
        if self.met(value, self.aim):
            return f"{shown}: reaches the aim"
        if self.met(value, self.least):
            return f"{shown}: met"
        off = f"{abs(value - self.least):.2g}{self.unit}"
        relative = f" ({abs(value / self.least - 1):.0%})" if self.least else ""
        return f"{shown}: **missed** by {off}{relative}"


def _rate(case: Case, least: float, aim: float) -> Goal:
    key = pages.case_key(case)
    return Goal(
        f"{case.name}: calls/s against Node",
        *("x", least, aim, False),
        lambda measured: measured.ratio(key, _OURS, _NODE, "rate"),
        key,
        lambda measured: measured.ratio(key, _OURS, _BY_HAND, "rate"),
    )


def _p99(case: Case) -> Goal:
    key = pages.case_key(case)
    return Goal(
        f"{case.name}: p99 so many times lower than Node's",
        *("x", 5, 20, False),
        lambda measured: measured.ratio(key, _NODE, _OURS, "p99"),
        key,
        lambda measured: measured.ratio(key, _BY_HAND, _OURS, "p99"),
    )


def _of_bare(case: Case) -> Goal:
    key = pages.case_key(case)

    def value(measured: Measurements) -> float | None:
        ratio = measured.ratio(key, _OURS, _BARE, "rate")
        return None if ratio is None else 100 * ratio

    return Goal(
        f"{case.name}: share of the bare WSGI app's calls/s", "%", 90, 97, False, value, key
    )


def _concurrent(function: str) -> tuple[Goal, Goal]:
    kind = concurrent.KINDS[function]
    key = concurrent.case_key(concurrent.COUNTS[-1], kind)
    title = f"{concurrent.COUNTS[-1]:,} concurrent 1 s calls, {kind}"

    def errors(measured: Measurements) -> float | None:
        rounds = measured.rounds(key, _OURS, "errors")
        return max(rounds) if rounds else None

    return (
        Goal(
            f"{title}: done",
            *(" s", 1.5, 1.2, True),
            lambda measured: measured.median(key, _OURS, "seconds"),
            f"{concurrent.KEY}/{function}",
        ),
        Goal(f"{title}: errors, most of a round", "", 0, 0, True, errors),
    )


def _cold(package: str) -> Goal:
    return Goal(
        f"Lambda cold start, {'options as dict' if package == aws_lambda.PLAIN else 'as classes'}: "
        "share of Node's time",
        *("x", 1, 0.75, True),
        lambda measured: measured.ratio(aws_lambda.COLD, package, aws_lambda.NODE, "seconds"),
        f"{aws_lambda.KEY}/{package}",
    )


def _checks(measured: Measurements) -> float | None:
    ratio = measured.ratio(checks.PLAIN, checks.ON, checks.OFF, "seconds")
    return None if ratio is None else 100 * (ratio - 1)


GOALS: Final[tuple[Goal, ...]] = (
    *(_rate(ONE, 5, 8), _rate(HUNDRED, 5, 6), _rate(THOUSAND, 5, 6), _rate(TEN_THOUSAND, 3.5, 5)),
    *(_p99(ONE), _p99(HUNDRED)),
    *(goal for function in concurrent.KINDS for goal in _concurrent(function)),
    *(_of_bare(case) for case in pages.CASES),
    *(_cold(aws_lambda.PLAIN), _cold(aws_lambda.TYPED)),
    Goal(
        "idle memory of a worker: share of Node's",
        *("x", 0.5, 0.33, True),
        lambda measured: measured.ratio(memory.KEY, _OURS, _NODE, "idle"),
        by_hand=lambda measured: measured.ratio(memory.KEY, _OURS, _BY_HAND, "idle"),
    ),
    Goal(
        "peak of a 10 MB page: memory over idle, in sizes of the page",
        *("", 8, 8, True),
        lambda measured: measured.median(memory.KEY, _OURS, "pages"),
    ),
    Goal(
        "answer checks on 1,000 records: cost",
        *("%", 5, 2, True),
        _checks,
        pages.case_key(THOUSAND),
    ),
)
