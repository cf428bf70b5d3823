"""What is sent again, after how long, and when it is given up; played without I/O."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ioplugins.api import (
    ApiError,
    Bucket,
    NoAnswer,
    RateLimited,
    Retries,
    TokenUsed,
)
from ioplugins.api.core import Core
from ioplugins.api.exchange import Broken
from ioplugins.api.token import Ledger, Token

OK = httpx.Response(200, json={"done": True})
LIMITED = httpx.Response(429, json={"errors": [{"code": "rate_limited"}]})
DOWN = httpx.Response(503)
GONE = Broken("the connection broke")

Play = Callable[..., Any]


def core(single_use: Any = "off", **retries: Any) -> Core:
    """A core with a bucket that never fills."""
    token = Token("t", single_use, Ledger())
    return Core("https://api.integrator.io/v1", token, Bucket(10_000), Retries(**retries))


@pytest.mark.parametrize(
    ("method", "failure", "times"),
    [
        ("GET", LIMITED, 5),
        ("PUT", LIMITED, 5),
        ("POST", LIMITED, 5),
        ("PATCH", LIMITED, 5),
        ("DELETE", LIMITED, 5),
        *((m, f, 5) for m in ("GET", "PUT", "DELETE", "HEAD") for f in (502, 503, 504, GONE)),
        *((m, f, 1) for m in ("POST", "PATCH") for f in (502, 503, 504, GONE)),
        *((m, f, 1) for m in ("GET", "POST") for f in (400, 401, 403, 404, 409, 422, 500, 501)),
    ],
)
def test_what_is_sent_again(play: Play, method: str, failure: Any, times: int) -> None:
    """Any method after 429; what can be repeated after 502, 503, 504 and no answer; nothing else."""
    if isinstance(failure, int):
        failure = httpx.Response(failure)
    played = play(core().request(method, "/x"), *[failure] * times)
    assert times == len(played.sent)
    assert isinstance(played.error, ApiError)
    assert 1 == len({(sent.method, sent.url) for sent in played.sent})


def test_it_ends_with_the_first_success(play: Play) -> None:
    """A failure that passes costs a wait and nothing else."""
    played = play(core().request("GET", "/x"), GONE, DOWN, LIMITED, OK)
    assert {"done": True} == played.outcome
    assert (4, 3) == (len(played.sent), len(played.waits))


def test_the_back_off_doubles_and_is_random(play: Play) -> None:
    """0.5, 1, 2, 4 seconds, each with up to 0.5 more at random."""
    seen = set()
    for _ in range(20):
        played = play(core().request("GET", "/x"), *[DOWN] * 5)
        assert 4 == len(played.waits)
        for number, waited in enumerate(played.waits):
            assert 0.5 * 2**number <= waited <= 0.5 * 2**number + 0.5
        seen.add(tuple(played.waits))
    assert 20 == len(seen)


@pytest.mark.parametrize("status", [429, 503])
def test_what_the_api_asks_for_goes_before(play: Play, status: int) -> None:
    """Retry-After is waited for, to the second."""
    asked = httpx.Response(status, headers={"Retry-After": "3"})
    played = play(core().request("GET", "/x"), asked, asked, OK)
    assert [3.0, 3.0] == played.waits


def test_a_cap_on_waiting(play: Play) -> None:
    """What would wait longer in all is an error at once, and says how long the API wants."""
    asked = httpx.Response(429, headers={"Retry-After": "25"})
    played = play(core(longest_wait=60).request("GET", "/x"), *[asked] * 5)
    assert [25.0, 25.0] == played.waits
    assert isinstance(played.error, RateLimited)
    assert 25.0 == played.error.retry_after

    asked = httpx.Response(429, headers={"Retry-After": "61"})
    played = play(core(longest_wait=60).request("GET", "/x"), asked)
    assert ([], 1) == (played.waits, len(played.sent))
    assert "Try again in 61 seconds" in str(played.error)


def test_settings(play: Play) -> None:
    """Tries and first wait can be set; one try is none again."""
    played = play(core(tries=2, first_wait=8).request("GET", "/x"), DOWN, DOWN)
    assert 1 == len(played.waits)
    assert 8 <= played.waits[0] <= 16
    assert [] == play(core(tries=1).request("GET", "/x"), DOWN).waits


def test_no_answer_says_why(play: Play) -> None:
    """The last error is raised, not the library's own."""
    played = play(core(tries=2).request("GET", "/x"), DOWN, GONE)
    assert isinstance(played.error, NoAnswer)
    assert "GET /v1/x got no answer: the connection broke" in str(played.error)


@pytest.mark.parametrize(("failure", "times"), [(LIMITED, 5), (DOWN, 1), (GONE, 1)])
def test_a_one_time_token_only_after_429(play: Play, failure: Any, times: int) -> None:
    """warn: what may have used the token up is not repeated."""
    played = play(core("warn").request("GET", "/x"), *[failure] * times)
    assert times == len(played.sent)


@pytest.mark.parametrize("failure", [LIMITED, DOWN, GONE])
def test_a_strict_token_is_never_sent_twice(play: Play, failure: Any) -> None:
    """strict: not even after a 429, nor by another request."""
    once = core("strict")
    played = play(once.request("GET", "/x"), failure)
    assert (1, []) == (len(played.sent), played.waits)
    assert not isinstance(played.error, TokenUsed)  # but what the API said
    again = play(once.request("GET", "/y"))
    assert ([], TokenUsed) == (again.sent, type(again.error))


def test_tries_go_through_the_bucket(play: Play) -> None:
    """A repeated request is a request: it takes a turn of its own."""
    small = Core("https://x/v1", Token("t"), Bucket(size=2, per_second=1), Retries(first_wait=0))
    played = play(small.request("GET", "/x"), DOWN, DOWN, OK)
    assert 3 == len(played.sent)
    assert 1 == len([waited for waited in played.waits if 0.9 < waited <= 1])


def test_a_full_bucket_is_no_request(play: Play) -> None:
    """When the turn is too far away nothing is sent, and a strict token is not used up."""
    token = Token("t", "strict", Ledger())
    small = Core("https://x/v1", token, Bucket(size=1, per_second=0.01), Retries())
    play(Core(small.base_url, Token("u"), small.bucket, small.retries).request("GET", "/x"), OK)
    played = play(small.request("GET", "/x"))
    assert ([], RateLimited) == (played.sent, type(played.error))
    token.claim("GET", "/x")
