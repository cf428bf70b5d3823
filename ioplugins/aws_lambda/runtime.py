"""A runtime of our own: ``python -m ioplugins.aws_lambda.runtime [module.handler]``.

It asks the Runtime API for invocations and calls the handler, in the place of AWS's runtime
client: as the entry point of a container image, or on a managed runtime through the script
``exec-wrapper`` beside this file::

    AWS_LAMBDA_EXEC_WRAPPER=/var/task/ioplugins/aws_lambda/exec-wrapper

Handlers get the whole client context as ``context.client_context``. One invocation runs at a
time; nothing that a handler does ends the process.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from attrs import field, frozen

from ioplugins.aws_lambda.faults import LIMIT, string
from ioplugins.aws_lambda.marshalling import Answer
from ioplugins.aws_lambda.runtime_api import Invocation, RuntimeAPI, RuntimeAPIError
from ioplugins.aws_lambda.runtime_logging import configure_logging, set_request_id
from ioplugins.errors import NotJSON, RequestRefused
from ioplugins.jsonvalue import JSON, encode, parse

_LOG: Final = logging.getLogger("ioplugins.aws_lambda")
_TRACE_ID: Final = "_X_AMZN_TRACE_ID"
_USAGE: Final = "Name the handler, such as lambda_function.handler, in _HANDLER or as argument."


def _of_environment(name: str) -> Any:
    """A field whose value is the environment variable *name*, None without it."""
    return field(factory=lambda: os.environ.get(name))


@frozen
class Context:
    """What a handler gets as its context: the attributes of AWS's own.

    Attributes:
        aws_request_id: AWS's id of the invocation.
        invoked_function_arn: What was invoked.
        client_context: The whole client context, as it was sent; None without one.
        identity: The caller's Cognito identity, likewise.
        function_name, function_version, memory_limit_in_mb, log_group_name, log_stream_name:
            As Lambda sets them in the environment.
    """

    aws_request_id: str
    invoked_function_arn: str
    client_context: JSON = field(repr=False)
    identity: JSON = field(repr=False)
    _deadline_ms: int = field(repr=False)
    function_name: str | None = _of_environment("AWS_LAMBDA_FUNCTION_NAME")
    function_version: str | None = _of_environment("AWS_LAMBDA_FUNCTION_VERSION")
    memory_limit_in_mb: str | None = _of_environment("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
    log_group_name: str | None = _of_environment("AWS_LAMBDA_LOG_GROUP_NAME")
    log_stream_name: str | None = _of_environment("AWS_LAMBDA_LOG_STREAM_NAME")

    def get_remaining_time_in_millis(self) -> int:
        """How long Lambda lets this invocation go on."""
        return max(0, self._deadline_ms - time.time_ns() // 1_000_000)

    def log(self, message: object) -> None:
        """Print *message*, as AWS's context does."""
        sys.stdout.write(str(message))


def main(arguments: Iterable[str] = ()) -> None:
    """Start the function and serve its invocations, for ever.

    Args:
        arguments: The handler, ``module.attribute``; without it the one in _HANDLER.

    Raises:
        SystemExit: The function cannot be started, or the Runtime API is gone.
    """
    configure_logging(os.environ)
    api = RuntimeAPI(os.environ["AWS_LAMBDA_RUNTIME_API"])
    name = next(iter(arguments), "") or os.environ.get("_HANDLER", "")
    try:
        handler = load_handler(name)
    except BaseException as error:  # noqa: BLE001 - Lambda learns of all of them
        _post_start_error(api.post_init_error, error, "Runtime.ImportModuleError")
        sys.exit(1)
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        prepare_snapshot(api)
    while True:
        serve_one(api, handler)


def serve_one(api: RuntimeAPI, handler: Callable[[JSON, object], object]) -> None:
    """Wait for an invocation, call *handler*, and post what it came to.

    Raises:
        SystemExit: The Runtime API has failed; Lambda then starts another process.
    """
    try:
        invocation = api.next()
        set_request_id(invocation.request_id)
        _set_trace_id(invocation.trace_id)
        body, error = handle_event_request(handler, invocation)
        if error is None:
            api.post_answer(invocation.request_id, body)
        else:
            api.post_error(invocation.request_id, error)
    except RuntimeAPIError as refused:
        _LOG.error("%s", refused)
        if refused.status >= 500:
            sys.exit(1)
    finally:
        set_request_id("")


