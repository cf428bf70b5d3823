"""Large pages take turns."""

from __future__ import annotations

import gc
import threading

import pytest

from ioplugins import turns as turns_module
from ioplugins.turns import Turns

LONG = 30.0  # seconds that no test waits for


@pytest.fixture(autouse=True)
def collecting() -> None:
    assert gc.isenabled()


def elsewhere(turns: Turns) -> threading.Event:
    """Another thread waits for its turn; the event tells when it has it, and it keeps it."""
    taken = threading.Event()

    def page() -> None:
        turns.take()
        taken.set()

    threading.Thread(target=page, daemon=True).start()
    return taken


def test_one_at_a_time() -> None:
    """The next page has its turn when the first gives it."""
    turns = Turns()
    turns.take()
    taken = elsewhere(turns)
    assert not taken.wait(0.05)
    assert turns.give()
    assert taken.wait(LONG)
    gc.enable()


def test_only_who_has_a_turn_gives_it() -> None:
    """Neither one that has none nor one that belongs to another thread."""
    turns = Turns()
    assert not turns.give()
    assert elsewhere(turns).wait(LONG)

    assert not turns.give()
    gc.enable()


def test_a_page_that_waits_too_long_goes_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn that never ends stops nobody for good."""
    monkeypatch.setattr(turns_module, "_PATIENCE", 0.01)
    turns = Turns()
    assert elsewhere(turns).wait(LONG)
    turns.take()

    assert not turns.give()
    gc.enable()


def test_the_collector_rests_while_a_turn_lasts() -> None:
    """Afterwards it works again."""
    turns = Turns()
    turns.take()
    assert not gc.isenabled()
    turns.give()

    assert gc.isenabled()


def test_a_collector_that_rests_anyway_is_left_alone() -> None:
    """Whoever switched it off wants it so."""
    turns = Turns()
    gc.disable()
    try:
        turns.take()
        turns.give()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_end_of_a_turn_is_told() -> None:
    """Once for each, when the next may already have its own."""
    ended: list[bool] = []
    turns = Turns(ended=lambda: ended.append(gc.isenabled()))
    turns.take()
    turns.give()
    turns.give()

    assert [True] == ended


def test_a_page_is_told_by_whoever_has_the_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that went ahead without one is not."""
    monkeypatch.setattr(turns_module, "_PATIENCE", 0.01)
    told: list[object] = []
    turns = Turns(parsed=lambda page, size: told.append((page, size)))
    turns.take()
    turns.parsed({"a": 1}, 7)
    turns.give()
    assert elsewhere(turns).wait(LONG)
    turns.take()
    turns.parsed({"a": 2}, 7)

    assert [({"a": 1}, 7)] == told
    gc.enable()
