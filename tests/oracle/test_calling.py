"""Envelopes and answers that Hypothesis makes up: both sides must say the same of each."""

from __future__ import annotations

import json
import os
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from ioplugins.calling import call_function
from ioplugins.configuration import Configuration
from ioplugins.javascript import truthy
from ioplugins.jsonvalue import parse

from . import generated
from .mirror import CONFIGURATIONS, FUNCTIONS, MODULE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .peer import Peer

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("oracle")]

EXAMPLES = 2_000 if os.environ.get("CI") else 200
many = settings(max_examples=EXAMPLES)

configurations = {
    name: Configuration.from_mapping(mapping) for name, mapping in CONFIGURATIONS.items()
}


@pytest.fixture(scope="module", autouse=True)
def _utc() -> Iterator[None]:
    """Both sides take a date-time without an offset as local time: let it be UTC."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


# ---------------------------------------------------------------------- documented divergences
#
# Each rule says where ioplugins does something better than the Node packages, as http.json
# (divergence, expected_better) and docs/conformance.md list it. What a rule takes out is tested
# there; everything else must agree.


PLAIN_NUMBER = re.compile(r"(?:[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)?")
IDS = {"main", "flat", "empty", "42"}
NAMES = {*MODULE, *FUNCTIONS, "hook", "wrapper", "setting", "utility"}


def is_diverging(body: dict[str, Any], peer: Peer) -> bool:
    """Whether a documented divergence decides what *body* gets for an answer."""
    kind, name, connector = (body.get(key) for key in ("type", "function", "_connectorId"))
    limit, options = body.get("maxResponseSize"), body.get("options")
    return (
        # Names of JavaScript's own objects can be called there.
        any(isinstance(one, str) and one in peer.inherited for one in (kind, name, connector))
        # A _connectorId or type that is no text is matched by its text form there.
        or has_text_form(connector, IDS, peer)
        or has_text_form(kind, NAMES, peer)
        # A function beside the sections is a section there (without functions of its own).
        or (isinstance(kind, str) and (callable(MODULE.get(kind)) or kind in FUNCTIONS))
        # A limit that is neither a number nor text of one is turned into a number there, or
        # lifts the limit altogether.
        or isinstance(limit, (list, dict))
        or limit is True
        or (isinstance(limit, str) and PLAIN_NUMBER.fullmatch(limit) is None)
        # An answer with a key of this name is refused there.
        or "hasOwnProperty" in json.dumps(options)
        # What is no ISO 8601 becomes whatever the engine makes of it there.
        or (isinstance(options, dict) and not options.keys().isdisjoint(DATES))
    )


DATES = ("lastExportDateTime", "currentExportDateTime")


def has_text_form(value: Any, known: set[str], peer: Peer) -> bool:
    """Whether JavaScript's text of *value*, which is no text itself, is *known* (or throws)."""
    if value is None or isinstance(value, str):
        return False
    form = peer.ask("string", json.dumps(value))
    return not isinstance(form, str) or form in known


def is_diverging_error(error: Any) -> bool:
    """Whether the Node packages lose what *error*, handed to the callback, says."""
    if not isinstance(error, dict):
        return truthy(error)  # it becomes {} there
    # Without a code and a name the answer's error has no code there, or null.
    return not truthy(error.get("code")) and error.get("name") is None


# ------------------------------------------------------------------------------ both sides asked


def outcome_here(configuration: str, text: str) -> tuple[int, Any]:
    """Status, and answer or errors, as ioplugins gives them."""
    outcome = call_function(configurations[configuration], parse(text.encode()))
    return outcome.status, as_doubles(json.loads(outcome.body))


def outcome_there(peer: Peer, configuration: str, text: str) -> tuple[int, Any]:
    """Status, and answer or errors, as the Node packages give them."""
    said = peer.ask("call", text, configuration=configuration)
    body = json.loads(said["text"]) if said["status"] == 200 else {"errors": said["errors"]}
    return said["status"], as_doubles(body)


def as_doubles(value: Any) -> Any:
    """*value* with each number as the double that JavaScript holds; infinite ones are null."""
    if isinstance(value, list):
        return [as_doubles(item) for item in value]
    if isinstance(value, dict):
        return {key: as_doubles(item) for key, item in value.items()}
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    try:
        return float(value)
    except OverflowError:
        return None


def body_of(function: str, options: str, **more: str) -> str:
    """The JSON text of a call of the DIY *function* with *options*."""
    extra = "".join(f',"{name}":{value}' for name, value in more.items())
    return f'{{"diy":true,"type":"hook","function":"{function}","options":{options}{extra}}}'


@given(generated.envelopes())
@many
def test_any_envelope_is_answered_alike(peer: Peer, envelope: tuple[str, str]) -> None:
    """Selector, type, function, options and limit of every JSON kind: the same outcome."""
    configuration, text = envelope
    assume(not is_diverging(json.loads(text), peer))
    status, body = outcome_there(peer, configuration, text)
    event(f"status {status}")
    assert (status, body) == outcome_here(configuration, text)


@given(generated.values, st.sampled_from(["resp", "twice"]))
@many
def test_any_answer_is_written_alike(peer: Peer, value: str, function: str) -> None:
    """Every JSON value comes back as the value it is in JavaScript."""
    assume("hasOwnProperty" not in value)  # an answer with such a key is refused there
    text = body_of(function, f'{{"resp":{value}}}')
    assert outcome_there(peer, "diy", text) == outcome_here("diy", text)


@given(generated.values, st.integers(-2, 2), st.sampled_from(["resp", "twice"]))
@many
def test_the_limit_is_met_to_the_unit(peer: Peer, value: str, beyond: int, function: str) -> None:
    """The size counted is JSON.stringify's: at the limit accepted, one beyond refused."""
    assume("hasOwnProperty" not in value)  # an answer with such a key is refused there
    written = f"[{value},{value}]" if function == "twice" else value
    limit = peer.ask("length", written) - beyond
    assume(limit != 0)  # that means the default
    text = body_of(function, f'{{"resp":{value}}}', maxResponseSize=str(limit))
    status, _ = expected = outcome_there(peer, "diy", text)
    assert (422 if beyond > 0 else 200) == status
    assert expected == outcome_here("diy", text)


@given(generated.errors())
@many
def test_any_error_is_written_alike(peer: Peer, options: str) -> None:
    """Message, and code or name, of whatever the callback gets; falsy errors are none."""
    assume(not is_diverging_error(json.loads(options)["error"]))
    text = body_of("failWith", options)
    assert outcome_there(peer, "diy", text) == outcome_here("diy", text)


@given(generated.moments(), st.sampled_from(["lastExportDateTime", "currentExportDateTime"]))
@many
def test_dates_are_read_alike(peer: Peer, moment: str, field: str) -> None:
    """ISO 8601 text and milliseconds become the same moment, to the millisecond."""
    text = body_of("dates", f'{{"{field}":{moment}}}')
    assert outcome_there(peer, "diy", text) == outcome_here("diy", text)
