"""The test kit: it calls as a host does, and lets no wrong answer pass."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

import ioplugins
from ioplugins import ExtensionError, hook, utility, wrapper
from ioplugins.answers import ExportPage, RecordAnswer
from ioplugins.contract import kind_facts
from ioplugins.errors import RegistrationError
from ioplugins.kinds import KINDS
from ioplugins.options import PreMapOptions
from ioplugins.testing import checked_answer, checked_pages

if TYPE_CHECKING:
    from collections.abc import Callable

    from ioplugins.options import ExportOptions

ORDERS = [{"id": number} for number in range(1, 6)]


@hook("preMap")
def keep(options: PreMapOptions) -> list[RecordAnswer]:
    return [RecordAnswer.keep(record) for record in options.data]


@hook("preMap")
def extra(options: PreMapOptions) -> Any:
    return [{"data": record, "note": "?"} for record in options.data]


@hook("preMap")
def nothing(options: PreMapOptions) -> Any:
    """Answers none of its records."""
    options.data.clear()
    return []


@hook("preMap")
def refuse(options: PreMapOptions) -> Any:
    raise ExtensionError("out of stock", code="no_stock")


@hook("preMap")
def fail(options: PreMapOptions) -> Any:
    return 1 / 0


@hook("preMap")
def no_json(options: PreMapOptions) -> Any:
    return [{"data": {"when": {1}}} for _ in options.data]


@wrapper("export")
def export(options: ExportOptions) -> ExportPage:
    start = options.state.get("start", 0)
    size = options.configuration.get("pageSize", 2)
    if start + size >= len(ORDERS):
        return ExportPage.last(ORDERS[start:])
    return ExportPage.more(ORDERS[start : start + size], state={"start": start + size})


@utility
def raw(options: dict) -> Any:  # type: ignore[type-arg]
    return options


def test_the_example_of_the_kind() -> None:
    """Without options a function gets the contract's example."""
    records = kind_facts("preMap").example_options["data"]
    assert [{"data": record} for record in records] == checked_answer(keep)


def test_options_are_laid_over_the_example() -> None:
    """What is given replaces, None leaves out, the rest stays; the example itself is not changed."""
    example = kind_facts("utility").example_options
    before = dict(example)
    [one, *_] = example
    answer = checked_answer(raw, {"mine": [1], one: None})
    assert {**{k: v for k, v in before.items() if k != one}, "mine": [1]} == answer
    assert before == kind_facts("utility").example_options


async def later(options: PreMapOptions) -> Any:
    return [{"data": record} for record in options.data]


def called_back(options: PreMapOptions, callback: Callable[..., None]) -> None:
    callback(None, [{"data": record} for record in options.data])


class Shop:
    @hook("preMap", name="mapped")
    def of_shop(self, options: PreMapOptions) -> Any:
        return [{"data": record} for record in options.data]


@pytest.mark.parametrize(
    "function",
    [hook("preMap")(later), hook("preMap")(called_back), Shop().of_shop],
    ids=["async", "callback", "method"],
)
def test_forms_of_functions(function: Callable[..., Any]) -> None:
    """Whatever a host can call."""
    assert [{"data": {"id": 7}}] == checked_answer(function, {"data": [{"id": 7}]})


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (extra, ["X-EXTRA (warning) at $[0]", '[{"data":{"id":1},"note":"?"}]']),
        (nothing, ["LEN", "(error)", "answers []"]),
        (refuse, ["422", "no_stock: out of stock"]),
        (fail, ["422", "ZeroDivisionError: division by zero"]),
        (no_json, ["422", "$[0].data.when"]),
    ],
)
def test_what_fails_a_test(function: Callable[..., Any], told: list[str]) -> None:
    """An error, a warning, a refusal; the text has the function, the rule and the place."""
    with pytest.raises(AssertionError) as caught:
        checked_answer(function, {"data": [{"id": 1}]})
    text = str(caught.value)
    assert [] == [part for part in [f"test_testing:{function.__name__}", *told] if part not in text]


def test_not_a_number_is_found() -> None:
    """Though the JSON that goes out has null in its place."""

    @hook("preMap")
    def average(options: PreMapOptions) -> Any:
        return [{"data": {"average": float("nan")}} for _ in options.data]

    with pytest.raises(AssertionError, match="G-NAN"):
        checked_answer(average)
    assert [{"data": {"average": None}}] * 2 == checked_answer(average, allow=["G-NAN"])


