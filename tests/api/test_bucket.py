"""The client's bucket: first come first served, never more than it holds."""

from __future__ import annotations

import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioplugins.api import Bucket, RateLimited
from ioplugins.errors import ConfigurationError


class Time:
    """A clock in milliseconds for the bucket below."""

    def __init__(self, bucket: Bucket) -> None:
        self.now = 1_000_000
        bucket._bucket.now = lambda: self.now  # type: ignore[method-assign]


def test_it_holds_its_size_and_then_drains() -> None:
    """A full bucket's worth goes at once; the next are due one after the other."""
    bucket = Bucket(size=10, per_second=100)
    Time(bucket)
    assert [0.0] * 10 == [bucket.take(60) for _ in range(10)]
    assert [0.01, 0.02, 0.03] == [bucket.take(60) for _ in range(3)]


def test_it_fills_again_in_a_pause() -> None:
    """After a pause as much may go as has drained, and no more than its size."""
    bucket = Bucket(size=10, per_second=100)
    time = Time(bucket)
    for _ in range(10):
        bucket.take(60)
    time.now += 50
    assert [0.0] * 5 + [0.01] == [bucket.take(60) for _ in range(6)]
    time.now += 60_000
    assert [0.0] * 10 + [0.01] == [bucket.take(60) for _ in range(11)]


def test_too_long_a_wait_takes_no_turn() -> None:
    """Who would wait longer than wanted is told, and the others are not set back by it."""
    bucket = Bucket(size=1, per_second=1)
    Time(bucket)
    bucket.take(60)
    for _ in range(3):
        with pytest.raises(RateLimited) as caught:
            bucket.take(0.5)
        assert 1.0 == caught.value.retry_after
        assert caught.value.status is None
    assert 1.0 == bucket.take(1)


def test_a_share_is_smaller_and_slower() -> None:
    """Four processes with a quarter each are as one with the whole."""
    bucket = Bucket(share=0.25)
    assert (250, 75.0) == (bucket.size, bucket.per_second)
    assert "Bucket(size=250, per_second=75)" == repr(bucket)
    assert (1000, 300.0) == (Bucket().size, Bucket().per_second)
    assert 1 == Bucket(size=2, share=0.01).size


@pytest.mark.parametrize("wrong", [{"size": 0}, {"per_second": 0}, {"share": 0}, {"share": 1.1}])
def test_unusable_buckets(wrong: dict[str, float]) -> None:
    """A bucket that lets nothing through is a mistake."""
    with pytest.raises(ConfigurationError, match="above 0"):
        Bucket(**wrong)  # type: ignore[arg-type]


@given(
    size=st.integers(1, 50),
    rate=st.integers(1, 2000),
    pauses=st.lists(st.integers(0, 200), min_size=1, max_size=200),
)
def test_no_window_holds_more(size: int, rate: int, pauses: list[int]) -> None:
    """Whenever they come: between any two turns there are at most size + rate x time."""
    bucket = Bucket(size, rate)
    time = Time(bucket)
    turns: list[int] = []
    for pause in pauses:
        time.now += pause
        turns.append(time.now + round(bucket.take(1e9) * 1000))
    assert sorted(turns) == turns
    for first in range(len(turns)):
        for last in range(first, len(turns)):
            seconds = (turns[last] - turns[first]) / 1000
            assert last - first + 1 <= size + rate * seconds + 1e-6


def test_threads_take_different_turns() -> None:
    """Of many threads each gets a turn of its own."""
    bucket = Bucket(size=100, per_second=100)
    Time(bucket)
    turns: list[float] = []

    def take() -> None:
        turns.extend(bucket.take(60) for _ in range(50))

    # So that threads interrupt each other wherever they can.
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.setswitchinterval(interval)
    assert [0.0] * 100 + [round(n / 100, 2) for n in range(1, 301)] == sorted(turns)
