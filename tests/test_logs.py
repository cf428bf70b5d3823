"""The log lines: fields, escaping, formats."""

from __future__ import annotations

import io
import json
import logging
import math
import os
import sys
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioplugins.logs import (
    LOGGER,
    PLAIN,
    JSONFormatter,
    LineHandler,
    LogLine,
    TextFormatter,
    configure_logging,
    inform,
    safe_url,
)


def record(message: object, level: int = logging.INFO, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("ioplugins", level, __file__, 1, message, (), None)
    vars(made).update(extra)
    return made


def caught() -> Any:
    try:
        raise ValueError("inside")
    except ValueError:
        return sys.exc_info()


# ---------------------------------------------------------------------------------- lines


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("", ""),
        ("with, no blank,after", '"with, no blank,after"'),
        ("a,b", "a,b"),
        ("a=b", "a=b"),
        ('say "hi"', 'say "hi"'),
        ("C:\\path", "C:\\path"),
        ("é世😀", "é世😀"),
        (5, "5"),
        (5.0, "5"),
        (True, "true"),
        (None, "null"),
        ([1, [2, None]], "1,2,"),
        ({"a": 1}, "[object Object]"),
        (["x, y"], '"x, y"'),
        ("a\nlogName=forged", '"a\\nlogName=forged"'),
        ("a\rb", '"a\\rb"'),
        ("x, statusCode=200", '"x, statusCode=200"'),
        ("\x00", '"\\u0000"'),
        ("\x1b[31mred", '"\\u001b[31mred"'),
        ("\x7f", '"\\u007f"'),
        ("\x85", '"\\u0085"'),
        ("\x9b31m", '"\\u009b31m"'),
        ('"quoted"', '"\\"quoted\\""'),
        ("\u2028", '"\\u2028"'),
        ("\u2029", '"\\u2029"'),
        ("\ud800", '"\\ud800"'),
    ],
)
def test_a_value_cannot_forge_a_line_or_a_field(value: object, text: str) -> None:
    """What would end a line or a field, or steer a terminal, is quoted."""
    assert f"logName=l, a={text}, b=1" == str(LogLine("l", {"a": value, "b": 1}))


@given(st.lists(st.text(st.characters()), min_size=1, max_size=4))
def test_no_text_changes_how_a_line_is_read(values: list[str]) -> None:
    """Cut at the commas outside of quotes, a line gives each field back; and it is one line."""
    line = str(LogLine("l", {f"k{n}": value for n, value in enumerate(values)}))

    assert 1 == len((line + ".").splitlines())
    line.encode()
    left = line.removeprefix("logName=l")
    for number, value in enumerate(values):
        left = left.removeprefix(f", k{number}=")
        if left.startswith('"'):
            read, end = json.JSONDecoder().raw_decode(left)
        else:
            end = left.find(", ") if ", " in left else len(left)
            read = left[:end]
        assert value == read
        left = left[end:]
    assert "" == left


def test_a_line_without_fields() -> None:
    """Its name only; it is frozen."""
    line = LogLine("l", {})

    assert "logName=l" == str(line)
    with pytest.raises(AttributeError):
        line.name = "other"


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("/function", "/function"),
        ("/function?x=1", "/function?x=1"),
        ("/function?access_token=s3cret", "/function?access_token=******"),
        ("/function?access_token=s3cret&x=1", "/function?access_token=******&x=1"),
        ("/f?x=1&ACCESS_TOKEN[a]=s3cret", "/f?x=1&ACCESS_TOKEN[a]=******"),
        ("/f?token=a&myTokens=b&x=token", "/f?token=******&myTokens=******&x=token"),
        ("/f?access_token=", "/f?access_token=******"),
        ("/f?access_token=a=b?c", "/f?access_token=******"),
        ("/f?access_token", "/f?access_token"),
        ("/f?access%5Ftoken=s3cret", "/f?access%5Ftoken=******"),
        ("/f?access_%74oken=s3cret", "/f?access_%74oken=******"),
        ("/f?%61ccess_t%6Fken=s3cret&x=1", "/f?%61ccess_t%6Fken=******&x=1"),
    ],
)
def test_tokens_in_a_url_are_masked(url: str, safe: str) -> None:
    """Whatever the spelling of their parameter; the rest stays."""
    assert safe == safe_url(url)


