"""Extension functions for integrator.io, in Python.

Decorate functions, or install connector packages; a registry builds the configuration object
that a server or a Lambda handler serves::

    from ioplugins import hook

    @hook("preMap")
    def add_region(options):
        return [{"data": {**record, "region": "EU"}} for record in options.data]
"""

from __future__ import annotations

from ioplugins.callinfo import current_call
from ioplugins.calling import Outcome, call_function
from ioplugins.configuration import Configuration
from ioplugins.decorators import hook, installer, setting, uninstaller, utility, wrapper
from ioplugins.errors import ConfigurationError, ExtensionError, IopluginsError, RegistrationError
from ioplugins.registry import Registry

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
    "hook",
    "installer",
    "setting",
    "uninstaller",
    "utility",
    "wrapper",
]
