"""The client's side of the rate limit: a leaky bucket, first come first served.

integrator.io's own bucket holds 1000 requests, drains 300 a second and belongs to the account, so
that every process of the account should take its share. This one is a courtesy; a 429 is the truth.
"""

from __future__ import annotations

import threading
from typing import Final, cast

from pyrate_limiter import GCRA, Rate, RateItem, StateBucket

from ioplugins.api.errors import RateLimited
from ioplugins.errors import ConfigurationError

SIZE: Final = 1000
PER_SECOND: Final = 300.0

# The library's rate is a whole number of requests in so many milliseconds: fine enough for any
# share.
_INTERVAL: Final = 10_000_000


class Bucket:
    """A leaky bucket for any number of threads and tasks.

    Who finds it full is told when its turn is, and that turn is taken: nobody has to ask again,
    so that many waiting ones cost nothing and none is overtaken.

    Args:
        size: How many requests may go at once after a pause.
        per_second: How many a second in the long run.
        share: The part of both that this bucket has, for several processes of one account.

    Raises:
        ConfigurationError: A number is not positive, or *share* is above 1.
    """

    def __init__(
        self, size: int = SIZE, per_second: float = PER_SECOND, share: float = 1.0
    ) -> None:
        if size < 1 or per_second <= 0 or not 0 < share <= 1:
            raise ConfigurationError(
                "A bucket needs a size and a rate above 0, and a share above 0 and up to 1.",
                "invalid_field",
            )
        self.size = max(1, int(size * share))
        self.per_second = per_second * share
        limit = max(1, int(self.per_second * _INTERVAL / 1000))
        # The algorithm alone. The library's limiter sleeps and asks again, which for hundreds of
        # waiting ones is a stampede each time a place gets free.
        self._bucket = StateBucket([Rate(limit, _INTERVAL, self.size)], GCRA())
        self._lock = threading.Lock()

    def take(self, longest: float) -> float:
        """Take the next turn; gives the seconds until it is due.

        Raises:
            RateLimited: It is due in more than *longest* seconds; the turn is not taken.
        """
        with self._lock:
            # A bucket in memory gives its answers at once, never as awaitables.
            now = cast("int", self._bucket.now())  # type: ignore[no-untyped-call]
            item = RateItem("request", now)
            if self._bucket.put(item):
                return 0.0
            wait = cast("int", self._bucket.waiting(item))
            if wait / 1000 > longest:
                raise RateLimited(None, retry_after=wait / 1000)
            # Spent now for the time it is due: the next one to ask is due after it.
            self._bucket.put(RateItem("request", now + wait))
            return wait / 1000

    def __repr__(self) -> str:
        return f"Bucket(size={self.size}, per_second={self.per_second:g})"
