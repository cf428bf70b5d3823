"""One call from request to answer, with the protocol of the Node packages; it knows no I/O.

Check the request, find the function, turn its dates, convert its options, run it, check what it
answers, encode that once. Each step that fails makes the documented 422.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Final

from attrs import frozen

from ioplugins.answering import raised_at
from ioplugins.callinfo import Call, CallInfo, call_info, set_current_call
from ioplugins.checking import AnswerCheck, errors_from, option_problems
from ioplugins.configuration import Configuration, Settings
from ioplugins.errors import (
    CALL_ERRORS,
    AnswerTooLarge,
    ExtensionError,
    FunctionFailed,
    FunctionTimeout,
    IopluginsError,
    NotJSON,
    PluginError,
    object_not_found,
    response_size_exceeded,
)
from ioplugins.execution import execute
from ioplugins.failures import error_from
from ioplugins.functions import ExtensionFunction
from ioplugins.functionset import FunctionSet
from ioplugins.javascript import date_time, text, truthy
from ioplugins.jsonvalue import JSON, Limit, encode, encode_slices
from ioplugins.kinds import SECTIONS
from ioplugins.logs import LogLine, inform
from ioplugins.turns import Turns

if TYPE_CHECKING:
    from ioplugins.problems import Problem

DEFAULT_LIMIT: Final = Limit(5 * 1024 * 1024, "5242880")

_DATES: Final = ("lastExportDateTime", "currentExportDateTime")
_NUMBER: Final = r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*"

#: One error of an ``{"errors": [...]}`` body.
Error = Mapping[str, JSON]


@frozen
class Outcome:
    """What a call came to.

    Attributes:
        status: 200, or 422 with errors.
        slices: The JSON to send, the answer or ``{"errors": [...]}``, in pieces; most have one.
        errors: The errors of a 422, in the order they are sent; empty for a 200.
        detail: For the author, never for the caller: where an answer is not JSON, and why.
    """

    status: int
    slices: list[bytes]
    errors: tuple[Error, ...] = ()
    detail: str = ""

    @property
    def body(self) -> bytes:
        """The JSON in one piece."""
        return b"".join(self.slices)


class _Refused(Exception):
    """The call cannot be made; the errors to answer."""

    def __init__(self, *errors: Error) -> None:
        super().__init__(errors)
        self.errors = errors


def call_function(
    configuration: Configuration,
    extension_options: JSON,
    *,
    request_id: str = "",
    trace_id: str = "",
    heartbeat: Callable[[], None] | None = None,
    turns: Turns | None = None,
) -> Outcome:
    """Call the extension function that *extension_options* asks for.

    Args:
        configuration: What can be called.
        extension_options: The request: ``function``, ``options``, ``diy`` or ``_connectorId``,
            and maybe ``type`` and ``maxResponseSize``. Anything that is no object counts as
            ``{}``.
        request_id: For the logs and `ioplugins.callinfo.current_call`.
        trace_id: The caller's trace id, likewise.
        heartbeat: Called each ``heartbeat_interval`` while the function runs; it must not raise.
        turns: Where a large page has its turn; others have theirs while the function waits.

    Returns:
        The outcome; whatever the function does, this does not raise.
    """
    request = extension_options if isinstance(extension_options, dict) else {}
    info = call_info(request, request_id, trace_id, configuration.settings)
    return copy_context().run(_called, configuration, request, info, heartbeat, turns)


def _called(
    configuration: Configuration,
    request: Mapping[str, JSON],
    info: CallInfo,
    heartbeat: Callable[[], None] | None,
    turns: Turns | None,
) -> Outcome:
    set_current_call(info)
    settings = configuration.settings
    inform(settings.logger, LogLine("callFunctionInvoked", info.log_fields()), prefixed=False)
    try:
        functions, connector_id, limit = _checked(configuration, request)
        function = _found(functions, request)
        options = _with_dates(request["options"])
    except _Refused as refused:
        return _refusal(*refused.errors)

    try:
        return _outcome(
            configuration, function, connector_id, options, limit, info, heartbeat, turns
        )
    except _Refused as refused:
        return _refusal(*refused.errors)
    except FunctionFailed as failed:
        return _failure(configuration, function, failed.error)
    except (FunctionTimeout, PluginError) as error:
        settings.logger.error(LogLine("callFailed", {"error": str(error)}))  # noqa: TRY400
        return _refusal(error_from(error))
    except AnswerTooLarge as error:
        return _refusal(response_size_exceeded(error.limit))
    except NotJSON as error:
        fields = {"function": function.name, "path": error.path, "reason": error.reason}
        settings.logger.error(LogLine("invalidAnswer", fields))  # noqa: TRY400
        return _refusal(CALL_ERRORS["not_serializable"], detail=str(error))


def _outcome(
    configuration: Configuration,
    function: ExtensionFunction,
    connector_id: str | None,
    options: JSON,
    limit: Limit,
    info: CallInfo,
    heartbeat: Callable[[], None] | None,
    turns: Turns | None,
) -> Outcome:
    settings = configuration.settings
    check = None
    if function.kind is not None and settings.answers != "off":
        check = AnswerCheck(function, options)
    received = _received(configuration, function, options)
    if configuration.call_wrapper is None:
        answer = _answer(settings, function, received, heartbeat, turns)
    else:
        run = partial(_answer, settings, function, received, heartbeat, turns)
        call = Call(function, connector_id, options, info.request_id, info.trace_id, run)
        answer = configuration.call_wrapper(call)
    slices = _written(encode_slices, answer, limit)
    if check is not None:
        problems = check.problems(answer)
        if problems:
            _judge(configuration, function, problems)
    return Outcome(200, slices)


def _answer(
    settings: Settings,
    function: ExtensionFunction,
    received: object,
    heartbeat: Callable[[], None] | None,
    turns: Turns | None,
) -> JSON:
    """What the function answers."""
    answer = execute(
        function,
        received,
        limit=settings.call_limit,
        heartbeat=heartbeat,
        interval=settings.heartbeat_interval / 1000,
        logger=settings.logger,
        turns=turns,
    )
    return _written(function.finish, answer) if function.finish else answer


def _received(configuration: Configuration, function: ExtensionFunction, options: JSON) -> object:
    """What the function receives; a wrong type is reported, or refused in strict mode."""
    settings = configuration.settings
    received: object = options
    problems: list[Problem] = []
    if function.convert is not None:
        received, problems = function.convert.structure(options)
    elif settings.strict_options:
        problems = option_problems(function, options)
    if problems and settings.strict_options:
        raise _Refused(*errors_from(function, problems, "invalid_options"))
    if problems:
        configuration.reports.tell(settings.logger, "invalidOptions", function, problems)
    return received


def _written(write: Callable[..., JSON], *answer: object) -> JSON:
    """What *write* makes of an answer; whatever an object of the author's raises is NotJSON."""
    try:
        return write(*answer)
    except IopluginsError:
        raise
    except Exception as error:
        raise NotJSON("$", f"writing it raised {type(error).__name__}") from error


