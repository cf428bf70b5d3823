"""`ioplugins serve` with another WSGI application in place of ours: the ceilings.

The host, its threads, its collector and allocator settings are those of `ioplugins serve`, whatever
they are; only the application is swapped. ``bare`` does the same JSON work by hand, without the
framework; ``constant`` reads the body and answers bytes that were made before, without JSON.

Usage: ``python on_our_host.py bare|constant serve TARGET [options of ioplugins serve]``
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

TOKEN = f"Bearer {os.environ['INTEGRATOR_EXTENSION_SYSTEM_TOKEN']}"
_JSON = ("Content-Type", "application/json; charset=utf-8")

Environ = dict[str, Any]
Records = list[dict[str, Any]]
Start = Callable[[str, list[tuple[str, str]]], object]


class Application:
    """What both have in common: the routes and how an answer is given."""

    name: str

    def __init__(self, configuration: object, **_: object) -> None:
        """Takes what the framework's own application takes."""

    def __call__(self, environ: Environ, start_response: Start) -> list[bytes]:
        status, body = "200 OK", b""
        if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] == "/function":
            if environ.get("HTTP_AUTHORIZATION") == TOKEN:
                body = self.answer(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
            else:
                status = "401 Unauthorized"
        else:
            body = self.name.encode()
        start_response(status, [_JSON, ("Content-Length", str(len(body)))])
        return [body]

    def answer(self, body: bytes) -> bytes:
        raise NotImplementedError


class Bare(Application):
    """The JSON work by hand, and the two log lines in one write."""

    name = "bare"

    def __init__(self, configuration: object, **_: object) -> None:
        from benchmarks.contestants import functions

        self._functions: dict[str, Callable[[Records], Records]] = {
            "addRegion": functions.add_region_to,
        }

    def answer(self, body: bytes) -> bytes:
        began = time.perf_counter_ns()
        request = orjson.loads(body)
        name, options = request["function"], request["options"]
        answer: bytes = orjson.dumps(self._functions[name](options["data"]))
        taken = (time.perf_counter_ns() - began) // 1_000_000
        os.write(
            1,
            f"logName=callFunctionInvoked, type=hook, function={name}, "
            f"_flowId={options.get('_flowId')}\n"
            "info: logName=reqFinished, method=POST, url=/function, statusCode=200, "
            f"responseTime={taken}ms, traceId=\n".encode(),
        )
        return answer


class Constant(Application):
    """The answers that the benchmark wrote to files, by the length of the request."""

    name = "constant"

    def __init__(self, configuration: object, **_: object) -> None:
        folder = Path(os.environ["BENCHMARK_ANSWERS"])
        self._answers = {int(path.stem): path.read_bytes() for path in folder.glob("*.json")}

    def answer(self, body: bytes) -> bytes:
        return self._answers[len(body)]


def main() -> None:
    from ioplugins.cli import main as command_line
    from ioplugins.server import on_granian

    chosen = {one.name: one for one in (Bare, Constant)}[sys.argv.pop(1)]
    if not hasattr(on_granian, "Application"):
        raise SystemExit("ioplugins.server.on_granian makes no Application any more: adapt me.")
    on_granian.Application = chosen
    command_line()


if __name__ == "__main__":
    main()
