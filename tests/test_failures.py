"""What a function failed with becomes a message and a code."""

from __future__ import annotations

import pytest

from ioplugins.errors import FunctionTimeout, PluginError
from ioplugins.failures import error_from


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("just text", {"message": "just text", "code": "Error"}),
        (7, {"message": "7", "code": "Error"}),
        (["a", "b"], {"message": '["a","b"]', "code": "Error"}),
        ({}, {"message": "", "code": "Error"}),
        ({"code": "c"}, {"message": "", "code": "c"}),
        ({"reason": "x"}, {"message": '{"reason":"x"}', "code": "Error"}),
        ({"message": 5, "code": "m"}, {"message": "5", "code": "m"}),
        ({"message": "m", "code": [1]}, {"message": "m", "code": [1]}),
        ({"message": "m", "code": 0, "name": "n"}, {"message": "m", "code": "n"}),
        ({"message": "m", "code": object()}, {"message": "m", "code": "Error"}),
        ({"message": {1, 2}}, {"message": "set", "code": "Error"}),
        (KeyError("k"), {"message": "'k'", "code": "KeyError"}),
        (
            FunctionTimeout("f", 2),
            {
                "message": "The function f gave no answer within 2 seconds.",
                "code": "function_timeout",
            },
        ),
    ],
)
def test_the_error_is_told_with_text_and_code(error, told) -> None:
    """The message is always text; the code is JSON."""
    assert told == error_from(error)


def test_a_plugins_error_names_it() -> None:
    """With a code of its own."""
    told = error_from(PluginError("audit", "audit 1.0", "running ioplugins_call", "it broke"))
    assert "plugin_error" == told["code"]
    assert (
        "The plugin audit (package audit 1.0) failed while running ioplugins_call."
        == told["message"]
    )
