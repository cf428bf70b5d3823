"""Every exception carries its data; its text is made from that data."""

from __future__ import annotations

import pytest

from ioplugins import errors
from ioplugins.errors import (
    CALL_ERRORS,
    CONFIGURATION_ERRORS,
    AnswerTooLarge,
    ConfigurationError,
    ExtensionError,
    FunctionFailed,
    FunctionTimeout,
    InvalidFunction,
    InvalidSource,
    IopluginsError,
    ManifestError,
    NameConflict,
    NotJSON,
    PluginError,
    RegistrationError,
    RequestRefused,
    TargetError,
    UnknownKind,
    configuration_error,
    object_not_found,
    response_size_exceeded,
)


@pytest.mark.parametrize(
    ("error", "text", "data"),
    [
        (ExtensionError("m", code=["any", 1]), "m", {"message": "m", "code": ["any", 1]}),
        (ExtensionError(), "", {"message": "", "code": "Error"}),
        (
            UnknownKind("hook", "premap", ["preMap", "postMap"]),
            "@hook has no kind 'premap'; it takes 'preMap', 'postMap'.",
            {"decorator": "hook", "given": "premap", "known": ("preMap", "postMap")},
        ),
        (UnknownKind("hook", 5, []), "@hook has no kind 5; it takes no kind.", {"known": ()}),
        (
            InvalidFunction("shop:f", "it is a class"),
            "shop:f cannot be an extension function: it is a class",
            {"where": "shop:f", "reason": "it is a class"},
        ),
        (
            InvalidSource([1], "give a module"),
            "list is not a source of extension functions: give a module",
            {"reason": "give a module"},
        ),
        (
            NameConflict("f", "shop:f", "shop:g", "both in hooks"),
            (
                "The name 'f' is registered twice: by shop:f and by shop:g (both in hooks). "
                "Give one of them another name=."
            ),
            {"name": "f", "first": "shop:f", "second": "shop:g"},
        ),
        (ConfigurationError("m", "c"), "m", {"message": "m", "code": "c"}),
        (
            TargetError("shop.py", "there is no such file"),
            "Cannot load 'shop.py': there is no such file",
            {"target": "shop.py", "reason": "there is no such file"},
        ),
        (
            PluginError("audit", "audit 1.0", "loading audit", "it broke"),
            "Plugin 'audit' (package audit 1.0) failed while loading audit: it broke",
            {"plugin": "audit", "distribution": "audit 1.0", "doing": "loading audit"},
        ),
        (
            PluginError("audit", "", "loading audit", "it broke"),
            "Plugin 'audit' failed while loading audit: it broke",
            {"distribution": "", "reason": "it broke"},
        ),
        (
            ManifestError("m.json", "it is no JSON"),
            (
                "The frozen manifest m.json cannot be used: it is no JSON. Write it again with "
                "`ioplugins freeze -o m.json`, or unset IOPLUGINS_MANIFEST."
            ),
            {"path": "m.json", "reason": "it is no JSON"},
        ),
        (FunctionFailed("text"), "The function failed with str.", {"error": "text"}),
        (
            FunctionTimeout("f", 0.5),
            "The function f gave no answer within 0.5 seconds.",
            {"name": "f", "seconds": 0.5, "code": "function_timeout"},
        ),
        (
            FunctionTimeout("f", 300.0),
            "The function f gave no answer within 300 seconds.",
            {"seconds": 300.0},
        ),
        (NotJSON("$.a[3]", "a set"), "$.a[3]: a set", {"path": "$.a[3]", "reason": "a set"}),
        (
            AnswerTooLarge("10.5"),
            "response stream exceeded limit of 10.5 bytes.",
            {"limit": "10.5"},
        ),
        (RequestRefused(413, "c", "m"), "m", {"status": 413, "code": "c", "message": "m"}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_the_text_is_made_from_the_data(
    error: IopluginsError, text: str, data: dict[str, object]
) -> None:
    """Whoever catches it reads attributes; whoever prints it reads a sentence."""
    assert text == str(error)
    assert data == {name: getattr(error, name) for name in data}


def test_the_text_of_a_failure_does_not_tell_what_the_function_said() -> None:
    """What it raised may hold records; the object has it, the text has its class only."""
    error = FunctionFailed(ValueError("a secret"))

    assert "The function failed with ValueError." == str(error)
    assert "a secret" == str(error.error)


def test_all_are_of_one_family() -> None:
    """`except IopluginsError` is enough for everything, RegistrationError for registering."""
    classes = [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and value.__module__ == errors.__name__
    ]

    assert classes
    registering = {UnknownKind, InvalidFunction, InvalidSource, NameConflict, RegistrationError}
    assert registering == {cls for cls in classes if issubclass(cls, RegistrationError)}


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        (
            "no_selector",
            "missing_required_field",
            "Need to set either the diy or _connectorId field in extension options.",
        ),
        (
            "no_diy",
            "missing_required_field",
            "DIY is not configured in the extension configuration.",
        ),
        (
            "unknown_connector",
            "invalid_field",
            (  # the Node packages' own spelling
                "The _connectorId set in the extension options does't match any of the "
                "_connectorId's present in extension configuration."
            ),
        ),
        (
            "no_function",
            "missing_required_field",
            "Missing required field function in the extension options.",
        ),
        (
            "function_not_text",
            "invalid_field",
            "The function field in the extension options must be of type string.",
        ),
        ("no_options", "missing_required_field", "Function options haven't been provided."),
        (
            "unknown_function",
            "invalid_function",
            "The function passed in the extension options doesn't map to a function.",
        ),
        (
            "not_serializable",
            "invalid_extension_response",
            "Extension response is not serializable.",
        ),
        ("unauthorized", "unauthorized", "Invalid system token."),
    ],
)
def test_the_wire_errors_are_the_node_packages(name: str, code: str, message: str) -> None:
    """Code and message as recorded, nothing else beside them."""
    assert {"code": code, "message": message} == dict(CALL_ERRORS[name])


def test_the_catalogues_are_complete_and_closed() -> None:
    """No error without a test, and nobody changes them for everybody."""
    assert 9 == len(CALL_ERRORS)
    assert 6 == len(CONFIGURATION_ERRORS)
    for catalogue in (CALL_ERRORS, CONFIGURATION_ERRORS):
        with pytest.raises(TypeError):
            catalogue["mine"] = {}


def test_errors_with_a_part_of_the_request() -> None:
    """The type as it was sent; the limit as JavaScript prints it."""
    assert {
        "code": "object_not_found",
        "message": "The object hook doesn't exist in the module.",
    } == object_not_found("hook")
    assert {
        "code": "response_size_exceeded",
        "message": "response stream exceeded limit of 10.5 bytes.",
    } == response_size_exceeded("10.5")


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("nothing", "missing_parameter", "Options parameter is not provided."),
        ("neither", "missing_required_field", "Either DIY or connectors field needs to be set."),
        (
            "both",
            "invalid_configuration",
            "The configuration object should only have one of the diy or connectors field.",
        ),
        (
            "no_connectors",
            "invalid_field",
            "No connector modules provided in the connectors field.",
        ),
        ("no_token", "missing_required_field", "systemToken not provided in options."),
        ("not_deployed", "invalid_function_call", "Integration-extension server not deployed."),
    ],
)
def test_the_configuration_errors_are_the_node_packages(name: str, code: str, message: str) -> None:
    """Code and message as recorded."""
    error = configuration_error(name)

    assert (code, message, message) == (error.code, error.message, str(error))
