#!/usr/bin/env python3
"""Replay the recorded HTTP cases against running servers, with the standard library only.

    python replay.py http.json --spawn "python serve.py {config} {port}"
    python replay.py http.json --base diy=http://127.0.0.1:9001 --base diy_flat=...

With ``--spawn`` a server is started for each configuration, and one of its own for each case
that changes or ends its server. A case with a ``divergence`` must meet ``expected_better``, any
other its ``response``; cases that only the Node packages can meet (``peer_only``), and those
without a server, are skipped and counted. The exit code is 1 on any mismatch.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import gzip
import json
import re
import shlex
import socket
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

#: A case, request, answer or expectation as http.json holds it.
Record = dict[str, Any]

HEADERS = ("content-type", "www-authenticate", "allow")
WAIT = 20.0

# -------------------------------------------------------------------------------- requests


def expand(parts: Any) -> str:
    """The text that *parts* (texts and ``{"repeat": text, "times": n}``) stand for."""
    if isinstance(parts, str):
        return parts
    return "".join(
        part if isinstance(part, str) else part["repeat"] * part["times"] for part in parts
    )


def body_bytes(body: Record | None) -> bytes:
    """The body that a request's *body* entry stands for."""
    if body is None:
        return b""
    if "json" in body:
        return json.dumps(body["json"], separators=(",", ":")).encode("ascii")
    if "base64" in body:
        return base64.b64decode(body["base64"])
    return expand(body["text"] if "text" in body else body["parts"]).encode()


def compress(data: bytes, how: str) -> bytes:
    """*data* as gzip, deflate (zlib) or raw-deflate."""
    if how == "gzip":
        return gzip.compress(data, mtime=0)
    if how == "deflate":
        return zlib.compress(data)
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return squeezer.compress(data) + squeezer.flush()


