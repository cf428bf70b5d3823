"""TARGETs: what the command line and the environment name, loaded into a registry.

``functions.py``, ``package.module``, either with ``:attribute`` (a module, Registry,
Configuration, mapping or instance); none means everything installed.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

import attrs
from attrs import field, frozen

from ioplugins.configuration import Configuration, Settings, configuration_from, setting_name
from ioplugins.errors import TargetError
from ioplugins.installed import PLUGINS
from ioplugins.plugins import Plugins, discover
from ioplugins.registry import Registry

if TYPE_CHECKING:
    from pathlib import Path


@frozen(eq=False)
class Loaded:
    """What a TARGET and the installed packages hold.

    Attributes:
        registry: The functions.
        plugins: The report of the installed packages.
        settings: The settings of a TARGET that is a configuration.
    """

    registry: Registry
    plugins: Plugins
    settings: Mapping[str, Any] = field(factory=dict, repr=False)

    def configuration(self, **settings: Any) -> Configuration:
        """The configuration, with *settings* over those of the TARGET.

        Raises:
            ConfigurationError: See `ioplugins.registry.Registry.configuration`.
        """
        over = {setting_name(key) for key in settings}
        kept = {key: value for key, value in self.settings.items() if key not in over}
        return self.registry.configuration(
            call_wrapper=self.plugins.call_wrapper, **kept, **settings
        )


def load(target: str | None, connectors: Sequence[str] = (), *, strict: bool = False) -> Loaded:
    """Load a TARGET, connectors of the form ``ID=TARGET``, and the installed packages.

    Args:
        target: The DIY functions, or a whole configuration; None for the installed connectors
            (unless *connectors* are given).
        connectors: Each ``ID=TARGET``.
        strict: Whether an installed package that fails is an error.

    Raises:
        TargetError: A TARGET cannot be loaded.
        RegistrationError, ConfigurationError: What it holds cannot be registered.
        PluginError: A package failed, and *strict*.
    """
    registry = Registry()
    settings: dict[str, Any] = {}
    if target is not None:
        settings = _add(registry, target, None)
    for given in connectors:
        connector_id, separator, name = given.partition("=")
        if not separator or not connector_id or not name:
            raise TargetError(given, "write it as ID=TARGET, such as 5f1a...=shop/connector.py")
        _add(registry, name, connector_id)
    everything = target is None and not connectors
    found = discover(strict=strict) if everything else discover(strict=strict, groups=[PLUGINS])
    return Loaded(registry, found.register(registry, strict=strict), settings)


def _add(registry: Registry, target: str, connector_id: str | None) -> dict[str, Any]:
    """Add what a TARGET holds; gives the settings of one that is a configuration."""
    loaded = load_target(target)
    if isinstance(loaded, Mapping) and ("diy" in loaded or "connectors" in loaded):
        loaded = configuration_from(loaded)
    if not isinstance(loaded, Configuration):
        registry.add(loaded, connector_id)
        return {}
    for own_id, functions in loaded.function_sets():
        registry.add(functions, connector_id if own_id is None else own_id)
    return _settings_of(loaded.settings)


def _settings_of(settings: Settings) -> dict[str, Any]:
    """Those that differ from the defaults, so that others can be laid over them."""
    defaults = Settings()
    given = {
        attribute.name: getattr(settings, attribute.name)
        for attribute in attrs.fields(Settings)
        if attribute.name != "extra"
    }
    return {name: value for name, value in given.items() if value != getattr(defaults, name)}


def load_target(target: str) -> object:
    """The module or attribute that *target* names.

    Raises:
        TargetError: There is none, or importing it fails; the reason names the place.
    """
    name, separator, attribute = target.partition(":")
    if os.name == "nt" and len(name) == 1:  # a drive letter
        rest, separator, attribute = attribute.partition(":")
        name = f"{name}:{rest}"
    value: object = _module(target, name)
    if not separator:
        return value
    for part in attribute.split("."):
        try:
            value = getattr(value, part)
        except AttributeError:
            raise TargetError(target, f"{name} has no attribute {attribute!r}") from None
    return value


def _module(target: str, name: str) -> ModuleType:
    if not name.endswith(".py") and os.sep not in name and not os.path.isdir(name or "."):  # noqa: PTH112 - as below
        return _imported(target, name, os.getcwd())  # noqa: PTH109 - as below
    # Imported for files only: it costs a cold start some milliseconds.
    from pathlib import Path  # noqa: PLC0415

    path = Path(name).resolve()
    if path.is_dir():
        if not (path / "__init__.py").exists():
            raise TargetError(target, "it is a folder without __init__.py; name a file in it")
    elif not path.exists():
        raise TargetError(target, "there is no such file")
    elif path.suffix != ".py":
        raise TargetError(target, "it is no Python file")
    return _imported(target, path.stem, str(path.parent), path)


def _imported(target: str, name: str, folder: str, path: Path | None = None) -> ModuleType:
    """Import *name* as a script beside it would; a file wins over a module of its name."""
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        if path is not None and path.is_file():
            return _from_file(name, path)
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name == name.partition(".")[0] or error.name == name:
            raise TargetError(target, f"there is no module {name!r} here or installed") from None
        raise TargetError(target, _why(error)) from error
    except SyntaxError as error:
        place = f"{_file(error.filename)} line {error.lineno}" if error.filename else "?"
        raise TargetError(target, f"syntax error in {place}: {error.msg}") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise TargetError(target, _why(error)) from error


def _from_file(name: str, path: Path) -> ModuleType:
    """Run the file as the module *name*, unless that module is this very file already."""
    module = sys.modules.get(name)
    if module is not None and getattr(module, "__file__", None) == str(path):
        return module
    if module is not None:  # another module has the name; it keeps it
        name = f"{name}@{path.parent.name}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path.name} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _why(error: BaseException) -> str:
    """The error and the innermost line that is not ours or the import system's."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "importlib" not in frame.filename and frame.filename != __file__
    ]
    place = f" ({_file(frames[-1].filename)} line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{place}"


def _file(path: str) -> str:
    return os.path.basename(path)  # noqa: PTH119 - as in _module
