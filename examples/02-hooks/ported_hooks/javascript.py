"""JavaScript where a hook relied on it: properties, equality, numbers.

A new hook does not need this. A port does wherever the page may hold what the original took
without a word: a missing key, ``"10.00"`` that equals 10, ``"12.50 USD"`` that counts as 12.5.
"""

import math
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from ioplugins.javascript import text
from ioplugins.jsonvalue import JSON


class Undefined:
    """What JavaScript reads where nothing is; JSON leaves it out."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED: Final = Undefined()

# JavaScript's white space and its decimal numbers: float() and \s know others.
BLANKS: Final = (
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_DECIMAL: Final = re.compile(r"[+-]?(?:Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)")
_INTEGER: Final = re.compile(r"0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)")


def get(value: JSON, *path: str | int) -> JSON:
    """``value.a[0].b``: a missing last step is `UNDEFINED`, reading on from nothing raises.

    Raises:
        TypeError: A step before the last one is null or undefined, as in JavaScript.
    """
    for step in path:
        if value is None or value is UNDEFINED:
            nothing = "null" if value is None else "undefined"
            raise TypeError(f"Cannot read {step!r} of {nothing}")
        if isinstance(value, dict):
            value = value.get(step, UNDEFINED)
        elif isinstance(value, (list, str)) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            value = UNDEFINED
    return value


def put(value: JSON, key: str, item: JSON) -> None:
    """``value[key] = item``; an undefined *item* takes the key away.

    Only maps keep it: JSON.stringify drops a named key of a list, and text has none.

    Raises:
        TypeError: *value* is null or undefined.
    """
    if value is None or value is UNDEFINED:
        raise TypeError(f"Cannot set {key!r} of nothing")
    if not isinstance(value, dict):
        return
    if item is UNDEFINED:
        value.pop(key, None)
    else:
        value[key] = item


def elements(value: JSON) -> list[JSON]:
    """What a loop up to ``value.length`` sees: items, characters, or nothing.

    Raises:
        TypeError: *value* is null or undefined.
    """
    if value is None or value is UNDEFINED:
        raise TypeError("Cannot read 'length' of nothing")
    return list(value) if isinstance(value, (list, str)) else []


def number(value: JSON) -> float:
    """``Number(value)``: NaN for what is no number, 0 for null and the empty text."""
    if value is UNDEFINED:
        return math.nan
    if value is None:
        return 0
    if isinstance(value, (int, float)):
        try:
            return float(value)
        except OverflowError:  # an int beyond the largest double
            return math.inf if value > 0 else -math.inf
    digits = text(value).strip(BLANKS)
    if _INTEGER.fullmatch(digits):
        return float(int(digits, 0))
    if digits and not _DECIMAL.fullmatch(digits):
        return math.nan
    return float(digits or 0)


def parse_float(value: JSON) -> float:
    """``parseFloat(value)``: the number a text starts with, else NaN."""
    if value is UNDEFINED:
        return math.nan
    match = _DECIMAL.match(text(value).lstrip(BLANKS))
    return float(match.group()) if match else math.nan


def divide(dividend: float, divisor: float) -> float:
    """``dividend / divisor``: by zero it is infinite or NaN, never an error."""
    if divisor:
        return dividend / divisor
    if math.isnan(dividend) or not dividend or math.isnan(divisor):
        return math.nan
    return math.copysign(math.inf, dividend) * math.copysign(1, divisor)


def to_fixed(value: float, digits: int) -> str:
    """``value.toFixed(digits)``: halves of the exact binary value go up, Python's go to even."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if abs(value) >= 1e21:
        return text(value)
    sign = "-" if value < 0 else ""
    rounded = Decimal(abs(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return f"{sign}{rounded:f}"


def strictly_equal(left: JSON, right: JSON) -> bool:
    """``left === right``: lists and maps only equal themselves, True is not 1."""
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    if _is_number(left) and _is_number(right):
        return number(left) == number(right)
    return left is right


def loosely_equal(left: JSON, right: JSON) -> bool:
    """``left == right``: ``"10.00"`` equals 10, ``""`` equals 0, null equals undefined only."""
    if _is_nothing(left) or _is_nothing(right):
        return _is_nothing(left) and _is_nothing(right)
    if _is_object(left) and _is_object(right):
        return left is right
    left = text(left) if _is_object(left) else left
    right = text(right) if _is_object(right) else right
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return number(left) == number(right)


def _is_nothing(value: JSON) -> bool:
    return value is None or value is UNDEFINED


def _is_object(value: JSON) -> bool:
    return isinstance(value, (dict, list))


def _is_number(value: JSON) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
