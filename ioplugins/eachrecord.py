"""One function for each record: a bad record becomes that record's error, not the page's.

Without it an exception fails the whole page; with it the other records go on::

    @hook("preMap")
    @each_record
    def add_region(record):
        return {**record, "region": REGIONS[record["country"]]}

The function is called with the record, or with ``(record, options)``, or with
``(record, options, index)``, as many as it takes; it may be async. What the record is and what
the function may give back depends on the kind:

* preMap, postMap, preSavePage: the record. Give back the record to go on with; None means the
  record as it is now, so that it may be changed in place. ``RecordAnswer.ignore()`` and
  ``.fail(...)`` or their JSON (``{}``, ``{"data": ...}``, ``{"errors": [...]}``) say it otherwise.
  In preSavePage an ignored record is dropped, and a failed one can be retried.
* postSubmit: the record's response. Give back the response, or None for the response as it is now.
* the wrapper's import: the record to import. Give back its id in the application, None when there
  is none, or an ``ImportResult``.

postResponseMap is not among them: its answer has no place for the error of a record.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial, update_wrapper
from types import MappingProxyType
from typing import Any, Final, overload

from attrs import frozen

from ioplugins.errors import RegistrationError
from ioplugins.failures import error_from
from ioplugins.javascript import text
from ioplugins.jsontypes import is_array, is_object, json_type
from ioplugins.jsonvalue import JSON, Wire

_Error = dict[str, JSON]


@overload
def each_record(function: Callable[..., object], /) -> Callable[[Any], Any]: ...


@overload
def each_record(*, at_once: int) -> Callable[[Callable[..., object]], Callable[[Any], Any]]: ...


def each_record(
    function: Callable[..., object] | None = None, /, *, at_once: int = 1
) -> Callable[..., Any]:
    """Make a function of a page out of a function of one record.

    Put it below the decorator that marks the function.

    Args:
        function: The function of one record.
        at_once: For an async function: how many records it may work on at the same time.

    Raises:
        RegistrationError: It stands above the decorator that marks the function.
    """
    if function is None:
        return partial(_of_page, at_once=at_once)
    return _of_page(function, at_once)


def _of_page(function: Callable[..., object], at_once: int) -> Callable[[Any], Any]:
    if getattr(function, "__ioplugins_marks__", ()):
        raise RegistrationError("put @each_record below the decorator that marks the function")
    call = _arguments(function)
    source = getattr(function, "__name__", type(function).__name__)
    if inspect.iscoroutinefunction(function):
        page: Callable[[Any], Any] = _async_page(call, source, at_once)
    else:
        page = _page(call, source)
    # Without __wrapped__, from which the page's function would inherit the wrong parameters.
    update_wrapper(page, function, ("__module__", "__name__", "__qualname__", "__doc__"), ())
    del page.__wrapped__  # type: ignore[attr-defined]
    page.__annotations__ = _annotation(function)
    return page


def _page(call: Callable[[JSON, Any, int], Any], source: str) -> Callable[[Any], JSON]:
    def page(options: Any) -> JSON:
        way = _way(options)
        elements: list[JSON] = []
        for index, record in enumerate(way.records(options)):
            try:
                element = way.element(call(record, options, index), record)
            except Exception as exception:  # noqa: BLE001 - it is this record's error
                element = way.failed(record, _error(exception, source))
            elements.append(element)
        return way.answer(options, elements)

    return page


def _async_page(
    call: Callable[[JSON, Any, int], Any], source: str, at_once: int
) -> Callable[[Any], Awaitable[JSON]]:
    async def page(options: Any) -> JSON:
        import asyncio  # noqa: PLC0415 - 60 ms of a cold start, for async functions only

        way = _way(options)
        turns = asyncio.Semaphore(at_once)

        async def one(index: int, record: JSON) -> JSON:
            async with turns:
                try:
                    return way.element(await call(record, options, index), record)
                except Exception as exception:  # noqa: BLE001 - as above
                    return way.failed(record, _error(exception, source))

        records = enumerate(way.records(options))
        elements = await asyncio.gather(*(one(index, record) for index, record in records))
        return way.answer(options, elements)

    return page


def _arguments(function: Callable[..., object]) -> Callable[[JSON, Any, int], Any]:
    """*function* called with as many of record, options and index as it takes."""
    count = len(_positional(function))
    if count == 1:
        return lambda record, _options, _index: function(record)
    if count == 2:
        return lambda record, options, _index: function(record, options)
    return function


def _positional(function: Callable[..., object]) -> list[inspect.Parameter]:
    """The parameters that take record, options and index.

    Raises:
        RegistrationError: It does not take one to three of them.
    """
    positional = [
        parameter
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind in {parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD}
    ]
    if not 1 <= len(positional) <= 3 or positional[0].name == "self":
        name = getattr(function, "__qualname__", type(function).__name__)
        raise RegistrationError(
            f"{name} must be a function, no method, that takes (record), (record, options) or "
            "(record, options, index) for @each_record"
        )
    return positional


def _annotation(function: Callable[..., object]) -> dict[str, object]:
    """How the page's function is to be given its options: as *function* wants its second."""
    positional = _positional(function)
    if len(positional) == 1:
        return {"options": dict}  # nobody looks at them, so they need no conversion
    try:
        annotations = inspect.get_annotations(function, eval_str=True)
    except Exception:  # noqa: BLE001 - a name for type checkers only, which the registry looks up
        annotations = inspect.get_annotations(function)
    annotation: object = annotations.get(positional[1].name, inspect.Parameter.empty)
    return {} if annotation is inspect.Parameter.empty else {"options": annotation}


