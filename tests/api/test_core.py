"""Requests without I/O: their URLs, pages, and where a token may go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ioplugins.api import ApiError, Bucket, Retries
from ioplugins.api.core import Core, segment
from ioplugins.api.token import Token
from ioplugins.errors import NotJSON

BASE = "https://api.integrator.io/v1"
CORE = Core(BASE, Token("t"), Bucket(100_000), Retries())

Play = Callable[..., Any]


def page(json: Any, following: str = "") -> httpx.Response:
    """A page, and where the next is."""
    headers = {"Link": f'<{following}>; rel="next"'} if following else {}
    return httpx.Response(200, json=json, headers=headers)


@pytest.mark.parametrize(
    ("path", "params", "url"),
    [
        ("/exports", None, "/exports"),
        ("exports", {}, "/exports"),
        ("/exports?limit=5", None, "/exports?limit=5"),
        ("/exports?limit=5", {"skip": 10}, "/exports?limit=5&skip=10"),
        ("/jobs", {"a": True, "b": None, "c": ["x", "y"], "d": 1.5}, "/jobs?a=true&c=x&c=y&d=1.5"),
        (f"{BASE}/exports?skip=100", None, "/exports?skip=100"),
        ("/state/a%2Fb", None, "/state/a%2Fb"),
        ("/exports?next=https://elsewhere.example/", None, None),
    ],
)
def test_urls(path: str, params: Any, url: str | None) -> None:
    """Below the base URL, with the query; a whole URL of the same host stays as it is."""
    made = str(CORE.call("GET", path, params=params).url)
    assert made.startswith(f"{BASE}/")
    assert url is None or BASE + url == made


@pytest.mark.parametrize(
    "path",
    [
        "https://elsewhere.example/v1/exports",
        "http://api.integrator.io/v1/exports",
        "https://api.integrator.io:8443/v1/exports",
        "https://user@api.integrator.io/v1/exports",
        "https://api.integrator.io.evil.example/v1",
        "/../tokens",
        "/exports/../../x",
        "/exports/%2e%2e/x",
        "/exports/..%2fx",
        "/exports\\..\\x",
    ],
)
def test_where_the_token_does_not_go(path: str) -> None:
    """Another host, another port, clear text, or out of the API."""
    with pytest.raises(ValueError, match=r"not sent there|leads out"):
        CORE.call("GET", path)


def test_bodies() -> None:
    """None is the JSON null; only a body that is left out is none."""
    assert b"null" == CORE.call("PUT", "/state/a", None).content
    assert CORE.call("POST", "/flows/f1/run").content is None
    assert b'{"a":[1]}' == CORE.call("POST", "/x", {"a": [1]}).content
    with pytest.raises(NotJSON, match=r"\$\.a"):
        CORE.call("POST", "/x", {"a": object()})


@pytest.mark.parametrize(
    ("value", "text"),
    [("5f1a", "5f1a"), ("a/b", "a%2Fb"), ("a b?#", "a%20b%3F%23"), ("ü", "%C3%BC")],
)
def test_segments(value: str, text: str) -> None:
    """An id or key is one segment, whatever is in it."""
    assert text == segment(value)


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_no_segments(value: str) -> None:
    """What would lead elsewhere is refused."""
    with pytest.raises(ValueError, match="not empty"):
        segment(value)


def test_pages_by_link(play: Play) -> None:
    """The URL as given, relative or not, until there is none."""
    played = play(
        CORE.pages("/exports", {"limit": 2}),
        page([1, 2], f"{BASE}/exports?limit=2&skip=2"),
        page([3, 4], "/v1/exports?limit=2&skip=4"),
        page([5]),
    )
    assert [[1, 2], [3, 4], [5]] == played.items
    assert ["limit=2", "limit=2&skip=2", "limit=2&skip=4"] == [
        sent.url.query.decode() for sent in played.sent
    ]


def test_pages_by_next_page_url(play: Play) -> None:
    """In the body: a list route of errors."""
    first = {"errors": [1], "nextPageURL": "/v1/flows/f/s/errors?after=1"}
    played = play(CORE.pages("/flows/f/s/errors"), page(first), page({"errors": [2]}))
    assert [first, {"errors": [2]}] == played.items


@pytest.mark.parametrize("following", ["https://elsewhere.example/x", "http://[", "javascript:x"])
def test_pages_stay_on_the_host(play: Play, following: str) -> None:
    """A next page elsewhere is an error, and the token is not sent there."""
    for answer in (page([1], following), page({"errors": [], "nextPageURL": following})):
        played = play(CORE.pages("/exports"), answer)
        assert 1 == len(played.sent)
        assert isinstance(played.error, ApiError)
        assert "bad_next_page" == played.error.code


def test_a_next_page_that_is_no_text(play: Play) -> None:
    """Whatever a body holds there is an error of the API, not a crash."""
    played = play(CORE.pages("/exports"), page({"nextPageURL": 7}))
    assert isinstance(played.error, ApiError)


def test_pages_in_a_circle(play: Play) -> None:
    """A page that was there before ends it."""
    played = play(
        CORE.pages("/exports"),
        page([1], f"{BASE}/exports?skip=1"),
        page([2], f"{BASE}/exports"),
    )
    assert [[1], [2]] == played.items
    assert "circle" in str(played.error)


def test_pages_are_asked_for_when_they_are_wanted() -> None:
    """Who stops iterating asks no further."""
    steps = CORE.pages("/exports")
    next(steps)
    item = steps.send(page([1], f"{BASE}/exports?skip=1"))
    assert [1] == item.value
    steps.close()


def test_found(play: Play) -> None:
    """All items of all pages; an empty list that came as 204 is one."""
    played = play(CORE.found("/exports"), page([1], f"{BASE}/exports?skip=1"), page([2, 3]))
    assert [1, 2, 3] == played.outcome
    assert [] == play(CORE.found("/exports"), httpx.Response(204)).outcome
    assert "no_list" == play(CORE.found("/exports"), page({"a": 1})).error.code


def test_update_wants_a_document(play: Play) -> None:
    """A list or a text cannot be changed like one."""
    assert "no_document" == play(CORE.update("/exports", {"a": 1}), page([1])).error.code


def test_a_core_shows_no_token() -> None:
    """Nor do the steps it yields."""
    core = Core(BASE, Token("a1b2c3d4"), Bucket(), Retries())
    step = next(core.request("PUT", "/x", {"password": "hidden"}, headers={"X-Key": "hidden"}))
    assert "a1b2c3d4" not in repr(core)
    assert "hidden" not in repr(step)
