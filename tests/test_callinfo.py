"""The running call: its ids in a request, in functions and on log records."""

from __future__ import annotations

import contextvars
import logging
import re
import time
from typing import Any

import attrs
import pytest

from ioplugins.callinfo import (
    Call,
    CallFilter,
    CallInfo,
    call_info,
    current_call,
    new_request_id,
    set_current_call,
)
from ioplugins.functions import extension_function

IDS = {
    "_integrationId": "i1",
    "_flowId": "f1",
    "_exportId": "e1",
    "_importId": "m1",
    "_connectionId": "c1",
    "connection": {"_id": "c2", "encrypted": "secret"},
    "bearerToken": "secret",
    "data": [{"secret": 1}],
}


def test_request_ids_look_like_nodes() -> None:
    """13 digits, the milliseconds of now, and four of 0-9a-z; another one each time."""
    before = time.time_ns() // 1_000_000
    ids = [new_request_id() for _ in range(50)]
    after = time.time_ns() // 1_000_000

    assert all(re.fullmatch("[0-9]{13}[0-9a-z]{4}", one) for one in ids)
    assert all(before <= int(one[:13]) <= after for one in ids)
    assert 40 < len({one[13:] for one in ids})


@pytest.mark.parametrize(
    ("request_", "fields"),
    [
        ({}, {}),
        ({"options": None}, {}),
        ({"options": "text"}, {}),
        (
            {"options": {}, "_connectorId": "c", "function": "f", "type": "hook"},
            {"type": "hook", "function": "f", "_connectorId": "c"},
        ),
        ({"type": None, "function": 5, "diy": True}, {"type": None, "function": 5}),
        ({"options": IDS}, {"_integrationId": "i1"}),
        ({"type": "setting", "options": IDS}, {"type": "setting", "_integrationId": "i1"}),
        ({"type": "hooks", "options": IDS}, {"type": "hooks", "_integrationId": "i1"}),
        ({"type": ["hook"], "options": IDS}, {"type": ["hook"], "_integrationId": "i1"}),
        (
            {"type": "hook", "options": IDS},
            {
                "type": "hook",
                "_integrationId": "i1",
                "_flowId": "f1",
                "_exportId": "e1",
                "_importId": "m1",
                "_connectionId": "c1",
            },
        ),
        (
            {"type": "wrapper", "options": IDS},
            {
                "type": "wrapper",
                "_integrationId": "i1",
                "_flowId": "f1",
                "_exportId": "e1",
                "_importId": "m1",
                "_connectionId": "c2",
            },
        ),
        ({"type": "wrapper", "options": {"connection": "c2"}}, {"type": "wrapper"}),
        ({"type": "wrapper", "options": {"connection": {}}}, {"type": "wrapper"}),
        ({"type": "wrapper", "options": {"connection": {"_id": ""}}}, {"type": "wrapper"}),
    ],
)
def test_the_fields_of_a_call(request_: dict[str, Any], fields: dict[str, Any]) -> None:
    """What a type tells, in the order it is printed; nothing else of the options."""
    info = call_info(request_, "r1", "t1")

    assert list(fields.items()) == list(info.fields.items())
    assert "secret" not in repr(info)


def test_the_ids_come_last_and_an_empty_trace_id_is_left_out() -> None:
    """As the Node packages print them."""
    fields = CallInfo("r1", "t1", {"function": "f"}).log_fields()

    assert [("function", "f"), ("_reqId", "r1"), ("traceId", "t1")] == list(fields.items())
    assert ["_reqId"] == list(CallInfo("r1", "", {}).log_fields())


def test_there_is_no_call_outside_of_one() -> None:
    """None, in a context that no call runs in."""
    assert contextvars.Context().run(current_call) is None


def test_every_call_sets_its_own() -> None:
    """For its context only."""
    one, two = contextvars.Context(), contextvars.Context()
    one.run(set_current_call, CallInfo("r1", "", {}))
    two.run(set_current_call, CallInfo("r2", "", {}))
    two.run(set_current_call, CallInfo("r3", "", {}))

    ids = [info.request_id for info in (one.run(current_call), two.run(current_call)) if info]
    assert ["r1", "r3"] == ids


def test_log_records_of_a_call_carry_its_ids() -> None:
    """Others have them empty, so that a format string may name them; none is dropped."""
    inside, outside = logging.makeLogRecord({}), logging.makeLogRecord({})
    context = contextvars.Context()
    context.run(set_current_call, CallInfo("r1", "t1", {}))

    assert context.run(CallFilter().filter, inside)
    assert contextvars.Context().run(CallFilter().filter, outside)
    assert ("r1", "t1") == (inside.request_id, inside.trace_id)
    assert ("", "") == (outside.request_id, outside.trace_id)


def test_a_call_is_frozen_and_its_repr_holds_no_options() -> None:
    """Plugins log it; options hold the bearer token and the connection."""
    function = extension_function(len, name="f")
    call = Call(function, "c1", IDS, "r1", "t1", lambda: 1)

    assert "secret" not in repr(call)
    assert "'c1'" in repr(call)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        call.options = {}
