"""The one converter: options from wire JSON to attributes.

How the options of a function are converted is found out once, when the function is registered
(:func:`options_plan`); a call then runs the plan, which sets the attributes that came. A wrong type
is no exception here: cattrs then looks at the options again, and each thing that is wrong becomes a
:class:`~ioplugins.problems.Problem` with its path, and its attribute has the default.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from datetime import datetime
from functools import cache
from types import MappingProxyType, UnionType
from typing import TYPE_CHECKING, Any, Final, TypeVar, Union, get_args, get_origin

import attrs

from ioplugins.errors import RegistrationError
from ioplugins.javascript import date_time
from ioplugins.jsontypes import is_object, json_type
from ioplugins.jsonvalue import JSON
from ioplugins.kinds import Kind
from ioplugins.options import options_class
from ioplugins.options.envelope import (
    Envelope,
    is_always,
    is_lenient,
    remember_source,
    setter,
    wire_attributes,
    wire_name,
)
from ioplugins.options.shared import Options
from ioplugins.problems import Problem, step

if TYPE_CHECKING:
    from cattrs import BaseConverter, Converter

_E = TypeVar("_E", bound=Envelope)
_Path = tuple[str, ...]
#: Makes a value what it is to be; the second argument is the type, for cattrs.
_Hook = Callable[[Any, Any], object]

# -------------------------------------------------------------------------------- options


@attrs.frozen(eq=False)
class OptionsPlan:
    """How the raw options of a function become what it takes.

    Call it for the options alone; :meth:`structure` gives the problems too.
    """

    options_class: type[Options]
    _hook: Callable[[JSON, object], Options] = attrs.field(repr=False)
    _always: tuple[str, ...] = attrs.field(repr=False)

    def __call__(self, raw: JSON) -> Options:
        """The options; what is wrong with *raw* has its default."""
        return self.structure(raw)[0]

    def structure(self, raw: JSON) -> tuple[Options, list[Problem]]:
        """The options and what is wrong with *raw*; raises for no JSON value."""
        problems: list[Problem] = []
        if not is_object(raw):
            problems.append(_problem("O-OBJ", (), f"The options are {json_type(raw)}."))
            raw = {}
        for key in self._always:
            if raw.get(key) is None:
                missing = "integrator.io always sends it; it is missing."
                problems.append(_problem("O-MISSING", (key,), missing))
        try:
            return self._hook(raw, self.options_class), problems
        except Exception:  # noqa: BLE001 - whatever a hook raises, the look below tells it
            wrong = _wrong_parts_of(raw, self.options_class)
        pruned = raw
        for path, reason in wrong:
            problems.append(_problem("O-TYPE", path, reason))
            pruned = _without(pruned, path)
        options = self._hook(pruned, self.options_class)
        _restore_source(options, raw)
        return options, problems


def options_plan(kind: Kind | None, annotation: object) -> OptionsPlan | None:
    """How options become what a function takes; None hands over the raw JSON.

    Args:
        kind: The function's kind; None when it was registered without one.
        annotation: The annotation of its first parameter: an options class, a type of mapping
            (``dict``, ``Mapping``, a TypedDict), ``Any`` or ``object``; ``Parameter.empty``
            when there is none, which means the kind's own class.

    Raises:
        RegistrationError: It is the options class of another kind, or no type for options.
    """
    own = None if kind is None else options_class(kind.id)
    if get_origin(annotation) in {Union, UnionType}:
        members = get_args(annotation)
        annotation = own if own in members else members[0]
    if annotation is inspect.Parameter.empty:
        return None if own is None else _plan(own)
    if _is_raw(annotation):
        return None
    if not isinstance(annotation, type) or not issubclass(annotation, Options):
        raise RegistrationError(
            f"the annotation {annotation!r} of its options is no "
            "options class; take one of ioplugins.options, dict for the raw JSON, or none"
        )
    if own is None or issubclass(annotation, own):
        return _plan(annotation)
    if issubclass(own, annotation):  # such as HookOptions: what several kinds have in common
        return _plan(own)
    raise RegistrationError(
        f"its options are annotated {annotation.__name__}, but a function of this kind receives "
        f"{own.__name__}"
    )


def structure_options(kind: str, raw: JSON) -> tuple[Options, list[Problem]]:
    """The options object of a kind, and what is wrong with *raw*.

    Args:
        kind: An id of the kinds table, such as ``"wrapperExport"``.
        raw: The options as JSON; date-times as text or already as datetimes.

    Raises:
        KeyError: No kind has this id.
    """
    return _plan(options_class(kind)).structure(raw)


def _is_raw(annotation: object) -> bool:
    origin = get_origin(annotation) or annotation
    if origin in {Any, object, Mapping, MutableMapping}:
        return True
    return isinstance(origin, type) and issubclass(origin, dict)  # a TypedDict is one too


def _problem(rule: str, path: _Path, what: str) -> Problem:
    place = "$"
    for key in path:
        place = step(place, key)
    return Problem(rule, "error", "documented", place, f"{what} The attribute has its default.")


# ------------------------------------------------------------------------- the way of every call


class _WrongTypeError(TypeError):
    """A value of the envelope has a type that the contract does not give it."""


@cache
def _plan(options: type[Options]) -> OptionsPlan:
    always = tuple(wire_name(a) for a in wire_attributes(options) if is_always(a))
    return OptionsPlan(options, _quick_hook(options), always)


def _quick_hook(envelope: type[_E]) -> Callable[[JSON, object], _E]:
    """Takes an envelope's values over, each by its own hook unless it is of the very type.

    Only what came is looked at: an attribute whose key did not come has its default once it is
    asked for. A generated ``__init__`` would set twenty of them for the three that a call has.
    """
    attrs.resolve_types(envelope)
    new = object.__new__
    known: dict[str, tuple[Callable[[object, object], None], object, _Hook]] = {}
    for attribute in wire_attributes(envelope):
        wanted = _not_none(attribute.type) if _is_optional(attribute.type) else attribute.type
        plain = get_origin(wanted) or wanted
        known[wire_name(attribute)] = (
            setter(envelope, attribute),
            plain if plain in _HOOKS else None,
            _object_or_nothing if is_lenient(attribute) else _hook_of(wanted),
        )

    find = known.get

    def hook(value: JSON, _: object) -> _E:
        if not is_object(value):
            raise _WrongTypeError(_not("an object", value))
        made = new(envelope)
        extra: dict[str, JSON] = {}
        for key, item in value.items():
            way = find(key)
            if way is None:
                extra[key] = item
            elif item is not None:  # null counts as missing: JavaScript hardly tells them apart
                assign, plain, structure = way
                assign(made, item if item.__class__ is plain else structure(item, plain))
        remember_source(made, value, extra)
        return made

    return hook


def _hook_of(wanted: Any) -> _Hook:
    """What makes a value the *wanted* type; a type that the contract does not use is cattrs'."""
    plain = get_origin(wanted) or wanted
    if plain in _HOOKS:
        return _HOOKS[plain]
    if isinstance(plain, type) and issubclass(plain, Envelope):
        return _quick_hook(plain)
    return _converter().get_structure_hook(wanted)


