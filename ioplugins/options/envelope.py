"""The envelope: an object with typed attributes that also reads like the raw mapping.

What every options class is made of. The attributes are the contract's fields under Python
names; ``options["_importId"]``, ``in``, ``get``, iteration and ``len`` see the JSON object as it
came, with the keys that the contract does not know. Nothing below the envelope is copied or
walked: records are the very objects of the JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

from attrs import NOTHING, Attribute, Factory, field, fields, frozen

from ioplugins.jsontypes import is_array, is_object
from ioplugins.jsonvalue import JSON, Wire

_WIRE: Final = "wire"
_SECRET: Final = "secret"  # noqa: S105 - the name of a mark
_ALWAYS: Final = "always"
_LENIENT: Final = "lenient"

_LONGEST_SHOWN: Final = 60  # characters of a text that a repr shows


def option(
    wire: str,
    default: object = None,
    *,
    factory: Callable[[], object] | None = None,
    secret: bool = False,
    always: bool = False,
    lenient: bool = False,
) -> Any:
    """An attribute of an envelope and its name on the wire; the only place that maps them.

    Args:
        wire: The key in the JSON object, such as ``"_importId"``.
        default: The value when the key is missing, null or of a wrong type.
        factory: Makes that value instead, for lists and dicts.
        secret: Never shown in a repr.
        always: integrator.io always sends it and the function cannot work without it; when it
            is missing, that is a problem.
        lenient: A wrong type is no problem: the default is taken silently.
    """
    metadata = {_WIRE: wire, _SECRET: secret, _ALWAYS: always, _LENIENT: lenient}
    if factory is not None:
        return field(factory=factory, metadata=metadata)
    return field(default=default, metadata=metadata)


@frozen(kw_only=True, eq=False, repr=False)
class Envelope(Wire, Mapping[str, JSON]):
    """A JSON object with typed attributes.

    Attributes:
        extra: The keys that the contract does not know, with their values.
    """

    extra: dict[str, JSON] = field(factory=dict[str, JSON])
    _raw: dict[str, JSON] | None = field(default=None, init=False)

    @property
    def raw(self) -> dict[str, JSON]:
        """The JSON object itself: the one that came, or one made of the attributes."""
        if self._raw is None:
            remember_source(self, self._from_attributes(), self.extra)
        return self._raw or {}

    def to_json(self) -> dict[str, JSON]:
        """The JSON object, with date-times as the text that JavaScript writes."""
        raw = self.raw
        dates = {key: value for key, value in raw.items() if isinstance(value, datetime)}
        if not dates:
            return raw
        return {**raw, **{key: iso_text(value) for key, value in dates.items()}}

    if not TYPE_CHECKING:  # type checkers are to know the attributes only

        def __getattr__(self, name: str) -> object:
            """An attribute that has not been set: its default, which is its value from now on."""
            attribute = getattr(fields(type(self)), name, None)
            if attribute is None or _WIRE not in attribute.metadata:
                told = f"{type(self).__name__!r} object has no attribute {name!r}"
                raise AttributeError(told, name=name, obj=self)
            value = default_of(attribute)
            object.__setattr__(self, name, value)
            return value

    def _from_attributes(self) -> dict[str, JSON]:
        raw: dict[str, JSON] = {}
        for attribute in wire_attributes(type(self)):
            value = getattr(self, attribute.name)
            if value != default_of(attribute):
                raw[wire_name(attribute)] = value.raw if isinstance(value, Envelope) else value
        raw.update(self.extra)
        return raw

    def __getitem__(self, key: str) -> JSON:
        return self.raw[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.raw)

    def __len__(self) -> int:
        return len(self.raw)

    def __repr__(self) -> str:
        """Names and sizes; no secret, no record and no setting, so that it may be logged."""
        shown: list[str] = []
        for attribute in wire_attributes(type(self)):
            value = getattr(self, attribute.name)
            if value != default_of(attribute):
                secret = attribute.metadata[_SECRET]
                shown.append(f"{attribute.name}={'***' if secret else _brief(value)}")
        shown += [f"{key}=***" for key in self.extra]
        return f"{type(self).__name__}({', '.join(shown)})"


def wire_attributes(envelope: type[Envelope]) -> tuple[Attribute[Any], ...]:
    """The attributes of *envelope* that stand for keys of the JSON object."""
    return tuple(a for a in fields(envelope) if _WIRE in a.metadata)


def wire_name(attribute: Attribute[Any]) -> str:
    """The key that *attribute* stands for."""
    name: str = attribute.metadata[_WIRE]
    return name


def is_always(attribute: Attribute[Any]) -> bool:
    """Whether integrator.io always sends *attribute*."""
    return bool(attribute.metadata[_ALWAYS])


def is_lenient(attribute: Attribute[Any]) -> bool:
    """Whether a wrong type of *attribute* is no problem."""
    return bool(attribute.metadata[_LENIENT])


def default_of(attribute: Attribute[Any]) -> object:
    """What *attribute* is when its key is missing."""
    default: object = attribute.default
    if isinstance(default, Factory):  # type: ignore[arg-type]
        return default.factory()  # type: ignore[attr-defined]
    return None if default is NOTHING else default


def setter(envelope: type[Envelope], attribute: Attribute[Any]) -> Callable[[object, object], None]:
    """Sets *attribute* of an *envelope* that is being made; it is frozen for everyone else."""
    assign: Callable[[object, object], None] = getattr(envelope, attribute.name).__set__
    return assign


def remember_source(envelope: Envelope, raw: dict[str, JSON], extra: dict[str, JSON]) -> None:
    """Let *envelope* read like *raw*, the object it was made from, whose unknown part is *extra*.

    For the converter, as `setter`.
    """
    _set_raw(envelope, raw)
    _set_extra(envelope, extra)


_set_extra, _set_raw = (setter(Envelope, attribute) for attribute in fields(Envelope))


def iso_text(moment: datetime) -> str:
    """*moment* as JavaScript's ``toISOString`` writes it: UTC, milliseconds, Z.

    A datetime without a zone is taken as UTC.

    Raises:
        OverflowError: In UTC it is outside the years 1 to 9999.
    """
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    text = moment.astimezone(timezone.utc).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


def _brief(value: object) -> str:
    if isinstance(value, str):
        return repr(value if len(value) <= _LONGEST_SHOWN else value[:_LONGEST_SHOWN] + "...")
    if is_array(value):
        return f"<{len(value)} items>"
    if is_object(value):
        return f"<{len(value)} keys>"
    return repr(value)