def handle_event_request(
    handler: Callable[[JSON, object], object], invocation: Invocation
) -> tuple[bytes, dict[str, object] | None]:
    """The answer of one invocation, or the error to post.

    It has the name of the same function in AWS's runtime, by which a handler knows that it is
    called by a runtime, which takes the bytes of an answer.
    """
    try:
        answer = handler(parse(invocation.event), _context(invocation))
        body = answer if isinstance(answer, Answer) else encode(answer)
    except string as failed:
        return b"", _error(invocation, "string", str(failed))
    except RequestRefused as refused:
        return b"", _error(invocation, "Runtime.UnmarshalError", refused.message)
    except NotJSON as wrong:
        return b"", _error(invocation, "Runtime.MarshalError", str(wrong))
    except BaseException as error:  # noqa: BLE001 - SystemExit ends one invocation, not others
        _LOG.error("The handler failed.", exc_info=error)
        return b"", _error(invocation, type(error).__name__, _text(error))
    if len(body) > LIMIT:
        message = f"The answer has {len(body)} bytes; Lambda takes {LIMIT}."
        return b"", _error(invocation, "Function.ResponseSizeTooLarge", message)
    return body, None


def _context(invocation: Invocation) -> Context:
    return Context(
        invocation.request_id,
        invocation.function_arn,
        parse(invocation.client_context.encode()) if invocation.client_context else None,
        parse(invocation.identity.encode()) if invocation.identity else None,
        invocation.deadline_ms,
    )


def _error(invocation: Invocation, kind: str, message: str) -> dict[str, object]:
    """An error as AWS's runtime posts it; a stack stays in the log."""
    _LOG.error("%s: %s", kind, message)
    return {
        "errorMessage": message,
        "errorType": kind,
        "requestId": invocation.request_id,
        "stackTrace": [],
    }


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an author's __str__ that fails tells nothing
        return ""


# ---------------------------------------------------------------------------------- the start


def load_handler(name: str) -> Callable[[JSON, object], object]:
    """The handler *name*, ``package.module.attribute`` or ``folder/module.attribute``.

    Raises:
        ValueError: It is not of that form.
        Exception: Whatever importing it raises.
    """
    module, separator, attribute = name.rpartition(".")
    if not separator or not module:
        raise ValueError(_USAGE)
    # Layers come after the function's own folder, as in AWS's runtime.
    root = os.environ.get("LAMBDA_TASK_ROOT") or str(Path.cwd())
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    layers = ("/opt/python", f"/opt/python/lib/{version}/site-packages")
    sys.path[:0] = [one for one in (root, *layers) if one not in sys.path]
    handler: Callable[[JSON, object], object] = getattr(
        importlib.import_module(module.replace("/", ".")), attribute
    )
    return handler


def prepare_snapshot(api: RuntimeAPI) -> None:
    """What SnapStart asks for: the function's own hooks, before the snapshot and after it.

    Raises:
        SystemExit: One of them failed; 64 before the snapshot, 65 after it.
    """
    hooks: Any = sys.modules.get("snapshot_restore_py")
    before = list(hooks.get_before_snapshot()) if hooks else []
    after = list(hooks.get_after_restore()) if hooks else []
    try:
        for function, arguments, keywords in reversed(before):
            function(*arguments, **keywords)
        api.restore_next()
    except BaseException as error:  # noqa: BLE001 - Lambda learns of all of them
        _post_start_error(api.post_init_error, error, "Runtime.BeforeSnapshotError")
        sys.exit(64)
    try:
        for function, arguments, keywords in after:
            function(*arguments, **keywords)
    except BaseException as error:  # noqa: BLE001 - as above
        _post_start_error(api.post_restore_error, error, "Runtime.AfterRestoreError")
        sys.exit(65)


def _post_start_error(
    post: Callable[[dict[str, object]], None], error: BaseException, kind: str
) -> None:
    told = f"{type(error).__name__}: {_text(error)}"
    _LOG.error("%s\n%s", told, "".join(traceback.format_tb(error.__traceback__)))
    post({"errorMessage": told, "errorType": kind, "stackTrace": []})


def _set_trace_id(trace_id: str) -> None:
    """Where the X-Ray SDK and OpenTelemetry look for it."""
    if trace_id:
        os.environ[_TRACE_ID] = trace_id
    else:
        os.environ.pop(_TRACE_ID, None)


if __name__ == "__main__":
    main(sys.argv[1:])
