"""The application without a server: who is let in, what is read, what is answered."""

from __future__ import annotations

import gzip
import io
import json
import logging
import zlib

import pytest
from werkzeug.test import Client

from ioplugins import Registry
from ioplugins.errors import ConfigurationError
from ioplugins.server import create_app
from ioplugins.server.app import Application
from ioplugins.server.drain import Drain

CALL = {"diy": True, "function": "f", "options": {"a": 1}}
JSON = {"Content-Type": "application/json"}
TOKEN = {"Authorization": "Bearer new"}


def configuration(**settings):
    registry = Registry()
    registry.add({"f": lambda options: options})
    return registry.configuration(system_token=["old", "new"], **settings)


def app(**settings) -> Application:
    return create_app(configuration(**settings))


def post(application, body=b"", headers=(), **environ):
    data = body if isinstance(body, (bytes, io.RawIOBase)) else json.dumps(body).encode()
    return Client(application).post(
        "/function",
        headers=[*JSON.items(), *dict(headers).items()],
        data=data,
        environ_overrides=environ,
    )


class Unreadable(io.RawIOBase):
    """A body that nobody may touch."""

    def readinto(self, buffer):
        raise AssertionError("it was read")


def test_there_must_be_a_token() -> None:
    """The documented error."""
    registry = Registry()
    registry.add({"f": lambda options: options})
    with pytest.raises(ConfigurationError, match="systemToken not provided in options"):
        create_app(registry.configuration())


@pytest.mark.parametrize("token", ["old", "new"])
def test_two_tokens_are_valid_while_one_replaces_the_other(token) -> None:
    """In the header and in the body."""
    assert {"a": 1} == post(app(), CALL, {"Authorization": f"Bearer {token}"}).json
    assert {"a": 1} == post(app(), {**CALL, "access_token": token}).json


@pytest.mark.parametrize("path", ["/function", "/openConnections", "/stopServer", "/livez"])
def test_nothing_is_read_for_a_wrong_header_token(path) -> None:
    """Not a byte of the body, on any route."""
    method = "POST" if path == "/function" else "GET"
    answer = Client(app()).open(
        path,
        method=method,
        headers={**JSON, "Authorization": "Bearer wrong"},
        environ_overrides={"wsgi.input": Unreadable(), "CONTENT_LENGTH": "60000000"},
    )
    assert answer.status_code in {200, 401}
    assert "close" == answer.headers["Connection"]


@pytest.mark.parametrize(
    ("headers", "limit"),
    [(TOKEN, 50 * 1024 * 1024), ({}, 1024 * 1024)],
)
def test_an_announced_oversize_is_refused_unread(headers, limit) -> None:
    """The limit is smaller without a token in the header, and the message says so."""
    answer = Client(app()).post(
        "/function",
        headers={**JSON, **headers},
        environ_overrides={"wsgi.input": Unreadable(), "CONTENT_LENGTH": str(limit + 1)},
    )
    [error] = answer.json["errors"]
    assert (413, "request_too_large") == (answer.status_code, error["code"])
    assert str(limit) in error["message"]


def test_a_chunked_oversize_is_refused_as_soon_as_it_passes() -> None:
    """Not read to its end, and not cut at the limit without a word."""

    class Endless(io.RawIOBase):
        given = 0

        def readable(self):
            return True

        def read(self, size=-1):
            self.given += size
            return b" " * size

    body = Endless()
    answer = Client(app(max_body_size=200_000)).post(
        "/function",
        headers={**JSON, **TOKEN, "Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input": body, "wsgi.input_terminated": True},
    )
    assert 413 == answer.status_code
    assert body.given < 400_000


@pytest.mark.parametrize(
    ("data", "encoding", "status"),
    [
        (gzip.compress(json.dumps(CALL).encode()), "gzip", 200),
        (
            gzip.compress(b'{"diy":1,"function":"f",') + gzip.compress(b'"options":{"a":1}}'),
            "GZIP",
            200,
        ),
        (gzip.compress(json.dumps(CALL).encode()) + b"trailer", "gzip", 200),
        (zlib.compress(json.dumps(CALL).encode()), "deflate", 200),
        (gzip.compress(b"0" * 10_000_000), "gzip", 413),
        (gzip.compress(json.dumps(CALL).encode())[:-12], "gzip", 400),
        (b"plain", "deflate", 400),
        (b"", "gzip", 400),
        (b"{}", "br", 415),
    ],
    ids=["gzip", "members", "trailer", "deflate", "bomb", "truncated", "plain", "empty", "br"],
)
def test_encoded_bodies(data, encoding, status) -> None:
    """Inflated within the limit, several members too; what is broken is 400, unknown 415."""
    answer = post(app(max_body_size=1_000_000), data, {**TOKEN, "Content-Encoding": encoding})
    assert status == answer.status_code, answer.text


