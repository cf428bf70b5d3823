"""Rules of the hooks that answer one element for each record of a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from ioplugins.jsontypes import is_array, is_number, is_object, json_type
from ioplugins.jsonvalue import JSON
from ioplugins.rules.rule import (
    AnswerRules,
    Case,
    Elements,
    Finding,
    Rule,
    at,
    bad_error_fields,
    bad_error_lists,
    is_record,
    not_objects,
    plain,
    shown,
    unknown_keys,
)

_ERROR: Final = '{"code": ..., "message": ..., "source": ...}'

_ERROR_FIELDS: Final = ("code", "message", "source")

# ------------------------------------------------------------------- every array of elements


def array(case: Case) -> Iterator[Finding]:
    """The answer is an array, not wrapped in an object."""
    if is_array(case.answer):
        return
    if is_object(case.answer):
        wrapped = [key for key, value in case.answer.items() if is_array(plain(value))]
        advice = f"Answer the array in {wrapped[0]} itself." if len(wrapped) == 1 else ""
        yield "$", f"The answer is an object, but must be an array. {advice}".strip()
    elif case.answer is None:
        yield "$", "The function answered nothing. Return an array with an element per record."
    else:
        yield "$", f"The answer is {json_type(case.answer)}, but must be an array."


def length(case: Case) -> Iterator[Finding]:
    """The answer has one element for each record that was sent."""
    count = len(case.answer)
    if case.expected not in {None, count}:
        yield (
            "$",
            (
                f"The answer has {count} elements for {case.expected} in options.{case.counted}. "
                "Answer one for each, in the same order: nothing is left out and nothing added."
            ),
        )


# -------------------------------------------------------------------------- preMap, postMap


def action_object(case: Case) -> Iterator[Finding]:
    """Each element is an object."""
    advice = '{"data": record} to go on, {} to ignore the record.'
    return not_objects(case, f"an object: {advice}")


def action_empty(case: Case) -> Iterator[Finding]:
    """An element that is not {} has data or errors."""
    for path, element in case.objects:
        if element and "data" not in element and "errors" not in element:
            keys = ", ".join(str(key)[:40] for key in list(element)[:5])
            yield (
                path,
                (
                    f"The element has neither data nor errors (its keys: {keys}), so that the "
                    'record is lost, most likely. Answer {"data": record}, or {} to ignore it.'
                ),
            )


def action_data(case: Case) -> Iterator[Finding]:
    """Data is an object or array."""
    for path, element in case.objects:
        if "data" in element and not is_record(at(element, "data")):
            yield (
                f"{path}.data",
                (
                    f"data is {json_type(at(element, 'data'))}, but must be the record: an object "
                    "or an array. Leave data out to ignore the record."
                ),
            )


def action_errors(case: Case) -> Iterator[Finding]:
    """Errors is an array of objects."""
    for path, element in case.objects:
        if "errors" in element:
            yield from bad_error_lists(at(element, "errors"), f"{path}.errors", _ERROR)


def action_error_fields(case: Case) -> Iterator[Finding]:
    """Each error has code, message and source."""
    for path, element in case.objects:
        errors = at(element, "errors")
        yield from bad_error_fields(errors, f"{path}.errors", _ERROR_FIELDS)


def action_no_errors(case: Case) -> Iterator[Finding]:
    """An empty errors needs data beside it."""
    for path, element in case.objects:
        errors = at(element, "errors")
        if "data" not in element and is_array(errors) and not errors:
            yield (
                f"{path}.errors",
                (
                    "errors is empty and there is no data: the record neither goes on nor fails. "
                    "Answer {} to ignore it."
                ),
            )


def _unclear_actions(answer: Sequence[JSON]) -> Elements:
    # The common form first; __class__, as calling type() doubles the time of a look.
    uncommon = [
        (index, element)
        for index, element in enumerate(answer)
        if element.__class__ is not dict
        or len(element) != 1
        or element.get("data").__class__ is not dict
    ]
    return [(i, element) for i, element in uncommon if not _is_clear_action(plain(element))]


def _is_clear_action(element: JSON) -> bool:
    if not is_object(element):
        return False
    known = 0
    if "data" in element:
        known = 1
        if element["data"].__class__ not in {dict, list}:
            return False
    if "errors" in element:
        known += 1
        errors = element["errors"]
        if not is_array(errors) or not all(map(_is_clear_error, errors)):
            return False
        if not errors and known == 1:
            return False
    return known == len(element)


def _is_clear_error(error: JSON) -> bool:
    error = plain(error)
    return is_object(error) and all(isinstance(error.get(key), str) for key in _ERROR_FIELDS)


# ------------------------------------------------------------------------------- postSubmit

_RESPONSE_KEYS: Final = ("statusCode", "errors", "ignored", "id", "_json", "dataURI", "headers")
_KNOWN_RESPONSE_KEYS: Final = frozenset(_RESPONSE_KEYS)
_RESPONSE_STATUS: Final = frozenset({200, 401, 403, 422})
_NO_ERRORS: Final[list[JSON]] = []


def response_object(case: Case) -> Iterator[Finding]:
    """Each element is an object, as those of responseData."""
    advice = "the response of that index in options.responseData, changed or not."
    yield from not_objects(case, f"an object: {advice}")
    for path, element in case.objects:
        if not isinstance(at(element, "dataURI"), (str, type(None))):
            found = json_type(at(element, "dataURI"))
            yield f"{path}.dataURI", f"dataURI is {found}, but must be text or left out."


def response_status(case: Case) -> Iterator[Finding]:
    """The statusCode is 200, 422, 401 or 403."""
    for path, element in case.objects:
        if "statusCode" not in element:
            message = "statusCode is missing. Keep the one of options.responseData, or set it."
            yield f"{path}.statusCode", message, "warning"
            continue
        status = at(element, "statusCode")
        if not is_number(status) or status not in _RESPONSE_STATUS:
            yield (
                f"{path}.statusCode",
                (
                    f"statusCode is {shown(status)}, but must be 200 (success), 422 (failed), or "
                    "401 or 403 (the connection went offline)."
                ),
            )


def response_errors(case: Case) -> Iterator[Finding]:
    """Errors is an array of objects when given."""
    for path, element in case.objects:
        errors = at(element, "errors")
        if errors is not None:
            yield from bad_error_lists(errors, f"{path}.errors", _ERROR)


def response_ignored(case: Case) -> Iterator[Finding]:
    """The value of ignored is a boolean when given."""
    for path, element in case.objects:
        if "ignored" in element and not isinstance(at(element, "ignored"), bool):
            found = shown(at(element, "ignored"))
            yield f"{path}.ignored", f"ignored is {found}, but must be true or false."


def response_422(case: Case) -> Iterator[Finding]:
    """A 422 has errors and a 200 has none."""
    for path, element in case.objects:
        status, errors = at(element, "statusCode"), at(element, "errors")
        if status == 422 and (errors is None or errors == []):
            yield f"{path}.errors", "statusCode is 422 without an error. Say what failed."
        elif (
            status == 200 and is_array(errors) and any(is_object(plain(error)) for error in errors)
        ):
            yield (
                f"{path}.errors",
                (
                    "statusCode is 200, but there are errors. Empty errors to make it a success, "
                    "or set statusCode to 422."
                ),
            )


def response_id(case: Case) -> Iterator[Finding]:
    """The id is text."""
    for path, element in case.objects:
        yield from bad_id(element, path)


def bad_id(element: Mapping[str, JSON], path: str) -> Iterator[Finding]:
    """What is wrong with the id of *element*: a number is tolerated, the rest is not."""
    value = at(element, "id")
    if is_number(value):
        yield f"{path}.id", "id is a number, but documented as text. Write it as text."
    elif not isinstance(value, (str, type(None))):
        yield f"{path}.id", f"id is {json_type(value)}, but must be text or left out.", "error"


def unclear_responses(answer: Sequence[JSON]) -> Elements:
    """The responses of a postSubmit, or results of an import, that a rule has to look at."""
    unclear: list[tuple[int, JSON]] = []
    known = _KNOWN_RESPONSE_KEYS.issuperset
    for index, given in enumerate(answer):
        element = given if given.__class__ is dict else plain(given)
        if not (
            element.__class__ is dict
            and element.get("statusCode") == 200
            and element.get("id", "").__class__ is str
            and (
                len(element) == 1 + ("id" in element)  # the common form
                or (
                    element.get("ignored", False).__class__ is bool
                    and element.get("errors", _NO_ERRORS) == _NO_ERRORS
                    and "dataURI" not in element
                    and known(element)
                )
            )
        ):
            unclear.append((index, element))
    return unclear


# --------------------------------------------------------------------------- postResponseMap


def mapped_record(case: Case) -> Iterator[Finding]:
    """Each element is a record: an object or an array."""
    for index, element in case.elements:
        if not is_record(element):
            yield (
                f"$[{index}]",
                (
                    f"The record is {json_type(element)}, but must be an object or an array. No "
                    "record can be left out here."
                ),
            )


def _unclear_records(answer: Sequence[JSON]) -> Elements:
    if {dict, list}.issuperset(map(type, answer)):
        return ()
    return list(enumerate(answer))


# ---------------------------------------------------------------------------------- the table

ARRAY: Final = Rule("ARR", "error", "documented", array, fatal=True)
_LENGTH: Final = Rule("LEN", "error", "documented", length)

_ACTIONS: Final = (
    ARRAY,
    _LENGTH,
    Rule("ACT-OBJ", "error", "documented", action_object),
    Rule("ACT-EMPTY", "error", "inferred", action_empty),
    Rule("ACT-DATA", "error", "documented", action_data),
    Rule("ACT-ERRS", "error", "documented", action_errors),
    Rule("ACT-ERRFIELDS", "error", "documented", action_error_fields),
    Rule("ACT-NOERRS", "warning", "inferred", action_no_errors),
    unknown_keys("data", "errors"),
)
_RESPONSES: Final = (
    ARRAY,
    _LENGTH,
    Rule("RSP-OBJ", "error", "documented", response_object),
    Rule("RSP-STATUS", "error", "documented", response_status),
    Rule("RSP-ERRS", "error", "documented", response_errors),
    Rule("RSP-IGNORED", "error", "documented", response_ignored),
    Rule("RSP-422", "warning", "inferred", response_422),
    Rule("RSP-ID", "warning", "documented", response_id),
    unknown_keys(*_RESPONSE_KEYS),
)
_RECORDS: Final = (ARRAY, _LENGTH, Rule("PRM-REC", "error", "documented", mapped_record))

KINDS: Final[Mapping[str, AnswerRules]] = MappingProxyType(
    {
        "preMap": AnswerRules(_ACTIONS, "data", _unclear_actions),
        "postMap": AnswerRules(_ACTIONS, "postMapData", _unclear_actions),
        "postSubmit": AnswerRules(_RESPONSES, "responseData", unclear_responses),
        "postResponseMap": AnswerRules(_RECORDS, "postResponseMapData", _unclear_records),
    }
)
