"""The modules and configurations of http.json, made from the fixture functions.

Each configuration is a target of the command line:
``ioplugins serve tests/conformance/targets.py:diy``.
"""

from __future__ import annotations

# Recorded cases try to reach what this module imports; it needs none of the four.
import asyncio  # noqa: F401
import json  # noqa: F401
import os  # noqa: F401
import sys  # noqa: F401
from typing import TYPE_CHECKING, Any

from fixture import TABLE, Function, describe, echo

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = "vector-system-token"


def where(section: str) -> Function:
    return lambda options: section


def small_section(name: str) -> dict[str, object]:
    few = ("echo", "resp", "errorCode", "errorPlain", "dates")
    return {"where": where(name), **{one: TABLE[one] for one in few}}


def sectioned() -> dict[str, object]:
    """The module with sections, and beside them functions and things that are no sections."""
    small = ("wrappers", "settings", "utilities", "installer", "uninstaller")
    return {
        "hooks": {**TABLE, "where": where("hooks")},
        **{name: small_section(name) for name in small},
        "extras": {"where": where("extras")},
        "topLevel": lambda options: "top level",
        "echo": echo,
        "version": "abc",
        "count": 3,
        "nothing": None,
        "off": False,
        "items": [1, 2],
    }


def flat() -> dict[str, object]:
    """The module without sections."""
    return {**TABLE, "where": where("flat")}


class Base:
    """Where a widget inherits one of its functions from."""

    label: str

    def inherited(self, options: object) -> dict[str, Any]:
        return {"from": "base", "label": self.label}


class Widget(Base):
    """An instance that serves as a module or as a section."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.calls = 0
        self.ownMethod = lambda options: {"from": "own", "label": label}

    def whoAmI(self, options: object) -> dict[str, Any]:
        return {"label": self.label, "options": options}

    def count(self, options: object) -> str:
        self.calls += 1
        return describe(self.calls)["kind"]

    @staticmethod
    def fixed(options: object) -> str:
        return "static"

    @property
    def computed(self) -> Function:
        return lambda options: {"computed": self.label}


class Suite:
    """An instance whose sections are instances."""

    def __init__(self) -> None:
        self.hooks = Widget("suite-hooks")
        self.wrappers = Widget("suite-wrappers")


def configuration(**fields: object) -> dict[str, object]:
    return {"systemToken": TOKEN, **fields}


#: The configurations of http.json, in the mapping form of Celigo's documentation. The recorded
#: `conn-null` (a connector whose module is null) is left out: that is an error here.
CONFIGURATIONS: dict[str, Callable[[], dict[str, object]]] = {
    "diy": lambda: configuration(diy=sectioned()),
    "diy_flat": lambda: configuration(diy=flat()),
    "diy_timeout": lambda: configuration(
        diy=sectioned(), timeout=1500, keepAliveTimeout=1000, headersTimeout=2000
    ),
    "connectors": lambda: configuration(
        connectors={
            "conn-main": sectioned(),
            "conn-flat": flat(),
            "conn-inst": Suite(),
            "conn-inst-flat": Widget("flat-widget"),
            "conn-empty": {},
            "42": sectioned(),
        }
    ),
}

diy = CONFIGURATIONS["diy"]()
diy_flat = CONFIGURATIONS["diy_flat"]()
diy_timeout = CONFIGURATIONS["diy_timeout"]()
connectors = CONFIGURATIONS["connectors"]()
