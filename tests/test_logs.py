"""The log lines: fields, escaping, formats."""

from __future__ import annotations

import json
import logging

import pytest

from ioplugins.callinfo import CallFilter, call_info, new_request_id, set_current_call
from ioplugins.logs import (
    LOGGER,
    PLAIN,
    JSONFormatter,
    LogLine,
    TextFormatter,
    configure_logging,
    safe_url,
)


def record(message, level=logging.INFO, **extra):
    made = logging.LogRecord("ioplugins", level, __file__, 1, message, (), None)
    vars(made).update(extra)
    return made


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ([1, 2], "1,2"),
        ({"a": 1}, "[object Object]"),
        (None, "null"),
        ("a\nlogName=forged", '"a\\nlogName=forged"'),
        ("x, statusCode=200", '"x, statusCode=200"'),
        ("\x1b[31mred", '"\\u001b[31mred"'),
        ('"quoted"', '"\\"quoted\\""'),
        ("\u2028", '"\\u2028"'),
    ],
)
def test_a_value_cannot_forge_a_line_or_a_field(value, text) -> None:
    """What would end a line or a field is quoted."""
    assert f"logName=l, a={text}, b=1" == str(LogLine("l", {"a": value, "b": 1}))
    assert "logName=l" == str(LogLine("l", {}))


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("/function?x=1", "/function?x=1"),
        ("/function?access_token=s3cret&x=1", "/function?access_token=******&x=1"),
        ("/f?x=1&ACCESS_TOKEN[a]=s3cret", "/f?x=1&ACCESS_TOKEN[a]=******"),
    ],
)
def test_tokens_in_a_url_are_masked(url, safe) -> None:
    """Whatever their parameter's spelling."""
    assert safe == safe_url(url)


def test_text_lines_have_winstons_level_in_front() -> None:
    """Except those that the Node packages print without it; foreign messages stay one line."""
    line = LogLine("l", {"a": 1})
    assert "info: logName=l, a=1" == TextFormatter().format(record(line))
    assert "logName=l, a=1" == TextFormatter().format(record(line, **PLAIN))
    assert "error: a\\nb" == TextFormatter().format(record("a\nb", logging.ERROR))


def test_json_lines_carry_the_fields() -> None:
    """One object a line, with level and time in UTC."""
    document = json.loads(JSONFormatter().format(record(LogLine("l", {"a": [1]}))))
    assert ("info", "l", [1]) == (document["level"], document["logName"], document["a"])
    assert document["timestamp"].endswith("Z")
    assert "m" == json.loads(JSONFormatter().format(record("m")))["message"]


@pytest.mark.parametrize("formatter", [TextFormatter(), JSONFormatter()])
def test_a_traceback_is_shown_only_when_it_was_asked_for(formatter) -> None:
    """exc_info asks for it."""
    try:
        raise ValueError("inside")
    except ValueError as error:
        caught = (ValueError, error, error.__traceback__)
    assert "Traceback" in formatter.format(record("m", exc_info=caught))


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_errors_go_to_standard_error(log_format, capsys) -> None:
    """Information to standard output."""
    configure_logging(log_format)
    LOGGER.info("well")
    LOGGER.error("wrong")
    printed = capsys.readouterr()
    assert "well" in printed.out
    assert "wrong" not in printed.out
    assert "wrong" in printed.err
    assert "well" not in printed.err


def test_records_of_a_call_carry_its_ids() -> None:
    """The filter puts them on every record made in the call."""
    made = record("m")
    set_current_call(
        call_info({"options": {"connection": {"_id": "c"}}, "type": "wrapper"}, "r", "t")
    )
    assert CallFilter().filter(made)
    assert ("r", "t") == (made.request_id, made.trace_id)


def test_request_ids_look_like_nodes() -> None:
    """13 digits and four of 0-9a-z, another one each time."""
    first, second = new_request_id(), new_request_id()
    assert first != second
    assert first[:13].isdigit()
    assert 17 == len(first)
    assert first.isalnum()
