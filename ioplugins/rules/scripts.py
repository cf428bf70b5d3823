"""Rules of the kinds that integrator.io runs as scripts only; the emulator checks them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from ioplugins.jsontypes import is_array, is_number, is_object, is_whole, json_type
from ioplugins.jsonvalue import JSON
from ioplugins.problems import step
from ioplugins.rules.rule import (
    AnswerRules,
    Case,
    Finding,
    Rule,
    at,
    is_record,
    items,
    object_answer,
    plain,
    shown,
    unknown_keys,
)


def boolean(case: Case) -> Iterator[Finding]:
    """The answer is exactly true or false."""
    if not isinstance(case.answer, bool):
        got = "nothing" if case.answer is None else json_type(case.answer)
        yield "$", f"The answer is {got}, but must be true (process the record) or false (skip it)."


def transformed(case: Case) -> Iterator[Finding]:
    """The answer is the transformed record: an object or an array."""
    if not is_record(case.answer):
        got = "nothing" if case.answer is None else json_type(case.answer)
        yield "$", f"The answer is {got}, but must be the record: an object or an array."


def branches(case: Case) -> Iterator[Finding]:
    """The answer is an array of branch indices, from 0."""
    answer = case.answer
    if is_array(answer):
        for path, index in items(answer, "$"):
            if not is_whole(index) or index < 0:
                yield path, f"The branch is {_branch(index)}, but must be its number, from 0."
    elif is_whole(answer) and answer >= 0:
        message = "A number alone is allowed by one of Celigo's texts only. Answer it in an array."
        yield "$", message, "warning"
    else:
        got = "nothing" if answer is None else _branch(answer)
        yield "$", f"The answer is {got}, but must be an array of branch numbers, from 0."


def _branch(value: JSON) -> str:
    return shown(value) if is_number(value) else json_type(value)


def branch_twice(case: Case) -> Iterator[Finding]:
    """No branch is named twice."""
    seen: set[JSON] = set()
    for path, index in items(case.answer if is_array(case.answer) else (), "$"):
        if index in seen:
            yield path, f"Branch {shown(index)} is named twice."
        seen.add(index)


def route(case: Case) -> Iterator[Finding]:
    """The answer is {_flowId, _exportId}, both text."""
    yield from _ROUTE(case)
    if is_object(case.answer):
        for key in ("_flowId", "_exportId"):
            value = at(case.answer, key)
            if not isinstance(value, str) or not value:
                found = "missing" if key not in case.answer else "no text with characters in it"
                yield f"$.{key}", f"{key} is {found}: the message cannot be routed."


_ROUTE: Final = object_answer(
    'an object {"_flowId": ..., "_exportId": ...}', "Answer FlowRoute(flow_id, export_id)."
)


def http_status(case: Case) -> Iterator[Finding]:
    """The statusCode is a whole number from 100 to 599."""
    status = at(case.answer, "statusCode")
    if not is_whole(status) or not 100 <= status <= 599:
        found = shown(status) if "statusCode" in case.answer else "missing"
        yield "$.statusCode", f"statusCode is {found}, but must be an HTTP status, 100 to 599."


def http_headers(case: Case) -> Iterator[Finding]:
    """Headers is an object of text values when given."""
    if "headers" not in case.answer:
        return
    headers = at(case.answer, "headers")
    if not is_object(headers):
        yield "$.headers", f"headers is {json_type(headers)}, but must be an object."
        return
    for name, value in headers.items():
        if not isinstance(plain(value), (str, int, float)):
            path = step("$.headers", name)
            yield path, f"The header is {json_type(plain(value))}, but must be text."


def http_body(case: Case) -> Iterator[Finding]:
    """Body is text or an object."""
    body = at(case.answer, "body")
    if not isinstance(body, (str, dict, type(None))):
        yield "$.body", f"body is {json_type(body)}, but documented as text or an object."


_BOOL: Final = AnswerRules((Rule("BOOL", "error", "documented", boolean),))

KINDS: Final[Mapping[str, AnswerRules]] = MappingProxyType(
    {
        "filter": _BOOL,
        "inputFilter": _BOOL,
        "transform": AnswerRules((Rule("TR-REC", "error", "documented", transformed),)),
        "branching": AnswerRules(
            (
                Rule("BR-INT", "error", "documented", branches, fatal=True),
                Rule("BR-RANGE", "warning", "inferred", branch_twice),
            )
        ),
        "contentBasedFlowRouter": AnswerRules(
            (
                Rule("CR-OBJ", "error", "documented", route, fatal=True),
                unknown_keys("_flowId", "_exportId"),
            )
        ),
        "handleRequest": AnswerRules(
            (
                Rule(
                    "HR-OBJ",
                    "error",
                    "documented",
                    object_answer(
                        'an object such as {"statusCode": 200, "body": "ok"}',
                        "Answer HTTPAnswer(status_code, body) or its JSON.",
                    ),
                    fatal=True,
                ),
                Rule("HR-STATUS", "error", "documented", http_status),
                Rule("HR-HEADERS", "error", "documented", http_headers),
                Rule("HR-BODY", "warning", "documented", http_body),
                unknown_keys("statusCode", "headers", "body"),
            )
        ),
        "utility": AnswerRules(()),
    }
)
