"""From responses to answers and errors: JSON, texts, empty lists, HTML."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from ioplugins.api import ApiError, Locked, RateLimited, Unauthorized
from ioplugins.api.decoding import decode
from ioplugins.api.exchange import Answer, Call
from ioplugins.api.token import Token

TOKEN = Token("a1b2c3d4e5f6")
HTML = "<!DOCTYPE html><html><body>502 Bad Gateway</body></html>"


def decoded(status: int, method: str = "GET", **response: Any) -> Answer | ApiError:
    """What such a response to *method* is."""
    call = Call(method, httpx.URL("https://api.integrator.io/v1/x?secret=1"))
    return decode(call, httpx.Response(status, **response), TOKEN)


@pytest.mark.parametrize(
    ("response", "json"),
    [
        ({"json": {"a": [1]}}, {"a": [1]}),
        ({"json": None}, None),
        ({"json": "text"}, "text"),
        ({"text": "OK"}, "OK"),
        ({"content": b"Created", "headers": {"content-type": "text/plain"}}, "Created"),
        ({"content": b'{"a":1}'}, {"a": 1}),
        ({"content": b"{}", "headers": {"content-type": "text/plain"}}, "{}"),
        ({"content": b"OK", "headers": {"content-type": "application/json"}}, "OK"),
        ({"content": b""}, None),
    ],
)
def test_good_answers(response: dict[str, Any], json: Any) -> None:
    """JSON is JSON, with or without a label; what is not is text; nothing is None."""
    assert Answer(json) == decoded(200, **response)


def test_204() -> None:
    """A GET that is answered 204 is an empty list; for others it says that there is nothing."""
    assert Answer([]) == decoded(204)
    assert Answer(None) == decoded(204, "DELETE")


def test_the_next_page() -> None:
    """The Link header's next, among others."""
    link = '<https://x/v1/a?skip=0>; rel="prev", <https://x/v1/a?skip=9>; rel="next"'
    answer = decoded(200, json=[1], headers={"Link": link})
    assert isinstance(answer, Answer)
    assert "https://x/v1/a?skip=9" == answer.next_url


@pytest.mark.parametrize("kind", ["text/html", "application/json"])
def test_html_is_no_answer(kind: str) -> None:
    """A page of a proxy is an error with any status, whatever it calls itself."""
    for status in (200, 502):
        error = decoded(status, content=HTML.encode(), headers={"content-type": kind})
        assert isinstance(error, ApiError)
        assert (status, (), HTML) == (error.status, error.errors, error.body)


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"errors": [{"code": "a", "message": "b"}]}, [{"code": "a", "message": "b"}]),
        ({"errors": ["plain"]}, [{"message": "plain"}]),
        ({"message": "only"}, [{"message": "only"}]),
        (
            {"code": "c", "message": "m", "field": "f"},
            [{"code": "c", "message": "m", "field": "f"}],
        ),
        ({"errors": []}, []),
        ({}, []),
        ([1], []),
        ("text", []),
        (None, []),
    ],
)
def test_errors(body: Any, errors: list[Any]) -> None:
    """errors[], a lone message, or nothing that tells: an error object in any case."""
    error = decoded(422, json=body)
    assert type(error) is ApiError
    assert (422, tuple(errors), body) == (error.status, error.errors, error.body)
    assert "/v1/x" == error.path


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {"errors": [{"code": "unauthorized", "message": "no"}]}, Unauthorized),
        (401, {"message": "Unauthorized"}, Unauthorized),
        (401, None, Unauthorized),
        (400, {"message": "Bearer Authentication Failed"}, Unauthorized),
        (400, {"errors": [{"code": "invalid_query_params"}]}, ApiError),
        (403, {"message": "no"}, ApiError),
        (429, {"errors": [{"code": "rate_limited"}]}, RateLimited),
        (429, None, RateLimited),
        (422, {"errors": [{"code": "x"}, {"code": "field_locked_by_integration_app"}]}, Locked),
        (422, {"errors": [{"code": "x"}]}, ApiError),
    ],
)
def test_kinds_of_errors(status: int, body: Any, kind: type[ApiError]) -> None:
    """The status, and a code of the body, choose the class."""
    assert kind is type(decoded(status, json=body))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": " 3 "}, 3.0),
        (
            {
                "Retry-After": "Wed, 21 Oct 2026 07:28:30 GMT",
                "Date": "Wed, 21 Oct 2026 07:28:00 GMT",
            },
            30.0,
        ),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:30 GMT"}, 0.0),
        (
            {
                "Retry-After": "Wed, 21 Oct 2026 07:28:30 -0000",
                "Date": "Wed, 21 Oct 2026 07:28:00 GMT",
            },
            30.0,
        ),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": ""}, None),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, or a date by the clock of whoever wrote it; nonsense is nothing."""
    error = decoded(429, json={}, headers=headers)
    assert isinstance(error, RateLimited)
    assert seconds == error.retry_after


def test_a_retry_after_in_the_future_without_a_date() -> None:
    """Without a Date header our own clock counts."""
    error = decoded(503, headers={"Retry-After": "Fri, 01 Jan 2100 00:00:00 GMT"})
    assert isinstance(error, ApiError)
    assert error.retry_after is not None
    assert error.retry_after > 1e9


@pytest.mark.parametrize("status", [400, 401, 429, 500])
def test_an_echoed_token_is_masked(status: int) -> None:
    """A proxy that echoes the request does not put the token into the error."""
    for response in (
        {"json": {"errors": [{"message": "got Bearer a1b2c3d4e5f6"}], "a1b2c3d4e5f6": [1, True]}},
        {"text": "<pre>Authorization: Bearer a1b2c3d4e5f6</pre>"},
    ):
        error = decoded(status, **response)
        assert isinstance(error, ApiError)
        assert "a1b2c3d4e5f6" not in f"{error} {error.errors} {error.body} {error!r} {error.args}"
        assert "******" in str(error.body)