# -------------------------------------------------------------------------------- formats


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (record(LogLine("l", {"a": 1})), "info: logName=l, a=1"),
        (record(LogLine("l", {"a": 1}), **PLAIN), "logName=l, a=1"),
        (record(LogLine("l", {}), logging.ERROR), "error: logName=l"),
        (record("m", logging.WARNING), "warning: m"),
        (record("a\nb"), "info: a\\nb"),
        (record("a\x1b[0m, b"), "info: a\\u001b[0m, b"),
        (record("\ud800"), "info: \\ud800"),
        (record('"m"'), 'info: \\"m"'),
        (record("a\nb", **PLAIN), "a\\nb"),
    ],
)
def test_text_lines_have_winstons_level_in_front(made: logging.LogRecord, text: str) -> None:
    """Except those that the Node packages print without it; foreign messages stay one line."""
    assert text == TextFormatter().format(made)


def test_arguments_are_put_into_a_message() -> None:
    """As logging does; what they bring in is escaped too."""
    made = logging.LogRecord("ioplugins", logging.INFO, __file__, 1, "%s!", ("a\nb",), None)

    assert "info: a\\nb!" == TextFormatter().format(made)
    assert "a\nb!" == json.loads(JSONFormatter().format(made))["message"]


def read(line: str) -> dict[str, Any]:
    """One line of strict JSON."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    assert 1 == len(line.splitlines())
    document: dict[str, Any] = json.loads(line, parse_constant=refuse)
    return document


def test_json_lines_carry_the_fields() -> None:
    """As JSON, not as text; with level and time in UTC."""
    made = record(LogLine("l", {"a": [1, {"b": None}], "c": "x, y\n\ud800é"}), logging.WARNING)
    made.created, made.msecs = 1_717_142_407.012, 12.0

    assert {
        "level": "warning",
        "timestamp": "2024-05-31T08:00:07.012Z",
        "logName": "l",
        "a": [1, {"b": None}],
        "c": "x, y\n\ud800é",
    } == read(JSONFormatter().format(made))


@pytest.mark.parametrize(
    "value", [math.inf, -math.inf, math.nan, datetime(2024, 5, 31, tzinfo=timezone.utc), {1}]
)
def test_a_field_that_is_no_json_does_not_break_its_line(value: object) -> None:
    """1e400 in a request is Infinity; an object of Python is its text."""
    document = read(JSONFormatter().format(record(LogLine("l", {"a": value, "b": 1}))))

    assert ("l", 1) == (document["logName"], document["b"])


@pytest.mark.parametrize("formatter", [TextFormatter(), JSONFormatter()])
def test_a_field_may_be_nested_to_any_depth(formatter: logging.Formatter) -> None:
    """In both formats."""
    deep: list[Any] = ["the innermost"]
    for _ in range(1000):
        deep = [deep]

    assert "the innermost" in formatter.format(record(LogLine("l", {"type": deep})))


@pytest.mark.parametrize("formatter", [TextFormatter(), JSONFormatter()])
def test_a_traceback_is_shown_only_when_it_was_asked_for(formatter: logging.Formatter) -> None:
    """exc_info asks for it; a JSON line stays one line."""
    assert "Traceback" not in formatter.format(record("m"))
    text = formatter.format(record("m", exc_info=caught()))

    assert "Traceback" in text
    assert "ValueError: inside" in text
    if isinstance(formatter, JSONFormatter):
        assert read(text)["traceback"].startswith("Traceback")


# -------------------------------------------------------------------------------- set up


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_warnings_and_errors_go_to_standard_error(
    log_format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Information to standard output, nothing twice and nothing to both."""
    configure_logging(log_format)
    for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
        LOGGER.log(level, "m%d", level)
    printed = capsys.readouterr()

    assert (1, 2) == (printed.out.count("\n"), printed.err.count("\n"))
    assert "m20" in printed.out
    assert "m30" in printed.err.splitlines()[0]
    assert "m40" in printed.err.splitlines()[1]
    assert (log_format == "json") == printed.out.startswith("{")


