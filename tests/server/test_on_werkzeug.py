"""The Werkzeug host: connections, bodies, heartbeats, and its end, in this process and as one."""

from __future__ import annotations

import os
import signal
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from ioplugins import Registry
from ioplugins.configuration import Configuration
from ioplugins.errors import ConfigurationError, PluginError
from ioplugins.plugins import discover
from ioplugins.server import create_server
from ioplugins.server.on_werkzeug import Server, _Handler

from .running import (
    TOKEN,
    WATCHER,
    ask,
    call,
    connect,
    connect_tls,
    leaks,
    make_certificate,
    post,
    refuses,
    request,
    serving,
    told,
    until,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Packages


pytestmark = pytest.mark.xdist_group("server-werkzeug")


def configuration(**settings: object) -> Configuration:
    """Functions of this process; `wait` ends when *release* is set."""
    registry = Registry()
    registry.add({"echo": lambda options: options, "wait": wait})
    return registry.configuration(system_token=TOKEN, **{"port": 0, **settings})


runs, release = threading.Event(), threading.Event()


def wait(options: dict[str, object]) -> str:
    runs.set()
    release.wait(20)
    return "waited"


@pytest.fixture(autouse=True)
def events() -> Iterator[None]:
    """Each test has its own call of `wait`, which is ended in any case."""
    runs.clear()
    release.clear()
    yield
    release.set()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server of this process that tests leave as it was."""
    with create_server(configuration(heartbeat_interval=50)) as server:
        yield server.port


# ---------------------------------------------------------------------------------- connections


def test_connections_are_kept(port: int) -> None:
    """Request after request, with and without a body, on one connection."""
    with connect(port) as wire:
        for number in range(3):
            answer = wire.send(post("echo", {"n": number})).answer()
            assert (200, {"n": number}) == (answer.status, answer.json)
            assert b"OK" == wire.send(request()).answer().body


def test_requests_may_be_sent_before_the_answers_come(port: int) -> None:
    """Pipelined: answered in their order."""
    with connect(port) as wire:
        wire.send(b"".join(post("echo", {"n": number}) for number in range(5)))
        assert list(range(5)) == [wire.answer().json["n"] for _ in range(5)]


def test_a_head_request_has_no_body(port: int) -> None:
    """So that the next answer is not taken for one."""
    with connect(port) as wire:
        head = wire.send(request("HEAD", "/livez")).answer(head=True)
        assert (200, "2") == (head.status, head.headers["content-length"])
        assert b"OK" == wire.send(request()).answer().body


@pytest.mark.parametrize(
    "data", [request(Connection="close"), request(version="1.0"), b"GET /livez HTTP/1.0\r\n\r\n"]
)
def test_a_connection_is_closed_when_the_caller_says_so(port: int, data: bytes) -> None:
    """By a header, or by HTTP/1.0."""
    with connect(port) as wire:
        assert b"OK" == wire.send(data).answer().body
        assert b"" == wire.rest()


def test_an_idle_connection_is_closed() -> None:
    """After keepAliveTimeout; half a request head is as idle."""
    with (
        create_server(configuration(keep_alive_timeout=200)) as server,
        connect(server.port) as silent,
        connect(server.port) as half,
    ):
        assert b"OK" == silent.send(request()).answer().body
        half.send(b"GET /livez HTTP/1.1\r\nHo")
        assert b"" == silent.rest()
        assert b"" == half.rest()


def test_a_connection_without_a_time_limit() -> None:
    """0 switches it off."""
    with create_server(configuration(keep_alive_timeout=0)) as server:
        assert b"OK" == ask(server.port, request()).body


def test_the_server_does_not_say_what_runs_here(port: int) -> None:
    """No version of Python or Werkzeug."""
    for answer in (ask(port, request()), ask(port, b"nonsense\r\n\r\n")):
        assert "ioplugins" == answer.headers["server"]


@pytest.mark.parametrize(
    "data",
    [
        b"GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nabcde",
        b"GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
        b"Transfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Null: a\0b\r\n\r\n",
        b"GET /livez HTTP/1.1 more\r\nHost: x\r\n\r\n",
        b"GET /livez HTTP/9.9\r\nHost: x\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 70_000 + b"\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: x\r\n" + b"X-Many: a\r\n" * 200 + b"\r\n",
    ],
    ids=lambda data: repr(data[20:60]),
)
def test_what_is_no_http_is_refused(port: int, data: bytes) -> None:
    """With JSON, and the connection is closed: nobody can say where the next request begins."""
    with connect(port) as wire:
        answer = wire.send(data).answer()
        assert answer.status in {400, 414, 431, 505}
        assert "bad_request" == answer.json["errors"][0]["code"]
        assert b"" == wire.rest()


# --------------------------------------------------------------------------------------- bodies


def test_a_wrong_token_is_refused_before_the_body_comes(port: int) -> None:
    """60 MB are announced and none of them is sent."""
    data = request("POST", "/function", token="wrong", Content_Length="60000000")
    with connect(port) as wire:
        answer = wire.send(data).answer()
    assert (401, "close") == (answer.status, answer.headers["connection"])
    assert "unauthorized" == answer.json["errors"][0]["code"]


@pytest.mark.parametrize("token", [TOKEN, None])
def test_an_announced_oversize_is_refused_at_once(port: int, token: str | None) -> None:
    """With a token 50 MiB are too much, without one in the header 1 MiB is."""
    length = 60_000_000 if token else 1024 * 1024 + 1
    data = request("POST", "/function", token=token, Content_Length=str(length))
    assert 413 == ask(port, data).status


@pytest.mark.parametrize("token", ["wrong", None])
def test_a_refused_caller_that_goes_on_sending_gets_its_answer(
    port: int, token: str | None
) -> None:
    """A connection that is reset at once would lose it the answer."""
    with connect(port) as wire:
        wire.send(request("POST", "/function", token=token, Content_Length="60000000"))
        wire.send(b" " * 3_000_000)
        answer = wire.answer()
        assert (401 if token else 413) == answer.status
        assert b"" == wire.rest()


def test_a_refused_caller_that_goes_away_does_no_harm(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connection may be gone before the server says goodbye: no stack trace for it."""
    gone, done = threading.Event(), threading.Event()
    raised: list[BaseException] = []
    linger, handle = _Handler._linger, _Handler.handle

    def linger_later(self: _Handler) -> None:
        assert gone.wait(20)
        linger(self)

    def handle_and_tell(self: _Handler) -> None:
        try:
            handle(self)
        except BaseException as error:
            raised.append(error)
        done.set()

    monkeypatch.setattr(_Handler, "_linger", linger_later)
    monkeypatch.setattr(_Handler, "handle", handle_and_tell)
    with connect(port) as wire:
        wire.send(request("POST", "/function", token="wrong", Content_Length="60000"))
        assert 401 == wire.answer().status
        wire.reset()
    gone.set()
    assert done.wait(20)
    assert [] == raised


def test_a_chunked_oversize_is_refused_as_soon_as_it_passes(port: int) -> None:
    """Without a token in the header, after 1 MiB; the end of the body never comes."""
    head = request("POST", "/function", token=None, Transfer_Encoding="chunked")
    chunk = b"%x\r\n%b\r\n" % (1024, b" " * 1024)
    with connect(port) as wire:
        wire.send(head + chunk * 1100)
        assert 413 == wire.answer().status


def test_chunks_are_read(port: int) -> None:
    """And the connection goes on behind them."""
    body = call("echo", {"a": 1})
    chunks = b"".join(b"%x\r\n%b\r\n" % (1, body[at : at + 1]) for at in range(len(body)))
    with connect(port) as wire:
        head = request("POST", "/function", Transfer_Encoding="chunked")
        assert {"a": 1} == wire.send(head + chunks + b"0\r\n\r\n").answer().json
        assert b"OK" == wire.send(request()).answer().body


@pytest.mark.parametrize(
    "chunks", [b"zz\r\nhello\r\n0\r\n\r\n", b"5\r\nhello!!0\r\n\r\n", b"5\r\nhe"]
)
def test_broken_chunks_are_the_callers_fault(port: int, chunks: bytes) -> None:
    """400: no length, no end of a chunk, no end of the body."""
    with connect(port) as wire:
        wire.send(request("POST", "/function", Transfer_Encoding="chunked") + chunks)
        wire.connection.shutdown(socket.SHUT_WR)
        answer = wire.answer()
    assert (400, "close") == (answer.status, answer.headers.get("connection"))


def test_a_caller_may_wait_for_a_word_to_go_on(port: int) -> None:
    """Expect: 100-continue is answered with 100 before the body is sent."""
    body = call("echo", {"a": 1})
    with connect(port) as wire:
        head = request("POST", "/function", Content_Length=str(len(body)), Expect="100-continue")
        wire.send(head)
        assert b"HTTP/1.1 100 Continue\r\n" == wire.line()
        assert b"\r\n" == wire.line()
        answer = wire.send(body).answer()
    assert {"a": 1} == answer.json


# ----------------------------------------------------------------------------------- heartbeats


def test_a_long_call_is_told_that_it_runs(port: int) -> None:
    """102 Processing, more than once, then the answer; and the connection goes on."""
    with connect(port) as wire:
        wire.send(post("wait"))
        for _ in range(3):
            assert b"HTTP/1.1 102 Processing\r\n" == wire.line()
            assert b"\r\n" == wire.line()
        release.set()
        assert "waited" == wire.answer().json
        assert b"OK" == wire.send(request()).answer().body


def test_http_1_0_cannot_be_told(port: int) -> None:
    """It would take the interim answer for the answer."""
    with connect(port) as wire:
        wire.send(post("wait", version="1.0"))
        assert runs.wait(20)
        threading.Timer(0.3, release.set).start()
        answer = wire.answer()
    assert (200, ()) == (answer.status, answer.interim)


def test_a_caller_that_has_gone_is_not_missed(port: int) -> None:
    """Neither the heartbeats nor the answer to it harm anybody."""
    with connect(port) as wire:
        wire.send(post("wait"))
        assert runs.wait(20)
        wire.reset()
    assert b"OK" == ask(port, request()).body
    release.set()
    assert b"0" == until(
        lambda: (b := ask(port, request(path="/openConnections")).body) == b"0" and b
    )


# -------------------------------------------------------------------------- its life, in process


def test_it_is_embedded() -> None:
    """Port 0 is honoured and told; it can be started again after its end."""
    server = create_server(configuration())
    with server:
        assert server.port not in {0, 8080}
        assert f"<Server: http://127.0.0.1:{server.port}, pid {os.getpid()}>" == repr(server)
        assert b"OK" == ask(server.port, request()).body
        first = server.port
    assert refuses(first)
    assert f"<Server: stopped, pid {os.getpid()}>" == repr(server)
    with server:
        assert b"OK" == ask(server.port, request()).body


def test_one_that_does_not_run_cannot_be_stopped() -> None:
    """The documented error, before its start and after its end."""
    server = create_server(configuration())
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="not deployed") as caught:
            server.stop()
        assert "invalid_function_call" == caught.value.code
        with server:
            pass


