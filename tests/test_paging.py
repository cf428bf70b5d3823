"""Paging: records to pages across calls, and the guard against exports without an end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from ioplugins import ExtensionError, Registry, call_function, wrapper
from ioplugins.answers import ExportPage
from ioplugins.jsonvalue import JSON, encode, parse
from ioplugins.options import ExportOptions
from ioplugins.paging import paginate, paginate_async, stop_loops
from ioplugins.rules import check_answer

ROWS = [{"id": number * 10} for number in range(1, 8)]


def skipping(count: int) -> Iterator[JSON]:
    """A source that is told how many to skip."""
    yield from ROWS[count:]


def after(last_id: int | None) -> Iterator[JSON]:
    """A source that is told where it was."""
    yield from (row for row in ROWS if row["id"] > (last_id or 0))


def by_id(row: Any) -> JSON:
    """Where a row stands."""
    return row["id"]


def run(export: Any, options: dict[str, JSON] | None = None) -> list[JSON]:
    """The answers of a whole export, each call in JSON as over the wire."""
    answers: list[JSON] = []
    state: JSON = None
    while not answers or not answers[-1]["lastPage"]:
        given = dict(options or {}) if state is None else {**(options or {}), "state": state}
        answers.append(parse(encode(export(given))))
        assert [] == check_answer("wrapperExport", given, answers[-1], previous=answers[:-1])
        state = answers[-1].get("state")
        assert len(answers) < 20
    return answers


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 8])
@pytest.mark.parametrize(("source", "position"), [(skipping, None), (after, by_id)])
def test_pages(size: int, source: Any, position: Any) -> None:
    """Each record comes once, in order; only the last page may be shorter, and none is empty."""
    answers = run(lambda options: paginate(options, source, page_size=size, position=position))
    assert [row for page in answers for row in page["data"]] == ROWS
    assert [min(size, 7 - start) for start in range(0, 7, size)] == [
        len(page["data"]) for page in answers
    ]
    assert [False] * (len(answers) - 1) + [True] == [page["lastPage"] for page in answers]


@pytest.mark.parametrize("size", [1, 3, 7, 8])
@pytest.mark.parametrize("position", [None, by_id])
def test_async_pages(size: int, position: Any) -> None:
    """An async source gives the same pages."""

    async def source(start: Any) -> AsyncIterator[JSON]:
        for row in skipping(start) if position is None else after(start):
            yield row

    expected = run(
        lambda options: paginate(
            options, skipping if position is None else after, page_size=size, position=position
        )
    )
    assert expected == run(
        lambda options: asyncio.run(
            paginate_async(options, source, page_size=size, position=position)
        )
    )


def test_nothing_to_export() -> None:
    """No record at all is one empty page, the last."""
    assert {"data": [], "lastPage": True} == paginate({}, lambda _: []).to_json()


def test_state() -> None:
    """The state holds the position only, so that another process can go on."""
    assert {"position": 2} == paginate({}, skipping, page_size=2).state
    assert {"position": 20} == paginate({}, after, page_size=2, position=by_id).state


@pytest.mark.parametrize(
    ("test", "size", "expected"),
    [({"limit": 2}, 5, 2), ({"limit": 5}, 2, 2), ({}, 3, 3), (None, 3, 3), ({"limit": 0}, 3, 3)],
)
def test_test_runs(test: JSON, size: int, expected: int) -> None:
    """A test run gets one page, of the limit's length at most; so it does from options objects."""
    options = {"type": "test", "test": test}
    for given in (options, ExportOptions(type="test", extra={"test": test})):
        page = paginate(given, skipping, page_size=size)
        assert (expected, True) == (len(page.data), page.last_page)


def test_test_run_reads_no_further() -> None:
    """A test run takes from the source no more than it gives."""
    taken: list[int] = []

    def source(start: int) -> Iterator[JSON]:
        for number in range(10):
            taken.append(number)
            yield number

    async def async_source(start: int) -> AsyncIterator[JSON]:
        for number in source(start):
            yield number

    options = {"type": "test", "test": {"limit": 2}}
    paginate(options, source)
    assert [0, 1] == taken
    page = asyncio.run(paginate_async(options, async_source))
    assert ([0, 1], [0, 1, 0, 1]) == (page.data, taken)


def test_sources_are_closed() -> None:
    """A generator is closed when the page is full, so that it frees what it holds."""
    closed: list[str] = []

    def source(start: int) -> Iterator[JSON]:
        try:
            yield from range(10)
        finally:
            closed.append("sync")

    async def async_source(start: int) -> AsyncIterator[JSON]:
        try:
            for number in range(10):
                yield number
        finally:
            closed.append("async")

    paginate({}, source, page_size=2)
    asyncio.run(paginate_async({}, async_source, page_size=2))
    assert ["sync", "async"] == closed


def test_sources_that_cannot_be_closed() -> None:
    """A source may be any async iterator."""

    class Counting:
        def __init__(self) -> None:
            self.count = 0

        def __aiter__(self) -> Counting:
            return self

        async def __anext__(self) -> int:
            self.count += 1
            return self.count

    page = asyncio.run(paginate_async({}, lambda _: Counting(), page_size=2))
    assert ([1, 2], {"position": 2}) == (page.data, page.state)


