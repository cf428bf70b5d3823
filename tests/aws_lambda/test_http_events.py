"""HTTP events of each front door: the routes of a server stack, without a server."""

from __future__ import annotations

import base64
import builtins
import gzip
import json
from typing import Any

import pytest

from ioplugins.aws_lambda import create_handler
from ioplugins.aws_lambda.faults import LIMIT
from ioplugins.aws_lambda.handler import is_http

TOKEN = "the-system-token"
CALL = {"diy": True, "function": "f", "options": {"a": "é"}}


def function_url(body: str = "", path: str = "/function", **headers: str) -> dict[str, Any]:
    """An event of a function URL or an HTTP API (payload version 2.0)."""
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "http": {
                "method": "POST" if body else "GET",
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
            }
        },
        "body": body,
        "isBase64Encoded": False,
    }


def rest_api(body: str = "", path: str = "/function", **headers: str) -> dict[str, Any]:
    """An event of a REST API (payload version 1.0)."""
    return {
        "version": "1.0",
        "httpMethod": "POST" if body else "GET",
        "path": path,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "requestContext": {"identity": {"sourceIp": "192.0.2.1"}},
        "body": body,
        "isBase64Encoded": False,
    }


def load_balancer(body: str = "", path: str = "/function", **headers: str) -> dict[str, Any]:
    """An event of an Application Load Balancer."""
    return {
        "httpMethod": "POST" if body else "GET",
        "path": path,
        "headers": headers,
        "queryStringParameters": {},
        "requestContext": {"elb": {"targetGroupArn": "arn"}},
        "body": body,
        "isBase64Encoded": False,
    }


DOORS = pytest.mark.parametrize("door", [function_url, rest_api, load_balancer])
JSON = {"content-type": "application/json", "authorization": f"Bearer {TOKEN}"}


def serving(function: Any = lambda options: options, **settings: Any) -> Any:
    return create_handler({"diy": {"f": function}, "systemToken": TOKEN, **settings})


def header(response: dict[str, Any], name: str) -> str | None:
    """A header of *response*, however that door has it."""
    single = response.get("headers") or {}
    several = response.get("multiValueHeaders") or {}
    found = {**single, **{key: values[0] for key, values in several.items()}}
    return {key.lower(): value for key, value in found.items()}.get(name)


@DOORS
def test_a_call(door: Any) -> None:
    """Answered as a server answers it."""
    response = serving()(door(json.dumps(CALL), **JSON))
    assert (200, {"a": "é"}) == (response["statusCode"], json.loads(response["body"]))
    assert "application/json; charset=utf-8" == header(response, "content-type")
    assert not response["isBase64Encoded"]


@DOORS
def test_a_body_in_base64(door: Any) -> None:
    """As the front doors send bytes."""
    event = door(base64.b64encode(json.dumps(CALL).encode()).decode(), **JSON)
    event["isBase64Encoded"] = True
    assert {"a": "é"} == json.loads(serving()(event)["body"])


@DOORS
def test_the_other_routes(door: Any) -> None:
    """The health check, and what is no route."""
    handler = serving()
    health = handler(door(path="/"))
    assert (200, '{"success":true}') == (health["statusCode"], health["body"])
    assert 404 == handler(door(path="/nothing"))["statusCode"]


@DOORS
def test_a_wrong_token(door: Any) -> None:
    """401, as a server answers it."""
    event = door(json.dumps(CALL), **{**JSON, "authorization": "Bearer wrong"})
    assert 401 == serving()(event)["statusCode"]


def test_the_token_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the configuration has none."""
    monkeypatch.setenv("INTEGRATOR_EXTENSION_SYSTEM_TOKEN", TOKEN)
    handler = create_handler({"diy": {"f": lambda options: 1}})
    assert "1" == handler(function_url(json.dumps(CALL), **JSON))["body"]


def test_without_a_token_nothing_is_served() -> None:
    """The error says so; direct invocations need none and work."""
    handler = create_handler({"diy": {"f": lambda options: 1}})
    response = handler(function_url(json.dumps(CALL), **JSON))
    assert 500 == response["statusCode"]
    assert "systemToken" in response["body"]


def test_a_wrong_configuration_is_told_over_http() -> None:
    """With the status of the Node packages."""
    response = create_handler({})(function_url(json.dumps(CALL), **JSON))
    assert 422 == response["statusCode"]
    assert "missing_parameter" == json.loads(response["body"])["errors"][0]["code"]


def test_a_client_context_makes_it_a_direct_call() -> None:
    """Its event is the options, whatever they look like."""
    event = function_url()
    context = type("Context", (), {"client_context": {"diy": True, "function": "f"}})
    assert event == serving()(event, context)


@pytest.mark.parametrize(
    "event",
    [None, [], {}, {"requestContext": None}, {"requestContext": {}}, {"httpMethod": "GET"}],
)
def test_what_is_no_http_event(event: object) -> None:
    """It needs the request context of a front door and a method."""
    assert not is_http(event)


def test_without_the_extra_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package for a Lambda stack has neither apig-wsgi nor the server."""
    real = builtins.__import__

    def without(name: str, *args: Any, **more: Any) -> Any:
        if name == "apig_wsgi":
            raise ImportError(name=name)
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    response = serving()(function_url(json.dumps(CALL), **JSON))
    assert 501 == response["statusCode"]
    assert "not_supported" == json.loads(response["body"])["errors"][0]["code"]


# ---------------------------------------------------------------------------------------- sizes

# 4.8 MB of JSON that are more than Lambda takes once they are text inside JSON.
QUOTES = ['"' * 1000] * 1200


@pytest.mark.parametrize("door", [function_url, load_balancer])
def test_what_is_too_long_is_gzipped(door: Any) -> None:
    """For a caller that takes gzip, at a door that passes bytes on."""
    handler = serving(lambda options: QUOTES * 2)
    response = handler(door(json.dumps(CALL), **{**JSON, "Accept-Encoding": "br, GZIP ;q=0.5"}))
    assert 200 == response["statusCode"]
    assert "gzip" == header(response, "content-encoding")
    body = base64.b64decode(response["body"])
    assert str(len(body)) == header(response, "content-length")
    assert QUOTES * 2 == json.loads(gzip.decompress(body))


@pytest.mark.parametrize(
    ("door", "accepted"),
    [(function_url, ""), (function_url, "br, gzip;q=0"), (rest_api, "gzip")],
)
def test_what_is_too_long_is_refused_otherwise(door: Any, accepted: str) -> None:
    """With the size limit's own error."""
    handler = serving(lambda options: QUOTES * 2)
    response = handler(door(json.dumps(CALL), **{**JSON, "accept-encoding": accepted}))
    assert 422 == response["statusCode"]
    assert str(LIMIT) in json.loads(response["body"])["errors"][0]["message"]


def test_what_fits_is_sent_as_it_is() -> None:
    """Compressing it would cost time."""
    handler = serving(lambda options: QUOTES)
    response = handler(function_url(json.dumps(CALL), **{**JSON, "accept-encoding": "gzip"}))
    assert QUOTES == json.loads(response["body"])
