"""Rules of the functions of a wrapper connection: ping, export, import."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from ioplugins.jsontypes import is_array, is_number, is_object, json_type
from ioplugins.jsonvalue import JSON
from ioplugins.rules.records import ARRAY, bad_id, length, unclear_responses
from ioplugins.rules.rule import (
    AnswerRules,
    Case,
    Finding,
    Rule,
    at,
    bad_error_fields,
    bad_error_lists,
    not_objects,
    object_answer,
    plain,
    shown,
    unknown_keys,
)

_ERROR: Final = '{"code": ..., "message": ...}'

#: integrator.io stops an export that answers the same more often than this.
SAME_ANSWERS: Final = 5


def wrapper_errors(value: JSON, path: str) -> Iterator[Finding]:
    """What keeps *value* from being an array of errors with a message."""
    yield from bad_error_lists(value, path, _ERROR)
    yield from bad_error_fields(value, path, ("message",))


# -------------------------------------------------------------------------------------- ping


def ping_status(case: Case) -> Iterator[Finding]:
    """The statusCode is 200 or 401."""
    status = at(case.answer, "statusCode")
    if not is_number(status) or status not in {200, 401}:
        found = shown(status) if "statusCode" in case.answer else "missing"
        yield (
            "$.statusCode",
            f"statusCode is {found}, but must be 200 (valid) or 401 (not valid).",
        )


def ping_errors(case: Case) -> Iterator[Finding]:
    """Errors is an array of objects with message, and not empty with 401."""
    errors = at(case.answer, "errors")
    if "errors" in case.answer:
        yield from wrapper_errors(errors, "$.errors")
    refused = at(case.answer, "statusCode") == 401
    if refused and ("errors" not in case.answer or (is_array(errors) and not errors)):
        yield (
            "$.errors",
            (
                "statusCode is 401 without an error: the connection goes offline and nobody sees "
                f"why. Answer errors: [{_ERROR}]."
            ),
        )


# ------------------------------------------------------------------------------------ export

_FLAGS: Final = ("lastPage", "connectionOffline")


def export_data(case: Case) -> Iterator[Finding]:
    """Data is an array when given."""
    if "data" in case.answer and not is_array(at(case.answer, "data")):
        found = json_type(at(case.answer, "data"))
        yield "$.data", f"data is {found}, but must be an array of records, [] for none."


def export_errors(case: Case) -> Iterator[Finding]:
    """Errors is an array of objects with message when given."""
    if "errors" in case.answer:
        yield from wrapper_errors(at(case.answer, "errors"), "$.errors")


def export_flags(case: Case) -> Iterator[Finding]:
    """The flags lastPage and connectionOffline are booleans when given."""
    for key in _FLAGS:
        if key in case.answer and not isinstance(at(case.answer, key), bool):
            found = shown(at(case.answer, key))
            yield f"$.{key}", f"{key} is {found}, but must be true or false."


def export_state(case: Case) -> Iterator[Finding]:
    """State is an object when given."""
    state = at(case.answer, "state")
    if not isinstance(state, (dict, type(None))):
        yield "$.state", f"state is {json_type(state)}, but documented as an object."


def export_goes_on(case: Case) -> Iterator[Finding]:
    """An answer that is not the last gives a state that moves the next call on."""
    flags = [plain(case.answer.get(key, False)) for key in _FLAGS]
    if True in flags or not all(isinstance(flag, bool) for flag in flags):
        return  # it is the last, or WX-BOOL has something to say first
    state = at(case.answer, "state")
    if state is None or state == {}:
        found = "and there is no state to go on from, so that the first page comes again"
    elif state == plain(case.options.get("state")):
        found = "and the state is the one that came, so that the very same call comes again"
    else:
        return
    yield (
        "$.lastPage",
        (
            f"lastPage is not true {found}; after more than {SAME_ANSWERS} equal answers "
            "integrator.io stops the export. Answer lastPage: true, or a state that moves on."
        ),
    )


def export_loop(case: Case) -> Iterator[Finding]:
    """The same answer is not given more than 5 times in one export."""
    last = case.previous[-SAME_ANSWERS:]
    if len(last) == SAME_ANSWERS and all(plain(one) == case.answer for one in last):
        yield (
            "$",
            (
                f"This is the same answer for more than {SAME_ANSWERS} times in a row: "
                "integrator.io stops the export. Answer lastPage: true, or a state that moves on."
            ),
        )


def export_limit(case: Case) -> Iterator[Finding]:
    """A test run gives no more than test.limit records."""
    test = plain(case.options.get("test"))
    limit: JSON = test.get("limit") if is_object(test) else None
    data = at(case.answer, "data")
    if case.options.get("type") != "test" or not is_number(limit) or not is_array(data):
        return
    if len(data) > limit:
        yield "$.data", f"There are {len(data)} records; options.test.limit is {shown(limit)}."


# ------------------------------------------------------------------------------------ import


def result_object(case: Case) -> Iterator[Finding]:
    """Each element is an object."""
    return not_objects(case, 'an object such as {"statusCode": 200, "id": "501"}.')


def result_status(case: Case) -> Iterator[Finding]:
    """The statusCode is there and is 200, 401 or 422."""
    for path, element in case.objects:
        status = at(element, "statusCode")
        if not is_number(status) or status not in {200, 401, 422}:
            found = shown(status) if "statusCode" in element else "missing"
            yield (
                f"{path}.statusCode",
                (
                    f"statusCode is {found}, but must be 200 (imported), 422 (failed) or 401 "
                    "(trouble with authorisation or connection)."
                ),
            )


def result_ignored(case: Case) -> Iterator[Finding]:
    """The value of ignored is a boolean when given."""
    for path, element in case.objects:
        if "ignored" in element and not isinstance(at(element, "ignored"), bool):
            found = shown(at(element, "ignored"))
            yield f"{path}.ignored", f"ignored is {found}, but must be true or false."


def result_errors(case: Case) -> Iterator[Finding]:
    """Errors is an array of objects with message when given."""
    for path, element in case.objects:
        if "errors" in element:
            yield from wrapper_errors(at(element, "errors"), f"{path}.errors")


def result_typo(case: Case) -> Iterator[Finding]:
    """The key is errors, not error."""
    for path, element in case.objects:
        if "error" in element:
            yield f"{path}.error", "The key is errors, not error; the text is lost, most likely."


def result_id(case: Case) -> Iterator[Finding]:
    """The id is text."""
    for path, element in case.objects:
        yield from bad_id(element, path)


def result_422(case: Case) -> Iterator[Finding]:
    """A 401 or 422 comes with at least one error."""
    for path, element in case.objects:
        status, errors = at(element, "statusCode"), at(element, "errors")
        failed = is_number(status) and status in {401, 422}
        if failed and not errors and "error" not in element:
            yield f"{path}.errors", f"statusCode is {status} without an error. Say what failed."


# --------------------------------------------------------------------------------- the table


def _object(rule: str, what: str, advice: str) -> Rule:
    return Rule(rule, "error", "documented", object_answer(what, advice), fatal=True)


KINDS: Final[Mapping[str, AnswerRules]] = MappingProxyType(
    {
        "ping": AnswerRules(
            (
                _object(
                    "PING-OBJ",
                    'an object such as {"statusCode": 200}',
                    "Answer PingAnswer.ok() or PingAnswer.offline(code, message).",
                ),
                Rule("PING-STATUS", "error", "documented", ping_status),
                Rule("PING-ERRS", "error", "documented", ping_errors),
                unknown_keys("statusCode", "errors"),
            )
        ),
        "wrapperExport": AnswerRules(
            (
                _object(
                    "WX-OBJ",
                    'an object such as {"data": [...], "lastPage": true}',
                    "Answer ExportPage.more(records, state) or ExportPage.last(records).",
                ),
                Rule("WX-DATA", "error", "documented", export_data),
                Rule("WX-ERRS", "error", "documented", export_errors),
                Rule("WX-BOOL", "error", "documented", export_flags),
                Rule("WX-STATE", "warning", "documented", export_state),
                Rule("WX-NOLAST", "warning", "documented", export_goes_on),
                Rule("WX-LOOP", "error", "documented", export_loop),
                Rule("WX-LIMIT", "warning", "documented", export_limit),
                unknown_keys("data", "errors", "lastPage", "state", "connectionOffline"),
            )
        ),
        "wrapperImport": AnswerRules(
            (
                ARRAY,
                Rule("LEN-WI", "error", "inferred", length),
                Rule("WI-OBJ", "error", "documented", result_object),
                Rule("WI-STATUS", "error", "documented", result_status),
                Rule("WI-IGNORED", "error", "documented", result_ignored),
                Rule("WI-ERRS", "error", "documented", result_errors),
                Rule("WI-TYPO", "warning", "observed", result_typo),
                Rule("WI-ID", "warning", "documented", result_id),
                Rule("WI-422", "warning", "inferred", result_422),
                unknown_keys("statusCode", "id", "ignored", "errors", but=("error",)),
            ),
            "postMapData",
            unclear_responses,
        ),
    }
)