@pytest.mark.parametrize(
    ("charset", "status"),
    [("utf-8", 200), ("UTF-16LE", 200), ("utf-16", 200), ("latin1", 415), ("utf8", 415)],
)
def test_charsets(charset, status) -> None:
    """utf- and a number; anything else is refused."""
    data = json.dumps(CALL).encode("utf-8" if status == 415 else charset)
    headers = {**TOKEN, "Content-Type": f"application/json; charset={charset}"}
    assert status == Client(app()).post("/function", headers=headers, data=data).status_code


@pytest.mark.parametrize(
    ("headers", "environ", "data"),
    [
        ({}, {"CONTENT_LENGTH": "ten"}, b"{}"),
        ({}, {"CONTENT_LENGTH": "100"}, b"{}"),
        ({"Content-Type": "application/json; charset=utf-16le"}, {}, b"\x00\xd8\x00"),
        ({}, {}, b"5"),
    ],
)
def test_bodies_that_are_no_request(headers, environ, data) -> None:
    """A length that is none, a body that ends early, a broken text, a top-level number."""
    answer = Client(app()).post(
        "/function", headers={**JSON, **TOKEN, **headers}, data=data, environ_overrides=environ
    )
    assert 400 == answer.status_code
    assert answer.json["errors"][0]["message"]


def test_a_caller_without_a_token_learns_nothing_of_its_body() -> None:
    """Malformed or not: 401."""
    for body in (b"{nope", b"[]", CALL, {**CALL, "access_token": 5}):
        answer = post(app(), body)
        assert 401 == answer.status_code
        assert "invalid system token" == answer.headers["WWW-Authenticate"]


def test_no_body_at_all_is_an_empty_request() -> None:
    """The three errors."""
    assert 3 == len(Client(app()).post("/function", headers={**JSON, **TOKEN}).json["errors"])


def test_the_drain_is_behind_the_token_and_shared() -> None:
    """Probes of every application on the same drain answer 503."""
    shared = Drain()
    first, second = (Client(Application(configuration(), drain=shared)) for _ in range(2))
    assert 401 == first.get("/openConnections?terminate=true").status_code
    assert "0" == first.get("/openConnections?terminate=true", headers=TOKEN).text
    assert 503 == second.get("/livez").status_code == second.get("/readyz").status_code
    assert 200 == second.get("/").status_code


def test_stop_server() -> None:
    """Where the host can be stopped; else it says how."""
    stopped = []
    client = Client(Application(configuration(), stop=lambda: stopped.append(1)))
    assert 401 == client.get("/stopServer").status_code
    assert "preparing to shut down." == client.get("/stopServer", headers=TOKEN).text
    assert [1] == stopped
    assert (
        "not_supported" == Client(app()).get("/stopServer", headers=TOKEN).json["errors"][0]["code"]
    )


@pytest.mark.parametrize("debug", [False, True])
def test_a_fault_of_ours_is_a_json_error_without_internals(debug, monkeypatch, caplog) -> None:
    """500, and one log line; a traceback there only in debug."""
    monkeypatch.setattr("ioplugins.server.app.call_function", lambda *_, **__: 1 / 0)
    answer = post(app(debug=debug), CALL, TOKEN)
    assert 500 == answer.status_code
    assert {"message": "The extension server failed.", "code": "internal_error"} == answer.json[
        "errors"
    ][0]
    [record] = [r for r in caplog.records if "internalError" in r.getMessage()]
    assert debug == bool(record.exc_info)


def test_log_lines_are_not_made_for_nobody(caplog) -> None:
    """Without the level INFO no line is formatted; the query's token is masked."""
    with caplog.at_level(logging.INFO):
        post(app(), CALL, {**TOKEN, "traceid": "t1"})
        Client(app()).get("/nope?access_token=s3cret")
    finished = [m for m in caplog.messages if "reqFinished" in m]
    assert finished[0].endswith("traceId=t1")
    assert "url=/nope?access_token=******, statusCode=404" in finished[1]
    caplog.clear()
    with caplog.at_level(logging.ERROR):
        post(app(), CALL, TOKEN)
    assert [] == caplog.messages


def test_absolute_and_odd_paths() -> None:
    """What a proxy sends, and what is no route."""
    client = Client(app())
    for raw, status in (
        ("http://host/livez", 200),
        ("//livez", 404),
        ("/livez%2F", 404),
        ("/LIVEZ/", 200),
    ):
        assert (
            status
            == client.get("/", environ_overrides={"RAW_URI": raw, "REQUEST_URI": raw}).status_code
        )
    assert (
        200
        == client.get(
            "/healthcheck/", environ_overrides={"RAW_URI": None, "REQUEST_URI": None}
        ).status_code
    )


