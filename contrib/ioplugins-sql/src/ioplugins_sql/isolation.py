"""Isolation of bad records: all at once; where that fails, parts; then halves until one is left.

Each attempt is a savepoint, so that what a failed one did is undone and the transaction goes on.
With ten bad records among a thousand that takes some 120 statements in place of a thousand. The
first split is into many parts: of two halves both would fail, and their rows be written in vain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from sqlalchemy import Connection

from ioplugins_sql.failures import ERRORS, Failure

T = TypeVar("T")

#: So few go one by one: a failed attempt with several takes numbers from the database's counters.
ONE_BY_ONE: Final = 8

_PARTS: Final = 16  # of the first split


def isolate(
    connection: Connection,
    items: Sequence[T],
    run: Callable[[Sequence[T]], None],
    failed: Callable[[T, Failure], None],
    failure_of: Callable[[BaseException], Failure],
) -> None:
    """Run a statement for all *items*, but for those for which it fails.

    Args:
        connection: In a writing transaction.
        items: What the statement is for.
        run: Runs it for some of the items, all or none of which it does.
        failed: Is told about each item that fails by itself.
        failure_of: Reads an error.

    Raises:
        SQLAlchemyError: The failure is none of an item's: the connection is lost, the transaction
            was rolled back.
    """
    waiting = [list(items)] if len(items) > ONE_BY_ONE else [[item] for item in items]
    waiting.reverse()
    while waiting:
        some = waiting.pop()
        savepoint = connection.begin_nested()
        try:
            run(some)
            savepoint.commit()
        except ERRORS as error:
            failure = failure_of(error)
            if failure.kind != "data":
                raise
            savepoint.rollback()
            if len(some) == 1:
                failed(some[0], failure)
            else:
                parts = _PARTS if len(some) == len(items) else 2
                size = -(-len(some) // parts)
                waiting += [some[at : at + size] for at in range(0, len(some), size)][::-1]