def build(request: Record, *, keep_alive: bool) -> tuple[bytes, bytes]:
    """The bytes of *request*: its head and its framed body."""
    if "raw" in request:
        return body_bytes(request["raw"]), b""
    data = body_bytes(request.get("body"))
    if request.get("compress"):
        data = compress(data, request["compress"])
    path = request["path"]
    path = path if isinstance(path, str) else expand(path["parts"])
    lines = [f"{request['method']} {path} HTTP/{request.get('http_version', '1.1')}"]
    headers: Record = request.get("headers", {})
    names = {name.lower() for name in headers}
    if "host" not in names:
        lines.append("Host: 127.0.0.1")
    if "connection" not in names:
        lines.append(f"Connection: {'keep-alive' if keep_alive else 'close'}")
    for name, given in headers.items():
        values = given if isinstance(given, list) else [given]
        for value in values:
            if value is not None:  # null: the header is not sent at all
                text = expand(value["parts"]) if isinstance(value, dict) else value
                lines.append(f"{name}: {text}")
    if request.get("chunked"):
        lines.append("Transfer-Encoding: chunked")
        pieces = [data[at : at + 65536] for at in range(0, len(data), 65536)]
        data = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in [*pieces, b""])
    elif "content-length" not in names and "body" in request:
        lines.append(f"Content-Length: {len(data)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode(), data


# ------------------------------------------------------------------------------- transport


class Connection:
    """One TCP connection, read to the byte, so that every oddity of an answer is seen."""

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        self.sock = socket.create_connection((parts.hostname, parts.port), timeout=10)
        self.buffer = b""
        self.ended = False

    def send(self, data: bytes) -> None:
        """Send *data*; a long body in the background, so that an early answer can be read."""
        if len(data) < 60_000:
            self._send(data)
        else:
            threading.Thread(target=self._send, args=(data,), daemon=True).start()

    def _send(self, data: bytes) -> None:
        with contextlib.suppress(OSError):  # the server may refuse before it has read all
            self.sock.sendall(data)

    def more(self, deadline: float) -> bool:
        """Read what has arrived; False at the end, TimeoutError after *deadline*."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.sock.settimeout(left)
        try:
            data = self.sock.recv(1 << 20)
        except (ConnectionResetError, BrokenPipeError):
            data = b""
        self.ended = not data
        self.buffer += data
        return bool(data)

    def until(self, mark: bytes, deadline: float) -> bytes | None:
        """The bytes up to *mark*; None when the connection ends before it."""
        while mark not in self.buffer:
            if self.ended or not self.more(deadline):
                return None
        head, self.buffer = self.buffer.split(mark, 1)
        return head

    def exactly(self, count: int, deadline: float) -> bytes:
        """The next *count* bytes, or fewer when the connection ends."""
        chunks = [self.buffer]
        have = len(self.buffer)
        self.buffer = b""
        while have < count and self.more(deadline):
            chunks.append(self.buffer)
            have += len(self.buffer)
            self.buffer = b""
        data = b"".join(chunks)
        self.buffer = data[count:]
        return data[:count]

    def read_head(self, deadline: float) -> tuple[int, dict[str, str]] | None:
        """Status and headers of the next answer, interim ones included."""
        head = self.until(b"\r\n\r\n", deadline)
        if head is None:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        return int(first.split(" ")[1]), {
            name.strip().lower(): value.strip() for name, _, value in pairs
        }

    def read_body(self, headers: dict[str, str], deadline: float) -> bytes:
        """The body that *headers* announce."""
        if headers.get("transfer-encoding", "").lower() == "chunked":
            pieces = []
            while size := int((self.until(b"\r\n", deadline) or b"0").split(b";")[0], 16):
                pieces.append(self.exactly(size, deadline))
                self.exactly(2, deadline)
            self.exactly(2, deadline)
            return b"".join(pieces)
        if "content-length" in headers:
            return self.exactly(int(headers["content-length"]), deadline)
        while self.more(deadline):
            pass
        data, self.buffer = self.buffer, b""
        return data

    def read_answer(self, method: str, deadline: float) -> Record:
        """The next answer: its outcome, and status, headers, interim answers and data."""
        interim: list[int] = []
        answer: Record = {"interim": interim}
        try:
            while True:
                head = self.read_head(deadline)
                if head is None:
                    return {**answer, "outcome": "closed"}
                if head[0] >= 200:
                    break
                interim.append(head[0])
        except TimeoutError:
            return {**answer, "outcome": "no_response"}
        status, headers = head
        answer |= {"status": status, "headers": headers}
        try:
            empty = method == "HEAD" or status in {204, 304}
            answer["data"] = b"" if empty else self.read_body(headers, deadline)
        except TimeoutError:
            return {**answer, "outcome": "truncated"}
        return {**answer, "outcome": "response"}

    def state_after(self) -> str:
        """Whether the server closes the connection by itself."""
        try:
            while self.more(time.monotonic() + 0.5):
                pass
        except TimeoutError:
            return "open"
        return "closed"

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.sock.close()


def perform(base: str, request: Record, connection: Connection | None = None) -> Record:
    """Send *request* and read its answer; over a connection of its own unless given one."""
    started = time.monotonic()
    keep_alive = bool(request.get("keep_alive")) or connection is not None
    try:
        line = connection or Connection(base)
    except OSError as error:
        return {"outcome": "refused", "detail": type(error).__name__, "interim": []}
    try:
        head, data = build(request, keep_alive=keep_alive)
        if "expect" in {name.lower() for name in request.get("headers", {})}:
            line.send(head)
            with contextlib.suppress(TimeoutError):
                while b"\r\n\r\n" not in line.buffer and line.more(started + 2):
                    pass
            if not line.buffer or line.buffer.startswith(b"HTTP/1.1 100"):
                line.send(data)
        else:
            line.send(head + data)
        if request.get("then_close"):
            time.sleep(0.1)
            return {"outcome": "client_closed", "interim": []}
        wait: float = request.get("wait", WAIT)
        answer = line.read_answer(request.get("method", "POST"), started + wait)
        answer["seconds"] = time.monotonic() - started
        if request.get("keep_alive") and answer["outcome"] == "response":
            answer["connection_after"] = line.state_after()
        return answer
    finally:
        if connection is None:
            line.close()


# ------------------------------------------------------------------------------ comparison


def reject_constant(name: str) -> None:
    raise ValueError(f"not JSON: {name}")


def strict_json(text: str) -> Any:
    """*text* parsed as JSON, without Python's NaN and Infinity."""
    return json.loads(text, parse_constant=reject_constant)


def same(one: Any, two: Any) -> bool:
    """JSON equality; numbers are compared as the doubles they are in JavaScript."""
    if isinstance(one, bool) or isinstance(two, bool) or one is None or two is None:
        return one is two
    if isinstance(one, (int, float)) and isinstance(two, (int, float)):
        try:
            return float(one) == float(two)
        except OverflowError:
            return one == two
    if type(one) is not type(two):
        return False
    if isinstance(one, list):
        return len(one) == len(two) and all(map(same, one, two))
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)
    return bool(one == two)