# ------------------------------------------------------------------- what is wrong, all of it


@cache
def _converter() -> Converter:
    # cattrs costs a cold start 20 ms: options that are right do without.
    from cattrs import Converter  # noqa: PLC0415

    converter = Converter()
    for plain, hook in _HOOKS.items():
        converter.register_structure_hook(plain, hook)  # cattrs has hooks of its own for text, ...
        converter.register_structure_hook_func(_is_a(plain), hook)  # dict[str, JSON] and the like
    # What is null counts as missing before a hook sees it.
    converter.register_structure_hook_factory(
        _is_optional, lambda wanted, made: made.get_structure_hook(_not_none(wanted))
    )
    converter.register_structure_hook_factory(
        lambda wanted: isinstance(wanted, type) and issubclass(wanted, Envelope), _detailed_hook
    )
    return converter


def _detailed_hook(
    envelope: type[Envelope], converter: BaseConverter
) -> Callable[[JSON, object], Envelope]:
    """As the quick one, by the code that cattrs writes, which gathers all that is wrong."""
    from cattrs.gen import make_dict_structure_fn, override  # noqa: PLC0415 - as in _converter

    attrs.resolve_types(envelope)
    overrides: dict[str, Any] = {
        attribute.name: override(
            rename=wire_name(attribute),
            struct_hook=_object_or_nothing if is_lenient(attribute) else None,
        )
        for attribute in wire_attributes(envelope)
    }
    structure = make_dict_structure_fn(envelope, converter, extra=override(omit=True), **overrides)

    def hook(value: JSON, _: object) -> Envelope:
        if not is_object(value):
            raise _WrongTypeError(_not("an object", value))
        return structure({k: item for k, item in value.items() if item is not None}, envelope)

    return hook


