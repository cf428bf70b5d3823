"""The first answer counts; what comes later is told and dropped."""

from __future__ import annotations

import logging
import math
import threading
from typing import Any

import pytest

from ioplugins.answering import Answering, log_stray_error, raised_at, returned
from ioplugins.functions import extension_function
from ioplugins.javascript import date_time
from ioplugins.logs import LOGGER


def answering(callback: bool = True) -> Answering:
    function = (lambda options, callback: None) if callback else (lambda options: None)
    return Answering(extension_function(function, name="f"), logging.getLogger("of.the.host"))


def test_an_answer_ends_the_wait() -> None:
    """From whichever thread it comes."""
    place = answering()
    assert not place.wait(0)
    threading.Thread(target=place.settle, args=("answer",)).start()

    assert place.wait(5)
    assert ("answer", False, None) == (place.answer, place.failed, place.error)


def test_an_error_ends_the_wait() -> None:
    """None may be an error too, when somebody raises it."""
    place = answering()

    assert place.fail("error")
    assert place.wait(-1)
    assert (None, True, "error") == (place.answer, place.failed, place.error)


@pytest.mark.parametrize("first", ["settle", "fail"])
@pytest.mark.parametrize("second", ["settle", "fail"])
def test_the_first_one_counts(first: str, second: str) -> None:
    """The second is told so and changes nothing."""
    place = answering()

    assert getattr(place, first)(1) is True
    assert getattr(place, second)(2) is False
    assert 1 == (place.error if first == "fail" else place.answer)
    assert (first == "fail") == place.failed


def test_of_many_threads_one_counts() -> None:
    """Each believes its own result."""
    place = answering()
    start = threading.Barrier(8)
    taken: list[int] = []

    def answer(number: int) -> None:
        start.wait(5)
        if place.settle(number):
            taken.append(number)

    threads = [threading.Thread(target=answer, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)

    assert [place.answer] == taken


class FalsyError(Exception):
    def __bool__(self) -> bool:
        return False


@pytest.mark.parametrize("error", [None, 0, 0.0, "", False, math.nan])
def test_a_falsy_error_means_success(error: object) -> None:
    """As JavaScript counts."""
    place = answering()
    place.callback(error, "answer")

    assert (False, "answer") == (place.failed, place.answer)


@pytest.mark.parametrize("error", ["text", 1, {}, [], {"message": "m"}, ValueError(), FalsyError()])
def test_a_truthy_error_beats_the_answer(error: object) -> None:
    """Empty lists and objects are true; an exception is an error whatever its truth."""
    place = answering()
    place.callback(error, "answer")

    assert place.failed
    assert error is place.error
    assert place.answer is None


def test_a_callback_without_arguments_answers_null() -> None:
    """`callback()` and `callback(answer=...)` are calls as any other."""
    empty, named = answering(), answering()
    empty.callback()
    named.callback(answer=5)

    assert (False, None) == (empty.failed, empty.answer)
    assert (False, 5) == (named.failed, named.answer)


@pytest.mark.parametrize("arguments", [(None, 2), ("error", None)])
def test_a_second_call_of_the_callback_is_told(
    arguments: tuple[Any, ...], caplog: pytest.LogCaptureFixture
) -> None:
    """One line to the host's logger, a warning that names the function and no value."""
    place = answering()
    place.callback(None, 1)
    place.callback(*arguments)

    assert (1, False) == (place.answer, place.failed)
    expected = (
        "of.the.host",
        logging.WARNING,
        "logName=lateAnswer, function=f, message=it answered a second time; ignored",
    )
    assert [expected] == caplog.record_tuples


@pytest.mark.parametrize(
    ("callback", "answer", "settled"),
    [(True, None, False), (True, 5, True), (False, None, True), (False, 5, True)],
)
def test_what_a_function_returned(callback: bool, answer: object, settled: bool) -> None:
    """None of a function with a callback is no answer: it will call back."""
    place = answering(callback)
    returned(answer, place)

    assert settled == place.wait(0)
    assert answer == place.answer


def test_what_is_returned_after_the_answer_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """But not the None that every function returns."""
    place = answering()
    place.callback(None, 1)
    returned(None, place)
    assert [] == caplog.messages

    returned(2, place)
    assert 1 == place.answer
    assert ["logName=lateAnswer, function=f, message=it returned an answer after its answer; "
            "ignored"] == caplog.messages  # fmt: skip


# ------------------------------------------------------------------------------ stray errors


def raised(function: Any, *arguments: Any) -> BaseException:
    with pytest.raises(BaseException) as caught:
        function(*arguments)
    return caught.value


def fails() -> None:
    raise ValueError("a secret")


def test_the_place_of_an_error_is_module_and_line() -> None:
    """The deepest line that is not the framework's own; never a path."""
    line = fails.__code__.co_firstlineno + 1
    assert f"{__name__}:{line}" == raised_at(raised(fails))

    within = raised(date_time, None)
    assert raised_at(within).startswith(f"{__name__}:")
    assert raised_at(within, own=True).startswith("ioplugins.javascript:")


@pytest.mark.parametrize("error", [ValueError("never raised"), "text", None])
def test_what_was_not_raised_has_no_place(error: object) -> None:
    """An error that went to a callback may never have been raised."""
    assert "" == raised_at(error)


def test_a_stray_error_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    """Class and place, without its text and without a traceback."""
    log_stray_error(raised(fails))
    log_stray_error(None)

    [record, unknown] = caplog.records
    line = fails.__code__.co_firstlineno + 1
    assert f"logName=strayError, error=ValueError, at={__name__}:{line}" == record.getMessage()
    assert logging.ERROR == record.levelno
    assert record.exc_info is None
    assert "ValueError" not in unknown.getMessage()
    assert "secret" not in caplog.text


def test_the_traceback_follows_when_debugging(caplog: pytest.LogCaptureFixture) -> None:
    """For the author who asked for it."""
    error = raised(fails)
    with caplog.at_level(logging.DEBUG, LOGGER.name):
        log_stray_error(error)

    assert caplog.records[0].exc_info
    assert error is caplog.records[0].exc_info[1]
