"""JavaScript's rules for truth and text, asked of JavaScript."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ioplugins.javascript import number_text, text, truthy

from . import generated

if TYPE_CHECKING:
    from .peer import Peer

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("oracle")]

many = settings(max_examples=1_000 if os.environ.get("CI") else 100)


@given(generated.values)
@many
def test_truth_is_javascripts(peer: Peer, value: str) -> None:
    """Empty lists and objects are true, 0 and the empty text are not."""
    assert peer.ask("boolean", value) == truthy(json.loads(value))


@given(st.one_of(generated.numbers, st.floats().map(json.dumps)))
@many
def test_numbers_are_written_as_javascript_does(peer: Peer, number: str) -> None:
    """Where exponents begin, how many digits, and no ``.0``."""
    value = json.loads(number)
    assume(-1.8e308 < value < 1.8e308)  # JSON cannot write the others: null
    assert peer.ask("string", number) == number_text(value)


@given(generated.values)
@many
def test_values_become_text_as_in_javascript(peer: Peer, value: str) -> None:
    """Lists are joined by commas, objects are [object Object]."""
    # JavaScript calls these when an object has them.
    assume("toString" not in value and "valueOf" not in value)
    assume("e400" not in value)
    assert peer.ask("string", value) == text(json.loads(value))
