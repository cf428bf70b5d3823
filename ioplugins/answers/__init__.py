"""What extension functions may give back, as classes with a few constructors.

Plain JSON is equally welcome, and both mix in one list::

    return [
        RecordAnswer.keep(record) if record["sku"] else RecordAnswer.fail("no_sku", "SKU is empty")
        for record in options.data
    ]

Each class knows its wire form (``to_json()``) and is written as that when the answer is encoded.
The kinds that answer a record, a boolean, indices or nothing at all need no class.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ioplugins.answers.installing import (
        ChildIntegration,
        Form,
        InstallStep,
        MappingMetadata,
        SavedSettings,
        StepResult,
    )
    from ioplugins.answers.records import (
        DEFAULT_SOURCE,
        NewError,
        Page,
        RecordAnswer,
        RecordError,
        SubmitResult,
    )
    from ioplugins.answers.scripts import FlowRoute, HTTPAnswer
    from ioplugins.answers.wrappers import ExportPage, ImportResult, PingAnswer, WrapperError

__all__ = [
    "DEFAULT_SOURCE",
    "ChildIntegration",
    "ExportPage",
    "FlowRoute",
    "Form",
    "HTTPAnswer",
    "ImportResult",
    "InstallStep",
    "MappingMetadata",
    "NewError",
    "Page",
    "PingAnswer",
    "RecordAnswer",
    "RecordError",
    "SavedSettings",
    "StepResult",
    "SubmitResult",
    "WrapperError",
]

_MODULES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "records": (
            "DEFAULT_SOURCE", "NewError", "Page", "RecordAnswer", "RecordError", "SubmitResult",
        ),
        "wrappers": ("ExportPage", "ImportResult", "PingAnswer", "WrapperError"),
        "installing": (
            "ChildIntegration", "Form", "InstallStep", "MappingMetadata", "SavedSettings",
            "StepResult",
        ),
        "scripts": ("FlowRoute", "HTTPAnswer"),
    }
)  # fmt: skip


def __getattr__(name: str) -> Any:
    # Lazy, as in ioplugins.options: a cold start pays for the classes it uses only.
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
