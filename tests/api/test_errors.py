"""Errors: each says what happened and what to do next, and none of them a secret."""

from __future__ import annotations

import pytest

from ioplugins import IopluginsError
from ioplugins.api import (
    ApiError,
    Locked,
    MaskedSecret,
    NoAnswer,
    RateLimited,
    TokenUsed,
    Unauthorized,
)
from ioplugins.failures import error_from


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            ApiError(
                422,
                [{"code": "missing_required_field", "message": "name is required.", "field": "n"}],
                method="POST",
                path="/v1/flows",
            ),
            "POST /v1/flows was answered 422: missing_required_field: name is required (field n). "
            "Mend what the errors name in what you sent.",
        ),
        (
            ApiError(404, [{"message": "a"}, {"code": "b"}], method="GET", path="/v1/x"),
            "GET /v1/x was answered 404: a; b. Check the id, and the region: each has its own "
            "accounts.",
        ),
        (
            ApiError(502, (), "<html>\n<body>oops", method="GET", path="/v1/x"),
            "GET /v1/x was answered 502: an HTML page, of a proxy or gateway and not of the API. "
            "integrator.io or a gateway before it failed: try again later.",
        ),
        (ApiError(418, (), "I am  a\nteapot"), "The request was answered 418: I am a teapot."),
        (ApiError(418, (), "x" * 300), f"The request was answered 418: {'x' * 200}...."),
        (
            ApiError(302, method="GET", path="/v1/x"),
            "GET /v1/x was answered 302. A redirect is not followed, so that the token stays "
            "here: set base_url to it.",
        ),
        (
            NoAnswer("it took too long", method="POST", path="/v1/x"),
            "POST /v1/x got no answer: it took too long. Check base_url and the network. Whether "
            "the API did what was asked is not known.",
        ),
        (
            RateLimited(429, [{"code": "rate_limited"}], method="GET", path="/v1/x", retry_after=7),
            "GET /v1/x was answered 429: rate_limited. Try again in 7 seconds. The limit is the "
            "account's: let fewer processes ask, each with its share.",
        ),
        (
            RateLimited(None),
            "The request was not sent: this process has used up its share of the rate limit. Try "
            "again later. The limit is the account's: let fewer processes ask, each with its "
            "share.",
        ),
        (
            MaskedSecret(["$.a", "$.b[0].c"], "Do this."),
            "The API masks secrets, and ****** must not be written back: $.a, $.b[0].c. Do this.",
        ),
    ],
)
def test_what_they_say(error: Exception, text: str) -> None:
    """What happened, in the API's words when it has any, and what to do next."""
    assert text == str(error)


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (Unauthorized(401), "15 minutes"),
        (TokenUsed("the one-time token was used before"), "was not sent: the one-time token"),
        (TokenUsed("x"), 'single_use="warn"'),
        (Locked(422), "one-time token of that call"),
        (ApiError(403), "permission"),
        (ApiError(409), "Read it again"),
        (ApiError(400), "Mend"),
        (ApiError(405), "method"),
        (ApiError(500), "try again later"),
    ],
)
def test_what_to_do_next(error: ApiError, word: str) -> None:
    """Each kind has its advice."""
    assert word in str(error)


@pytest.mark.parametrize("kind", [Locked, NoAnswer, RateLimited, TokenUsed, Unauthorized])
def test_one_except_for_all(kind: type[Exception]) -> None:
    """Whoever does not care which catches ApiError; a used token is Unauthorized, too."""
    assert issubclass(kind, ApiError)
    assert issubclass(ApiError, IopluginsError)
    assert issubclass(TokenUsed, Unauthorized)


def test_what_they_hold() -> None:
    """Status, errors, body and the request, as data."""
    body = {"errors": [{"code": "invalid", "message": "no"}]}
    error = ApiError(422, body["errors"], body, method="PUT", path="/v1/x", retry_after=2.0)
    assert (422, tuple(body["errors"]), body) == (error.status, error.errors, error.body)
    assert ("PUT", "/v1/x", 2.0) == (error.method, error.path, error.retry_after)
    assert "invalid" == error.code
    assert "http_500" == ApiError(500).code


def test_a_function_that_lets_it_pass() -> None:
    """integrator.io shows the API's own code and what to do."""
    error = Locked(422, [{"code": "field_locked_by_integration_app", "message": "no"}])
    told = error_from(error)
    assert "field_locked_by_integration_app" == told["code"]
    assert told["message"].startswith("The request was answered 422: field_locked")