def _error(exception: Exception, source: str) -> _Error:
    """The record's error: code and message as a failed call would have them."""
    error = error_from(exception)
    return {
        "code": text(error["code"]),
        "message": error["message"] or type(exception).__name__,
        "source": source,
    }


# ------------------------------------------------------------------------ how each kind does it


@frozen
class _Way:
    """How one kind takes the records from the options and the elements into the answer."""

    option: str
    element: Callable[[Any, JSON], JSON]
    failed: Callable[[JSON, _Error], JSON]
    answer: Callable[[Any, Sequence[JSON]], JSON]

    def records(self, options: Any) -> Sequence[JSON]:
        records = options.get(self.option)
        return records if is_array(records) else ()


def _array(_options: Any, elements: Sequence[JSON]) -> JSON:
    return list(elements)


def _action(result: Any, record: JSON) -> JSON:
    if result is None:
        return {"data": record}
    if isinstance(result, Wire):
        return result.to_json()
    if is_object(result):
        return result if {"data", "errors"}.issuperset(result) else {"data": result}
    if is_array(result):
        return {"data": result}
    raise TypeError(f"the function returned {json_type(result)}; it must return the record")


def _failed_action(_record: JSON, error: _Error) -> JSON:
    return {"errors": [error]}


def _export_action(result: Any, record: JSON) -> JSON:
    return {**_action(result, record), "retryData": record}


def _failed_export_action(record: JSON, error: _Error) -> JSON:
    return {"errors": [error], "retryData": record}


def _export_page(options: Any, elements: Sequence[JSON]) -> JSON:
    errors = options.get("errors")
    failed = [
        {"retryData": element["retryData"], "errors": element["errors"]}
        for element in elements
        if element.get("errors")
    ]
    page = {
        "data": [element["data"] for element in elements if "data" in element],
        "errors": errors if is_array(errors) else [],
        "abort": False,
    }
    return {**page, "newErrorsAndRetryData": failed} if failed else page


def _response(result: Any, response: JSON) -> JSON:
    return response if result is None else result


def _failed_response(response: JSON, error: _Error) -> JSON:
    before = response if is_object(response) else {}
    errors = [*(before.get("errors") or ()), error]
    return {**before, "statusCode": 422, "ignored": False, "errors": errors}


def _result(result: Any, _record: JSON) -> JSON:
    if result is None:
        return {"statusCode": 200}
    if isinstance(result, str) or (isinstance(result, int) and not isinstance(result, bool)):
        return {"statusCode": 200, "id": str(result)}
    if isinstance(result, Wire) or is_object(result):
        return result
    raise TypeError(f"the function returned {json_type(result)}; it must return an id or a result")


def _failed_result(_record: JSON, error: _Error) -> JSON:
    return {"statusCode": 422, "errors": [error]}


_WAYS: Final[Mapping[str, _Way]] = MappingProxyType(
    {
        "preSavePage": _Way("data", _export_action, _failed_export_action, _export_page),
        "preMap": _Way("data", _action, _failed_action, _array),
        "postMap": _Way("postMapData", _action, _failed_action, _array),
        "postSubmit": _Way("responseData", _response, _failed_response, _array),
        "wrapperImport": _Way("postMapData", _result, _failed_result, _array),
    }
)


def _way(options: Any) -> _Way:
    kind: str = getattr(options, "kind", "") or _kind_by_keys(options)
    if kind not in _WAYS:
        raise TypeError(
            f"@each_record works for {', '.join(_WAYS)}; these options are not of such a kind"
        )
    return _WAYS[kind]


def _kind_by_keys(options: Mapping[str, JSON]) -> str:
    """The kind of raw options, by what they hold."""
    if "postResponseMapData" in options:
        return "postResponseMap"
    if "responseData" in options:
        return "postSubmit"
    if "postMapData" in options:
        return "wrapperImport" if "connection" in options else "postMap"
    if "data" in options:
        return "preSavePage" if "pageIndex" in options or "errors" in options else "preMap"
    return ""
