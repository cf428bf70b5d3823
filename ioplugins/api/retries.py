"""Which failed requests are sent again, after how long, and when to give up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from attrs import frozen
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    wait_exponential,
    wait_random,
)

from ioplugins.api.errors import ApiError, NoAnswer, RateLimited
from ioplugins.api.exchange import Call
from ioplugins.api.token import Token

# To do these twice is to do them once; a POST or PATCH may have done its work.
_REPEATABLE: Final = frozenset({"GET", "HEAD", "PUT", "DELETE"})
_PASSING: Final = frozenset({502, 503, 504})
_LONGEST_STEP: Final = 30.0  # seconds of one back-off


@frozen(kw_only=True)
class Retries:
    """When a request is sent again.

    After a 429, which was not carried out, any request; after 502, 503, 504 or without an answer
    those that can be repeated (GET, PUT, DELETE). A one-time token only after a 429, and never
    with ``single_use="strict"``.

    Attributes:
        tries: How often a request is sent at most.
        longest_wait: Seconds to wait in all between tries, and at most for the bucket each time;
            what would take longer is an error at once.
        first_wait: Seconds before the second try, doubled for each further one, and at random up
            to as many more. What the API asks for (Retry-After) goes before.
    """

    tries: int = 5
    longest_wait: float = 60.0
    first_wait: float = 0.5

    def attempts(self, call: Call, token: Token, sleep: Callable[[float], None]) -> Retrying:
        """The tries of one request; *sleep* is told the seconds between them."""
        return Retrying(
            sleep=sleep,
            stop=self._stop,
            wait=self._wait,
            retry=retry_if_exception(lambda error: _again(error, call, token)),
            reraise=True,
        )

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, ApiError) and error.retry_after is not None:
            return error.retry_after
        back_off = wait_exponential(self.first_wait, _LONGEST_STEP)
        return back_off(state) + wait_random(0, self.first_wait)(state)

    def _stop(self, state: RetryCallState) -> bool:
        too_long = state.idle_for + state.upcoming_sleep > self.longest_wait
        return too_long or state.attempt_number >= self.tries


def _again(error: BaseException, call: Call, token: Token) -> bool:
    if isinstance(error, RateLimited):
        return token.single_use != "strict"
    if token.one_time or call.method not in _REPEATABLE or not isinstance(error, ApiError):
        return False
    return isinstance(error, NoAnswer) or error.status in _PASSING
