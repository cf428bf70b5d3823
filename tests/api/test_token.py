"""Tokens: they show themselves to nobody, and one-time tokens are counted."""

from __future__ import annotations

import copy
import logging
import pickle
import threading

import pytest

from ioplugins.api import TokenUsed
from ioplugins.api.token import LIFETIME, Ledger, Token
from ioplugins.errors import ConfigurationError

SECRET = "a1b2c3d4e5f6"


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_it_shows_itself_only_to_the_connection() -> None:
    """Neither repr, text, pickle nor copy give the token away."""
    token = Token(SECRET)
    assert f"Bearer {SECRET}" == token.header()
    for shown in (repr(token), str(token), f"{token}", repr([token])):
        assert SECRET not in shown
    assert "say ****** aloud" == token.masked(f"say {SECRET} aloud")
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(token)
    with pytest.raises(TypeError, match="not pickled"):
        copy.copy(token)


@pytest.mark.parametrize("value", ["", "Bearer x", "a b", "a\nb", "tökén", 5, None])
def test_what_is_no_token(value: object) -> None:
    """It must be able to stand in a header; the message does not repeat it."""
    with pytest.raises(ConfigurationError) as caught:
        Token(value)  # type: ignore[arg-type]
    assert "without blanks" in str(caught.value)
    assert not value or str(value) not in str(caught.value).replace("word Bearer", "")


def test_an_account_token_is_used_again_and_again() -> None:
    """off: nothing is counted, nothing is logged."""
    ledger = Ledger()
    token = Token(SECRET, "off", ledger)
    for _ in range(5):
        token.claim("GET", "/v1/exports")
    assert not token.one_time
    assert 0 == len(ledger)


def test_warn_tells_once(caplog: pytest.LogCaptureFixture) -> None:
    """The second use is told, the third not again, and the token is not in it."""
    token = Token(SECRET, "warn", Ledger())
    for _ in range(3):
        token.claim("PUT", "/v1/state/a")
    assert [
        "logName=oneTimeTokenUsedAgain, method=PUT, path=/v1/state/a, "
        "reason=the one-time token was used before"
    ] == caplog.messages
    assert logging.WARNING == caplog.records[0].levelno


def test_strict_lets_one_through() -> None:
    """The second use raises, whichever client it comes from."""
    ledger = Ledger()
    Token(SECRET, "strict", ledger).claim("GET", "/v1/a")
    with pytest.raises(TokenUsed, match="used before") as caught:
        Token(SECRET, "strict", ledger).claim("GET", "/v1/b")
    assert "one_time_token_used" == caught.value.code
    assert "GET /v1/b was not sent" in str(caught.value)
    Token("another", "strict", ledger).claim("GET", "/v1/a")


def test_older_than_15_minutes(caplog: pytest.LogCaptureFixture) -> None:
    """An unused token is told, or refused, when it is older than 15 minutes, not before."""
    time = Time()
    ledger = Ledger(time)
    fresh, strict, warned = (Token(v, m, ledger) for v, m in (("a", "strict"), ("b", "strict"), ("c", "warn")))  # type: ignore[arg-type]  # fmt: skip
    time.now += LIFETIME
    fresh.claim("GET", "/v1/a")
    time.now += 1
    with pytest.raises(TokenUsed, match="older than 15 minutes"):
        strict.claim("GET", "/v1/a")
    warned.claim("GET", "/v1/a")
    assert "older than 15 minutes" in caplog.text


def test_the_ledger_forgets_what_has_expired() -> None:
    """It does not grow for ever; a client that lives on still knows that it used its token."""
    time = Time()
    ledger = Ledger(time)
    token = Token("old", "strict", ledger)
    token.claim("GET", "/v1/a")
    for number in range(10):
        time.now += 100
        ledger.use_of(f"token {number}")
    assert 10 == len(ledger)
    with pytest.raises(TokenUsed):
        token.claim("GET", "/v1/a")


def test_the_ledger_holds_no_token() -> None:
    """Only digests: a dump of it gives nothing away."""
    ledger = Ledger()
    ledger.use_of(SECRET)
    assert SECRET not in str(vars(ledger))


def test_threads_share_one_use() -> None:
    """Of many threads at once exactly one may send."""
    ledger = Ledger()
    start = threading.Barrier(16)
    sent: list[int] = []

    def claim(number: int) -> None:
        token = Token(SECRET, "strict", ledger)
        start.wait()
        try:
            token.claim("GET", "/v1/a")
        except TokenUsed:
            return
        sent.append(number)

    threads = [threading.Thread(target=claim, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 == len(sent)
