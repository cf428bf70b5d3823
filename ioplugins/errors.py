"""Every exception of the framework, and the catalogue of errors the Node packages answer.

Grouped by what the reader should do next:

* :class:`ExtensionError`: raise it in your function to answer 422 with your code and message.
* :class:`ConfigurationError` and :class:`RegistrationError`: mend the code that registers
  functions or builds the configuration.
* :class:`PluginError` and :class:`ManifestError`: mend, update or disable what is named.
* :class:`FunctionFailed`, :class:`FunctionTimeout`, :class:`NotJSON` and
  :class:`AnswerTooLarge`: mend the function or what it answers.
* :class:`RequestRefused`: the caller sent something that is not a call.

Each object carries its data; its text is made from that data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final


class IopluginsError(Exception):
    """Any error of this framework."""


# ----------------------------------------------------------------- for authors of functions


class ExtensionError(IopluginsError):
    """Raise it in an extension function: the call answers 422 with this code and message.

    Any other exception works too (``code`` is then its ``code`` attribute or class name);
    this one is for when you choose the code.

    Args:
        message: What went wrong, for the person who reads the flow's errors.
        code: A short identifier; any JSON value, usually text.
    """

    def __init__(self, message: str = "", *, code: Any = "Error") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


# --------------------------------------------------------------- mend the registering code


class RegistrationError(IopluginsError):
    """A function cannot be registered as asked."""


class UnknownKind(RegistrationError):
    """A decorator was given a kind it does not take."""

    def __init__(self, decorator: str, given: object, known: Sequence[str]) -> None:
        self.decorator = decorator
        self.given = given
        self.known = tuple(known)
        takes = ", ".join(repr(name) for name in self.known) or "no kind"
        super().__init__(f"@{decorator} has no kind {given!r}; it takes {takes}.")


class InvalidFunction(RegistrationError):
    """The object cannot serve as an extension function."""

    def __init__(self, where: str, reason: str) -> None:
        self.where = where
        self.reason = reason
        super().__init__(f"{where} cannot be an extension function: {reason}")


class InvalidSource(RegistrationError):
    """The object cannot hold extension functions."""

    def __init__(self, source: object, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"{type(source).__name__} is not a source of extension functions: {reason}"
        )


class NameConflict(RegistrationError):
    """One name was registered twice where only one function can answer to it."""

    def __init__(self, name: str, first: str, second: str, why: str) -> None:
        self.name = name
        self.first = first
        self.second = second
        super().__init__(
            f"The name {name!r} is registered twice: by {first} and by {second} ({why}). "
            "Give one of them another name=."
        )


class ConfigurationError(IopluginsError):
    """The configuration object is not usable; *code* and *message* as the Node packages say."""

    def __init__(self, message: str, code: str) -> None:
        self.message = message
        self.code = code
        super().__init__(message)


class TargetError(IopluginsError):
    """A TARGET of the command line (a file, module or attribute) cannot be loaded."""

    def __init__(self, target: str, reason: str) -> None:
        self.target = target
        self.reason = reason
        super().__init__(f"Cannot load {target!r}: {reason}")


# ------------------------------------------------------------------- mend or disable a package


class PluginError(IopluginsError):
    """An installed package failed; the object says which one and in what.

    Args:
        plugin: The entry point's name.
        distribution: The pip package, with its version when known.
        doing: What it was doing, such as ``"loading shop.connector:functions"``.
        reason: Why it failed, in one line.
    """

    def __init__(self, plugin: str, distribution: str, doing: str, reason: str) -> None:
        self.plugin = plugin
        self.distribution = distribution
        self.doing = doing
        self.reason = reason
        package = f" (package {distribution})" if distribution else ""
        super().__init__(f"Plugin {plugin!r}{package} failed while {doing}: {reason}")


class ManifestError(IopluginsError):
    """A frozen manifest cannot be used; *path* names it and *reason* says why."""

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(
            f"The frozen manifest {path} cannot be used: {reason}. Write it again with "
            f"`ioplugins freeze -o {path}`, or unset IOPLUGINS_MANIFEST."
        )


# ------------------------------------------------------------------ mend what a function answers


class FunctionFailed(IopluginsError):
    """An extension function failed; *error* is what it raised or gave to its callback."""

    def __init__(self, error: object) -> None:
        self.error = error
        super().__init__(f"The function failed with {type(error).__name__}.")


class FunctionTimeout(IopluginsError):
    """An extension function gave no answer within *seconds*."""

    code: Final = "function_timeout"

    def __init__(self, name: str, seconds: float) -> None:
        self.name = name
        self.seconds = seconds
        super().__init__(f"The function {name} gave no answer within {seconds:g} seconds.")


class NotJSON(IopluginsError):
    """A value is not JSON; *path* says where (``$.data[3].when``) and *reason* why."""

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: {reason}")


class AnswerTooLarge(IopluginsError):
    """The JSON of an answer is longer than *limit* UTF-16 code units."""

    def __init__(self, limit: str) -> None:
        self.limit = limit
        super().__init__(f"response stream exceeded limit of {limit} bytes.")


# -------------------------------------------------------------------------- refuse the caller


class RequestRefused(IopluginsError):
    """A request that is no call: the HTTP status to answer, a code and a message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status = status
        self.code = code
        self.message = message
        super().__init__(message)


