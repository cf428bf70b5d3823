"""The ``state`` between two pages of an export: where it is, in a few values of a key.

It travels as JSON through integrator.io, whose numbers are JavaScript's. So it says what JSON
cannot (large integers, dates, decimals, ...) as ``{"date": "2024-01-31"}``, and whatever comes back
is checked: each value is read strictly and only ever bound as a parameter.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from attrs import frozen

from ioplugins import ExtensionError
from ioplugins.jsonvalue import JSON
from ioplugins_sql.configuration import MOST_ROWS
from ioplugins_sql.values import SAFE

Key = tuple[Any, ...]

_POSITION: Final = "startIndex"  # as in Celigo's sample
_EXPORTED: Final = "exported"


@frozen
class Cursor:
    """Where an export is.

    Attributes:
        position: The key after which it goes on; None at its start.
        exported: once: the keys of the rows of the page before, whose flag is still to be set.
    """

    position: Key | None = None
    exported: Sequence[Key] = ()

    def to_json(self) -> dict[str, JSON]:
        """The state to answer."""
        state: dict[str, JSON] = {}
        if self.position is not None:
            state[_POSITION] = _key_to_json(self.position)
        if self.exported:
            state[_EXPORTED] = [_key_to_json(key) for key in self.exported]
        return state


def cursor_of(state: Mapping[str, JSON], width: int, row_width: int) -> Cursor:
    """The cursor that *state* says.

    Args:
        state: As it came; {} in the first call.
        width: How many values a position has.
        row_width: How many values the key of a row has.

    Raises:
        ExtensionError: No answer of this export can have had that state.
    """
    exported = state.get(_EXPORTED, [])
    if not state.keys() <= {_POSITION, _EXPORTED} or not isinstance(exported, list):
        raise _not_ours("it has other fields")
    if len(exported) > MOST_ROWS:
        raise _not_ours("it has too many keys")
    position = state.get(_POSITION)
    return Cursor(
        None if position is None else _key(position, width),
        tuple(_key(key, row_width) for key in exported),
    )


def key_size(key: Key) -> int:
    """About how many bytes a key takes in the state."""
    return sum(len(str(value)) + 24 for value in key)


def _not_ours(why: str) -> ExtensionError:
    return ExtensionError(
        f"options.state is none that this export answered ({why}); start the export anew."
    )


def _key_to_json(key: Key) -> JSON:
    values = [_to_json(value) for value in key]
    return values[0] if len(values) == 1 else values


def _key(value: JSON, width: int) -> Key:
    values = [value] if width == 1 else value
    if not isinstance(values, list) or len(values) != width:
        raise _not_ours(f"a key has {width} values")
    return tuple(_from_json(one) for one in values)


def _to_json(value: Any) -> JSON:
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if -SAFE <= value <= SAFE else {"int": str(value)}
    if isinstance(value, float) and isfinite(value):
        return value
    for name, (kind, write, _) in _TAGS.items():
        if isinstance(value, kind):
            return {name: write(value)}
    raise ExtensionError(
        f"A key of the type {type(value).__name__} cannot order an export; choose other columns."
    )


def _from_json(value: JSON) -> Any:
    if isinstance(value, (str, int)) or (isinstance(value, float) and isfinite(value)):
        return value
    if isinstance(value, dict) and len(value) == 1:
        ((name, text),) = value.items()
        if name in _TAGS and isinstance(text, str) and len(text) < 10_000:
            try:
                return _TAGS[name][2](text)
            except (ValueError, ArithmeticError):
                pass
    raise _not_ours("a value of a key is not readable")


def _seconds(value: timedelta) -> str:
    return str((value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds)


_TAGS: Final[Mapping[str, tuple[type, Callable[[Any], str], Callable[[str], Any]]]] = (
    MappingProxyType(
        {
            "int": (int, str, int),
            "datetime": (datetime, datetime.isoformat, datetime.fromisoformat),
            "date": (date, date.isoformat, date.fromisoformat),
            "time": (time, time.isoformat, time.fromisoformat),
            "microseconds": (
                timedelta,
                _seconds,
                lambda text: timedelta(microseconds=int(text)),
            ),
            "decimal": (Decimal, str, Decimal),
            "uuid": (UUID, str, UUID),
            "bytes": (
                bytes,
                lambda value: b64encode(value).decode(),
                lambda text: b64decode(text, validate=True),
            ),
        }
    )
)
