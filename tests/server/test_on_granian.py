"""The Granian host, as `ioplugins serve` runs it: many calls, many workers, and its end."""

from __future__ import annotations

import json
import os
import pickle
import signal
import socket
import ssl
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from granian.server import MPServer

from ioplugins.server.drain import Drain
from ioplugins.server.on_granian import _Host, _Loader, _Watched
from ioplugins.server.recipe import Recipe

from .running import (
    TOKEN,
    WATCHER,
    ask,
    call,
    connect_tls,
    ends,
    leaks,
    make_certificate,
    post,
    refuses,
    request,
    serving,
    told,
    until,
    write_functions,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Packages

    from .running import Host

pytestmark = pytest.mark.xdist_group("server-granian")


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """One worker with default settings that tests leave as it was."""
    with serving(tmp_path_factory.mktemp("granian")) as one:
        yield one


@pytest.fixture
def folder(tmp_path: Path, packages: Packages) -> Path:
    """Where a host runs, with a plugin that notes its start and its end."""
    packages.install("watcher", modules={"watcher": WATCHER}, plugins={"t_watch": "watcher"})
    return tmp_path


# --------------------------------------------------------------------------------- side by side


@pytest.mark.parametrize("function", ["meet", "meet_async"])
def test_a_hundred_calls_run_side_by_side(host: Host, function: str) -> None:
    """One worker, default settings: each waits for all others, and probes answer meanwhile.

    That is what lets 100 calls of a function that sleeps a second finish within three.
    """
    with ThreadPoolExecutor(100) as pool:
        calls = [pool.submit(host.call, function) for _ in range(99)]
        until(lambda: host.ask(path="/openConnections").body == b"99")
        assert b"OK" == host.ask().body
        assert not any(one.done() for one in calls)
        calls.append(pool.submit(host.call, function))
        assert {200} == {one.result(30).status for one in calls}


def test_half_bodies_keep_nobody_from_being_answered(host: Host) -> None:
    """Of callers that know the token and go silent."""
    head = request("POST", "/function", Content_Length="60000")
    wires = [host.connect().send(head + b"{") for _ in range(20)]
    try:
        assert {"a": 1} == host.call("echo", {"a": 1}).json
    finally:
        for wire in wires:
            wire.close()


# --------------------------------------------------------------------------------------- bodies


def test_connections_are_kept(host: Host) -> None:
    """Request after request on one connection, sent before the answers come or not."""
    with host.connect() as wire:
        assert b"OK" == wire.send(request()).answer().body
        wire.send(b"".join(post("echo", {"n": number}) for number in range(5)))
        assert list(range(5)) == [wire.answer().json["n"] for _ in range(5)]


def test_headers_may_be_longer_than_in_node(host: Host) -> None:
    """Node takes 16 KB of them; what is kept ahead of each connection bounds them here."""
    for size, status in ((60_000, 200), (70_000, 431)):
        assert status == ask(host.port, request(X_Long="x" * size)).status


def test_a_wrong_token_is_refused_before_the_body_comes(host: Host) -> None:
    """60 MB are announced and none of them is sent."""
    data = request("POST", "/function", token="wrong", Content_Length="60000000")
    answer = ask(host.port, data)
    assert 401 == answer.status
    assert "unauthorized" == answer.json["errors"][0]["code"]


@pytest.mark.parametrize("token", [TOKEN, None])
def test_an_announced_oversize_is_refused_at_once(host: Host, token: str | None) -> None:
    """With a token 50 MiB are too much, without one in the header 1 MiB is."""
    length = 60_000_000 if token else 1024 * 1024 + 1
    data = request("POST", "/function", token=token, Content_Length=str(length))
    assert 413 == ask(host.port, data).status


def test_a_chunked_oversize_is_refused_as_soon_as_it_passes(host: Host) -> None:
    """Without a token in the header, after 1 MiB; the end of the body never comes."""
    head = request("POST", "/function", token=None, Transfer_Encoding="chunked")
    chunk = b"%x\r\n%b\r\n" % (1024, b" " * 1024)
    assert 413 == ask(host.port, head + chunk * 1100).status


def test_chunks_are_read(host: Host) -> None:
    """Byte by byte."""
    body = call("echo", {"a": 1})
    chunks = b"".join(b"1\r\n%b\r\n" % body[at : at + 1] for at in range(len(body)))
    head = request("POST", "/function", Transfer_Encoding="chunked")
    assert {"a": 1} == ask(host.port, head + chunks + b"0\r\n\r\n").json


def test_the_token_may_stand_in_a_small_body(host: Host) -> None:
    """And never in the query, from where it would go to logs."""
    body = call("echo", {"a": 1}, access_token=TOKEN)
    assert {"a": 1} == ask(host.port, request("POST", "/function", body, token=None)).json
    path = f"/function?access_token={TOKEN}"
    assert 401 == ask(host.port, request("POST", path, call("echo"), token=None)).status
    line = until(lambda: [text for text in host.output().splitlines() if "?" in text])[0]
    assert "url=/function?access_token=******, statusCode=401" in line


def test_what_is_nasty_lets_nothing_slip(host: Host) -> None:
    """No stack trace, path or token in an answer or a log line, whatever is sent."""
    requests = [
        b"nonsense\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
        request(path="/" + "a" * 50_000, Connection="close"),
        request(path="/..%2f..%2fetc%2fpasswd", Connection="close"),
        request(path=f"/nope?token={TOKEN}&access_token={TOKEN}", Connection="close"),
        request("TRACE", "/function", Connection="close"),
        request("POST", "/function", b"{" * 10_000, Connection="close"),
        request("POST", "/function", b"\xff\xfe", Content_Encoding="gzip", Connection="close"),
        request("POST", "/function", call("fail"), Connection="close"),
        request("POST", "/function", call("fail\nforged", traceid="t"), Connection="close"),
        request("POST", "/function", call("fail", {"bearerToken": TOKEN}), Connection="close"),
        request("POST", "/function", call("fail", type="__class__"), Connection="close"),
        request("POST", "/function", call("fail"), traceid="a\tb", Connection="close"),
    ]
    for data in requests:
        with host.connect() as wire:
            text = wire.send(data).rest().decode("latin-1")
        assert text.startswith("HTTP/1.1 4"), text
        assert [] == leaks(text, host.folder)
    assert host.output().count("logName=functionFailed, function=fail, error=ValueError") >= 3
    assert [] == leaks(host.output(), host.folder)
    assert not any(line.startswith("forged") for line in host.output().splitlines())


def test_no_heartbeat_is_sent(tmp_path: Path) -> None:
    """It gives no way to: a long call gets its answer alone."""
    arguments = {"target": "functions.py:configuration"}
    with serving(tmp_path, **arguments) as host, host.begin("long", seconds=0.5) as wire:
        answer = wire.answer()
    assert (200, "long", ()) == (answer.status, answer.json, answer.interim)


# -------------------------------------------------------------------------------------- workers


def test_all_workers_know_of_all_calls_and_drain_together(tmp_path: Path) -> None:
    """Whichever of them is asked."""
    with serving(tmp_path, "--workers", "2", "--drain", "0") as host:
        assert host.process.pid not in host.workers(2)
        with host.begin("a") as first, host.begin("b") as second:
            assert {b"2"} == {host.ask(path="/openConnections").body for _ in range(20)}
            assert 200 == host.ask().status
            refused = ask(host.port, request(path="/openConnections?terminate=true", token=None))
            assert (401, 200) == (refused.status, host.ask().status)
            assert b"2" == host.ask(path="/openConnections?terminate=true").body
            for path in ("/livez", "/readyz"):
                assert {503} == {host.ask(path=path).status for _ in range(20)}
            assert 200 == host.call("echo").status, "calls are still answered"
            assert 200 == host.ask(path="/").status
            host.end("a")
            host.end("b")
            assert ("a", "b") == (first.answer().json, second.answer().json)
        host.process.terminate()
        assert 0 == host.finished()


def test_a_killed_worker_is_replaced(folder: Path) -> None:
    """The new one tells the plugins of its start, and answers."""
    with serving(folder) as host:
        killed = host.call("pid").json
        os.kill(killed, signal.SIGKILL)

        def replaced() -> bool:
            try:
                return bool(host.call("pid").json != killed)
            except (OSError, AssertionError):
                return False

        until(replaced)
        host.process.terminate()
        assert 0 == host.finished()
    assert ["startup granian", "startup granian", "shutdown granian"] == told(folder)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no process can be kept on a core")
def test_pinned_workers_have_a_core_each(tmp_path: Path) -> None:
    """With all their threads; one that takes the place of another has its core."""

    def cores(pid: int) -> set[frozenset[int]]:
        threads = Path(f"/proc/{pid}/task").iterdir()
        return {frozenset(os.sched_getaffinity(int(thread.name))) for thread in threads}

    free = sorted(os.sched_getaffinity(0))
    with serving(tmp_path, "--workers", "2", "--pin-workers") as host:
        before = {pid: cores(pid) for pid in host.workers(2)}
        wanted = [{frozenset({free[number % len(free)]})} for number in range(2)]
        assert wanted == sorted(before.values(), key=wanted.index)
        assert {frozenset(free)} == cores(host.process.pid)
        kept, killed = before
        os.kill(killed, signal.SIGKILL)

        def replaced() -> bool:
            try:
                return host.call("pid").json not in {kept, killed}
            except (OSError, AssertionError):
                return False

        until(replaced)
        [new] = host.workers(2) - {kept}
        assert before[killed] == cores(new)


def test_a_worker_process_of_its_own_loads_again(tmp_path: Path) -> None:
    """Where the system does not fork, it gets a pickled loader."""
    loader = _Loader(Recipe("functions.py"), tmp_path / "state", os.getpid())
    copy = pickle.loads(pickle.dumps(loader))
    assert vars(loader) == vars(copy)


def test_a_plugin_that_fails_at_the_start_ends_the_host(tmp_path: Path, packages: Packages) -> None:
    """As everywhere: a clear line that names it, no stack trace, and no success."""
    source = """
        from ioplugins import hookimpl
        @hookimpl
        def ioplugins_startup(host):
            raise ValueError("no luck")
    """
    packages.install("bad", modules={"bad_start": source}, plugins={"t_bad": "bad_start"})
    write_functions(tmp_path)
    done = ends(tmp_path, "ioplugins", "serve", "functions.py", "--port", "0")
    assert "Plugin 't_bad' (package bad 1.0) failed while running ioplugins_startup" in done.stderr
    assert "is serving on" not in done.stdout
    assert [] == leaks(done.stderr, tmp_path)
    assert 0 != done.returncode


# -------------------------------------------------------------------------------------- its end


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_running_calls_finish(folder: Path, number: int) -> None:
    """200 for the call, exit code 0, the plugin told, and nothing left behind."""
    with serving(folder) as host, host.begin("one") as wire:
        host.process.send_signal(number)
        until(lambda: refuses(host.port))
        host.end("one")
        assert "one" == wire.answer().json
        assert 0 == host.finished()
    assert ["startup granian", "shutdown granian"] == told(folder)
    assert [] == leaks(host.output(), folder)


def test_a_signal_to_the_whole_group_lets_running_calls_finish(tmp_path: Path) -> None:
    """As terminals and some supervisors send it, to the workers too."""
    with serving(tmp_path, "--workers", "2") as host, host.begin("one") as wire:
        host.workers(2)
        os.killpg(host.process.pid, signal.SIGTERM)
        until(lambda: refuses(host.port))
        host.end("one")
        assert "one" == wire.answer().json
        assert 0 == host.finished()
    assert "" == host.err.read_text("utf-8")


@pytest.mark.parametrize("drain", ["0", "0.25"])
def test_a_signal_to_the_whole_group_is_no_accident(tmp_path: Path, drain: str) -> None:
    """Exit code 0 and no word of workers that ended, with a drain or without."""
    with serving(tmp_path, "--workers", "2", "--drain", drain) as host:
        host.workers(2)
        os.killpg(host.process.pid, signal.SIGTERM)
        assert 0 == host.finished()
    assert "" == host.err.read_text("utf-8")


def test_readyz_is_503_before_connections_are_refused(tmp_path: Path) -> None:
    """While the drain lasts, new connections are answered; a second signal ends it."""
    with serving(tmp_path, "--drain", "600") as host:
        host.process.terminate()
        assert until(lambda: host.ask(path="/readyz").status == 503)
        assert {"a": 1} == host.call("echo", {"a": 1}).json
        host.process.terminate()
        assert 0 == host.finished()


def test_stop_server_lets_running_calls_finish(folder: Path) -> None:
    """Behind the token; as a signal."""
    with serving(folder) as host, host.begin("one") as wire:
        assert 401 == ask(host.port, request(path="/stopServer", token=None)).status
        assert b"preparing to shut down." == host.ask(path="/stopServer").body
        until(lambda: refuses(host.port))
        host.end("one")
        assert "one" == wire.answer().json
        assert 0 == host.finished()
    assert ["startup granian", "shutdown granian"] == told(folder)


def test_a_worker_that_ends_a_moment_before_it_is_told_to_is_no_accident(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A signal to the group ends workers while the host begins to: Granian takes it for a crash."""
    host = object.__new__(_Host)
    host._drain = Drain()
    host._drain.terminate()
    host.interrupt_children = [0]

    def shutdown(self: _Host, exit_code: int = 0) -> None:
        self.interrupt_children.append(1)  # by the thread that watches the other worker
        if self.interrupt_children:
            sys.exit(1)

    monkeypatch.setattr(MPServer, "shutdown", shutdown)
    host.shutdown()


def test_workers_that_end_by_themselves_again_and_again_are_an_error(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Of the exit code and of the log."""
    host = object.__new__(_Host)
    host._drain = Drain()
    host.interrupt_children = [0]

    def shutdown(self: _Host, exit_code: int = 0) -> None:
        sys.exit(1)

    monkeypatch.setattr(MPServer, "shutdown", shutdown)
    with pytest.raises(SystemExit) as caught:
        host.shutdown()
    assert 1 == caught.value.code
    assert ["A worker process ended unexpectedly, again and again."] == caplog.messages


def test_waiting_for_the_end_looks_up_from_time_to_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal in the moment before a wait without an end would be noticed by nobody."""
    waits: list[float | None] = []
    real = threading.Event.wait

    def wait(self: threading.Event, timeout: float | None = None) -> bool:
        waits.append(timeout)
        self.set()
        return real(self, timeout)

    monkeypatch.setattr(threading.Event, "wait", wait)
    assert _Watched().wait()
    assert _Watched().wait(0.1)
    assert None not in waits


def test_a_worker_that_missed_the_signal_gets_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until all have ended; the host would wait for it as long as for a call."""
    reminded = threading.Event()

    class Worker:
        def __init__(self, alive: bool) -> None:
            self.is_alive = lambda: alive
            self.terminated = 0

        def terminate(self) -> None:
            self.terminated += 1
            reminded.set()

    ended, missed = Worker(alive=False), Worker(alive=True)
    host = object.__new__(_Host)
    host._drain = Drain()
    host.wrks = [ended, missed]  # type: ignore[list-item]
    monkeypatch.setattr(MPServer, "_stop_workers", lambda self: reminded.wait(20))
    host._stop_workers()
    assert missed.terminated
    assert not ended.terminated


def test_a_worker_that_hangs_without_a_call_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not one with a call: that may take its time."""
    killed = threading.Event()

    class Worker:
        is_alive = staticmethod(lambda: True)
        terminate = staticmethod(lambda: None)
        kill = staticmethod(killed.set)

    monkeypatch.setattr("ioplugins.server.on_granian._REMIND_SECONDS", 0.01)
    monkeypatch.setattr("ioplugins.server.on_granian._IDLE_SECONDS", 0.05)
    host = object.__new__(_Host)
    host._drain = Drain()
    host._drain.enter()
    host.wrks = [Worker()]  # type: ignore[list-item]
    monkeypatch.setattr(MPServer, "_stop_workers", lambda self: killed.wait(0.3))
    host._stop_workers()
    assert not killed.is_set()
    host._drain.leave()
    monkeypatch.setattr(MPServer, "_stop_workers", lambda self: killed.wait(20))
    host._stop_workers()
    assert killed.is_set()


# -------------------------------------------------------------------------------- where it listens


def test_a_unix_socket(tmp_path: Path) -> None:
    """Listened on, and removed at the end."""
    path = tmp_path / "socket"
    with serving(tmp_path, "--unix-socket", str(path)) as host:
        assert f"unix:{path}" == host.url
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(20)
            client.connect(str(path))
            client.sendall(post("echo", {"a": 1}, Connection="close"))
            assert b'{"a":1}' in b"".join(iter(lambda: client.recv(1000), b""))
        host.process.terminate()
        assert 0 == host.finished()
    assert not path.exists()


@pytest.mark.parametrize("old", [False, True])
def test_tls(tmp_path: Path, old: bool) -> None:
    """1.3, and 1.2 when it is asked for; a connection that says nothing keeps nobody away."""
    context = make_certificate(tmp_path)
    options = ["--tls-certificate", "cert.pem", "--tls-key", "key.pem", *(["--tls-1.2"] * old)]
    with serving(tmp_path, *options) as host:
        assert f"https://127.0.0.1:{host.port}" == host.url
        with host.connect(), connect_tls(host.port, context) as wire:
            assert {"a": 1} == wire.send(post("echo", {"a": 1})).answer().json
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        if old:
            with connect_tls(host.port, context) as wire:
                assert "TLSv1.2" == wire.connection.version()
                assert b"OK" == wire.send(request()).answer().body
        else:
            with pytest.raises(ssl.SSLError):
                connect_tls(host.port, context)


def test_lines_are_json_when_they_are_asked_to_be(tmp_path: Path) -> None:
    """Each but the ready line: a start, a call, a failure, a probe that fails, an end."""
    with serving(tmp_path, "--log-format", "json") as host:
        host.call("echo")
        host.call("fail")
        host.ask(path="/openConnections?terminate=true")
        host.ask()
        host.process.terminate()
        host.finished()
    lines = host.output().splitlines()
    [ready] = [line for line in lines if "is serving on" in line]
    assert f"ioplugins is serving on {host.url}" == ready
    documents = [json.loads(line) for line in lines if line != ready]
    names = {document.get("logName") for document in documents}
    assert {"callFunctionInvoked", "reqFinished", "functionFailed", "healthCheckFailure"} <= names
    assert all({"level", "timestamp"} <= set(document) for document in documents)
