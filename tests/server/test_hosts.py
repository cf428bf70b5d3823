"""Real hosts: Granian, Werkzeug's server and gunicorn as processes, called over sockets."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection

import pytest

from ioplugins import Registry
from ioplugins.errors import ConfigurationError, PluginError
from ioplugins.plugins import discover
from ioplugins.server import create_server
from ioplugins.server.drain import Drain
from ioplugins.server.listening import listen
from ioplugins.server.on_werkzeug import Server

FUNCTIONS = """
import asyncio, os, threading, time
from ioplugins import utility

@utility
def slow(options: dict):
    time.sleep(options.get("s", 1))
    return os.getpid()

everybody, there = threading.Barrier(100), []

@utility
def meet(options: dict):
    everybody.wait(30)

@utility
async def meet_async(options: dict):
    there.append(1)
    while len(there) < 100:
        await asyncio.sleep(0.01)
"""
PLUGIN = """
import os
from pathlib import Path
from ioplugins import hookimpl

FILE = Path(os.environ.get("SEEN_BY_PLUGIN", os.devnull))

@hookimpl
def ioplugins_startup(host):
    with FILE.open("a") as file: print("startup", host.name, file=file)

@hookimpl
def ioplugins_shutdown(host):
    with FILE.open("a") as file: print("shutdown", host.name, file=file)
