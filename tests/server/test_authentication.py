"""Who may call: the header, the body, several tokens."""

from __future__ import annotations

import hmac

import pytest

from ioplugins.server.authentication import Tokens

TOKENS = Tokens(["first", "second"])


@pytest.mark.parametrize(
    "header",
    [
        "Bearer first",
        "Bearer second",
        "bearer first",
        "BEARER first",
        " \tBearer first ",
        "Bearer first, Bearer wrong",  # two headers, joined by the server: the first counts
        "Bearer first,Bearer wrong",
    ],
)
def test_a_header_that_is_accepted(header: str) -> None:
    """The scheme in any case, one blank, a valid token."""
    assert TOKENS.accept_header(header)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "first",
        "Bearer",
        "Bearer ",
        "Bearer  first",
        "Bearer\tfirst",
        "Bearer first more",
        "Bearer First",
        "Bearer firs",
        "Bearer firstt",
        "Bearer wrong",
        "Bearer wrong, Bearer first",
        "Basic first",
        "Bearerfirst",
        'Bearer "first"',
        "Bearer first second",
        "Bearer fir\u0161t",  # beyond what WSGI may give
        ",",
    ],
)
def test_a_header_that_is_refused(header: str) -> None:
    """Anything else, and no error about it."""
    assert not TOKENS.accept_header(header)


def test_a_token_beyond_ascii() -> None:
    """A server gives the bytes of a header as latin-1; the token is UTF-8."""
    tokens = Tokens(["schlüssel"])
    assert tokens.accept_header("Bearer " + "schlüssel".encode().decode("latin-1"))
    assert not tokens.accept_header("Bearer schlüssel")
    assert tokens.accept_body({"access_token": "schlüssel"})


def test_a_token_with_a_comma() -> None:
    """It is no list of headers."""
    assert Tokens(["a,b"]).accept_header("Bearer a,b")


@pytest.mark.parametrize("token", ["first", "second"])
def test_a_body_that_is_accepted(token: str) -> None:
    """access_token beside the function."""
    assert TOKENS.accept_body({"access_token": token, "function": "f"})


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        ["first"],
        None,
        {"access_token": None},
        {"access_token": ["first"]},
        {"access_token": "wrong"},
        {"access_token": ""},
        {"access_token": "\ud800"},
        {"ACCESS_TOKEN": "first"},
        {"options": {"access_token": "first"}},
    ],
    ids=ascii,
)
def test_a_body_that_is_refused(body: object) -> None:
    """Anything else, half a character too."""
    assert not TOKENS.accept_body(body)


def test_without_tokens_nobody_is_let_in() -> None:
    """An empty token is none."""
    nobody = Tokens([])
    assert not nobody.accept_header("Bearer ")
    assert not nobody.accept_body({"access_token": ""})


@pytest.mark.parametrize("given", ["first", "second", "wrong"])
def test_the_time_tells_nothing(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every token is compared, in constant time, whichever it is."""
    compared: list[bytes] = []
    real = hmac.compare_digest

    def compare(one: bytes, other: bytes) -> bool:
        compared.append(other)
        return real(one, other)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    TOKENS.accept_header(f"Bearer {given}")
    assert [b"first", b"second"] == compared


def test_no_token_is_shown() -> None:
    """Its repr counts them."""
    assert "<Tokens: 2>" == repr(TOKENS)
