"""Which runs may take place on the calling thread."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from ioplugins.errors import FunctionFailed
from ioplugins.execution import execute
from ioplugins.functions import extension_function
from ioplugins.pace import Pace

ENOUGH = 16


def short_pace() -> Pace:
    pace = Pace()
    for _ in range(ENOUGH):
        pace.end(0.001)
    return pace


def test_enough_short_runs_in_a_row_make_a_function_short() -> None:
    """Not one less."""
    pace = Pace()
    for _ in range(ENOUGH - 1):
        pace.end(0.001)
    assert not pace.begin_in_place(0)
    pace.end(0.001)

    assert pace.begin_in_place(0)
    assert "<Pace: 16 short runs in a row>" == repr(pace)


def test_one_long_run_ends_it() -> None:
    """Whether it took place here or on a worker thread."""
    pace = short_pace()
    pace.end(0.006)

    assert not pace.begin_in_place(0)


def test_an_overdue_run_sends_the_next_ones_to_the_worker_threads() -> None:
    """Even before it has ended; its own end does not make the function short again."""
    pace = short_pace()
    other = threading.Thread(target=pace.begin_in_place, args=(10.0,))
    other.start()
    other.join()

    assert pace.begin_in_place(10.04)
    pace.end(0.001)
    assert not pace.begin_in_place(10.06)
    assert not pace.begin_in_place(10.0)


@pytest.mark.parametrize(
    ("seconds", "computing", "waits"), [(1, 0.4, True), (1, 0.6, False), (1, None, None)]
)
def test_a_run_that_hardly_computes_waits(
    seconds: float, computing: float | None, waits: bool | None
) -> None:
    """The latest one counts; one that was not measured says nothing."""
    for before in (True, False):
        pace = Pace()
        pace.waits = before
        pace.end(seconds, computing)
        assert (before if waits is None else waits) is pace.waits


def test_a_short_function_runs_where_it_is_called() -> None:
    """The first runs on worker threads, the later ones here; a long one goes back."""
    pauses = [0.0] * (ENOUGH + 4) + [0.02, 0.0]

    def function(options: Any) -> int:
        time.sleep(pauses[options])
        return threading.get_ident()

    described = extension_function(function, name="f")
    threads = [execute(described, number) for number in range(len(pauses))]
    here = threading.get_ident()

    assert [False] * ENOUGH == [one == here for one in threads[:ENOUGH]]
    assert here in threads[ENOUGH:]
    assert here != threads[-1]


def test_a_caller_that_waits_for_heartbeats_gets_them() -> None:
    """However short the function is."""

    def function(options: Any) -> int:
        return threading.get_ident()

    described = extension_function(function, name="f")
    for _ in range(ENOUGH * 2):
        answer = execute(described, {}, heartbeat=lambda: None, interval=60)
        assert threading.get_ident() != answer


def test_a_short_function_keeps_its_context_and_its_errors_to_itself() -> None:
    """What it raises is its answer; SystemExit ends nothing."""

    def function(options: Any) -> None:
        raise SystemExit(3)

    described = extension_function(function, name="f")
    for _ in range(ENOUGH * 2):
        with pytest.raises(FunctionFailed) as failed:
            execute(described, {})
        assert isinstance(failed.value.error, SystemExit)


def test_a_short_function_may_call_back_later() -> None:
    """From a thread of its own, after it has returned."""

    def function(options: Any, callback: Any) -> None:
        threading.Timer(0.001, callback, (None, "later")).start()

    described = extension_function(function, name="f")

    assert ["later"] * (ENOUGH * 2) == [execute(described, {}) for _ in range(ENOUGH * 2)]