def partial(want: Any, got: Any) -> bool:
    """Whether every key of *want* is in *got* with the same value."""
    if isinstance(want, dict):
        return isinstance(got, dict) and all(
            key in got and partial(value, got[key]) for key, value in want.items()
        )
    return same(want, got)


def brief(value: Any, limit: int = 300) -> str:
    text = json.dumps(value, sort_keys=True)
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} chars)"


def is_errors(wanted: list[Any], text: str) -> bool:
    """Whether *text* is ``{"errors": [...]}`` with the *wanted* entries, each complete."""
    try:
        items = strict_json(text)["errors"]
        complete = all(isinstance(item["message"], str) and "code" in item for item in items)
    except (ValueError, RecursionError, KeyError, TypeError):
        return False
    return complete and len(items) == max(1, len(wanted)) and all(map(partial, wanted, items))


def body_matches(want: Record, data: bytes) -> bool:
    """Whether *data* is the body that *want* describes."""
    text = data.decode("utf-8", "surrogateescape")
    if "empty" in want:
        return not data
    if "json_text" in want:
        expected = expand(want["json_text"]["parts"])
        return re.sub(r"\s+", "", text) == re.sub(r"\s+", "", expected)
    if "json" in want:
        try:
            return same(want["json"], strict_json(text))
        except (ValueError, RecursionError):
            return False
    if "errors" in want:
        return is_errors(want["errors"], text)
    if "text_regex" in want:
        return re.search(want["text_regex"], text) is not None
    return text == want["text"]


def norm_header(name: str, value: str | None) -> str | None:
    if name != "content-type" or value is None:
        return value
    return re.sub(r"\s*;\s*", ";", value).lower()


def check(want: Record, answer: Record, compare: list[str]) -> list[str]:
    """The ways in which *answer* is not what *want* describes."""
    outcome = want.get("outcome", "response")
    if outcome != "any" and answer["outcome"] != outcome:
        return [f"outcome: expected {outcome}, got {answer['outcome']} ({answer.get('status')})"]
    if answer["outcome"] != "response":
        return []
    out = []
    if answer["seconds"] > want.get("max_seconds", float("inf")):
        out.append(f"took {answer['seconds']:.2f} s, more than {want['max_seconds']} s")
    if "status" in compare and want.get("status", answer["status"]) != answer["status"]:
        out.append(f"status: expected {want['status']}, got {answer['status']}")
    if want.get("interim", answer["interim"]) != answer["interim"]:
        out.append(f"interim: expected {want['interim']}, got {answer['interim']}")
    for name in HEADERS if "headers" in compare else ():
        if name in want.get("headers", {}):
            expected, got = want["headers"][name], answer["headers"].get(name)
            if norm_header(name, expected) != norm_header(name, got):
                out.append(f"header {name}: expected {expected!r}, got {got!r}")
    text = answer["data"].decode("utf-8", "replace")
    if "body" in compare and "body" in want and not body_matches(want["body"], answer["data"]):
        out.append(f"body: expected {brief(want['body'])}, got {brief(text)}")
    out += [
        f"body: leaks /{pattern}/" for pattern in want.get("forbid", []) if re.search(pattern, text)
    ]
    after = answer.get("connection_after")
    if want.get("connection_after", after) != after:
        out.append(f"connection afterwards: expected {want['connection_after']}, got {after}")
    return out