def test_a_position_that_stands_still() -> None:
    """A position that does not move would page for ever; it is told at once."""
    with pytest.raises(ExtensionError, match="would never end") as raised:
        paginate({"state": {"position": 1}}, lambda _: [1, 2, 3], page_size=1, position=lambda _: 1)
    assert "position_stuck" == raised.value.code


@pytest.mark.parametrize("size", [0, -1])
def test_page_size(size: int) -> None:
    """A page holds a record at least."""
    with pytest.raises(ValueError, match="at least 1"):
        paginate({}, skipping, page_size=size)


@pytest.mark.parametrize("state", [None, {}, "text", {"other": 1}])
def test_a_state_of_others(state: JSON) -> None:
    """A state that is not the paginator's starts at the beginning."""
    assert ROWS == list(paginate({"state": state}, skipping).data)


# ------------------------------------------------------------------------------ the loop guard

CALL = {"_flowId": "f", "_exportId": "e"}
STUCK = {"data": [1], "state": {"n": 1}}


def stuck(options: Any) -> Any:
    """An export that never ends."""
    return STUCK


def outcomes(export: Any, calls: list[dict[str, JSON]]) -> str:
    """Of each call: a dot for an answer, an x for an error."""
    shown = ""
    for options in calls:
        try:
            export({**CALL, **options})
            shown += "."
        except ExtensionError as error:
            shown += {"infinite_loop": "x"}[error.code]
    return shown


FIRST: dict[str, JSON] = {}
NEXT: dict[str, JSON] = {"state": {"n": 1}}


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ([FIRST, *[NEXT] * 8], ".....x..."),
        # A new run starts without a state: six previews or cancelled runs are no loop.
        ([FIRST] * 8, "........"),
        ([FIRST, NEXT, NEXT, NEXT, FIRST, NEXT, NEXT, NEXT, NEXT, NEXT], ".........x"),
        ([{**NEXT, "type": "test"}] * 8, "........"),
        ([{**NEXT, "_exportId": str(number % 2)} for number in range(12)], "..........xx"),
    ],
)
def test_the_sixth_equal_answer(calls: list[dict[str, JSON]], expected: str) -> None:
    """Equal answers in a row of one export in one flow are counted, run by run."""
    assert expected == outcomes(stop_loops(stuck), calls)


@pytest.mark.parametrize("answer", [{"data": [1]}, ExportPage([1]), {"data": [1], "state": {}}])
def test_without_a_state(answer: Any) -> None:
    """Without a state each call looks like the first, and integrator.io comes again."""
    assert ".....x....." == outcomes(stop_loops(lambda options: answer), [FIRST] * 11)


@pytest.mark.parametrize(
    "answer",
    [
        {"data": [], "lastPage": True},
        ExportPage.last(),
        ExportPage.offline("E", "m"),
        ["no", "page"],
        None,
        {"data": [b"no JSON"]},
    ],
)
def test_answers_that_end_or_are_none(answer: Any) -> None:
    """The last page may be the same in each run; what is no page is none of its business."""
    assert "........" == outcomes(stop_loops(lambda options: answer), [FIRST] * 8)


def test_answers_that_differ() -> None:
    """Another answer starts the count anew; so does the end of a run."""
    answers = [STUCK] * 5 + [{"data": [2]}] + [STUCK] * 5 + [{"lastPage": True}] + [STUCK] * 5
    given = iter(answers)
    export = stop_loops(lambda options: next(given))
    assert "." * len(answers) == outcomes(export, [NEXT] * len(answers))


def test_each_function_remembers_for_itself() -> None:
    """Two exports do not count for each other."""
    one, two = stop_loops(stuck), stop_loops(stuck)
    assert "....." == outcomes(one, [FIRST, *[NEXT] * 4])
    assert "....." == outcomes(two, [NEXT] * 5)
    assert "x" == outcomes(one, [NEXT])


def test_it_forgets() -> None:
    """The exports that were not called for long are forgotten: memory has an end."""
    export = stop_loops(stuck)
    assert "....." == outcomes(export, [FIRST, *[NEXT] * 4])
    outcomes(export, [{"_flowId": str(number)} for number in range(1000)])
    assert "." == outcomes(export, [NEXT])


def test_in_a_call() -> None:
    """It is still the author's function: its name, its options class, sync or async."""

    @wrapper("export")
    @stop_loops
    def export_rows(options: ExportOptions) -> Any:
        return {"data": [options.export_id]}

    @wrapper("export")
    @stop_loops
    async def export_later(options: ExportOptions) -> Any:
        return {"data": [options.export_id]}

    registry = Registry()
    registry.add(export_rows)
    registry.add(export_later)
    configuration = registry.configuration(system_token="t")
    for name in ("export_rows", "export_later"):
        request = {"diy": True, "function": name, "options": dict(CALL)}
        found = [call_function(configuration, request) for _ in range(6)]
        assert [200] * 5 + [422] == [outcome.status for outcome in found]
        assert {"data": ["e"]} == parse(found[0].body)
        assert "infinite_loop" == found[-1].errors[0]["code"]