"""
TOKEN = "test-token"


@pytest.fixture
def folder(tmp_path, packages):
    (tmp_path / "functions.py").write_text(FUNCTIONS)
    packages.install(
        "watcher", modules={"watcher_of_hosts": PLUGIN}, plugins={"watch": "watcher_of_hosts"}
    )
    return tmp_path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def environment(folder, **more):
    return {
        **os.environ,
        "PYTHONPATH": str(folder / "site"),
        "SEEN_BY_PLUGIN": str(folder / "seen"),
        "INTEGRATOR_EXTENSION_SYSTEM_TOKEN": TOKEN,
        **more,
    }


@contextmanager
def serving(folder, *arguments):
    """`ioplugins serve functions.py` on a free port; yields the process and the port."""
    line = [sys.executable, "-m", "ioplugins", "serve", "functions.py", "--port", "0", *arguments]
    process = subprocess.Popen(
        line,
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        ready = next(text for text in process.stdout if "is serving on" in text)
        yield process, ready.split()[-1]
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=30)


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def ask(port, method="GET", path="/livez", body=None):
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    response = connection.getresponse()
    try:
        return response.status, response.read()
    finally:
        connection.close()


def call(port, function="slow", **options):
    return ask(
        port,
        "POST",
        "/function",
        {"diy": True, "function": function, "options": {"x": 1, **options}},
    )


@pytest.mark.parametrize("function", ["meet", "meet_async"])
def test_a_hundred_calls_run_side_by_side(folder, function) -> None:
    """One worker, default settings: each waits for all others, and probes answer meanwhile."""
    with serving(folder) as (_, url), ThreadPoolExecutor(100) as pool:
        port = port_of(url)
        calls = [pool.submit(call, port, function) for _ in range(99)]
        assert 200 == ask(port)[0]
        assert not any(one.done() for one in calls)
        calls.append(pool.submit(call, port, function))
        assert {200} == {one.result()[0] for one in calls}


@pytest.mark.parametrize("server", ["granian", "werkzeug"])
def test_a_signal_lets_running_calls_finish(folder, server) -> None:
    """SIGTERM during a call: 200, exit code 0, plugins told."""
    with serving(folder, "--server", server) as (process, url), ThreadPoolExecutor(1) as pool:
        running = pool.submit(call, port_of(url), s=1)
        time.sleep(0.4)
        process.terminate()
        assert 200 == running.result()[0]
        assert 0 == process.wait(20)
    assert [f"startup {server}", f"shutdown {server}"] == (folder / "seen").read_text().splitlines()


def test_a_signal_to_the_whole_group_is_no_accident(folder) -> None:
    """As systemd and terminals send it: exit code 0."""
    with serving(folder, "--workers", "2") as (process, _):
        os.killpg(process.pid, signal.SIGTERM)
        assert 0 == process.wait(20)


def test_all_workers_drain_together(folder) -> None:
    """terminate=true on one of them turns the probes of both; a drain shows before the end."""
    with serving(folder, "--workers", "2", "--drain", "1") as (process, url):
        port = port_of(url)
        assert 200 == ask(port, path="/openConnections?terminate=true")[0]
        assert {503} == {ask(port)[0] for _ in range(20)}
        process.terminate()
        assert 0 == process.wait(20)


def test_readyz_is_503_before_connections_are_refused(folder) -> None:
    """For the seconds of --drain."""
    with serving(folder, "--drain", "2") as (process, url):
        process.terminate()
        time.sleep(0.3)
        assert 503 == ask(port_of(url), path="/readyz")[0]
        assert 0 == process.wait(20)


def test_a_killed_worker_is_replaced(folder) -> None:
    """Nothing is lost for longer than that."""
    with serving(folder) as (process, url):
        worker = int(call(port_of(url), s=0)[1])
        assert worker != process.pid
        os.kill(worker, signal.SIGKILL)
        end = time.monotonic() + 20
        while True:
            try:
                assert worker != int(call(port_of(url), s=0)[1])
                break
            except OSError:
                assert time.monotonic() < end
                time.sleep(0.1)


@pytest.mark.parametrize("server", ["granian", "werkzeug"])
def test_a_unix_socket(folder, server) -> None:
    """Listened on, and removed at the end."""
    path = folder / "socket"
    with serving(folder, "--server", server, "--unix-socket", str(path)) as (_, url):
        assert f"unix:{path}" == url
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 200")
    assert not path.exists()


@pytest.mark.parametrize("server", ["granian", "werkzeug"])
def test_tls(folder, server) -> None:
    """With a certificate of our own."""
    import ssl
    from urllib.request import urlopen

    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            *subject,
            "-keyout",
            "key",
            "-out",
            "cert",
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    with serving(folder, "--server", server, "--tls-certificate", "cert", "--tls-key", "key") as (
        _,
        url,
    ):
        context = ssl.create_default_context(cafile=folder / "cert")
        with urlopen(f"{url}/livez", context=context, timeout=10) as response:
            assert b"OK" == response.read()


def test_gunicorn_runs_the_same_application(folder) -> None:
    """Heartbeats, shared drain, plugins and /stopServer."""
    port = free_port()
    (folder / "configured.py").write_text(
        "import functions\nconfiguration = {'diy': {'slow': functions.slow}, 'heartbeatInterval': 200}\n"
    )
    line = [sys.executable, "-m", "gunicorn", "ioplugins.server:create_app_from_env()"]
    process = subprocess.Popen(
        [
            *line,
            "--bind",
            f"127.0.0.1:{port}",
            "--threads",
            "8",
            "--workers",
            "2",
            "--log-level",
            "error",
        ],
        cwd=folder,
        env=environment(folder, IOPLUGINS_TARGET="configured.py:configuration"),
        stdout=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + 20
        while True:
            try:
                ask(port)
                break
            except OSError:
                assert time.monotonic() < end
                time.sleep(0.1)
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            body = json.dumps({"diy": True, "function": "slow", "options": {"s": 0.5}})
            client.sendall(
                f"POST /function HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            received = b""
            while piece := client.recv(1000):
                received += piece
        assert received.startswith(b"HTTP/1.1 102 Processing\r\n\r\n")
        assert b"HTTP/1.1 200 OK" in received
        ask(port, path="/openConnections?terminate=true")
        assert {503} == {ask(port)[0] for _ in range(20)}
        assert 200 == ask(port, path="/stopServer")[0]
        assert 0 == process.wait(30)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    seen = (folder / "seen").read_text().split("\n")
    assert 2 == seen.count("startup gunicorn") == seen.count("shutdown gunicorn")


# ------------------------------------------------------------------------------ in this process


def configuration(**settings):
    registry = Registry()
    registry.add({"f": lambda options: time.sleep(0.2) or options})
    return registry.configuration(system_token=TOKEN, **settings)


def test_a_server_is_embedded_and_its_port_told() -> None:
    """Port 0 is honoured; it can be started again after its end."""
    server = create_server(configuration(port=0))
    with server:
        first = server.port
        assert first not in {0, 80}
        assert (200, b"OK") == ask(first)
        assert f"http://127.0.0.1:{first}" in repr(server)
    assert "stopped" in repr(server)
    with pytest.raises(ConfigurationError, match="not deployed"):
        server.stop()
    with server:
        assert 200 == ask(server.port)[0]


def test_a_taken_port_is_a_clear_error() -> None:
    """In the process and on the command line."""
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            ConfigurationError, match=f"port {port}: another program does"
        ) as caught:
            create_server(configuration(port=port)).start()
        assert "address_in_use" == caught.value.code


@pytest.mark.parametrize(
    ("host", "port", "code"),
    [("203.0.113.1", 0, "address_not_available"), ("127.0.0.1", 70_000, "invalid_field")],
)
def test_an_address_that_cannot_be_had(host, port, code) -> None:
    """An address of another machine, a port that does not exist."""
    with pytest.raises(ConfigurationError) as caught:
        listen(host, port)
    assert code == caught.value.code


def test_a_socket_file_left_over_is_replaced_and_one_in_use_is_not(tmp_path) -> None:
    """Nobody answers on the first."""
    path = tmp_path / "s"
    listen("", 0, path).close()
    with listen("", 0, path), pytest.raises(ConfigurationError, match="another program"):
        listen("", 0, path)


def test_connections_are_kept_and_pipelined_and_half_read_ones_closed() -> None:
    """Werkzeug's own handler closes them all."""
    with create_server(configuration(port=0)) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
            client.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
            received = b""
            while received.count(b"200 OK") < 2 or not received.endswith(b"OK"):
                received += client.recv(1000)
            client.sendall(
                b"POST /function HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer no\r\nContent-Length: 9\r\n\r\n"
            )
            refused = b""
            while piece := client.recv(1000):
                refused += piece
        assert b"401" in refused
        assert b"Connection: close" in refused
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n")
            told = b""
            while piece := client.recv(1000):
                told += piece
            assert b'"code":"bad_request"' in told


