"""Wrapper exports page by page: records to pages, and a guard against exports without an end.

integrator.io calls a wrapper export again and again and hands over the ``state`` of the last
answer, maybe to another process. So a source of records must be able to start in the middle, from
something small: a count, an id, a timestamp::

    @wrapper("export")
    def export_orders(options):
        return paginate(options, orders_after, position=lambda order: order["id"])

    def orders_after(last_id):
        yield from database.execute("... WHERE id > ? ORDER BY id", [last_id or 0])
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from functools import wraps
from hashlib import blake2b
from inspect import iscoroutinefunction
from itertools import islice
from threading import Lock
from typing import Any, Final, TypeVar

from attrs import frozen

from ioplugins.answers.wrappers import ExportPage
from ioplugins.errors import ExtensionError, NotJSON
from ioplugins.jsontypes import is_object
from ioplugins.jsonvalue import JSON, Wire, encode

F = TypeVar("F", bound=Callable[..., Any])

#: integrator.io stops an export that answers the same more often than this.
SAME_ANSWERS: Final = 5

_RUNS: Final = 1000  # exports whose last answer is remembered at the same time
_END: Final = object()


# ------------------------------------------------------------------------------------ pages


def paginate(
    options: Mapping[str, JSON],
    source: Callable[[Any], Iterable[JSON]],
    *,
    page_size: int = 100,
    position: Callable[[Any], JSON] | None = None,
) -> ExportPage:
    """The next page of a source of records.

    A test run gets one page of ``options.test.limit`` records at most.

    Args:
        options: The options of the call.
        source: Gives the records from a position on, in an order that stays the same from call
            to call. Without *position* it is called with the number of records to skip, else
            with the position of the last record given, None at first. A generator is closed as
            soon as the page is full.
        page_size: How many records a page holds at most.
        position: The position of a record: something small that is JSON, such as its id.

    Raises:
        ExtensionError: The position did not move from one page to the next
            (code ``position_stuck``).
    """
    window = _window(options, page_size, position)
    records = iter(source(window.start))
    try:
        data = list(islice(records, window.size))
        more = not window.only and next(records, _END) is not _END
    finally:
        close = getattr(records, "close", None)
        if close is not None:
            close()
    return window.page(data, more=more)


async def paginate_async(
    options: Mapping[str, JSON],
    source: Callable[[Any], AsyncIterable[JSON]],
    *,
    page_size: int = 100,
    position: Callable[[Any], JSON] | None = None,
) -> ExportPage:
    """:func:`paginate` for an async source of records."""
    window = _window(options, page_size, position)
    records = aiter(source(window.start))
    data: list[JSON] = []
    more = False
    try:
        async for record in records:
            if len(data) == window.size:
                more = True
                break
            data.append(record)
            if window.only and len(data) == window.size:
                break
    finally:
        close = getattr(records, "aclose", None)
        if close is not None:
            await close()
    return window.page(data, more=more)


@frozen
class _Window:
    """Where a page starts, how long it is, whether it is the only one."""

    start: Any
    size: int
    only: bool
    position: Callable[[Any], JSON] | None

    def page(self, data: list[JSON], *, more: bool) -> ExportPage:
        if not more:
            return ExportPage.last(data)
        if self.position is None:
            return ExportPage.more(data, {"position": self.start + len(data)})
        reached = self.position(data[-1])
        if reached == self.start:
            raise ExtensionError(
                "The last record of the page has the position that the page started from, so "
                "that the export would never end. Take a position that differs for each record.",
                code="position_stuck",
            )
        return ExportPage.more(data, {"position": reached})


def _window(
    options: Mapping[str, JSON], page_size: int, position: Callable[[Any], JSON] | None
) -> _Window:
    if page_size < 1:
        raise ValueError(f"page_size must be at least 1, not {page_size}")
    state = options.get("state")
    first = 0 if position is None else None
    start = state.get("position", first) if is_object(state) else first
    if options.get("type") != "test":
        return _Window(start, page_size, only=False, position=position)
    test = options.get("test")
    limit = test.get("limit") if is_object(test) else None
    size = min(page_size, limit) if isinstance(limit, int) and limit > 0 else page_size
    return _Window(start, size, only=True, position=position)


# ---------------------------------------------------------------------------- exports without end


def stop_loops(function: F) -> F:
    """Let a wrapper export fail when it would go on for ever, with an error that says so.

    integrator.io stops an export after more than 5 equal answers and says little about it. The
    guard counts equal answers in a row of one export in one flow: the sixth raises an
    :class:`~ioplugins.errors.ExtensionError` with the code ``infinite_loop``. A call with another
    state than the last answer gave starts a new run; test runs are not counted.

    It remembers in this process only: with several workers each counts what it sees, and
    integrator.io may be the first to stop. Put it below the decorator that marks the function::

        @wrapper("export")
        @stop_loops
        def export_orders(options): ...
    """
    runs = _Runs()

    @wraps(function)
    def export(options: Any) -> Any:
        return runs.checked(options, function(options))

    @wraps(function)
    async def async_export(options: Any) -> Any:
        return runs.checked(options, await function(options))

    return async_export if iscoroutinefunction(function) else export  # type: ignore[return-value]


@frozen
class _Run:
    """The last answer of an export, and how often it was given."""

    answer: bytes
    state: bytes
    times: int


class _Runs:
    """The running exports by flow and export, the least recently called forgotten first."""

    def __init__(self) -> None:
        self._runs: OrderedDict[tuple[str, str], _Run] = OrderedDict()
        self._lock = Lock()

    def checked(self, options: Mapping[str, JSON], answer: Any) -> Any:
        """*answer*, when it is not given once too often.

        Raises:
            ExtensionError: It is.
        """
        page = answer.to_json() if isinstance(answer, Wire) else answer
        if not is_object(page) or options.get("type") == "test":
            return answer
        key = (str(options.get("_flowId")), str(options.get("_exportId")))
        if page.get("lastPage") is True or page.get("connectionOffline") is True:
            with self._lock:
                self._runs.pop(key, None)
            return answer
        try:
            run = _Run(_digest(page), _digest(page.get("state")), 1)
        except NotJSON:
            return answer  # it will be refused, with a better message
        came = _digest(options.get("state") or None)
        with self._lock:
            last = self._runs.pop(key, None)
            if last is not None and last.answer == run.answer and last.state == came:
                run = _Run(run.answer, run.state, last.times + 1)
            if run.times <= SAME_ANSWERS:
                self._runs[key] = run
                if len(self._runs) > _RUNS:
                    self._runs.popitem(last=False)
                return answer
        raise ExtensionError(
            f"The export gave the same answer for more than {SAME_ANSWERS} times in a row, so that "
            "it would never end. Answer lastPage: true, or a state that moves on.",
            code="infinite_loop",
        )


def _digest(value: JSON) -> bytes:
    return blake2b(encode(value or None), digest_size=16).digest()
