"""each_record: one function for each record, and a bad record's error stays its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ioplugins import ExtensionError, RegistrationError, Registry, call_function, hook, wrapper
from ioplugins.answers import ImportResult, RecordAnswer, SubmitResult
from ioplugins.eachrecord import each_record
from ioplugins.jsonvalue import JSON, encode, parse
from ioplugins.options import (
    ImportOptions,
    PostMapOptions,
    PostResponseMapOptions,
    PostSubmitOptions,
    PreMapOptions,
    PreSavePageOptions,
)
from ioplugins.rules import check_answer

if TYPE_CHECKING:
    from ioplugins.options import HookOptions as ForCheckersOnly


class TooOld(Exception):
    """An error with a code."""

    code = "too_old"


@each_record
def halve(record: Any) -> Any:
    """Half the amount."""
    return {**record, "amount": 100 / record["amount"]}


GOOD, BAD, MISSING = {"amount": 2}, {"amount": 0}, {"id": 3}
DIVISION = {"code": "ZeroDivisionError", "message": "division by zero", "source": "halve"}
KEY = {"code": "KeyError", "message": "'amount'", "source": "halve"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            PreMapOptions(data=[GOOD, BAD, MISSING]),
            [{"data": {"amount": 50.0}}, {"errors": [DIVISION]}, {"errors": [KEY]}],
        ),
        (
            PostMapOptions(post_map_data=[BAD, GOOD]),
            [{"errors": [DIVISION]}, {"data": {"amount": 50.0}}],
        ),
        (
            PreSavePageOptions(data=[GOOD, BAD], errors=[{"code": "500"}]),
            {
                "data": [{"amount": 50.0}],
                "errors": [{"code": "500"}],
                "abort": False,
                "newErrorsAndRetryData": [{"retryData": BAD, "errors": [DIVISION]}],
            },
        ),
        (
            PreSavePageOptions(data=[GOOD]),
            {"data": [{"amount": 50.0}], "errors": [], "abort": False},
        ),
        (
            PostSubmitOptions(response_data=[{"statusCode": 200, "amount": 0, "errors": None}]),
            [{"statusCode": 422, "amount": 0, "ignored": False, "errors": [DIVISION]}],
        ),
        (
            ImportOptions(post_map_data=[BAD]),
            [{"statusCode": 422, "errors": [DIVISION]}],
        ),
        (PreMapOptions(), []),
    ],
)
def test_a_bad_record_is_an_error_of_its_own(options: Any, expected: JSON) -> None:
    """The others go on; the same holds for raw options and for options objects."""
    assert expected == halve(options)
    assert expected == halve(dict(options) | needed(options))


def needed(options: Any) -> dict[str, JSON]:
    """What tells the kinds apart, which integrator.io always sends."""
    return {
        "preMap": {"data": []},
        "preSavePage": {"errors": [], "pageIndex": 0},
        "wrapperImport": {"connection": {}},
    }.get(options.kind, {}) | dict(options)


@pytest.mark.parametrize(
    ("given_back", "expected"),
    [
        (None, {"data": {"id": 1}}),
        ({"id": 2}, {"data": {"id": 2}}),
        ([{"id": 1}, {"id": 2}], {"data": [{"id": 1}, {"id": 2}]}),
        (RecordAnswer.ignore(), {}),
        (RecordAnswer.keep({"id": 3}), {"data": {"id": 3}}),
        ({}, {}),
        ({"data": {"id": 4}}, {"data": {"id": 4}}),
        ({"errors": []}, {"errors": []}),
        ({"data": 5, "more": 6}, {"data": {"data": 5, "more": 6}}),
    ],
)
def test_what_it_may_give_back(given_back: object, expected: JSON) -> None:
    """The record, an action in either form, or nothing for the record as it is."""
    page = each_record(lambda record: given_back)
    assert [expected] == parse(encode(page({"data": [{"id": 1}]})))


def test_changed_in_place() -> None:
    """A function may change the record and give nothing back."""

    @each_record
    def mark(record: dict[str, Any]) -> None:
        record["seen"] = True

    assert [{"data": {"id": 1, "seen": True}}] == mark({"data": [{"id": 1}]})


@pytest.mark.parametrize("given_back", ["text", 5, True])
def test_what_is_no_record_is_an_error(given_back: object) -> None:
    """Text and numbers are no records; that too is the record's error."""
    [element] = each_record(lambda record: given_back)({"data": [{"id": 1}]})
    assert "TypeError" == element["errors"][0]["code"]
    assert "it must return the record" in element["errors"][0]["message"]


