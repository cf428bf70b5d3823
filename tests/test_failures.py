"""What a function failed with becomes a message and a code."""

from __future__ import annotations

from typing import Any

import pytest

from ioplugins.errors import ExtensionError, FunctionTimeout, PluginError
from ioplugins.failures import error_from
from ioplugins.jsonvalue import encode


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("just text", "just text"),
        ("", ""),
        (7, "7"),
        (None, "null"),
        (True, "true"),
        (["a", "b"], '["a","b"]'),
        ({1, 2}, "set"),
        (object(), "object"),
    ],
)
def test_what_is_no_error_is_the_message(error: object, message: str) -> None:
    """As text, or the name of its class; the code says no more."""
    assert {"message": message, "code": "Error"} == error_from(error)


@pytest.mark.parametrize(
    ("error", "message", "code"),
    [
        ({}, "", "Error"),
        ({"code": "c"}, "", "c"),
        ({"code": "c", "name": "n"}, "", "c"),
        ({"name": "n"}, "", "n"),
        ({"reason": "x"}, '{"reason":"x"}', "Error"),
        ({"message": "m", "reason": "x"}, "m", "Error"),
        ({"message": None}, "null", "Error"),
        ({"message": 5, "code": "m"}, "5", "m"),
        ({"message": {"a": 1}}, '{"a":1}', "Error"),
        ({"message": {1, 2}}, "set", "Error"),
        ({"message": "m", "code": [1]}, "m", [1]),
        ({"message": "m", "code": []}, "m", []),
        ({"message": "m", "code": 0, "name": "n"}, "m", "n"),
        ({"message": "m", "code": "", "name": ""}, "m", ""),
        ({"message": "m", "code": object()}, "m", "Error"),
        ({"message": "m", "code": object(), "name": "n"}, "m", "n"),
        ({"message": "m", "name": object()}, "m", "Error"),
        ({5: 1}, "dict", "Error"),
    ],
)
def test_an_object_is_read_as_javascript_reads_an_error(
    error: dict[Any, Any], message: str, code: object
) -> None:
    """Its message, its code when that is truthy, else its name; nothing else of it."""
    assert {"message": message, "code": code} == error_from(error)


class OfAuthor(Exception):
    pass


class CodeOfClass(Exception):
    code = "from_class"


class NameOfClass(Exception):
    name = "from_class"


class CodeOfProperty(Exception):
    @property
    def code(self):
        return ["computed"]


class CodeIsMethod(Exception):
    def code(self):
        return 5


class Slotted(Exception):
    __slots__ = ("code",)


class BrokenCode(Exception):
    @property
    def code(self):
        raise ValueError("no code of it")


class BrokenText(Exception):
    def __str__(self) -> str:
        raise ValueError("no text of it")


class TextIsNone(Exception):
    def __str__(self) -> str:
        return None  # type: ignore[return-value]  # noqa: PLE0307 - the mistake is the point


class ExitWithCode(SystemExit):
    pass


def with_attributes(error: BaseException, **attributes: object) -> BaseException:
    for name, value in attributes.items():
        setattr(error, name, value)
    return error


@pytest.mark.parametrize(
    ("error", "message", "code"),
    [
        (ExtensionError("m"), "m", "Error"),
        (ExtensionError("m", code="c"), "m", "c"),
        (ExtensionError("m", code=42), "m", 42),
        (ExtensionError("m", code={"a": [1]}), "m", {"a": [1]}),
        (ExtensionError("m", code=""), "m", "ExtensionError"),
        (ExtensionError("m", code={1, 2}), "m", "ExtensionError"),
        (OfAuthor("m"), "m", "OfAuthor"),
        (OfAuthor(), "", "OfAuthor"),
        (OfAuthor("a", 1), "('a', 1)", "OfAuthor"),
        (CodeOfClass("m"), "m", "from_class"),
        (NameOfClass("m"), "m", "from_class"),
        (CodeOfProperty("m"), "m", ["computed"]),
        (CodeIsMethod("m"), "m", "CodeIsMethod"),
        (with_attributes(Slotted("m"), code="slot"), "m", "slot"),
        (Slotted("m"), "m", "Slotted"),
        (with_attributes(OfAuthor("m"), code="c", name="n"), "m", "c"),
        (with_attributes(OfAuthor("m"), code=0, name="n"), "m", "n"),
        (with_attributes(OfAuthor("m"), code=None), "m", "OfAuthor"),
        (with_attributes(OfAuthor("m"), name="n", status=404, headers={}), "m", "n"),
        (with_attributes(OfAuthor("m"), name=""), "m", ""),
        (with_attributes(CodeOfClass("m"), code="own"), "m", "own"),
        (KeyError("k"), "'k'", "KeyError"),
        (ValueError("\ud800"), "\ud800", "ValueError"),
        # What a built-in class brings is not the author's choice.
        (AttributeError("m", name="x", obj=1), "m", "AttributeError"),
        (ImportError("m", name="x"), "m", "ImportError"),
        (SystemExit(3), "3", "SystemExit"),
        (ExitWithCode(3), "3", "ExitWithCode"),
        (with_attributes(SystemExit(3), code="c"), "3", "SystemExit"),
        # What an author's class makes of its own attributes is no reason to fail.
        (BrokenCode("m"), "m", "BrokenCode"),
        (BrokenText("m"), "", "BrokenText"),
        (TextIsNone("m"), "", "TextIsNone"),
    ],
)
def test_an_exception_is_told_with_text_and_code(
    error: BaseException, message: str, code: object
) -> None:
    """Its code, else the name its author gave it, else the name of its class."""
    told = error_from(error)

    assert {"message": message, "code": code} == told
    encode(told)


def test_a_time_limit_has_a_code_of_its_own() -> None:
    """And says which limit it was."""
    assert {
        "message": "The function f gave no answer within 2 seconds.",
        "code": "function_timeout",
    } == error_from(FunctionTimeout("f", 2))


@pytest.mark.parametrize(("package", "told"), [("audit 1.0", " (package audit 1.0)"), ("", "")])
def test_a_plugins_error_names_it_and_not_the_reason(package: str, told: str) -> None:
    """The reason may quote a path or a secret; it is for the log."""
    error = PluginError("audit", package, "running ioplugins_call", "it broke")

    message = f"The plugin audit{told} failed while running ioplugins_call."
    assert {"message": message, "code": "plugin_error"} == error_from(error)