def test_stop_server_ends_an_embedded_server_after_its_calls() -> None:
    """wait() returns then."""
    server = create_server(configuration(port=0))
    server.start()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(call, server.port, "f")
        time.sleep(0.1)
        assert (200, b"preparing to shut down.") == ask(server.port, path="/stopServer")
        assert 200 == running.result()[0]
        server.wait()


def test_a_plugin_that_fails_at_the_start_is_named(packages, caplog, monkeypatch) -> None:
    """The host does not start, and those that had started are stopped; at the end it is logged."""
    source = (
        "from ioplugins import hookimpl\n@hookimpl\ndef ioplugins_{}(host): raise ValueError('no')"
    )
    packages.install(
        "bad", modules={"bad_start": source.format("startup")}, plugins={"bad": "bad_start"}
    )
    with pytest.raises(PluginError, match=r"'bad'.*ioplugins_startup.*no"):
        Server(configuration(port=0), plugins=discover()).start()
    packages.install(
        "worse", modules={"bad_stop": source.format("shutdown")}, plugins={"worse": "bad_stop"}
    )
    packages.install("lost", plugins={"lost": "no_such_module"})
    monkeypatch.setenv("IOPLUGINS_DISABLE", "bad")
    with Server(configuration(port=0), plugins=discover()):
        pass
    assert any("pluginFailed" in text and "plugin=worse" in text for text in caplog.messages)
    assert any("pluginFailed" in text and "plugin=lost" in text for text in caplog.messages)


def test_the_drain_counts_calls_of_all_processes(tmp_path) -> None:
    """By file and by fork; the dead do not count."""
    path = tmp_path / "state"
    here, there = Drain(path), Drain(path)
    here.announce()
    here.enter()
    assert (1, 1) == (there.running(), there.started())
    pid = os.fork()
    if pid == 0:
        there.enter()
        os._exit(0 if there.running() == 2 else 1)
    assert 0 == os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert 1 == there.running()
    here.leave()
    assert 0 == there.running()
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(OSError, match="link"):
        Drain(tmp_path / "link")
