"""Invokes a packaged Lambda function in this process, as AWS's runtime client does.

Usage: ``python -I -S lambda_invoker.py PACKAGE EVENT CONTEXT INVOCATIONS``. After the first answer
it prints that; with more invocations it then prints the nanoseconds of each as JSON. The name of
the function that handles one event, and its local variable, are those of AWS's client: the handler
looks for them.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # importing typing would be part of every cold start
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def handle_event_request(
    handler: Callable[[Any], bytes],
    parse: Callable[[bytes], Any],
    event_body: bytes,
    client_context_json: str,
) -> bytes:
    """From the bytes of an event to the bytes of its answer."""
    return handler(parse(event_body))


def main() -> None:
    package, event, context, invocations = sys.argv[1:]
    sys.path.insert(0, package)
    import logging
    from importlib import import_module

    handler = import_module("lambda_function").handler
    from ioplugins.jsonvalue import parse

    # What is logged goes to standard error here, in place of CloudWatch.
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    with open(event, "rb") as file:
        event_body = file.read()
    with open(context, encoding="utf-8") as text:
        client_context_json = text.read()
    answer = handle_event_request(handler, parse, event_body, client_context_json)
    sys.stdout.buffer.write(answer + b"\n")
    sys.stdout.buffer.flush()
    if int(invocations) > 1:
        import json
        import time

        taken = []
        for _ in range(int(invocations)):
            began = time.perf_counter_ns()
            handle_event_request(handler, parse, event_body, client_context_json)
            taken.append(time.perf_counter_ns() - began)
        print(json.dumps(taken))


main()
