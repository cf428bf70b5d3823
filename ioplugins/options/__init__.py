"""What extension functions receive: one class for each kind.

An options class has the contract's fields as attributes (``options.import_id`` is the wire's
``_importId``) and reads like the raw mapping too, unknown keys included::

    @hook("preMap")
    def add_region(options: PreMapOptions):
        return [{"data": {**record, "region": "EU"}} for record in options.data]

A missing or null field has its documented default. What integrator.io sends once a call is a
class (settings, connection, delta); what it sends once a record stays the very JSON object, with
a TypedDict for its type, so that a page of any size costs microseconds.

Classes are built when they are first asked for, and each kind of hook and wrapper, which are what
Lambdas mostly hold, has a module of its own: a cold start pays for what it uses only.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ioplugins.options.connector import (
        ConnectorInstallerOptions,
        ConnectorOptions,
        ConnectorUninstallerOptions,
        GetMappingMetadataOptions,
        IntegrationInstallerOptions,
        IntegrationUninstallerOptions,
        PersistSettingsOptions,
        PreUninstallOptions,
        RefreshMetadataOptions,
        UtilityOptions,
    )
    from ioplugins.options.envelope import Envelope
    from ioplugins.options.forms import FormInitOptions, PreSaveOptions
    from ioplugins.options.hooks import HookOptions
    from ioplugins.options.installers import (
        ChangeEditionOptions,
        InitChildOptions,
        StepOptions,
        UpdateOptions,
    )
    from ioplugins.options.ping import PingOptions
    from ioplugins.options.post_aggregate import AggregateOutcome, PostAggregateOptions
    from ioplugins.options.post_map import PostMapOptions
    from ioplugins.options.post_response_map import PostResponseMapOptions
    from ioplugins.options.post_submit import PostSubmitOptions
    from ioplugins.options.pre_map import PreMapOptions
    from ioplugins.options.pre_save_page import PreSavePageOptions
    from ioplugins.options.records import (
        FileEntry,
        LookupResponse,
        PageError,
        RetryEntry,
        SubmitResponse,
    )
    from ioplugins.options.scripts import (
        BranchingOptions,
        ContentBasedFlowRouterOptions,
        FilterOptions,
        HandleRequestOptions,
        InputFilterOptions,
        RecordOptions,
        TransformOptions,
    )
    from ioplugins.options.shared import Connection, Job, Options, Settings
    from ioplugins.options.wrapper_export import Delta, ExportOptions, Once, TestRun
    from ioplugins.options.wrapper_import import ImportOptions

__all__ = [
    "AggregateOutcome",
    "BranchingOptions",
    "ChangeEditionOptions",
    "Connection",
    "ConnectorInstallerOptions",
    "ConnectorOptions",
    "ConnectorUninstallerOptions",
    "ContentBasedFlowRouterOptions",
    "Delta",
    "Envelope",
    "ExportOptions",
    "FileEntry",
    "FilterOptions",
    "FormInitOptions",
    "GetMappingMetadataOptions",
    "HandleRequestOptions",
    "HookOptions",
    "ImportOptions",
    "InitChildOptions",
    "InputFilterOptions",
    "IntegrationInstallerOptions",
    "IntegrationUninstallerOptions",
    "Job",
    "LookupResponse",
    "Once",
    "Options",
    "PageError",
    "PersistSettingsOptions",
    "PingOptions",
    "PostAggregateOptions",
    "PostMapOptions",
    "PostResponseMapOptions",
    "PostSubmitOptions",
    "PreMapOptions",
    "PreSaveOptions",
    "PreSavePageOptions",
    "PreUninstallOptions",
    "RecordOptions",
    "RefreshMetadataOptions",
    "RetryEntry",
    "Settings",
    "StepOptions",
    "SubmitResponse",
    "TestRun",
    "TransformOptions",
    "UpdateOptions",
    "UtilityOptions",
    "options_class",
]

#: The module of each class.
_MODULES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "pre_save_page": ("PreSavePageOptions",),
        "pre_map": ("PreMapOptions",),
        "post_map": ("PostMapOptions",),
        "post_submit": ("PostSubmitOptions",),
        "post_response_map": ("PostResponseMapOptions",),
        "post_aggregate": ("PostAggregateOptions", "AggregateOutcome"),
        "hooks": ("HookOptions",),
        "forms": ("FormInitOptions", "PreSaveOptions"),
        "installers": (
            "StepOptions", "InitChildOptions", "UpdateOptions", "ChangeEditionOptions",
        ),
        "ping": ("PingOptions",),
        "wrapper_export": ("ExportOptions", "Delta", "Once", "TestRun"),
        "wrapper_import": ("ImportOptions",),
        "connector": (
            "ConnectorInstallerOptions", "IntegrationInstallerOptions", "PreUninstallOptions",
            "IntegrationUninstallerOptions", "ConnectorUninstallerOptions",
            "PersistSettingsOptions", "RefreshMetadataOptions", "GetMappingMetadataOptions",
            "UtilityOptions", "ConnectorOptions",
        ),
        "scripts": (
            "FilterOptions", "InputFilterOptions", "TransformOptions", "BranchingOptions",
            "ContentBasedFlowRouterOptions", "HandleRequestOptions", "RecordOptions",
        ),
        "shared": ("Options", "Settings", "Job", "Connection"),
        "records": ("PageError", "RetryEntry", "FileEntry", "SubmitResponse", "LookupResponse"),
        "envelope": ("Envelope",),
    }
)  # fmt: skip


def __getattr__(name: str) -> Any:
    # Lazy: a class costs half a millisecond of code generation, and a Lambda needs one or two.
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


def options_class(kind: str) -> type[Options]:
    """The options class of the kind with the id *kind*.

    Raises:
        KeyError: No kind has this id.
    """
    short = {"wrapperExport": "export", "wrapperImport": "import"}.get(kind, kind)
    name = f"{short[:1].upper()}{short[1:]}Options"
    if name not in __all__:
        raise KeyError(kind)
    options: type[Options] = __getattr__(name)
    if options.__dict__.get("kind") != kind:
        raise KeyError(kind)
    return options
