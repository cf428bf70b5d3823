"""Lambda's Runtime API without Lambda: its routes, with the invocations that a test asks for."""

from __future__ import annotations

import queue
import subprocess
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

PATIENCE = 30.0  # seconds for a runtime to do anything; no test is about them
ARN = "arn:aws:lambda:eu-central-1:123456789012:function:io"


@frozen
class Posted:
    """What a runtime posted: where to (``response``, ``error``, ``init/error``, ...) and what.

    The names of its headers are in lower case.
    """

    kind: str
    body: bytes
    headers: Mapping[str, str] = field(factory=dict)


class FakeRuntimeAPI:
    """The server; a runtime is pointed at its address, a test invokes through it."""

    def __init__(self) -> None:
        self.waiting: queue.Queue[tuple[str, bytes, dict[str, str]]] = queue.Queue()
        self.posted: queue.Queue[Posted] = queue.Queue()
        self.answers: dict[str, int] = {}  # statuses to answer to a path's last part
        self.invoked = 0
        api = self

        class Routes(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Else a header and its body are two packets, and each body waits for an ACK.
            wbufsize = -1
            disable_nagle_algorithm = True

            def log_message(self, *_: Any) -> None:
                pass

            def do_GET(self) -> None:
                if self.path.endswith("/restore/next"):
                    api.posted.put(Posted("restore/next", b""))
                    self.reply(200, b"")
                    return
                request_id, event, headers = api.waiting.get()
                if not request_id:
                    self.close_connection = True
                    return
                self.reply(200, event, headers)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                kind = self.path.removeprefix("/2018-06-01/runtime/")
                kind = kind.rpartition("/")[2] if kind.startswith("invocation/") else kind
                api.posted.put(Posted(kind, body, {k.lower(): v for k, v in self.headers.items()}))
                self.reply(api.answers.get(kind, 202), b"{}")

            def reply(
                self, status: int, body: bytes, headers: Mapping[str, str] | None = None
            ) -> None:
                self.send_response(status)
                for name, value in (headers or {}).items():
                    # As bytes: a client context is UTF-8.
                    self._headers_buffer.append(f"{name}: {value}\r\n".encode())
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                self.wfile.flush()

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                pass  # a runtime that is killed leaves its connection behind

        self.server = Server(("127.0.0.1", 0), Routes)
        self.address = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self.waiting.put(("", b"", {}))
        self.server.shutdown()
        self.server.server_close()

    def ask(self, event: bytes, client_context: str | None = None, **headers: str) -> str:
        """Put an invocation in the queue; gives its request id."""
        self.invoked += 1
        request_id = f"8476a536-e9f4-11e8-9739-{self.invoked:012d}"
        sent = {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 60_000),
            "Lambda-Runtime-Invoked-Function-Arn": ARN,
            "Lambda-Runtime-Trace-Id": f"Root=1-5bef4de7-{self.invoked:024d};Sampled=0",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        if client_context is not None:
            sent["Lambda-Runtime-Client-Context"] = client_context
        self.waiting.put((request_id, event, sent))
        return request_id


class Running:
    """A runtime that runs in a process of its own, and its Runtime API."""

    def __init__(self, api: FakeRuntimeAPI, process: subprocess.Popen[bytes], log: Path) -> None:
        self.api = api
        self.process = process
        self.log = log

    def printed(self) -> str:
        # As bytes: a carriage return within a line is part of it.
        return self.log.read_bytes().decode()

    def next_post(self) -> Posted:
        """What the runtime posts next; it fails at once when the process has ended."""
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit:
            try:
                return self.api.posted.get(timeout=0.1)
            except queue.Empty:
                assert self.process.poll() is None, self.printed()
        raise AssertionError(f"nothing was posted:\n{self.printed()}")

    def invoke(self, event: bytes, client_context: str | None = None, **headers: str) -> Posted:
        """Invoke the function and wait for what it posts."""
        self.api.ask(event, client_context, **headers)
        return self.next_post()


@contextmanager
def running(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path
) -> Iterator[Running]:
    """Run the runtime *command* in *folder* against a Runtime API of its own."""
    api = FakeRuntimeAPI()
    env = {"AWS_LAMBDA_RUNTIME_API": api.address, **environment}
    with log.open("wb") as output:
        process = subprocess.Popen(
            list(command), cwd=folder, env=env, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield Running(api, process, log)
        finally:
            process.kill()
            process.wait()
            api.close()
