"""What a function failed with, as the ``{message, code}`` of a 422."""

from __future__ import annotations

from ioplugins.errors import FunctionTimeout, NotJSON, PluginError
from ioplugins.javascript import truthy
from ioplugins.jsonvalue import JSON, encode

_MISSING = object()


def error_from(error: object) -> dict[str, JSON]:
    """The error to answer for what a function raised or gave to its callback.

    The code is the error's ``code`` when that is truthy JSON, else the ``name`` its author gave
    it, else the class name. The message is always text. Other attributes are dropped.
    """
    if isinstance(error, BaseException):
        return _from_exception(error)
    if isinstance(error, dict):
        return _from_map(error)
    return {"message": _as_text(error), "code": "Error"}


def _from_exception(error: BaseException) -> dict[str, JSON]:
    if isinstance(error, FunctionTimeout):
        return {"message": str(error), "code": error.code}
    if isinstance(error, PluginError):
        # Who failed, in what; why stands in the log only: it may quote a path or a secret.
        package = f" (package {error.distribution})" if error.distribution else ""
        message = f"The plugin {error.plugin}{package} failed while {error.doing}."
        return {"message": message, "code": "plugin_error"}
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 - an author's __str__ that fails tells nothing
        message = ""
    name = _of_author(error, "name")
    fallback = type(error).__name__ if name is _MISSING else name
    return {"message": message, "code": _code(_of_author(error, "code"), fallback)}


def _from_map(error: dict[JSON, JSON]) -> dict[str, JSON]:
    message = error.get("message", _MISSING)
    if message is _MISSING:
        message = error if error.keys() - {"code", "name"} else ""
    told = message if isinstance(message, str) else _as_text(message)
    return {"message": told, "code": _code(error.get("code"), error.get("name", "Error"))}


def _of_author(error: BaseException, attribute: str) -> object:
    """An attribute that the error's author gave it.

    Not one that a built-in class brings: AttributeError's ``name`` is the attribute's, and
    SystemExit's ``code`` the exit status.
    """
    if attribute in getattr(error, "__dict__", {}):
        return error.__dict__[attribute]
    for cls in type(error).__mro__:
        if attribute in vars(cls):
            if cls.__module__ == "builtins":
                return _MISSING
            try:
                return getattr(error, attribute)
            except Exception:  # noqa: BLE001 - an author's property that fails tells nothing
                return _MISSING
    return _MISSING


def _code(code: object, fallback: object) -> JSON:
    for candidate in (code, fallback) if code is not _MISSING and truthy(code) else (fallback,):
        try:
            encode(candidate)
        except NotJSON:
            continue
        return candidate
    return "Error"


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    try:
        return encode(value).decode()
    except NotJSON:
        return type(value).__name__