def test_allowed_rules() -> None:
    """Only those that are named."""
    options = {"data": [{"id": 1}]}
    assert [{"data": {"id": 1}, "note": "?"}] == checked_answer(extra, options, allow={"X-EXTRA"})
    with pytest.raises(AssertionError, match="X-EXTRA"):
        checked_answer(extra, options, allow={"G-NAN"})


def test_options_of_a_wrong_type() -> None:
    """They are the test's mistake, and told."""
    with pytest.raises(AssertionError, match=r"invalid_options.*O-TYPE"):
        checked_answer(keep, {"data": "none"})


def test_the_traceback_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Where pytest shows it."""
    logging.getLogger("ioplugins").propagate = True
    with pytest.raises(AssertionError):
        checked_answer(fail)
    assert "return 1 / 0" in caplog.text


def test_a_long_answer_is_cut() -> None:
    """The message stays readable."""
    with pytest.raises(AssertionError) as caught:
        checked_answer(extra, {"data": [{"text": "x" * 1000}]})
    first = str(caught.value).splitlines()[0]
    begin = '[{"data":{"text":"'
    assert first.endswith(f" answers {begin}{'x' * (300 - len(begin))}...")


def test_all_pages() -> None:
    """The export runs to its end with the state that it gave; the first call has none."""
    pages = checked_pages(export, {"configuration": {"pageSize": 2}})
    assert [ORDERS[:2], ORDERS[2:4], ORDERS[4:]] == [page["data"] for page in pages]


def test_pages_from_a_state() -> None:
    """A state that the test gives is where the export begins."""
    pages = checked_pages(export, {"configuration": {"pageSize": 2}, "state": {"start": 2}})
    assert [ORDERS[2:4], ORDERS[4:]] == [page["data"] for page in pages]


def test_offline_ends_an_export() -> None:
    """As lastPage does."""

    @wrapper("export")
    def offline(options: ExportOptions) -> ExportPage:
        return ExportPage.offline("no_host", "no route to host")

    [page] = checked_pages(offline)
    assert page["connectionOffline"] is True


def test_an_export_that_stands_still() -> None:
    """The same answer again and again is a rule's finding, the state that stays another's."""

    @wrapper("export")
    def still(options: ExportOptions) -> ExportPage:
        return ExportPage.more(ORDERS, state={"start": 1})

    with pytest.raises(AssertionError, match="WX-NOLAST"):
        checked_pages(still)
    with pytest.raises(AssertionError, match="WX-LOOP"):
        checked_pages(still, allow=["WX-NOLAST"])


def test_an_export_without_an_end() -> None:
    """However its state moves."""

    @wrapper("export")
    def endless(options: ExportOptions) -> ExportPage:
        return ExportPage.more([], state={"start": options.state.get("start", 0) + 1})

    with pytest.raises(AssertionError, match="1000 pages"):
        checked_pages(endless)


def test_only_an_export_has_pages() -> None:
    """Any other function is the test's mistake."""
    with pytest.raises(ValueError, match=r"of the kind preMap"):
        checked_pages(keep)


def test_several_names() -> None:
    """One of them is chosen."""
    twice = hook("preMap", name="one")(hook("preMap", name="two")(later))
    for name in (None, "three"):
        with pytest.raises(ValueError, match=r"one.*two|two.*one"):
            checked_answer(twice, name=name)
    assert [{"data": {"id": 1}}] == checked_answer(twice, {"data": [{"id": 1}]}, name="two")


def test_what_is_no_extension_function() -> None:
    """A function that no decorator marked, and what cannot be one."""
    with pytest.raises(ValueError, match="has no decorator"):
        checked_answer(unmarked)
    with pytest.raises(RegistrationError):
        checked_answer(Shop)


def unmarked(options: Any) -> Any:
    return options


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.on_stack], ids=str)
def test_every_kind_has_an_example(kind: Any) -> None:
    """The contract's own answer to its example passes."""
    decorate = getattr(ioplugins, kind.decorators[0])

    def answering(options: dict) -> Any:  # type: ignore[type-arg]
        return kind_facts(kind.id).example_answer

    marked = (
        decorate(answering) if kind.decorators[0] == "utility" else decorate(kind.short)(answering)
    )
    assert kind_facts(kind.id).example_answer == checked_answer(marked)