def test_the_port_of_the_settings_is_told_before_the_start() -> None:
    """And the address of IPv6 as a URL has it."""
    server = create_server(configuration(host="::1", port=1234))
    assert (1234, "http://[::1]:1234") == (server.port, server.url)


def test_a_taken_port() -> None:
    """A clear error; the server that has it goes on."""
    with create_server(configuration()) as first:
        second = create_server(configuration(port=first.port))
        with pytest.raises(ConfigurationError, match=f"port {first.port}: another program does"):
            second.start()
        assert b"OK" == ask(first.port, request()).body


def test_without_a_token_there_is_no_server() -> None:
    """The documented error, when it is made."""
    registry = Registry()
    registry.add({"f": lambda options: options})
    with pytest.raises(ConfigurationError, match="systemToken not provided in options"):
        create_server(registry.configuration())


def test_a_plugin_that_fails_at_the_start(packages: Packages) -> None:
    """It is named, and the port is free again."""
    source = """
        from ioplugins import hookimpl
        @hookimpl
        def ioplugins_startup(host):
            raise ValueError("no luck")
    """
    packages.install("bad", modules={"bad_start": source}, plugins={"t_bad": "bad_start"})
    server = Server(configuration(), plugins=discover())
    with pytest.raises(PluginError, match="'t_bad'.*no luck"):
        server.start()
    assert "stopped" in repr(server)
    with pytest.raises(ConfigurationError, match="not deployed"):
        server.stop()


