"""The registry: collects extension functions from sources and builds the configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from attrs import frozen

from ioplugins.configuration import CallWrapper, Configuration, settings_from
from ioplugins.decorators import F, make_mark
from ioplugins.errors import configuration_error
from ioplugins.functions import ExtensionFunction
from ioplugins.functionset import Contents, Entry, FunctionSet, FunctionSetBuilder
from ioplugins.sources import contents_of, described


@frozen
class Registered:
    """One function in a registry, and the connector it belongs to (None: the DIY module)."""

    connector_id: str | None
    function: ExtensionFunction


class Registry:
    """Extension functions from any number of sources; iterable, countable, searchable by name.

    Nothing is global: make as many as you like. Conflicts are errors when they are added.
    """

    def __init__(self) -> None:
        self._builders: dict[str | None, FunctionSetBuilder] = {}
        self._contents: list[tuple[str | None, Contents]] = []

    def add(self, source: object, connector_id: str | None = None) -> None:
        """Collect the extension functions of *source*.

        Args:
            source: A module, an instance of an author's class, a function, a mapping in the
                form of Celigo's documentation, a function set, or another registry (with
                its connectors).
            connector_id: The ``_connectorId`` they belong to; None for the DIY module.

        Raises:
            RegistrationError: *source* cannot hold functions, one of them cannot be called, or
                a name is taken already.
        """
        if isinstance(source, FunctionSet):
            self._put(source.contents(), connector_id)
            return
        if not isinstance(source, Registry):
            self._put(contents_of(source), connector_id)
            return
        added = [
            (connector_id if own_id is None else own_id, contents)
            for own_id, contents in source._contents  # noqa: SLF001 - its own class
        ]
        trial = Registry()  # all of it or, after a conflict, nothing
        for key, contents in (*self._contents, *added):
            trial._put(contents, key)
        for key, contents in added:
            self._put(contents, key)

    def hook(
        self,
        kind: str,
        *,
        name: str | None = None,
        dates: str | None = None,
        connector_id: str | None = None,
    ) -> Callable[[F], F]:
        """Register a function at once as `ioplugins.hook` marks it.

        Also for what cannot carry a mark or has no name of its own: bound methods, partials
        and lambdas (give those a *name*).
        """
        return self._registering("hook", kind, name, dates, connector_id)

    def wrapper(
        self,
        kind: str,
        *,
        name: str | None = None,
        dates: str | None = None,
        connector_id: str | None = None,
    ) -> Callable[[F], F]:
        """Register a function at once as `ioplugins.wrapper` marks it."""
        return self._registering("wrapper", kind, name, dates, connector_id)

    def installer(
        self,
        kind: str,
        *,
        name: str | None = None,
        dates: str | None = None,
        connector_id: str | None = None,
    ) -> Callable[[F], F]:
        """Register a function at once as `ioplugins.installer` marks it."""
        return self._registering("installer", kind, name, dates, connector_id)

    def uninstaller(
        self,
        kind: str,
        *,
        name: str | None = None,
        dates: str | None = None,
        connector_id: str | None = None,
    ) -> Callable[[F], F]:
        """Register a function at once as `ioplugins.uninstaller` marks it."""
        return self._registering("uninstaller", kind, name, dates, connector_id)

    def setting(
        self,
        kind: str,
        *,
        name: str | None = None,
        dates: str | None = None,
        connector_id: str | None = None,
    ) -> Callable[[F], F]:
        """Register a function at once as `ioplugins.setting` marks it."""
        return self._registering("setting", kind, name, dates, connector_id)

    def utility(
        self,
        function: Any = None,
        *,
        name: str | None = None,
        dates: str | None = None,
        connector_id: str | None = None,
    ) -> Any:
        """Register a function at once as `ioplugins.utility` marks it."""
        decorate: Callable[[Any], Any] = self._registering(
            "utility", "utility", name, dates, connector_id
        )
        return decorate if function is None else decorate(function)

    def configuration(
        self, *, call_wrapper: CallWrapper | None = None, **settings: Any
    ) -> Configuration:
        """Freeze all that was collected into a configuration.

        Args:
            call_wrapper: What plugins put around each call.
            **settings: The host's settings, in snake_case or camelCase
                (see `ioplugins.configuration.Settings`).

        Raises:
            ConfigurationError: Nothing was registered, DIY functions and connectors are mixed,
                or a setting is not usable.
        """
        if not self._builders:
            raise configuration_error("neither")
        if None in self._builders and len(self._builders) > 1:
            raise configuration_error("both")
        sets = {key: builder.build() for key, builder in self._builders.items()}
        diy = sets.pop(None, None)
        connectors = {key: held for key, held in sets.items() if key is not None}
        made = Configuration(diy, connectors, settings_from(settings), call_wrapper)
        made.announce()
        return made

    def __iter__(self) -> Iterator[Registered]:
        for connector_id, builder in self._builders.items():
            for function in builder.build():
                yield Registered(connector_id, function)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return any(name in builder.build() for builder in self._builders.values())

    def __repr__(self) -> str:
        connectors = len([key for key in self._builders if key is not None])
        return f"<Registry: {len(self)} functions, {connectors} connectors>"

    def _put(self, contents: Contents, connector_id: str | None) -> None:
        builder = self._builders.get(connector_id) or FunctionSetBuilder()
        builder.add(contents)
        self._builders[connector_id] = builder
        self._contents.append((connector_id, contents))

    def _registering(
        self,
        decorator: str,
        kind: str,
        name: str | None,
        dates: str | None,
        connector_id: str | None,
    ) -> Callable[[F], F]:
        mark = make_mark(decorator, kind, name, dates)

        def decorate(function: F) -> F:
            given: Any = function
            target = given.__func__ if isinstance(given, (staticmethod, classmethod)) else given
            entry = Entry(described(target, mark), flat=True)
            self._put(Contents((entry,)), connector_id)
            return function

        return decorate
