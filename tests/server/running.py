"""Hosts in processes of their own, started and ended as a user does, and raw HTTP to ask them."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from typing_extensions import Self

TOKEN = "token-of-the-tests"

#: The functions that most hosts here serve; `configuration` has a limit that a test can wait for.
FUNCTIONS = """
import asyncio, os, threading, time
from pathlib import Path

from ioplugins import utility

HERE = Path(__file__).parent

@utility
def echo(options: dict):
    return options

@utility
def pid(options: dict):
    return os.getpid()

@utility
def wait(options: dict):
    "Say that it runs, and end when it is told to, or after the given seconds."
    name = options["name"]
    (HERE / f"{name}.runs").touch()
    end = time.monotonic() + options.get("seconds", 60)
    while not (HERE / f"{name}.end").exists() and time.monotonic() < end:
        time.sleep(0.02)
    return name + " " * options.get("more", 0)

@utility
def fail(options: dict):
    raise ValueError("it failed on purpose")

everybody, there = threading.Barrier(100), []

@utility
def meet(options: dict):
    everybody.wait(30)

@utility
async def meet_async(options: dict):
    there.append(1)
    while len(there) < 100:
        await asyncio.sleep(0.01)

configuration = {
    "diy": {"echo": echo, "wait": wait, "pid": pid},
    "heartbeatInterval": 100,
}
"""

#: A plugin that notes in a file what each process tells it.
WATCHER = """
import os
from pathlib import Path

from ioplugins import hookimpl

FILE = Path(__file__).parent.parent / "told"

@hookimpl
def ioplugins_startup(host):
    with FILE.open("a") as file:
        print("startup", host.name, host.pid == os.getpid(), host.pid, file=file)

@hookimpl
def ioplugins_shutdown(host):
    with FILE.open("a") as file:
        print("shutdown", host.name, host.pid == os.getpid(), host.pid, file=file)
"""


def until(holds: Callable[[], Any], seconds: float = 30) -> Any:
    """What *holds* gives once that is true; an assertion error when it never is."""
    end = time.monotonic() + seconds
    while not (value := holds()):
        assert time.monotonic() < end, "it never held"
        time.sleep(0.02)
    return value


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


# ------------------------------------------------------------------------------------ raw HTTP


@frozen
class Answer:
    """An answer as it came over the wire; *interim* has the statuses that came before it."""

    status: int
    headers: dict[str, str]
    body: bytes
    interim: tuple[int, ...] = ()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def request(
    method: str = "GET",
    path: str = "/livez",
    body: bytes = b"",
    *,
    token: str | None = TOKEN,
    version: str = "1.1",
    **headers: str,
) -> bytes:
    """The bytes of a request; a header is left out when it is empty."""
    given = {"Host": "x", "Content-Length": str(len(body)) if body else ""}
    if token is not None:
        given["Authorization"] = f"Bearer {token}"
    if method == "POST":
        given["Content-Type"] = "application/json"
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{method} {path} HTTP/{version}", *(f"{k}: {v}" for k, v in given.items() if v)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def call(function: str, options: Any = None, **more: Any) -> bytes:
    """The body of a call of *function*."""
    return json.dumps(
        {"diy": True, "function": function, "options": options or {"name": "n"}, **more}
    ).encode()


def post(function: str, options: Any = None, **headers: str) -> bytes:
    """The bytes of a request that calls *function*."""
    return request("POST", "/function", call(function, options), **headers)


class Wire:
    """One connection."""

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(20)
        self.connection = connection
        self._file = connection.makefile("rb")

    def send(self, data: bytes) -> Self:
        self.connection.sendall(data)
        return self

    def answer(self, *, head: bool = False) -> Answer:
        """The next answer, and the interim ones before it."""
        interim: list[int] = []
        while True:
            status_line = self._file.readline()
            assert status_line, "the connection was closed without an answer"
            status = int(status_line.split(None, 2)[1])
            headers: dict[str, str] = {}
            while line := self._file.readline().strip():
                name, _, value = line.decode("latin-1").partition(":")
                headers[name.lower()] = value.strip()
            if status >= 200:
                break
            interim.append(status)
        body = b"" if head else self._file.read(int(headers["content-length"]))
        return Answer(status, headers, body, tuple(interim))

    def line(self) -> bytes:
        """The next line."""
        return self._file.readline()

    def rest(self) -> bytes:
        """All that comes until the other side closes."""
        return self._file.read()

    def reset(self) -> None:
        """Go away without a word, as a process that is killed."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.close()

    def close(self) -> None:
        self._file.close()
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def connect(port: int) -> Wire:
    """A connection to *port* of this machine."""
    return Wire(socket.create_connection(("127.0.0.1", port), timeout=20))


def ask(port: int, data: bytes, *, head: bool = False) -> Answer:
    """Send *data* on a connection of its own and read the answer."""
    with connect(port) as wire:
        return wire.send(data).answer(head=head)