@pytest.mark.parametrize("how", ["stop", "stop_later", "/stopServer"])
def test_its_end_waits_for_running_calls(how: str) -> None:
    """The call is answered, new connections are refused, and wait() returns after that."""
    server = create_server(configuration())
    server.start()
    port = server.port
    with connect(port) as wire:
        wire.send(post("wait"))
        assert runs.wait(20)
        ended = threading.Thread(target=server.wait)
        ended.start()
        if how == "stop":
            threading.Thread(target=server.stop).start()
        elif how == "stop_later":
            server.stop_later()
        else:
            assert b"preparing to shut down." == ask(port, request(path=how)).body
        until(lambda: refuses(port))
        assert ended.is_alive()
        release.set()
        assert "waited" == wire.answer().json
        ended.join(20)
        assert not ended.is_alive()


def test_waiting_for_the_end_looks_up_from_time_to_time() -> None:
    """A signal in the moment before a wait without an end would be noticed by nobody."""

    class Event(threading.Event):
        endless = 0

        def wait(self, timeout: float | None = None) -> bool:
            self.endless += timeout is None
            return super().wait(timeout)

    server = create_server(configuration())
    server._stopped = event = Event()
    server.start()
    server.stop_later()
    server.wait()
    assert 0 == event.endless


def test_a_kept_connection_is_told_of_the_end() -> None:
    """Its probes fail while a call keeps the server from ending."""
    server = create_server(configuration())
    server.start()
    with connect(server.port) as kept, connect(server.port) as wire:
        assert 200 == kept.send(request()).answer().status
        wire.send(post("wait"))
        assert runs.wait(20)
        server.stop_later()
        assert until(lambda: kept.send(request()).answer().status == 503)
        release.set()
        assert "waited" == wire.answer().json
    server.wait()


