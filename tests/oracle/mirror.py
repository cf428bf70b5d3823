"""The functions and modules of oracle.js, in Python."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)

Callback = Callable[..., None]


def field(options: Any, name: str) -> Any:
    return options.get(name) if isinstance(options, dict) else None


def describe(value: Any) -> dict[str, Any]:
    if isinstance(value, dt.datetime):
        return {"epochMs": (value - EPOCH) // dt.timedelta(milliseconds=1)}
    return {"value": value}


def dates(options: Any) -> dict[str, Any]:
    return {
        "last": describe(field(options, "lastExportDateTime")),
        "current": describe(field(options, "currentExportDateTime")),
    }


class Error(Exception):
    """JavaScript's plain error."""

    code: Any


def fail(options: Any, callback: Callback) -> None:
    message, name = field(options, "message"), field(options, "name")
    error = Error(message if isinstance(message, str) else "")
    if isinstance(name, str):
        error.name = name  # type: ignore[attr-defined]
    error.code = field(options, "code")
    callback(error)


FUNCTIONS: dict[str, object] = {
    "echo": lambda options: options,
    "resp": lambda options: field(options, "resp"),
    "twice": lambda options: [field(options, "resp"), field(options, "resp")],
    "dates": dates,
    "fail": fail,
    "failWith": lambda options, callback: callback(field(options, "error"), "value"),
}

MODULE: dict[str, object] = {
    "hooks": FUNCTIONS,
    "wrappers": {"where": lambda options: "wrappers", **FUNCTIONS},
    "settings": {"where": lambda options: "settings"},
    "utilities": {"where": lambda options: "utilities"},
    "installer": {"where": lambda options: "installer"},
    "uninstaller": {},
    "extras": FUNCTIONS,
    "topLevel": lambda options: "top level",
    **FUNCTIONS,
    "version": "abc",
    "count": 3,
    "nothing": None,
    "off": False,
    "items": [1, 2],
}

#: The configuration objects, by the names that oracle.js knows them under.
CONFIGURATIONS: dict[str, dict[str, object]] = {
    "diy": {"diy": MODULE},
    "connectors": {
        "connectors": {"main": MODULE, "flat": FUNCTIONS, "empty": {}, "42": MODULE},
    },
}