def refuses(port: int) -> bool:
    """Whether nobody listens on *port*."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


# ------------------------------------------------------------------------------------ processes


@frozen
class Host:
    """A running host: its process, the folder it runs in, and where it listens."""

    process: subprocess.Popen[bytes]
    folder: Path
    url: str
    out: Path = field(repr=False)
    err: Path = field(repr=False)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def ask(self, method: str = "GET", path: str = "/livez", body: bytes = b"") -> Answer:
        return ask(self.port, request(method, path, body))

    def call(self, function: str, options: Any = None) -> Answer:
        return ask(self.port, post(function, options))

    def connect(self) -> Wire:
        return connect(self.port)

    def workers(self, number: int) -> set[int]:
        """The process ids of its workers, once all of that number have answered."""
        seen: set[int] = set()
        until(lambda: seen.add(self.call("pid").json) or len(seen) == number)
        return seen

    def begin(self, name: str, **options: Any) -> Wire:
        """Begin a call of `wait` that is called *name*; it runs when this returns."""
        wire = self.connect()
        body = call("wait", {"name": name, **options}, maxResponseSize=100_000_000)
        wire.send(request("POST", "/function", body, Connection="close"))
        until((self.folder / f"{name}.runs").exists)
        return wire

    def end(self, name: str) -> None:
        """Let the call *name* end."""
        (self.folder / f"{name}.end").touch()

    def output(self) -> str:
        """All that it has printed, on both outputs."""
        return self.out.read_text("utf-8") + self.err.read_text("utf-8")

    def finished(self) -> int:
        """Its exit code, once it has ended."""
        return self.process.wait(30)


def environment(folder: Path, **more: str | None) -> dict[str, str]:
    """What a host in *folder* finds: packages in ``folder/site``, and the token."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("IOPLUGINS_")}
    given |= {
        "PYTHONPATH": str(folder / "site"),
        "PYTHONUNBUFFERED": "1",
        "INTEGRATOR_EXTENSION_SYSTEM_TOKEN": TOKEN,
    }
    for name, value in more.items():
        given.pop(name, None)
        if value is not None:
            given[name] = value
    return given


@contextmanager
def running(
    folder: Path, line: Sequence[str], url: str | None = None, **more: str | None
) -> Iterator[Host]:
    """Run ``python -m LINE`` in *folder* until the end of the context.

    Without *url* its ready line is waited for and tells the URL; with one, its first answer is.
    """
    number = len(list(folder.glob("*.out")))
    out, err = folder / f"{number}.out", folder / f"{number}.err"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", *line],
            cwd=folder,
            env=environment(folder, **more),
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,  # no signal to it reaches the tests
        )

    def ready() -> str | None:
        assert process.poll() is None, out.read_text("utf-8") + err.read_text("utf-8")
        if url is not None:
            return None if refuses(int(url.rpartition(":")[2])) else url
        lines = out.read_text("utf-8").splitlines(keepends=True)
        told = [text for text in lines if "is serving on " in text and text.endswith("\n")]
        return told[0].split(" is serving on ")[1].split()[0] if told else None

    try:
        yield Host(process, folder, until(ready), out, err)
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise


@contextmanager
def serving(
    folder: Path, *arguments: str, target: str | None = "functions.py", **more: str | None
) -> Iterator[Host]:
    """``ioplugins serve TARGET --port 0 ...`` in *folder*, which gets a functions.py."""
    write_functions(folder)
    targets = [] if target is None else [target]
    line = ["ioplugins", "serve", *targets, "--port", "0", *arguments]
    with running(folder, line, **more) as host:
        yield host


def ends(folder: Path, *line: str, **more: str | None) -> subprocess.CompletedProcess[str]:
    """Run ``python -m LINE`` in *folder*, which is expected to end by itself."""
    return subprocess.run(
        [sys.executable, "-m", *line],
        cwd=folder,
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def is_alive(pid: int) -> bool:
    """Whether there is a process of that id."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def write_functions(folder: Path) -> None:
    """Put functions.py there."""
    path = folder / "functions.py"
    if not path.exists():
        path.write_text(FUNCTIONS, encoding="utf-8")


def told(folder: Path) -> list[str]:
    """What the watcher was told, without the process ids; each process told its own."""
    path = folder / "told"
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    assert all(line.split()[2] == "True" for line in lines), lines
    return [" ".join(line.split()[:2]) for line in lines]


# ------------------------------------------------------------------------------------------ TLS


def make_certificate(folder: Path) -> ssl.SSLContext:
    """Make cert.pem and key.pem for 127.0.0.1; gives what a client needs to trust them."""
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", "key.pem", "-out", "cert.pem"),
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return ssl.create_default_context(cafile=folder / "cert.pem")


def connect_tls(port: int, context: ssl.SSLContext, seconds: float = 20) -> Wire:
    """A TLS connection to *port*, made within *seconds*."""
    plain = socket.create_connection(("127.0.0.1", port), timeout=seconds)
    return Wire(context.wrap_socket(plain, server_hostname="127.0.0.1"))


# ---------------------------------------------------------------------------------- what leaks


def leaks(text: str, folder: Path) -> list[str]:
    """What no caller and no log may see: stack traces, paths, the token."""
    words = ("Traceback", 'File "', "site-packages", str(folder), sys.prefix, TOKEN)
    return [word for word in words if word in text]
