"""The decorators: each marks a function as an extension function and gives that function back.

Nothing is registered here. A mark is a frozen record on the function; a
:class:`~ioplugins.registry.Registry` collects marks, so the same module can serve in several
registries and a unit test calls the function as plain Python::

    @hook("preMap")
    def add_region(options: PreMapOptions):
        return [{"data": {**record, "region": "EU"}} for record in options.data]
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeVar, overload

from attrs import frozen

from ioplugins.errors import InvalidFunction, RegistrationError
from ioplugins.functions import where, why_not_callable
from ioplugins.kinds import SECTIONS, Kind, kind_for

if TYPE_CHECKING:
    from ioplugins.functions import Callback
    from ioplugins.options import (
        ChangeEditionOptions,
        ConnectorInstallerOptions,
        ConnectorUninstallerOptions,
        ExportOptions,
        FormInitOptions,
        GetMappingMetadataOptions,
        ImportOptions,
        InitChildOptions,
        IntegrationInstallerOptions,
        IntegrationUninstallerOptions,
        PersistSettingsOptions,
        PingOptions,
        PostAggregateOptions,
        PostMapOptions,
        PostResponseMapOptions,
        PostSubmitOptions,
        PreMapOptions,
        PreSaveOptions,
        PreSavePageOptions,
        PreUninstallOptions,
        RefreshMetadataOptions,
        StepOptions,
        UpdateOptions,
        UtilityOptions,
    )

F = TypeVar("F", bound=Callable[..., Any])
OptionsT = TypeVar("OptionsT")
AnswerT = TypeVar("AnswerT")
OwnerT = TypeVar("OwnerT")

#: What ``dates=`` takes: ``"iso"`` writes dates in an answer as text.
Dates = Literal["iso"] | None

#: A function may take the raw JSON in place of its kind's options class.
Raw = dict[str, Any]


class Marks(Protocol[OptionsT]):
    """A decorator for functions that receive *OptionsT*, or the raw JSON, and maybe a callback.

    It gives the very function back; the overloads tell an editor what it takes.
    """

    @overload
    def __call__(
        self, function: Callable[[OptionsT], AnswerT], /
    ) -> Callable[[OptionsT], AnswerT]: ...
    @overload
    def __call__(self, function: Callable[[Raw], AnswerT], /) -> Callable[[Raw], AnswerT]: ...
    @overload
    def __call__(
        self, function: Callable[[OptionsT, Callback], AnswerT], /
    ) -> Callable[[OptionsT, Callback], AnswerT]: ...
    @overload
    def __call__(
        self, function: Callable[[Raw, Callback], AnswerT], /
    ) -> Callable[[Raw, Callback], AnswerT]: ...
    @overload  # methods
    def __call__(
        self, function: Callable[[OwnerT, OptionsT], AnswerT], /
    ) -> Callable[[OwnerT, OptionsT], AnswerT]: ...
    @overload
    def __call__(
        self, function: Callable[[OwnerT, Raw], AnswerT], /
    ) -> Callable[[OwnerT, Raw], AnswerT]: ...


MARKS: Final = "__ioplugins_marks__"


@frozen
class Mark:
    """What a decorator leaves on a function.

    Attributes:
        kind: The row of the kinds table.
        section: The framework 1.0 section of the decorator.
        name: The wire name; None means the function's own name.
        dates: ``"iso"`` when dates in the answer are to be written as text.
    """

    kind: Kind
    section: str
    name: str | None
    dates: str | None


def marks_of(function: object) -> tuple[Mark, ...]:
    """The marks on *function*, in the order they were applied (the lowest decorator first)."""
    # From the function's own attributes: a class attribute or __getattr__ is no mark.
    try:
        inner = getattr(function, "__func__", function)
        marks: object = getattr(inner, "__dict__", {}).get(MARKS, ())
    except Exception:  # noqa: BLE001 - a proxy that lies in a module and may not be asked
        return ()
    return marks if isinstance(marks, tuple) else ()


def make_mark(decorator: str, kind: str, name: str | None, dates: str | None) -> Mark:
    """The mark of *decorator*; kind, name and dates are checked now, not at the call.

    Raises:
        UnknownKind: The decorator takes no such kind.
        RegistrationError: *name* or *dates* is not usable.
    """
    if name is not None and not _is_name(name):
        raise RegistrationError(f"name= of @{decorator} must be text, not {name!r}.")
    if dates not in {None, "iso"}:
        raise RegistrationError(f'dates= of @{decorator} must be "iso" or None, not {dates!r}.')
    return Mark(kind_for(decorator, kind), SECTIONS[decorator], name, dates)


def _is_name(name: object) -> bool:
    return isinstance(name, str) and name != ""


def _marking(decorator: str, kind: str, name: str | None, dates: str | None) -> Callable[[F], F]:
    made = make_mark(decorator, kind, name, dates)

    def decorate(function: F) -> F:
        # A static or class method is marked on the function inside, where a look-up finds it.
        inner: Any = getattr(function, "__func__", function)
        reason = why_not_callable(inner)
        if reason is not None:
            raise InvalidFunction(where(inner), reason)
        try:
            setattr(inner, MARKS, (*marks_of(inner), made))
        except AttributeError:
            raise InvalidFunction(
                where(inner), "it cannot carry a mark; use registry.hook(...) and its siblings"
            ) from None
        return function

    return decorate


@overload
def hook(
    kind: Literal["preSavePage"], *, name: str | None = None, dates: Dates = None
) -> Marks[PreSavePageOptions]: ...


@overload
def hook(
    kind: Literal["preMap"], *, name: str | None = None, dates: Dates = None
) -> Marks[PreMapOptions]: ...


@overload
def hook(
    kind: Literal["postMap"], *, name: str | None = None, dates: Dates = None
) -> Marks[PostMapOptions]: ...


@overload
def hook(
    kind: Literal["postSubmit"], *, name: str | None = None, dates: Dates = None
) -> Marks[PostSubmitOptions]: ...


@overload
def hook(
    kind: Literal["postResponseMap"], *, name: str | None = None, dates: Dates = None
) -> Marks[PostResponseMapOptions]: ...


@overload
def hook(
    kind: Literal["postAggregate"], *, name: str | None = None, dates: Dates = None
) -> Marks[PostAggregateOptions]: ...


@overload
def hook(
    kind: Literal["formInit"], *, name: str | None = None, dates: Dates = None
) -> Marks[FormInitOptions]: ...


@overload
def hook(
    kind: Literal["preSave"], *, name: str | None = None, dates: Dates = None
) -> Marks[PreSaveOptions]: ...


def hook(kind: str, *, name: str | None = None, dates: Dates = None) -> Any:
    """Mark a hook: preSavePage, preMap, postMap, postSubmit, ... and formInit, preSave.

    Args:
        kind: The hook's kind, such as ``"preMap"``.
        name: The wire name; the function's own name when left out.
        dates: ``"iso"`` writes datetimes, Decimals and the like in the answer as text.

    Raises:
        UnknownKind: No such hook; the message lists them.
    """
    return _marking("hook", kind, name, dates)


@overload
def wrapper(
    kind: Literal["ping"], *, name: str | None = None, dates: Dates = None
) -> Marks[PingOptions]: ...


@overload
def wrapper(
    kind: Literal["export"], *, name: str | None = None, dates: Dates = None
) -> Marks[ExportOptions]: ...


@overload
def wrapper(
    kind: Literal["import"], *, name: str | None = None, dates: Dates = None
) -> Marks[ImportOptions]: ...


def wrapper(kind: str, *, name: str | None = None, dates: Dates = None) -> Any:
    """Mark a function of a wrapper connection: ping, export, import. Arguments as `hook`."""
    return _marking("wrapper", kind, name, dates)


@overload
def installer(
    kind: Literal["step"], *, name: str | None = None, dates: Dates = None
) -> Marks[StepOptions]: ...


@overload
def installer(
    kind: Literal["initChild"], *, name: str | None = None, dates: Dates = None
) -> Marks[InitChildOptions]: ...


@overload
def installer(
    kind: Literal["update"], *, name: str | None = None, dates: Dates = None
) -> Marks[UpdateOptions]: ...


@overload
def installer(
    kind: Literal["connectorInstaller"], *, name: str | None = None, dates: Dates = None
) -> Marks[ConnectorInstallerOptions]: ...


@overload
def installer(
    kind: Literal["integrationInstaller"], *, name: str | None = None, dates: Dates = None
) -> Marks[IntegrationInstallerOptions]: ...


def installer(kind: str, *, name: str | None = None, dates: Dates = None) -> Any:
    """Mark an installer function: step, initChild, update, ... Arguments as `hook`."""
    return _marking("installer", kind, name, dates)


@overload
def uninstaller(
    kind: Literal["step"], *, name: str | None = None, dates: Dates = None
) -> Marks[StepOptions]: ...


@overload
def uninstaller(
    kind: Literal["preUninstall"], *, name: str | None = None, dates: Dates = None
) -> Marks[PreUninstallOptions]: ...


@overload
def uninstaller(
    kind: Literal["integrationUninstaller"], *, name: str | None = None, dates: Dates = None
) -> Marks[IntegrationUninstallerOptions]: ...


@overload
def uninstaller(
    kind: Literal["connectorUninstaller"], *, name: str | None = None, dates: Dates = None
) -> Marks[ConnectorUninstallerOptions]: ...


def uninstaller(kind: str, *, name: str | None = None, dates: Dates = None) -> Any:
    """Mark an uninstaller function: step, preUninstall, ... Arguments as `hook`."""
    return _marking("uninstaller", kind, name, dates)


@overload
def setting(
    kind: Literal["persistSettings"], *, name: str | None = None, dates: Dates = None
) -> Marks[PersistSettingsOptions]: ...


@overload
def setting(
    kind: Literal["refreshMetadata"], *, name: str | None = None, dates: Dates = None
) -> Marks[RefreshMetadataOptions]: ...


@overload
def setting(
    kind: Literal["getMappingMetadata"], *, name: str | None = None, dates: Dates = None
) -> Marks[GetMappingMetadataOptions]: ...


@overload
def setting(
    kind: Literal["changeEdition"], *, name: str | None = None, dates: Dates = None
) -> Marks[ChangeEditionOptions]: ...


def setting(kind: str, *, name: str | None = None, dates: Dates = None) -> Any:
    """Mark a settings function: persistSettings, changeEdition, ... Arguments as `hook`."""
    return _marking("setting", kind, name, dates)


@overload
def utility(function: F, /) -> F: ...


@overload
def utility(*, name: str | None = None, dates: Dates = None) -> Marks[UtilityOptions]: ...


def utility(function: Any = None, /, *, name: str | None = None, dates: Dates = None) -> Any:
    """Mark a utility, with or without parentheses: ``@utility`` or ``@utility(name="x")``."""
    decorate: Callable[[Any], Any] = _marking("utility", "utility", name, dates)
    return decorate if function is None else decorate(function)
