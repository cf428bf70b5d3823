"""What type a value has as JSON: questions for type checkers to learn from, names for messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeGuard

from ioplugins.jsonvalue import JSON


def is_object(value: JSON) -> TypeGuard[dict[str, JSON]]:
    """Whether *value* is an object on the wire."""
    return isinstance(value, dict)


def is_array(value: JSON) -> TypeGuard[Sequence[JSON]]:
    """Whether *value* is an array on the wire."""
    return isinstance(value, (list, tuple))


def is_number(value: JSON) -> bool:
    """Whether *value* is a number; True and False are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_whole(value: JSON) -> bool:
    """Whether *value* is a whole number as JSON sees it: 1.0 is one too."""
    return is_number(value) and (isinstance(value, int) or value.is_integer())


def json_type(value: object) -> str:
    """What JSON calls the type of *value*, for messages: ``"an object"``, ``"text"``, ..."""
    for kind, name in _TYPES:
        if isinstance(value, kind):
            return name
    return f"a Python {type(value).__name__}"


#: The first that fits counts: True is an int too.
_TYPES: Final[tuple[tuple[type | tuple[type, ...], str], ...]] = (
    (type(None), "null"),
    (bool, "a boolean"),
    ((int, float), "a number"),
    (str, "text"),
    ((list, tuple), "an array"),
    (dict, "an object"),
)