# ----------------------------------------------------------------------------------- cases


def run_copies(base: str, step: Record) -> Record:
    """Send a step as often as it says, all at once; the slowest answer, or an odd one."""
    got: list[Record] = []
    threads = [
        threading.Thread(target=lambda: got.append(perform(base, step["request"])))
        for _ in range(step.get("copies", 1))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    got.sort(key=lambda answer: answer.get("seconds", 0))
    odd = [answer for answer in got if answer.get("status") != got[-1].get("status")]
    return odd[0] if odd else got[-1]


def run_pipelined(base: str, steps: list[Record]) -> list[Record | None]:
    """Send all steps at once over one connection and read their answers in order."""
    connection = Connection(base)
    connection.send(b"".join(b"".join(build(step["request"], keep_alive=True)) for step in steps))
    answers: list[Record | None] = []
    for step in steps:
        started = time.monotonic()
        answer = connection.read_answer(step["request"]["method"], started + WAIT)
        answers.append({**answer, "seconds": time.monotonic() - started})
    connection.close()
    return answers


def run(base: str, case: Record) -> list[Record | None]:
    """Perform *case*: an answer for each step, None for the steps that are no requests."""
    steps: list[Record] = case.get("steps") or [case]
    if case.get("same_connection") == "pipelined":
        return run_pipelined(base, steps)
    answers: list[Record | None] = [None] * len(steps)
    connection = Connection(base) if case.get("same_connection") else None
    held: list[Connection] = []
    background: list[threading.Thread] = []
    for at, step in enumerate(steps):
        if "hold_connections" in step:  # open idle connections and keep them
            held += [Connection(base) for _ in range(step["hold_connections"])]
            time.sleep(0.2)
        elif "sleep" in step:
            time.sleep(step["sleep"])
        elif step.get("background"):

            def work(at: int = at, step: Record = step) -> None:
                answers[at] = run_copies(base, step)

            background.append(threading.Thread(target=work))
            background[-1].start()
            time.sleep(0.15)
        else:
            answers[at] = perform(base, step["request"], connection)
    for thread in background:
        thread.join()
    for one in [*held, *([connection] if connection else [])]:
        one.close()
    return answers


def judge(
    case: Record, answers: list[Record | None], process: subprocess.Popen[Any] | None = None
) -> list[str]:
    """The mismatches of *answers* (as :func:`run` gave them), and of the server's own end."""
    steps: list[Record] = case.get("steps") or [case]
    better = "divergence" in case
    out = []
    for number, (step, answer) in enumerate(zip(steps, answers, strict=True), 1):
        if answer is None:
            continue
        wants = step.get("response")
        compare = step.get("compare", case.get("compare", ["status", "headers", "body"]))
        if better:
            wants = step.get("expected_better", case.get("expected_better", wants))
            compare = ["status", "headers", "body"]
        limit = {"max_seconds": step["max_seconds"]} if "max_seconds" in step else {}
        tries = [
            check(want | limit, answer, compare)
            for want in (wants if isinstance(wants, list) else [wants])
        ]
        if all(tries):
            where = f"step {number}: " if len(steps) > 1 else ""
            out += [where + problem for problem in min(tries, key=len)]
            if len(tries) > 1:
                out.append(f"{where}(none of {len(tries)} accepted answers matched)")
    want = case.get("process_better" if better else "process")
    if process is not None and want is not None:
        time.sleep(0.3)
        code = process.poll()
        state = "alive" if code is None else f"exit {code}"
        if want != state:
            out.append(f"process: expected {want}, got {state}")
    return out


# --------------------------------------------------------------------------------- servers


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_until_ready(base: str, process: subprocess.Popen[Any]) -> None:
    """Return when GET / answers; RuntimeError when *process* ends or takes 15 s."""
    limit = time.monotonic() + 15
    while time.monotonic() < limit and process.poll() is None:
        answer = perform(base, {"method": "GET", "path": "/", "wait": 1})
        if answer["outcome"] == "response":
            return
        time.sleep(0.05)
    raise RuntimeError(f"no server is ready at {base}: {process.args!r}")


def stop(process: subprocess.Popen[Any]) -> None:
    """End *process*: politely, after 5 s by force."""
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Spawner:
    """Starts servers by a command line with ``{config}`` and ``{port}`` in it."""

    def __init__(self, command: str) -> None:
        self.command = command
        self.processes: list[subprocess.Popen[Any]] = []

    def start(self, config: str) -> tuple[str, subprocess.Popen[Any]]:
        port = free_port()
        places = {"{config}": config, "{port}": str(port)}
        line = []
        for word in shlex.split(self.command):
            for place, value in places.items():
                word = word.replace(place, value)  # noqa: PLW2901
            line.append(word)
        null = subprocess.DEVNULL
        process = subprocess.Popen(line, stdout=null, stderr=null)
        self.processes.append(process)
        base = f"http://127.0.0.1:{port}"
        wait_until_ready(base, process)
        return base, process


def replay(cases: list[Record], spawner: Spawner | None, bases: dict[str, str]) -> int:
    """Run *cases* and print the mismatches; returns how many cases mismatch."""
    bad = skipped = 0
    # Stable: cases that change or end a server come last.
    for case in sorted(cases, key=lambda case: bool(case.get("fresh_server"))):
        fresh, config = case.get("fresh_server"), case["config"]
        if case.get("peer_only") or (spawner is None and (fresh or config not in bases)):
            skipped += 1
            continue
        process = None
        if spawner and (fresh or config not in bases):
            base, process = spawner.start(config)
            if not fresh:
                bases[config], process = base, None
        else:
            base = bases[config]
        try:
            problems = judge(case, run(base, case), process)
        except Exception as error:  # a failure of the client is a mismatch too
            problems = [f"client: {type(error).__name__}: {error}"]
        if process:
            stop(process)
        if problems:
            bad += 1
            for line in (
                f"MISMATCH {case['id']} {case['title']}",
                *("    " + one for one in problems),
            ):
                print(line.encode("ascii", "backslashreplace").decode(), flush=True)
    print(f"{len(cases) - skipped} cases run, {bad} mismatches, {skipped} skipped")
    return bad


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--base", action="append", default=[], metavar="CONFIG=URL")
    parser.add_argument("--spawn", metavar="COMMAND")
    parser.add_argument("--group", action="append", help="only these groups")
    parser.add_argument("--id", action="append", help="only these cases")
    arguments = parser.parse_args()
    cases = [
        case
        for case in json.loads(arguments.file.read_text("utf-8"))["cases"]
        if (not arguments.group or case["group"] in arguments.group)
        and (not arguments.id or case["id"] in arguments.id)
    ]
    spawner = Spawner(arguments.spawn) if arguments.spawn else None
    try:
        bases = dict(base.split("=", 1) for base in arguments.base)
        return 1 if replay(cases, spawner, bases) else 0
    finally:
        for process in spawner.processes if spawner else ():
            stop(process)


if __name__ == "__main__":
    sys.exit(main())
