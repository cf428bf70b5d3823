"""A Lambda function for the tests of runtimes: what it does can end other runtimes."""

from __future__ import annotations

import datetime as dt
import os
import sys
import threading
from typing import Any

from ioplugins.aws_lambda import create_handler
from ioplugins.errors import ExtensionError


def functions() -> dict[str, Any]:
    return {
        "answer": lambda options: options["answer"],
        "nan": lambda options: [float("nan"), {"big": float("inf")}],
        "surrogate": lambda options: "x\ud800y",
        "large": lambda options: "é" * 3_200_000,
        "fail": fail,
        "exit": lambda options: sys.exit(3),
        "interrupt": interrupt,
        "date": date,
        "where": lambda options: {"python": sys.version_info[:2], "trace": trace()},
        "print": printed,
    }


def fail(options: dict[str, Any]) -> None:
    raise ExtensionError(options.get("message", "m é"), code="my_code")


def interrupt(options: object) -> None:
    raise KeyboardInterrupt


def date(options: object) -> object:
    return dt.datetime.now(dt.timezone.utc)


def trace() -> str | None:
    return os.environ.get("_X_AMZN_TRACE_ID")


def printed(options: object) -> None:
    print("a line of the function")


handler = create_handler({"diy": functions()})


def on_another_thread(event: Any, context: Any) -> Any:
    """A handler that calls the other one where the runtime is not on the stack."""
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(handler(event, context)))
    thread.start()
    thread.join()
    return answers[0]


def plain(event: Any, context: Any) -> Any:
    """A handler that is none of ours."""
    if event == "exit":
        sys.exit("the handler's own exit")
    if event == "set":
        return {1}
    if event == "large":
        return "x" * 7_000_000
    return {
        "event": event,
        "id": context.aws_request_id,
        "left": context.get_remaining_time_in_millis(),
    }


def late(event: Any, context: Any) -> Any:
    """A handler that imports ours within its first invocation."""
    from ioplugins.aws_lambda import create_handler

    return create_handler({"diy": functions()})(event, context)