def test_errors() -> None:
    """Code and message are those a failed call would have; the source is the function's name."""

    @each_record
    def fail(record: dict[str, Exception]) -> None:
        raise record["error"]

    errors: list[Exception] = [
        TooOld("born in 1890"),
        ExtensionError("no such SKU", code="no_sku"),
        ExtensionError("numbers are text here", code=5),
        ValueError(),
    ]
    answer = fail({"data": [{"error": error} for error in errors]})
    expected = [
        ("too_old", "born in 1890"),
        ("no_sku", "no such SKU"),
        ("5", "numbers are text here"),
        ("ValueError", "ValueError"),
    ]
    found = [element["errors"][0] for element in answer]
    assert expected == [(error["code"], error["message"]) for error in found]
    assert {"fail"} == {error["source"] for error in found}
    assert [] == check_answer("preMap", {"data": [{}] * 4}, answer)


def test_options_and_index() -> None:
    """The function is called with as much as it takes."""

    @each_record
    def with_options(record: Any, options: Any) -> Any:
        return {**record, "import": options["_importId"]}

    @each_record
    def with_index(record: Any, options: Any, index: int) -> Any:
        return {**record, "mapped": options["preMapData"][index]}

    assert [{"data": {"id": 1, "import": "i"}}] == with_options(
        {"data": [{"id": 1}], "_importId": "i"}
    )
    assert [{"data": {"id": 1, "mapped": "a"}}, {"data": {"id": 2, "mapped": "b"}}] == with_index(
        {"postMapData": [{"id": 1}, {"id": 2}], "preMapData": ["a", "b"]}
    )


def test_post_submit() -> None:
    """The record is the response; nothing leaves it as it is."""
    response = {"statusCode": 200, "ignored": False, "id": "1"}

    @each_record
    def look(response: Any) -> Any:
        return SubmitResult.failed(response, "late", "too late") if response["id"] == "1" else None

    other = {**response, "id": "2"}
    answer = parse(encode(look(PostSubmitOptions(response_data=[response, other]))))
    failed = {"code": "late", "message": "too late", "source": "ioplugins"}
    assert [{**response, "statusCode": 422, "errors": [failed]}, other] == answer


@pytest.mark.parametrize(
    ("given_back", "expected"),
    [
        ("501", {"statusCode": 200, "id": "501"}),
        (501, {"statusCode": 200, "id": "501"}),
        (None, {"statusCode": 200}),
        (ImportResult.ignored(), {"statusCode": 200, "ignored": True}),
        ({"statusCode": 200, "id": "1"}, {"statusCode": 200, "id": "1"}),
    ],
)
def test_import(given_back: object, expected: JSON) -> None:
    """An import gives back the id of the record, nothing, or a result."""
    page = each_record(lambda record: given_back)
    options = {"connection": {}, "postMapData": [{"id": 1}]}
    assert [expected] == parse(encode(page(options)))


def test_import_of_a_wrong_type() -> None:
    """True is no id."""
    [result] = each_record(lambda record: True)({"connection": {}, "postMapData": [{}]})
    assert (422, "TypeError") == (result["statusCode"], result["errors"][0]["code"])


