"""Rules of preSavePage: the page as it goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from ioplugins.jsontypes import is_array, is_number, is_object, json_type
from ioplugins.jsonvalue import JSON
from ioplugins.rules.rule import (
    AnswerRules,
    Case,
    Finding,
    Rule,
    at,
    bad_error_lists,
    is_record,
    items,
    object_answer,
    shown,
    unknown_keys,
)

_ERROR: Final = '{"code": ..., "message": ..., "source": ...}'
_FIELDS: Final = ("code", "message", "source")


def page_data(case: Case) -> Iterator[Finding]:
    """Data is there and is an array."""
    data = at(case.answer, "data")
    if "data" not in case.answer:
        yield "$.data", "data is missing. Answer the records to go on with, [] for none."
    elif not is_array(data):
        yield "$.data", f"data is {json_type(data)}, but must be an array of records."


def page_records(case: Case) -> Iterator[Finding]:
    """Each element of data is an object or an array."""
    data = at(case.answer, "data")
    if not is_array(data) or {dict, list}.issuperset(map(type, data)):
        return
    for path, record in items(data, "$.data"):
        if not is_record(record):
            yield (
                path,
                (
                    f"The record is {json_type(record)}, but must be an object or an array. Leave "
                    "it out to drop it."
                ),
            )


def page_errors(case: Case) -> Iterator[Finding]:
    """Errors is an array of objects when given."""
    if "errors" in case.answer:
        yield from _bad_errors(at(case.answer, "errors"), "$.errors")


def page_error_items(case: Case) -> Iterator[Finding]:
    """Each error has text code, message and source."""
    for path, error in _page_errors(case):
        for name in _FIELDS:
            value = at(error, name)
            if name not in error:
                yield f"{path}.{name}", f"The error has no {name}. Give it one, as text."
            elif name == "code" and is_number(value):
                yield f"{path}.code", "The code is a number. Write it as text."


def page_no_errors(case: Case) -> Iterator[Finding]:
    """Errors is there."""
    if "errors" not in case.answer:
        yield (
            "$.errors",
            (
                "errors is missing: nobody says what becomes of the page's errors. Pass "
                "options.errors on, or answer [] to drop them."
            ),
        )


def page_abort(case: Case) -> Iterator[Finding]:
    """Abort is a boolean when given."""
    if "abort" in case.answer and not isinstance(at(case.answer, "abort"), bool):
        found = shown(at(case.answer, "abort"))
        yield "$.abort", f"abort is {found}, but must be true or false."


def page_new_errors(case: Case) -> Iterator[Finding]:
    """NewErrorsAndRetryData is an array of retryData with errors when given."""
    if "newErrorsAndRetryData" not in case.answer:
        return
    entries, path = at(case.answer, "newErrorsAndRetryData"), "$.newErrorsAndRetryData"
    example = f'{{"retryData": record, "errors": [{_ERROR}]}}'
    if not is_array(entries):
        yield path, f"It is {json_type(entries)}, but must be an array of {example}."
        return
    for place, entry in items(entries, path):
        if not is_object(entry):
            yield place, f"The entry is {json_type(entry)}, but must be {example}."
            continue
        if not is_record(at(entry, "retryData")):
            yield f"{place}.retryData", "retryData must be the record that a retry starts from."
        errors = at(entry, "errors")
        if is_array(errors) and not errors:
            yield f"{place}.errors", "There is no error. Say why the record failed."
        else:
            yield from _bad_errors(errors, f"{place}.errors")


def page_retry_keys(case: Case) -> Iterator[Finding]:
    """A retryDataKey in errors is a key of options.retryData."""
    known = case.options.get("retryData")
    if not is_object(known):
        # Not every platform sends it: then the keys are those of the errors that came.
        sent = case.options.get("errors")
        errors = sent if is_array(sent) else ()
        known = {str(error.get("retryDataKey")): error for error in errors if is_object(error)}
    errors = at(case.answer, "errors")
    for path, error in items(errors if is_array(errors) else (), "$.errors"):
        key = at(error, "retryDataKey") if is_object(error) else None
        if isinstance(key, str) and key not in known:
            yield (
                f"{path}.retryDataKey",
                (
                    "integrator.io sent no retry data under this key. For an error of your own use "
                    "newErrorsAndRetryData."
                ),
            )


def _page_errors(case: Case) -> Iterator[tuple[str, Mapping[str, JSON]]]:
    """Path and value of every error object of the page, old and new."""
    lists = [("$.errors", at(case.answer, "errors"))]
    entries = at(case.answer, "newErrorsAndRetryData")
    for path, entry in items(entries if is_array(entries) else (), "$.newErrorsAndRetryData"):
        if is_object(entry):
            lists.append((f"{path}.errors", at(entry, "errors")))
    for path, errors in lists:
        for place, error in items(errors if is_array(errors) else (), path):
            if is_object(error):
                yield place, error


def _bad_errors(errors: JSON, path: str) -> Iterator[Finding]:
    yield from bad_error_lists(errors, path, _ERROR)
    for place, error in items(errors if is_array(errors) else (), path):
        for name in (*_FIELDS, "retryDataKey"):
            if is_object(error) and name in error:
                value = at(error, name)
                if not isinstance(value, str) and not (name == "code" and is_number(value)):
                    yield f"{place}.{name}", f"{name} is {json_type(value)}, but must be text."


KINDS: Final[Mapping[str, AnswerRules]] = MappingProxyType(
    {
        "preSavePage": AnswerRules(
            (
                Rule(
                    "PSP-OBJ",
                    "error",
                    "documented",
                    object_answer(
                        'an object {"data": [...], "errors": [...]}',
                        "Answer Page(records, errors=options.errors) or its JSON.",
                    ),
                    fatal=True,
                ),
                Rule("PSP-DATA", "error", "documented", page_data),
                Rule("PSP-REC", "error", "documented", page_records),
                Rule("PSP-ERRS", "error", "documented", page_errors),
                Rule("PSP-ERRITEM", "warning", "documented", page_error_items),
                Rule("PSP-NOERR", "warning", "inferred", page_no_errors),
                Rule("PSP-ABORT", "error", "documented", page_abort),
                Rule("PSP-NEW", "error", "documented", page_new_errors),
                Rule("PSP-RETRYKEY", "warning", "inferred", page_retry_keys),
                unknown_keys("data", "errors", "abort", "newErrorsAndRetryData"),
            )
        )
    }
)
