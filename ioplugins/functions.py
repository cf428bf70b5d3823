"""An extension function as it is registered: a frozen record of what it is and how to call it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, get_origin

from attrs import field, frozen

from ioplugins.errors import InvalidFunction, RegistrationError
from ioplugins.jsonvalue import JSON
from ioplugins.kinds import Kind
from ioplugins.pace import Pace

if TYPE_CHECKING:
    from ioplugins.conversion import OptionsPlan

#: Node-style callback: ``callback(error, answer)``; a falsy error means success.
Callback = Callable[..., None]

#: Any callable an author writes; how it is called is found out once, at registration.
AuthorFunction = Callable[..., Any]

_POSITIONAL: Final = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
)


@frozen
class ExtensionFunction:
    """One function that integrator.io can call.

    Attributes:
        name: The wire name (``function`` in a request).
        kind: Its row of the kinds table; None for functions of Celigo's mapping form.
        section: The framework 1.0 section it stands in; None when it is flat only.
        function: What the author wrote.
        takes_callback: Whether it takes ``(options, callback)``.
        is_async: Whether it is a coroutine function.
        where: ``package.module:qualname``, for people.
        convert: Makes what it receives from the raw JSON options; None hands them over as they
            are.
        finish: Makes JSON of what it answers (``dates="iso"``); None leaves the answer alone.
        pace: How long its latest runs took.
    """

    name: str
    kind: Kind | None
    section: str | None
    function: AuthorFunction = field(repr=False)
    takes_callback: bool = field(repr=False)
    is_async: bool = field(repr=False)
    where: str
    convert: OptionsPlan | None = field(default=None, repr=False)
    finish: Callable[[object], JSON] | None = field(default=None, repr=False)
    pace: Pace = field(factory=Pace, init=False, repr=False, eq=False)

    @property
    def summary(self) -> str:
        """The first line of the author's docstring, or nothing."""
        text = inspect.getdoc(_innermost(self.function)) or ""
        return text.partition("\n")[0].strip()


def extension_function(
    function: AuthorFunction,
    *,
    name: str,
    kind: Kind | None = None,
    section: str | None = None,
    dates: str | None = None,
) -> ExtensionFunction:
    """Describe *function* as a callable extension function.

    Raises:
        InvalidFunction: It is no function, is a generator, or takes neither ``(options)`` nor
            ``(options, callback)``.
    """
    place = where(function)
    reason = why_not_callable(function)
    if reason is not None:
        raise InvalidFunction(place, reason)
    if _is_unbound_method(function):
        raise InvalidFunction(
            place,
            "it is a method without its instance; mark it with a decorator and add the instance "
            "to the registry",
        )
    parameters = _parameters(function, place)
    return ExtensionFunction(
        name=name,
        kind=kind,
        section=section,
        function=function,
        takes_callback=len(parameters) == 2,
        is_async=_is(inspect.iscoroutinefunction, function),
        where=place,
        convert=_conversion(kind, function, parameters),
        finish=_finish(dates),
    )


def why_not_callable(function: object) -> str | None:
    """Why *function* cannot be an extension function; None when it can."""
    if isinstance(function, type):
        return "it is a class; register an instance or its methods"
    if not callable(function):
        return f"it is not callable but {type(function).__name__}"
    if _is(inspect.isgeneratorfunction, function) or _is(inspect.isasyncgenfunction, function):
        return "it is a generator; return the whole answer instead of yielding it"
    return None


def where(function: object) -> str:
    """``package.module:qualname`` of *function*, for messages and listings."""
    inner = _innermost(function)
    module = getattr(inner, "__module__", None) or type(inner).__module__
    name = getattr(inner, "__qualname__", None) or type(inner).__qualname__
    return f"{module}:{name}"


def _is_unbound_method(function: Any) -> bool:
    """A function in a class body: called as it is, its self would receive the options."""
    if inspect.ismethod(function):
        return False
    code = getattr(function, "__code__", None)
    parts = getattr(function, "__qualname__", "").rpartition(".")
    in_class = bool(parts[0]) and not parts[0].endswith("<locals>")
    return in_class and code is not None and code.co_varnames[:1] in {("self",), ("cls",)}


def _innermost(function: object) -> object:
    while isinstance(function, partial):
        function = function.func
    return getattr(function, "__func__", function)


def _is(question: Callable[[object], bool], function: object) -> bool:
    """Ask inspect about the function itself, or about the __call__ of an instance."""
    inner = _innermost(function)
    of_instance = inspect.getattr_static(type(inner), "__call__", None)
    return question(inner) or question(of_instance)


def _parameters(function: AuthorFunction, place: str) -> list[inspect.Parameter]:
    """The one or two parameters the call fills: options and maybe callback."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some built-ins have none; then (options) it is
        return [inspect.Parameter("options", inspect.Parameter.POSITIONAL_ONLY)]
    parameters = list(signature.parameters.values())
    positional = [p for p in parameters if p.kind in _POSITIONAL]
    taken = positional[:1]
    if not positional and any(p.kind is p.VAR_POSITIONAL for p in parameters):
        taken = [inspect.Parameter("options", inspect.Parameter.POSITIONAL_ONLY)]
    if len(positional) > 1 and (
        positional[1].default is inspect.Parameter.empty or positional[1].name == "callback"
    ):
        taken = positional[:2]
    left = [p for p in parameters if p not in taken and p.default is p.empty]
    required = [p.name for p in left if p.kind in {*_POSITIONAL, p.KEYWORD_ONLY}]
    if not taken or required:
        raise InvalidFunction(
            place, f"it takes {signature}; it must take (options) or (options, callback)"
        )
    return taken


def _conversion(
    kind: Kind | None, function: AuthorFunction, parameters: list[inspect.Parameter]
) -> OptionsPlan | None:
    annotation = _annotation(function, parameters[0])
    none_is_raw = kind is None and annotation is inspect.Parameter.empty
    if none_is_raw or annotation is Any or get_origin(annotation) is dict or annotation is dict:
        return None
    # Imported only for functions that want classes: it costs a cold start its time.
    from ioplugins.conversion import options_plan  # noqa: PLC0415

    try:
        return options_plan(kind, annotation)
    except RegistrationError as error:
        raise InvalidFunction(where(function), str(error)) from error


def _annotation(function: AuthorFunction, parameter: inspect.Parameter) -> object:
    """The annotation of the options parameter, evaluated when it is text.

    A name that is imported for type checkers only is looked up among the options classes.
    """
    annotation: object = parameter.annotation
    if not isinstance(annotation, str):
        return annotation
    inner: Any = _innermost(function)
    scope: Mapping[str, Any] = getattr(inspect.unwrap(inner), "__globals__", {})
    try:
        return eval(annotation, dict(scope))  # noqa: S307 - the author's own annotation
    except Exception:  # noqa: BLE001 - whatever it is, it does not name a class here
        from ioplugins import options  # noqa: PLC0415

        return getattr(options, annotation.rpartition(".")[2], inspect.Parameter.empty)


def _finish(dates: str | None) -> Callable[[object], JSON] | None:
    if dates is None:
        return None
    from ioplugins.isoanswers import to_iso_json  # noqa: PLC0415

    return to_iso_json