def _judge(
    configuration: Configuration, function: ExtensionFunction, problems: Sequence[Problem]
) -> None:
    """Report what is wrong with an answer; refuse it for an error when answers are enforced."""
    settings = configuration.settings
    configuration.reports.tell(settings.logger, "answerProblem", function, problems)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors and settings.answers == "enforce":
        raise _Refused(*errors_from(function, errors, "invalid_extension_response"))


# ------------------------------------------------------------------------- before the function


def _checked(
    configuration: Configuration, request: Mapping[str, JSON]
) -> tuple[FunctionSet, str | None, Limit]:
    """Selector, function and options: what is wrong with them is told all at once."""
    errors: list[Error] = []
    functions: FunctionSet | None = None
    connector_id: str | None = None
    selected = request.get("_connectorId")
    if truthy(request.get("diy")):
        functions = configuration.diy
        if functions is None:
            errors.append(CALL_ERRORS["no_diy"])
    elif not truthy(selected):
        errors.append(CALL_ERRORS["no_selector"])
    else:
        if isinstance(selected, str):
            connector_id = selected
            functions = configuration.connectors.get(selected)
        if functions is None:
            errors.append(CALL_ERRORS["unknown_connector"])
    name = request.get("function")
    if not truthy(name):
        errors.append(CALL_ERRORS["no_function"])
    elif not isinstance(name, str):
        errors.append(CALL_ERRORS["function_not_text"])
    if not truthy(request.get("options")):
        errors.append(CALL_ERRORS["no_options"])
    if errors or functions is None:
        raise _Refused(*errors)
    return functions, connector_id, _limit(request.get("maxResponseSize"))


def _limit(given: JSON) -> Limit:
    if not truthy(given):
        return DEFAULT_LIMIT
    if isinstance(given, str) and re.fullmatch(_NUMBER, given):
        return Limit(float(given), given)
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        raise _Refused(
            {
                "message": "The maxResponseSize field in the extension options must be a number.",
                "code": "invalid_field",
            }
        )
    return Limit(given, text(given))


def _found(functions: FunctionSet, request: Mapping[str, JSON]) -> ExtensionFunction:
    kind: JSON = request.get("type")
    held: Mapping[str, ExtensionFunction] | None = None
    if not truthy(kind):
        held = functions.sections[None]
    elif isinstance(kind, str):
        held = functions.sections.get(SECTIONS.get(kind, kind))
    if held is None:
        raise _Refused(object_not_found(text(kind)))
    function = held.get(request["function"])
    if function is None:
        raise _Refused(CALL_ERRORS["unknown_function"])
    return function


def _with_dates(options: JSON) -> JSON:
    """The date-times of an export as datetime objects; falsy values stay as they are."""
    if not isinstance(options, dict):
        return options
    for name in _DATES:
        value = options.get(name)
        if value is None or not truthy(value):
            continue
        try:
            options = {**options, name: date_time(value)}
        except ValueError as error:
            raise _Refused(
                {
                    "message": f"The option {name} is not a date-time: {error}.",
                    "code": "invalid_field",
                }
            ) from error
    return options


# -------------------------------------------------------------------------------- what went wrong


def _failure(configuration: Configuration, function: ExtensionFunction, error: object) -> Outcome:
    told = error_from(error)
    if isinstance(error, BaseException) and not isinstance(error, ExtensionError):
        configuration.settings.logger.error(
            LogLine(
                "functionFailed",
                {
                    "function": function.name,
                    "error": type(error).__name__,
                    "at": raised_at(error),
                },
            ),
            exc_info=error if configuration.settings.debug else None,
        )
    return _refusal(told)


def _refusal(*errors: Error, detail: str = "") -> Outcome:
    return Outcome(422, [encode({"errors": errors})], errors, detail)
