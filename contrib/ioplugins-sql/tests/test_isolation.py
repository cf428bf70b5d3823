"""Isolation: which items fail, in how many attempts."""

from __future__ import annotations

import pytest
from ioplugins_sql.failures import Failure, failure_of
from ioplugins_sql.isolation import isolate
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError


@pytest.mark.parametrize("count", [1, 8, 9, 17, 100, 1000])
@pytest.mark.parametrize("bad", [set(), {0}, {3, 4}, {0, 50, 99, 500, 999}, set(range(1000))])
def test_bad_items_fail_alone(count: int, bad: set[int]) -> None:
    """Each good item is done once, in the end; each bad one is told."""
    done: list[int] = []
    failed: list[int] = []
    attempts = 0

    def run(some: object) -> None:
        nonlocal attempts
        attempts += 1
        numbers = list(some)  # type: ignore[call-overload]
        if bad.intersection(numbers):
            raise OperationalError("INSERT", {}, Exception("bad"))
        done.extend(numbers)

    def note(item: int, failure: Failure) -> None:
        assert "bad" == failure.message
        failed.append(item)

    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        isolate(connection, range(count), run, note, failure_of)
    engine.dispose()
    assert sorted(bad & set(range(count))) == failed
    assert [item for item in range(count) if item not in bad] == done
    if len(bad) < 6:
        assert attempts <= max(count + 1, 8) if count <= 100 else attempts < count / 5


def test_a_lost_connection_is_nobodys_fault() -> None:
    """It is raised at once; no item is blamed."""

    def run(_some: object) -> None:
        raise ConnectionError("gone")

    engine = create_engine("sqlite://")
    with engine.connect() as connection, pytest.raises(ConnectionError):
        isolate(connection, [1, 2], run, lambda *_: pytest.fail("blamed"), failure_of)
    engine.dispose()
