"""A recipe: what to load and with which settings; a pickled one is cooked again."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from attrs import field, frozen

from ioplugins.configuration import Configuration
from ioplugins.errors import TargetError
from ioplugins.plugins import Plugins
from ioplugins.targets import load


@frozen
class Cooked:
    """What a recipe loaded."""

    configuration: Configuration
    plugins: Plugins


@frozen
class Recipe:
    """How a host gets its configuration.

    Attributes:
        target: The TARGET; None for everything installed.
        connectors: Each ``ID=TARGET``.
        settings: Over those of the TARGET.
        log_format: ``"text"`` or ``"json"``.
        strict: Whether an installed package that fails is an error.
    """

    target: str | None = None
    connectors: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(factory=dict, repr=False)
    log_format: str = "text"
    strict: bool = False

    def load(self) -> Cooked:
        """Load and configure, once in a process; forked workers share what was loaded.

        Raises:
            TargetError, RegistrationError, ConfigurationError, PluginError: It cannot be.
        """
        return self._cooked

    @cached_property
    def _cooked(self) -> Cooked:
        loaded = load(self.target, self.connectors, strict=self.strict)
        if self.target is not None and not len(loaded.registry):
            raise TargetError(
                self.target, "it holds no extension function; decorate them (@hook, @wrapper, ...)"
            )
        return Cooked(loaded.configuration(**self.settings), loaded.plugins)
