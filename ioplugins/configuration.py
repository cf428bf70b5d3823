"""The configuration object: the DIY functions or the connectors, and the host's settings."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial
from types import MappingProxyType
from typing import Any, Final

import attrs
from attrs import field, frozen

from ioplugins.checking import Reports
from ioplugins.errors import ConfigurationError, InvalidSource, configuration_error
from ioplugins.functionset import FunctionSet, FunctionSetBuilder
from ioplugins.logs import LOGGER, PLAIN
from ioplugins.sources import contents_of

#: The environment variable with the system tokens, separated by blanks. It goes before those of a
#: configuration: who runs a host has the last word.
TOKEN_VARIABLE: Final = "INTEGRATOR_EXTENSION_SYSTEM_TOKEN"  # noqa: S105 - a variable's name

#: What a plugin puts around each call; see `ioplugins.hookspecs.ioplugins_call`.
CallWrapper = Callable[..., Any]


def _milliseconds(value: object, attribute: attrs.Attribute[Any]) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise _invalid(attribute.name, f"must be a number of milliseconds, not {value!r}")
    return int(value)


def _count(value: object, attribute: attrs.Attribute[Any]) -> int:
    try:
        number = int(str(value))
    except ValueError:
        number = -1
    if isinstance(value, bool) or number < 0:
        raise _invalid(attribute.name, f"must be a whole number, not {value!r}")
    return number


def _tokens(value: object) -> tuple[str, ...]:
    if not value:
        return ()
    given: Any = (value,) if isinstance(value, str) else value
    if not isinstance(given, (list, tuple)) or not all(isinstance(t, str) and t for t in given):
        raise _invalid(
            "system_token", "must be text, or a list of texts while one replaces another"
        )
    return tuple(given)


def _logger(value: object) -> logging.Logger:
    if value is None:
        return LOGGER
    if not isinstance(value, logging.Logger):
        raise _invalid("logger", f"must be a logging.Logger, not {type(value).__name__}")
    return value


def _frozen_mapping(value: Mapping[str, object]) -> Mapping[str, object]:
    return MappingProxyType(dict(value))


def _frozen_sets(value: Mapping[str, FunctionSet]) -> Mapping[str, FunctionSet]:
    return MappingProxyType(dict(value))


def _text(_: Any, attribute: attrs.Attribute[Any], value: object) -> None:
    if not isinstance(value, str) or not value:
        raise _invalid(attribute.name, f"must be text, not {value!r}")


def _boolean(_: Any, attribute: attrs.Attribute[Any], value: object) -> None:
    if not isinstance(value, bool):
        raise _invalid(attribute.name, f"must be True or False, not {value!r}")


def _one_of(*choices: str) -> Callable[[Any, attrs.Attribute[Any], object], None]:
    def check(_: Any, attribute: attrs.Attribute[Any], value: object) -> None:
        if value not in choices:
            raise _invalid(attribute.name, f"must be one of {', '.join(choices)}, not {value!r}")

    return check


def _invalid(name: str, reason: str) -> ConfigurationError:
    return ConfigurationError(f"The {_camel(name)} field {reason}.", "invalid_field")


def _ms(default: int) -> int:
    made: int = field(default=default, converter=attrs.Converter(_milliseconds, takes_field=True))
    return made


def _number(default: int) -> int:
    made: int = field(default=default, converter=attrs.Converter(_count, takes_field=True))
    return made


@frozen(kw_only=True)
class Settings:
    """What a host needs besides the functions. Times in milliseconds; 0 switches a limit off.

    Attributes:
        system_token: The tokens that are valid, usually one; two while one replaces the other.
        host: The address to listen on.
        port: The port to listen on; 0 lets the system choose.
        timeout: The longest a call may take as a whole; the host's own limit.
        keep_alive_timeout: How long an idle connection is kept.
        headers_timeout: How long a caller may take to send its headers.
        function_timeout: How long a function may run before the call answers 422
            ``function_timeout``.
        heartbeat_interval: After how long a running call is told ``102 Processing``, where the
            server can send it.
        max_sockets: Bound of pools of outgoing connections; 0 is no bound.
        max_body_size: The largest request body in bytes, after inflating.
        max_anonymous_body_size: The largest body of a call that brings its token in the body.
        logger: Where the log lines go.
        answers: What to do with an answer that breaks a rule of its kind: ``enforce`` answers
            422, ``report`` logs it, ``off`` does not look.
        strict_options: Whether options of a wrong type answer 422 instead of being logged.
        debug: Whether tracebacks of failing functions are logged.
        extra: Keys of a mapping that are no settings, kept as they are.
    """

    system_token: tuple[str, ...] = field(default=(), converter=_tokens, repr=False)
    host: str = field(default="127.0.0.1", validator=_text)
    port: int = _number(8080)
    timeout: int = _ms(315_000)
    keep_alive_timeout: int = _ms(301_000)
    headers_timeout: int = _ms(305_000)
    function_timeout: int = _ms(300_000)
    heartbeat_interval: int = _ms(270_000)
    max_sockets: int = _number(0)
    max_body_size: int = _number(50 * 1024 * 1024)
    max_anonymous_body_size: int = _number(1024 * 1024)
    logger: logging.Logger = field(default=None, converter=_logger, repr=False)
    answers: str = field(default="enforce", validator=_one_of("enforce", "report", "off"))
    strict_options: bool = field(default=False, validator=_boolean)
    debug: bool = field(default=False, validator=_boolean)
    extra: Mapping[str, object] = field(factory=dict, converter=_frozen_mapping, repr=False)

    @cached_property
    def call_limit(self) -> float | None:
        """Seconds a function may run: the shorter of both limits, None without any."""
        limits = [limit for limit in (self.function_timeout, self.timeout) if limit]
        return min(limits) / 1000 if limits else None


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.title() for word in rest)


_FIELDS: Final = tuple(a.name for a in attrs.fields(Settings) if a.name != "extra")
_BY_KEY: Final = {key: name for name in _FIELDS for key in (name, _camel(name))}


def tokens_from(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The system tokens of the environment; none when it has none."""
    return tuple(environ.get(TOKEN_VARIABLE, "").split())