def _is_a(plain: type) -> Callable[[object], bool]:
    return lambda wanted: wanted is plain or get_origin(wanted) is plain


def _is_optional(wanted: object) -> bool:
    """Whether *wanted* is ``X | None``."""
    members = get_args(wanted) if get_origin(wanted) in {Union, UnionType} else ()
    return len(members) == 2 and members[1] is type(None)


def _not_none(optional: object) -> Any:
    """The X of ``X | None``."""
    return get_args(optional)[0]


def _expect(plain: type, words: str) -> Callable[[JSON, object], JSON]:
    def hook(value: JSON, _: object) -> JSON:
        if not isinstance(value, plain):
            raise _WrongTypeError(_not(words, value))
        return value

    return hook


def _whole_number(value: JSON, _: object) -> int:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _WrongTypeError(_not("a whole number", value))
    return value


def _moment(value: JSON, _: object) -> datetime:
    if isinstance(value, datetime):
        return value
    try:
        return date_time(value)
    except ValueError as error:
        raise _WrongTypeError(f"It is no date-time: {error}.") from None


def _object_or_nothing(value: JSON, _: object) -> dict[str, JSON]:
    return value if is_object(value) else {}


#: The types of the contract; values of these very types are taken over without a hook. Lists and
#: dicts are handed on as they are: nobody walks a page.
_HOOKS: Final[Mapping[type, _Hook]] = MappingProxyType(
    {
        list: _expect(list, "an array"),
        dict: _expect(dict, "an object"),
        str: _expect(str, "text"),
        bool: _expect(bool, "a boolean"),
        int: _whole_number,
        datetime: _moment,
    }
)


def _not(words: str, value: JSON) -> str:
    return f"It is {json_type(value)}, not {words}."


def _wrong_parts_of(raw: JSON, options: type[Options]) -> list[tuple[_Path, str]]:
    """The path and reason of each thing that is wrong with the options *raw*."""
    try:
        _converter().structure(raw, options)
    except Exception as error:  # noqa: BLE001 - cattrs collects whatever its hooks raise
        return list(_wrong_parts(error, ()))
    return []


def _wrong_parts(error: Exception, path: _Path) -> Iterator[tuple[_Path, str]]:
    """The path and reason of each thing that cattrs found wrong."""
    from cattrs.errors import ClassValidationError  # noqa: PLC0415 - as in _converter

    if not isinstance(error, ClassValidationError):
        if not isinstance(error, _WrongTypeError):
            raise error
        yield path, str(error)
        return
    names = {a.name: wire_name(a) for a in wire_attributes(error.cl)}
    for part, note in error.group_exceptions()[0]:
        yield from _wrong_parts(part, (*path, names[note.name]))


def _without(raw: dict[str, JSON], path: _Path) -> dict[str, JSON]:
    """A copy of *raw* without what is at *path*; what is not on the way is shared."""
    key, *rest = path
    if rest:
        return {**raw, key: _without(raw[key], tuple(rest))}
    return {name: value for name, value in raw.items() if name != key}


def _restore_source(envelope: Envelope, raw: dict[str, JSON]) -> None:
    """Let *envelope* read like *raw*, with the wrong values it was made without."""
    remember_source(envelope, raw, envelope.extra)
    for attribute in wire_attributes(type(envelope)):
        part = getattr(envelope, attribute.name)
        source = raw.get(wire_name(attribute))
        if isinstance(part, Envelope) and is_object(source):
            _restore_source(part, source)
