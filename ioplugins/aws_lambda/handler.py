"""The handler: one invocation of the Lambda function is one call, or one HTTP request."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, Final

import attrs

from ioplugins.answering import raised_at
from ioplugins.aws_lambda.client_context import keep_client_context, recover, runtime_frame
from ioplugins.aws_lambda.faults import LIMIT, fault, fault_text, too_large
from ioplugins.aws_lambda.loading import load_configuration
from ioplugins.aws_lambda.marshalling import Answer, post_answers_as_written
from ioplugins.calling import call_function
from ioplugins.errors import ConfigurationError, IopluginsError
from ioplugins.jsonvalue import JSON, encode, parse
from ioplugins.logs import LOGGER, LogLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from ioplugins.configuration import Configuration

_NO_CONTEXT: Final = {
    "message": "The client context is missing. Invoke the function with ClientContext, base64 of "
    "a JSON object with function, and diy or _connectorId, as integrator.io does.",
    "code": "missing_required_field",
}
_FAILED: Final = {"message": "The extension function's host failed.", "code": "internal_error"}

# Under AWS's runtime client both are in place from now on; nowhere else is there any to wrap.
keep_client_context(sys.modules.get("awslambdaric.lambda_context"))
post_answers_as_written(sys.modules.get("awslambdaric.lambda_runtime_client"))


class Handler:
    """A handler for AWS Lambda; call it as the runtime does, ``handler(event, context)``.

    Attributes:
        configuration: What it serves; None when that could not be loaded.
        error: Why it could not be loaded, as every call is told; None when it was.
    """

    def __init__(self, configuration: Configuration | None, error: bytes | None = None) -> None:
        self.configuration = configuration
        self.error = error
        self._serve_http: Callable[[JSON, object], bytes] | None = None
        self._limited: dict[int, Configuration] = {}

    def __repr__(self) -> str:
        return f"<Handler: {self.configuration or 'not configured'}>"

    def __call__(self, event: JSON, context: object = None) -> JSON:
        """Answer one invocation.

        Args:
            event: The function's options; or an HTTP event of a function URL, API Gateway or an
                Application Load Balancer.
            context: The runtime's context object.

        Returns:
            The answer, plain JSON; under a runtime the bytes of it.

        Raises:
            Exception: The call failed; its text is ``{"statusCode":422,"errors":[...]}``.
        """
        failed, body = self._settled(event, context)
        if failed:
            raise fault(fault_text(body))
        return Answer(body) if runtime_frame() is not None else parse(body)

    def _settled(self, event: JSON, context: object) -> tuple[bool, bytes]:
        """Whether it failed, and the body; nothing that happens here may end the runtime."""
        try:
            failed, body = self._answer(event, context)
        except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt too
            fields = {"error": type(error).__name__, "at": raised_at(error, own=True)}
            LOGGER.error(LogLine("internalError", fields))
            return True, encode({"errors": [_FAILED]})
        if len(body) > LIMIT and not failed:
            return True, too_large()
        return failed, body

    def _answer(self, event: JSON, context: object) -> tuple[bool, bytes]:
        asked = recover(context)
        if asked is None and is_http(event):
            return False, self._http(event, context)
        if self.configuration is None:
            return True, self.error or b""
        if asked is None:
            LOGGER.error(LogLine("noClientContext", {}))
            return True, encode({"errors": [_NO_CONTEXT]})
        request = {**asked, "options": event} if isinstance(asked, dict) else {"options": event}
        request_id = request.get("_reqId")
        outcome = call_function(
            self._within(self.configuration, context),
            request,
            request_id=request_id if isinstance(request_id, str) else "",
        )
        return bool(outcome.errors), outcome.body

    def _within(self, configuration: Configuration, context: object) -> Configuration:
        """*configuration* with a time limit that ends before Lambda ends the process.

        Whole seconds, the one that has begun kept back for the answer: most calls of a function
        have the same.
        """
        remaining = getattr(context, "get_remaining_time_in_millis", None)
        milliseconds = remaining() if callable(remaining) else None
        if not isinstance(milliseconds, int):
            return configuration
        left, limit = milliseconds // 1000, configuration.settings.call_limit
        if left < 1 or (limit is not None and limit <= left):
            return configuration
        if left not in self._limited:
            settings = attrs.evolve(configuration.settings, function_timeout=left * 1000)
            self._limited[left] = attrs.evolve(configuration, settings=settings)
        return self._limited[left]

    def _http(self, event: JSON, context: object) -> bytes:
        if self._serve_http is None:
            # Imported by the first HTTP event: a Lambda stack never needs it.
            from ioplugins.aws_lambda.http_events import http_door  # noqa: PLC0415

            self._serve_http = http_door(self.configuration, self.error)
        return self._serve_http(event, context)


def create_handler(source: object = None) -> Handler:
    """Make a handler for AWS Lambda.

    Args:
        source: What it serves: a configuration, a registry, the mapping of Celigo's
            documentation, a TARGET as text (``"functions"``, ``"package.module:attribute"``),
            a module or another source of functions; None for the installed connectors, which
            are read from the frozen manifest that ``IOPLUGINS_MANIFEST`` names, if it does.

    Returns:
        The handler. When the configuration is wrong, it answers that to every call.
    """
    if LOGGER.level == logging.NOTSET and "AWS_LAMBDA_LOG_LEVEL" not in os.environ:
        LOGGER.setLevel(logging.INFO)  # the line of each call, as the Node shim prints it
    try:
        return Handler(load_configuration(source))
    except IopluginsError as error:
        code = error.code if isinstance(error, ConfigurationError) else type(error).__name__
        told = {"message": str(error), "code": code}
        LOGGER.error(LogLine("configurationError", told))
        return Handler(None, encode({"errors": [told]}))


def is_http(event: JSON) -> bool:
    """Whether *event* is an HTTP request, of whatever front door."""
    if not isinstance(event, dict) or not isinstance(event.get("requestContext"), dict):
        return False
    return "httpMethod" in event or "http" in event["requestContext"]
