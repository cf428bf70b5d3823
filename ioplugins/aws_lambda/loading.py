"""Loading: the configuration a handler serves, from whatever it was given."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ioplugins.configuration import Configuration
from ioplugins.errors import configuration_error
from ioplugins.logs import LogLine
from ioplugins.registry import Registry

if TYPE_CHECKING:
    from ioplugins.plugins import Plugins


def load_configuration(given: object) -> Configuration:
    """The configuration of *given*, announced in the log.

    Args:
        given: A configuration, a registry, the mapping of Celigo's documentation, a TARGET as
            text, any other source of functions, or None for the installed connectors.

    Raises:
        IopluginsError: It cannot be loaded or configured.
    """
    if isinstance(given, Configuration):
        return given
    if isinstance(given, Registry):
        return given.configuration()
    if isinstance(given, Mapping):
        return Configuration.from_mapping(given)
    if isinstance(given, str) and _no_plugins():
        from ioplugins.targets import load_target  # noqa: PLC0415 - only where text names it

        return _of_loaded(load_target(given))
    if given is None or isinstance(given, str):
        return _with_plugins(given)
    return _of_source(given)


def _no_plugins() -> bool:
    """Whether a frozen manifest says that no plugin is there, so that none is looked for.

    A handler of a TARGET then starts without pluggy and without a scan of the packages.
    """
    from ioplugins.installed import PLUGINS  # noqa: PLC0415 - only where text names what to load
    from ioplugins.manifest import read  # noqa: PLC0415 - as above

    path = os.environ.get("IOPLUGINS_MANIFEST")
    return bool(path) and not any(entry.group == PLUGINS for entry in read(str(path)))


def _of_loaded(loaded: object) -> Configuration:
    if isinstance(loaded, Mapping) and not loaded.keys() & {"diy", "connectors"}:
        return _of_source(loaded)
    return load_configuration(loaded)


def _of_source(source: object) -> Configuration:
    registry = Registry()
    registry.add(source)
    return registry.configuration()


def _with_plugins(target: str | None) -> Configuration:
    from ioplugins.targets import load  # noqa: PLC0415 - it brings pluggy

    loaded = load(target)
    if target is None and not len(loaded.registry):
        loaded.plugins.require()  # what failed to load is why there is nothing
        raise configuration_error("nothing")
    configuration = loaded.configuration()
    _start(configuration, loaded.plugins)
    return configuration


def _start(configuration: Configuration, plugins: Plugins) -> None:
    """Tell the plugins that a host starts; Lambda does not say when it ends."""
    from ioplugins.hookspecs import Host  # noqa: PLC0415 - as above
    from ioplugins.manager import call_each  # noqa: PLC0415 - as above

    for problem in plugins.problems:
        fields = {"plugin": problem.plugin, "error": str(problem)}
        configuration.settings.logger.error(LogLine("pluginFailed", fields))
    host = Host("lambda", configuration, os.getpid())
    errors = call_each(plugins.manager, "ioplugins_startup", host=host)
    if errors:
        raise errors[0]