def test_kinds_without_errors_of_records() -> None:
    """A postResponseMap answer has no place for a record's error, so it is refused."""
    for options in (
        PostResponseMapOptions(),
        {"postResponseMapData": [{}], "responseData": []},
        {"resource": {}},
    ):
        with pytest.raises(TypeError, match="@each_record works for preSavePage, preMap, "):
            halve(options)


def test_async() -> None:
    """An async function works on as many records at once as it is told, in their order."""
    working, most = 0, 0

    async def slow(record: Any) -> Any:
        nonlocal working, most
        working += 1
        most = max(most, working)
        await asyncio.sleep(0)
        working -= 1
        return {**record, "amount": 100 / record["amount"]}

    options = {"data": [GOOD, BAD, GOOD, GOOD, GOOD]}
    expected = [{"data": {"amount": 50.0}}] * 5
    expected[1] = {"errors": [{**DIVISION, "source": "slow"}]}  # type: ignore[dict-item]
    for decorated, at_once in ((each_record(slow), 1), (each_record(at_once=3)(slow), 3)):
        most = 0
        assert expected == asyncio.run(decorated(options))
        assert at_once == most


def test_names_stay() -> None:
    """The page's function has the name and the docstring of the record's function."""
    assert ("halve", "Half the amount.", __name__) == (
        halve.__name__,
        halve.__doc__,
        halve.__module__,
    )


@pytest.mark.parametrize(
    "function", [lambda: None, lambda a, b, c, d: None, lambda self, record: None]
)
def test_signatures_it_does_not_take(function: Callable[..., None]) -> None:
    """What takes no record, or too much, or is a method, is told at once."""
    with pytest.raises(RegistrationError, match=r"must be a function, no method, that takes"):
        each_record(function)


def test_below_the_mark() -> None:
    """Above the decorator that marks, it would hide the mark: it says so."""
    with pytest.raises(RegistrationError, match="below the decorator"):

        @each_record
        @hook("preMap")
        def wrong(record: Any) -> None: ...


def test_in_a_call() -> None:
    """Registered like any function, with raw options or the kind's class as it takes them."""
    registry = Registry()

    @hook("preMap")
    @each_record
    def first(record: dict[str, Any]) -> Any:
        return {"id": record["id"]}

    @hook("preMap")
    @each_record
    async def second(record: dict[str, Any], options: PreMapOptions, index: int) -> Any:
        return {"id": record["id"], "import": options.import_id, "index": index}

    @wrapper("import")
    @each_record
    def third(record: dict[str, Any], options: Any) -> Any:
        return f"{options['_importId']}-{record['id']}"

    @hook("preMap")
    @each_record
    def fourth(record, options):  # type: ignore[no-untyped-def]
        return {"kind": options.kind}

    @hook("preMap")
    @each_record
    def fifth(record: dict[str, Any], options: ForCheckersOnly) -> Any:
        return {"kind": options.kind}

    for function in (first, second, third, fourth, fifth):
        registry.add(function)
    configuration = registry.configuration(system_token="t")

    def call(name: str, options: JSON) -> JSON:
        request = {"diy": True, "function": name, "options": options}
        return parse(call_function(configuration, request).body)

    options = {"data": [{"id": 1}, {}], "_importId": "i"}
    error = {"code": "KeyError", "message": "'id'"}
    assert [{"data": {"id": 1}}, {"errors": [{**error, "source": "first"}]}] == call(
        "first", options
    )
    assert [
        {"data": {"id": 1, "import": "i", "index": 0}},
        {"errors": [{**error, "source": "second"}]},
    ] == call("second", options)
    imported = {"connection": {}, "postMapData": [{"id": 1}], "_importId": "i"}
    assert [{"statusCode": 200, "id": "i-1"}] == call("third", imported)
    assert [{"data": {"kind": "preMap"}}] * 2 == call("fourth", options)
    assert [{"data": {"kind": "preMap"}}] * 2 == call("fifth", options)