def test_the_lowest_level_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    """DEBUG for an author, ERROR for a quiet host."""
    configure_logging(level=logging.DEBUG)
    LOGGER.debug("debugging")
    assert "debug: debugging\n" == capsys.readouterr().out

    configure_logging(level=logging.ERROR)
    LOGGER.warning("hidden")
    LOGGER.error("shown")
    assert ("", "error: shown\n") == capsys.readouterr()


def test_setting_up_again_replaces_what_was_there(capsys: pytest.CaptureFixture[str]) -> None:
    """And the root logger's handlers print none of it a second time."""
    stream = io.StringIO()
    root, handler = logging.getLogger(), logging.StreamHandler(stream)
    root.addHandler(handler)
    try:
        configure_logging()
        configure_logging()
        LOGGER.info("once")
    finally:
        root.removeHandler(handler)

    assert "info: once\n" == capsys.readouterr().out
    assert "" == stream.getvalue()


# ---------------------------------------------------------------- lines that every call writes


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize("prefixed", [True, False])
def test_a_line_is_the_same_with_and_without_a_record(
    log_format: str, prefixed: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    """Once written at once, once through logging, because there is a filter."""
    configure_logging(log_format)
    line = LogLine("l", {"a": 1, "b": 'x, "y"', "c": "\ud800é"})
    inform(LOGGER, line, prefixed=prefixed)
    LOGGER.handlers[0].addFilter(lambda _: True)
    inform(LOGGER, line, prefixed=prefixed)
    first, second = capfd.readouterr().out.splitlines()

    if log_format == "json":
        first, second = ({**read(one), "timestamp": ""} for one in (first, second))
    assert second == first


@pytest.mark.parametrize("what", ["filter", "handler", "propagate", "formatter"])
def test_whoever_looks_at_records_gets_them(
    what: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """A filter, another handler, the root logger, a formatter of the host's own."""
    configure_logging()
    seen: list[logging.LogRecord] = []

    def keep(made: logging.LogRecord) -> bool:
        seen.append(made)
        return True

    other = logging.StreamHandler(io.StringIO())
    other.addFilter(keep)
    if what == "filter":
        LOGGER.addFilter(keep)
    elif what == "handler":
        LOGGER.addHandler(other)
    elif what == "formatter":
        LOGGER.handlers[0].setFormatter(logging.Formatter("%(name)s:%(funcName)s:%(message)s"))
    else:
        LOGGER.propagate = True
        seen = caplog.records
    try:
        inform(LOGGER, LogLine("l", {}))
    finally:
        LOGGER.removeFilter(keep)
    printed = capfd.readouterr().out

    if what == "formatter":
        assert (
            f"ioplugins:{test_whoever_looks_at_records_gets_them.__name__}:logName=l\n" == printed
        )
    else:
        assert ["logName=l"] == [made.getMessage() for made in seen]
        assert "info: logName=l\n" == printed


def test_a_formatter_of_ours_may_be_exchanged(capfd: pytest.CaptureFixture[str]) -> None:
    """The line comes in the format that the handler has now."""
    configure_logging("text")
    LOGGER.handlers[0].setFormatter(JSONFormatter())
    inform(LOGGER, LogLine("l", {"a": 1}))

    assert 1 == read(capfd.readouterr().out.rstrip())["a"]


def test_a_process_without_streams_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard output and error may be closed; then nobody is told."""
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    configure_logging()
    inform(LOGGER, LogLine("l", {}))
    LOGGER.error("m")


def test_a_level_that_is_not_told_costs_no_line(capfd: pytest.CaptureFixture[str]) -> None:
    """Neither way."""
    configure_logging(level=logging.WARNING)
    inform(LOGGER, LogLine("l", {}))

    assert "" == capfd.readouterr().out


def test_a_reader_that_has_gone_ends_no_call() -> None:
    """The pipe is broken; what every call writes is dropped."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as broken:
        handler = LineHandler(broken, broken, TextFormatter())
        handler.inform(LogLine("l", {}), prefixed=True)