# ------------------------------------------------------------------- what the Node packages say

#: Errors of a call, by a name of ours: code and message exactly as on the wire, and in the
#: order of keys the Node packages write them (recorded in tests/conformance/http.json).
CALL_ERRORS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "no_selector": {
            "code": "missing_required_field",
            "message": "Need to set either the diy or _connectorId field in extension options.",
        },
        "no_diy": {
            "code": "missing_required_field",
            "message": "DIY is not configured in the extension configuration.",
        },
        "unknown_connector": {
            "code": "invalid_field",
            "message": "The _connectorId set in the extension options does't match any of the "
            "_connectorId's present in extension configuration.",
        },
        "no_function": {
            "code": "missing_required_field",
            "message": "Missing required field function in the extension options.",
        },
        "function_not_text": {
            "code": "invalid_field",
            "message": "The function field in the extension options must be of type string.",
        },
        "no_options": {
            "code": "missing_required_field",
            "message": "Function options haven't been provided.",
        },
        "unknown_function": {
            "message": "The function passed in the extension options doesn't map to a function.",
            "code": "invalid_function",
        },
        "not_serializable": {
            "message": "Extension response is not serializable.",
            "code": "invalid_extension_response",
        },
        "unauthorized": {"code": "unauthorized", "message": "Invalid system token."},
    }
)


def object_not_found(type_name: str) -> dict[str, str]:
    """The error for a ``type`` that names no section; *type_name* as the caller sent it."""
    return {
        "message": f"The object {type_name} doesn't exist in the module.",
        "code": "object_not_found",
    }


def response_size_exceeded(limit: str) -> dict[str, str]:
    """The error for an answer longer than *limit* (as JavaScript prints that number)."""
    return {
        "message": f"response stream exceeded limit of {limit} bytes.",
        "code": "response_size_exceeded",
    }


#: Errors of a configuration object, by a name of ours: (message, code).
CONFIGURATION_ERRORS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "nothing": ("Options parameter is not provided.", "missing_parameter"),
        "neither": ("Either DIY or connectors field needs to be set.", "missing_required_field"),
        "both": (
            "The configuration object should only have one of the diy or connectors field.",
            "invalid_configuration",
        ),
        "no_connectors": (
            "No connector modules provided in the connectors field.",
            "invalid_field",
        ),
        "no_token": ("systemToken not provided in options.", "missing_required_field"),
        "not_deployed": ("Integration-extension server not deployed.", "invalid_function_call"),
    }
)


def configuration_error(name: str) -> ConfigurationError:
    """The catalogue's configuration error called *name*."""
    message, code = CONFIGURATION_ERRORS[name]
    return ConfigurationError(message, code)
