"""Isolation of bad records: all at once; where that fails, parts; then halves until one is left.

Each attempt is a savepoint, so that what a failed one did is undone and the transaction goes on.
The first split is up to the caller, who may know what looks bad; the second is into many parts, as
of two halves both would fail, and their rows be written in vain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from attrs import define
from sqlalchemy import Connection

from ioplugins_sql.failures import ERRORS, Failure

T = TypeVar("T")

#: So few go one by one: a failed attempt with several takes numbers from the database's counters.
ONE_BY_ONE: Final = 8

_PARTS: Final = 16  # of the second split
_SAVEPOINT: Final = "ioplugins_part"


@define(eq=False)
class Experience:
    """What the pages before taught about those to come.

    Attributes:
        is_bad: Whether items of the last one failed.
    """

    is_bad: bool = False


def isolate(
    connection: Connection,
    items: Sequence[T],
    run: Callable[[Sequence[T]], None],
    failed: Callable[[T, Failure], None],
    failure_of: Callable[[BaseException], Failure],
    apart: Callable[[Sequence[T]], Sequence[Sequence[T]]] | None = None,
    experience: Experience | None = None,
) -> None:
    """Run a statement for all *items*, but for those for which it fails.

    Args:
        connection: In a writing transaction.
        items: What the statement is for.
        run: Runs it for some of the items, all or none of which it does.
        failed: Is told about each item that fails by itself.
        failure_of: Reads an error.
        apart: Gives all items in parts that are likely to be good or bad as a whole, when they
            failed together.
        experience: Where items of the last page failed, *apart* is asked before the first attempt,
            which would most likely be in vain. It is told how this page went.

    Raises:
        SQLAlchemyError: The failure is none of an item's: the connection is lost, the transaction
            was rolled back.
    """
    experience = experience or Experience()
    is_open = False
    if len(items) <= ONE_BY_ONE:
        waiting: list[tuple[int, Sequence[T]]] = [(0, [item]) for item in items]
    elif experience.is_bad and apart is not None:
        connection.exec_driver_sql(f"SAVEPOINT {_SAVEPOINT}")
        is_open = True
        waiting = [(1, part) for part in _apart(connection, items, apart, failure_of)]
    else:
        waiting = [(0, items)]
    waiting.reverse()
    experience.is_bad = False
    while waiting:
        splits, some = waiting.pop()
        if not is_open:
            connection.exec_driver_sql(f"SAVEPOINT {_SAVEPOINT}")
        try:
            run(some)
            connection.exec_driver_sql(f"RELEASE SAVEPOINT {_SAVEPOINT}")
            is_open = False
        except ERRORS as error:
            failure = failure_of(error)
            if failure.kind != "data":
                raise
            experience.is_bad = True
            # It is still there then, for the next attempt.
            connection.exec_driver_sql(f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}")
            is_open = True
            if len(some) == 1:
                failed(some[0], failure)
                continue
            if apart is None or splits > 0:
                parts: Sequence[Sequence[T]] = [some]
            else:
                parts = _apart(connection, some, apart, failure_of)
            waiting += _again(some, parts, splits)[::-1]
    if is_open:
        connection.exec_driver_sql(f"RELEASE SAVEPOINT {_SAVEPOINT}")


def _apart(
    connection: Connection,
    items: Sequence[T],
    apart: Callable[[Sequence[T]], Sequence[Sequence[T]]],
    failure_of: Callable[[BaseException], Failure],
) -> Sequence[Sequence[T]]:
    """What *apart* gives within the savepoint; where it fails itself, the items as they are."""
    try:
        return apart(items)
    except ERRORS as error:
        if failure_of(error).kind != "data":
            raise
        connection.exec_driver_sql(f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}")
        return [items]


def _again(
    some: Sequence[T], parts: Sequence[Sequence[T]], splits: int
) -> list[tuple[int, Sequence[T]]]:
    """The next attempts, each with how often it was split, after one with *some* failed."""
    if len(parts) == 1:
        parts = _split(some, _PARTS if splits <= 1 else 2)
        splits = max(splits, 1)
    return [(splits + 1, part) for part in parts]


def _split(items: Sequence[T], parts: int) -> list[Sequence[T]]:
    size = -(-len(items) // parts)
    return [items[begin : begin + size] for begin in range(0, len(items), size)]
