"""Extension functions for integrator.io, in Python.

Decorate functions, or install connector packages; a registry builds the configuration object
that a server or a Lambda handler serves::

    from ioplugins import hook

    @hook("preMap")
    def add_region(options):
        return [{"data": {**record, "region": "EU"}} for record in options.data]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ioplugins.callinfo import current_call
from ioplugins.calling import Outcome, call_function
from ioplugins.configuration import Configuration
from ioplugins.decorators import hook, installer, setting, uninstaller, utility, wrapper
from ioplugins.errors import ConfigurationError, ExtensionError, IopluginsError, RegistrationError
from ioplugins.registry import Registry

if TYPE_CHECKING:
    from ioplugins.eachrecord import each_record
    from ioplugins.hookspecs import hookimpl
    from ioplugins.paging import paginate, paginate_async, stop_loops

__version__ = "0.1.0"

__all__ = [
    "Configuration",
    "ConfigurationError",
    "ExtensionError",
    "IopluginsError",
    "Outcome",
    "RegistrationError",
    "Registry",
    "call_function",
    "current_call",
    "each_record",
    "hook",
    "hookimpl",
    "installer",
    "paginate",
    "paginate_async",
    "setting",
    "stop_loops",
    "uninstaller",
    "utility",
    "wrapper",
]

# Imported when somebody asks for them: what they need costs a Lambda cold start its time.
_LAZY = {
    "each_record": "eachrecord",
    "hookimpl": "hookspecs",
    "paginate": "paging",
    "paginate_async": "paging",
    "stop_loops": "paging",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        import importlib  # noqa: PLC0415 - as above

        return getattr(importlib.import_module(f"{__name__}.{_LAZY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