def test_tls_and_a_caller_that_says_nothing(tmp_path: Path) -> None:
    """A handshake that does not come keeps nobody else from being answered."""
    context = make_certificate(tmp_path)
    tls = (str(tmp_path / "cert.pem"), str(tmp_path / "key.pem"))
    with Server(configuration(), tls=tls) as server, connect(server.port):
        assert f"https://127.0.0.1:{server.port}" == server.url
        with connect_tls(server.port, context, seconds=3) as wire:
            assert b"OK" == wire.send(request()).answer().body


# --------------------------------------------------------------------------- its life, as serve


@pytest.fixture
def folder(tmp_path: Path, packages: Packages) -> Path:
    """Where a host runs, with a plugin that notes its start and its end."""
    packages.install("watcher", modules={"watcher": WATCHER}, plugins={"t_watch": "watcher"})
    return tmp_path


def on_werkzeug(folder: Path, *arguments: str, **more: str | None):
    return serving(folder, "--server", "werkzeug", *arguments, **more)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_running_calls_finish(folder: Path, number: int) -> None:
    """200 for the call, exit code 0, plugins told; a second signal changes nothing."""
    with on_werkzeug(folder) as host, host.begin("one") as wire:
        host.process.send_signal(number)
        until(lambda: refuses(host.port))
        host.process.send_signal(number)
        host.end("one")
        assert "one" == wire.answer().json
        assert 0 == host.finished()
    assert ["startup werkzeug", "shutdown werkzeug"] == told(folder)
    assert [] == leaks(host.output(), folder)


def test_a_signal_lets_an_answer_be_read_to_its_end(folder: Path) -> None:
    """A caller that reads slowly gets all of the last answer."""
    size = 30_000_000  # more than the sockets hold
    with on_werkzeug(folder) as host, host.begin("large", more=size) as wire:
        host.process.send_signal(signal.SIGTERM)
        until(lambda: refuses(host.port))
        host.end("large")
        until(lambda: "statusCode=200" in host.output())
        threading.Event().wait(0.3)  # it reads nothing for a while
        assert size < len(wire.answer().body)
        assert 0 == host.finished()


def test_callers_that_go_away_are_no_news(folder: Path) -> None:
    """In the middle of a head or of a body: no stack trace, and no fault of ours."""
    head = request("POST", "/function", Content_Length="60000")
    with on_werkzeug(folder) as host:
        for sent in (b"POST", head, head + b"abc"):
            with host.connect() as wire:
                wire.send(sent)
                wire.reset()
        assert b"OK" == host.ask().body
    assert [] == leaks(host.output(), folder)
    assert "internalError" not in host.output()
    assert "" == host.err.read_text("utf-8")


def test_a_unix_socket(folder: Path) -> None:
    """Listened on, and removed at the end."""
    path = folder / "socket"
    with on_werkzeug(folder, "--unix-socket", str(path)) as host:
        assert f"unix:{path}" == host.url
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(20)
            client.connect(str(path))
            client.sendall(post("echo", {"a": 1}, Connection="close"))
            assert b'{"a":1}' in b"".join(iter(lambda: client.recv(1000), b""))
    assert 0 == host.finished()
    assert not path.exists()
