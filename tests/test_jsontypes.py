"""What type a value has as JSON."""

from __future__ import annotations

from typing import Any

import pytest

from ioplugins.jsontypes import is_array, is_number, is_object, is_whole, json_type


@pytest.mark.parametrize(
    ("value", "name", "kinds"),
    [
        (None, "null", set()),
        (True, "a boolean", set()),
        (0, "a number", {is_number, is_whole}),
        (1.0, "a number", {is_number, is_whole}),
        (1.5, "a number", {is_number}),
        (float("inf"), "a number", {is_number}),
        ("", "text", set()),
        ([], "an array", {is_array}),
        ((), "an array", {is_array}),
        ({}, "an object", {is_object}),
        (b"", "a Python bytes", set()),
    ],
)
def test_types(value: Any, name: str, kinds: set[Any]) -> None:
    """Each value has one type in JSON; True is no number, and 1.0 is a whole one."""
    assert name == json_type(value)
    asked = {is_array, is_number, is_object, is_whole}
    assert kinds == {question for question in asked if question(value)}