def test_heartbeats_reach_the_socket_of_the_server() -> None:
    """Not for HTTP/1.0, and a caller that has gone does no harm."""

    class Socket:
        sent = b""

        def sendall(self, data):
            self.sent += data
            raise BrokenPipeError

    registry = Registry()
    registry.add({"f": lambda options: __import__("time").sleep(0.15) or 1})
    application = create_app(registry.configuration(system_token="new", heartbeat_interval=50))
    for protocol, expected in (("HTTP/1.1", True), ("HTTP/1.0", False)):
        socket = Socket()
        overrides = {"gunicorn.socket": socket, "SERVER_PROTOCOL": protocol}
        assert 200 == post(application, CALL, TOKEN, **overrides).status_code
        assert expected == socket.sent.startswith(b"HTTP/1.1 102 Processing\r\n\r\n")


@pytest.mark.parametrize("name", ["access_token", "token", "TOKEN", "system_token"])
def test_a_token_in_the_query_is_no_credential(name, caplog) -> None:
    """It would stand in the logs of every proxy; it does not stand in ours."""
    with caplog.at_level(logging.INFO):
        answer = Client(app()).post(f"/function?a=1&{name}=new&b=2", headers=JSON, json=CALL)
    assert 401 == answer.status_code
    [line] = [text for text in caplog.messages if "reqFinished" in text]
    assert f"url=/function?a=1&{name}=******&b=2, statusCode=401" in line
    assert "new" not in answer.text


def test_a_token_in_the_query_opens_no_other_route() -> None:
    """Nor does one in a body."""
    client = Client(Application(configuration(), stop=lambda: None))
    for path in ("/openConnections", "/stopServer"):
        for data in (b"", b'{"access_token": "new"}'):
            answer = client.get(f"{path}?access_token=new", headers=JSON, data=data)
            assert 401 == answer.status_code
    assert 200 == client.get("/livez").status_code


def test_the_limit_of_a_body_without_a_token_in_the_header_is_a_setting() -> None:
    """Inflated or not; the token in the body makes no difference, the header does."""
    call = {**CALL, "access_token": "new", "padding": " " * 1000}
    for data, headers in (
        (json.dumps(call).encode(), {}),
        (gzip.compress(json.dumps(call).encode()), {"Content-Encoding": "gzip"}),
    ):
        refused = post(app(max_anonymous_body_size=1000), data, headers)
        assert 413 == refused.status_code
        assert "send the system token in that header" in refused.json["errors"][0]["message"]
        assert 200 == post(app(max_anonymous_body_size=2000), data, headers).status_code
        assert 200 == post(app(max_anonymous_body_size=0), data, {**headers, **TOKEN}).status_code


@pytest.mark.parametrize("query", ["", "?terminate", "?terminate=", "?terminate=TRUE", "?x=true"])
def test_only_true_terminates(query) -> None:
    """And neither does it twice."""
    client = Client(app())
    for one in (query, "?terminate=true&terminate=true"):
        assert "0" == client.get(f"/openConnections{one}", headers=TOKEN).text
    assert 200 == client.get("/readyz").status_code


def test_running_calls_are_counted_until_they_end() -> None:
    """However they end."""
    seen = []
    registry = Registry()

    def look(options):
        seen.append(client.get("/openConnections", headers=TOKEN).text)
        raise ValueError

    registry.add({"f": look})
    client = Client(create_app(registry.configuration(system_token="new")))
    assert 422 == client.post("/function", headers={**JSON, **TOKEN}, json=CALL).status_code
    assert ["1"] == seen
    assert "0" == client.get("/openConnections", headers=TOKEN).text


@pytest.mark.parametrize(
    ("method", "path", "status", "content_type"),
    [
        ("GET", "/", 200, "application/json; charset=utf-8"),
        ("GET", "/healthcheck", 200, "application/json; charset=utf-8"),
        ("GET", "/livez", 200, "text/plain; charset=utf-8"),
        ("HEAD", "/livez", 200, "text/plain; charset=utf-8"),
        ("GET", "/function", 404, "application/json; charset=utf-8"),
        ("POST", "/livez", 404, "application/json; charset=utf-8"),
        ("DELETE", "/nope", 404, "application/json; charset=utf-8"),
        ("OPTIONS", "/function", 404, "application/json; charset=utf-8"),
    ],
)
def test_every_answer_says_what_and_how_long_it_is(method, path, status, content_type) -> None:
    """So that connections can be kept; a HEAD has the length of what is not sent."""
    answer = Client(app()).open(path, method=method)
    assert (status, content_type) == (answer.status_code, answer.headers["Content-Type"])
    length = len(answer.data) if method != "HEAD" else len(b"OK")
    assert str(length) == answer.headers["Content-Length"]
    assert "Connection" not in answer.headers


def test_a_long_path_is_not_repeated_whole() -> None:
    """Nobody gets back what they sent without an end."""
    answer = Client(app()).get("/" + "a" * 100_000)
    assert 404 == answer.status_code
    assert len(answer.data) < 400