def setting_name(key: str) -> str | None:
    """The setting that *key* names in either spelling; None when it names none."""
    return _BY_KEY.get(key)


def settings_from(mapping: Mapping[str, Any]) -> Settings:
    """Settings from keys in camelCase or snake_case; unknown keys are kept in ``extra``.

    Raises:
        ConfigurationError: A value is not usable, or one setting is given under both spellings.
    """
    known: dict[str, Any] = {}
    extra: dict[str, object] = {}
    for key, value in mapping.items():
        name = _BY_KEY.get(key)
        if name is None:
            extra[key] = value
        elif name in known:
            raise _invalid(name, "is given twice, in camelCase and in snake_case")
        elif value is not None:
            known[name] = value
    if "winstonInstance" in extra:
        raise _invalid("winston_instance", "is Node's; give a logging.Logger as logger")
    return Settings(**known, extra=extra)


@frozen
class Configuration:
    """Everything a host serves: `diy` or `connectors`, and the settings.

    Attributes:
        diy: The functions of the DIY module, or None.
        connectors: The functions of each connector, by ``_connectorId``.
        settings: The host's settings.
        call_wrapper: What plugins put around each call; None costs nothing.
        reports: What was reported of its functions, so that no warning is logged twice.
    """

    diy: FunctionSet | None = None
    connectors: Mapping[str, FunctionSet] = field(factory=dict, converter=_frozen_sets)
    settings: Settings = field(factory=Settings)
    call_wrapper: CallWrapper | None = field(default=None, repr=False)
    reports: Reports = field(factory=Reports, init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        if self.diy is not None and self.connectors:
            raise configuration_error("both")

    def announce(self) -> None:
        """Say in the log what was loaded, in the words of the Node packages."""
        log = partial(self.settings.logger.info, extra=PLAIN)
        log("Loaded integrator-extension configuration.")
        if self.diy is not None:
            log("Loaded DIY module.")
        for connector_id in self.connectors:
            log("Loaded connector module for _connectorId: %s", connector_id)

    def function_sets(self) -> Iterable[tuple[str | None, FunctionSet]]:
        """Each function set with its ``_connectorId`` (None: the DIY module)."""
        if self.diy is not None:
            yield None, self.diy
        yield from self.connectors.items()

    @classmethod
    def from_mapping(cls, mapping: object) -> Configuration:
        """Build it from the object of Celigo's documentation, and announce it.

        Args:
            mapping: ``{"diy": source}`` or ``{"connectors": {id: source}}``, with the settings
                beside it, in camelCase or snake_case.

        Raises:
            ConfigurationError: As the Node packages say it, or naming the field that cannot
                hold functions.
            RegistrationError: One of its functions cannot be called, or a name stands for two.
        """
        configuration = configuration_from(mapping)
        configuration.announce()
        return configuration


def configuration_from(mapping: object) -> Configuration:
    """As `Configuration.from_mapping`, without a word in the log."""
    if _is_empty(mapping):
        raise configuration_error("nothing")
    if not isinstance(mapping, Mapping):
        raise configuration_error("neither")
    diy, connectors = mapping.get("diy"), mapping.get("connectors")
    if _given(diy) and _given(connectors):
        raise configuration_error("both")
    if not _given(diy) and not _given(connectors):
        raise configuration_error("neither")
    others = {k: v for k, v in mapping.items() if k not in {"diy", "connectors"}}
    if _given(diy):
        return Configuration(_functions("diy", diy), {}, settings_from(others))
    if _is_empty(connectors):
        raise configuration_error("no_connectors")
    if not isinstance(connectors, Mapping):
        raise _invalid(
            "connectors",
            f"must map each _connectorId to its functions, it is {type(connectors).__name__}",
        )
    sets = {
        str(key): _functions(f"connectors[{key!r}]", source) for key, source in connectors.items()
    }
    return Configuration(None, sets, settings_from(others))


def _functions(name: str, source: object) -> FunctionSet:
    builder = FunctionSetBuilder()
    try:
        builder.add(contents_of(source))
    except InvalidSource as error:
        raise ConfigurationError(
            f"The {name} field cannot hold functions: {error.reason}.", "invalid_field"
        ) from error
    return builder.build()


def _given(value: object) -> bool:
    """JavaScript's truth for anything: objects are true even when they are empty."""
    return value is not None and (bool(value) or not isinstance(value, (bool, int, float, str)))


def _is_empty(value: object) -> bool:
    """As the Node packages ask: numbers, booleans and functions are empty too."""
    if value is None or isinstance(value, (bool, int, float)) or callable(value):
        return True
    return isinstance(value, (str, list, tuple, Mapping)) and not value
