"""Faults: the exception, its text, its size."""

from __future__ import annotations

import json
import sys
from types import ModuleType
from typing import Any

import pytest

from ioplugins.aws_lambda.faults import LIMIT, fault, fault_text, string, too_large
from ioplugins.jsonvalue import encode

TEXT = '{"statusCode":422,"errors":[{"message":"m é","code":"my_code"}]}'


class FaultException(Exception):
    """As AWS's runtime client has it."""

    def __init__(self, exception_type: str, msg: str, trace: Any = None) -> None:
        self.msg = msg
        self.exception_type = exception_type
        self.trace = trace


def test_without_the_runtime_it_is_a_class_called_string() -> None:
    """Its name becomes the errorType, its text the errorMessage."""
    raised = fault(TEXT)
    assert ("string", TEXT) == (type(raised).__name__, str(raised))


def test_under_the_runtime_it_is_the_runtimes_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which it posts with our errorType and without a stack; its text is still the JSON."""
    module = ModuleType("awslambdaric.lambda_runtime_exception")
    module.FaultException = FaultException  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    raised: Any = fault(TEXT)
    assert isinstance(raised, FaultException)
    assert not isinstance(raised, string)
    assert ("string", TEXT, []) == (raised.exception_type, raised.msg, raised.trace)
    assert TEXT == str(raised)


def test_the_text_is_compact_with_the_status_first() -> None:
    """As Node's shim writes it."""
    body = encode({"errors": [{"message": "m é", "code": "my_code"}]})
    assert TEXT == fault_text(body)


def test_a_lone_surrogate_is_escaped_in_the_text() -> None:
    """So that the runtime, which writes it once more, can."""
    text = fault_text(encode({"errors": [{"message": "x\ud800y"}]}))
    text.encode()
    assert "x\ud800y" == json.loads(text)["errors"][0]["message"]


@pytest.mark.parametrize(
    ("character", "escaped"), [("a", 1), ("é", 6), ("\U0001f600", 12), ('"', 4), ("\n", 3)]
)
def test_a_text_that_would_be_too_long_says_so(character: str, escaped: int) -> None:
    """Measured with all the escapes that the runtime adds; one that fits is left as it is."""
    room = LIMIT - 2000
    fits = encode({"errors": [{"message": character * (room // escaped)}]})
    assert fits[1:].decode() == fault_text(fits).removeprefix('{"statusCode":422,')
    beyond = encode({"errors": [{"message": character * (LIMIT // escaped)}]})
    assert fault_text(too_large()) == fault_text(beyond)
    assert "response_size_exceeded" in fault_text(beyond)
    assert "6291556 bytes" in fault_text(beyond)
