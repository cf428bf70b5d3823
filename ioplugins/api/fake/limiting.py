"""The API's rate limit as it is documented: a leaky bucket of the account."""

from __future__ import annotations

from collections.abc import Callable

SIZE = 1000
PER_SECOND = 300.0


class LeakyBucket:
    """Holds *size* requests and drains *per_second*; what does not fit is refused.

    It is not shared with the client's bucket in code, so that both cannot be wrong together. The
    caller keeps it to one thread at a time.
    """

    def __init__(self, size: int, per_second: float, clock: Callable[[], float]) -> None:
        self.size = size
        self.per_second = per_second
        self._clock = clock
        self._level = 0.0
        self._at = clock()

    @property
    def level(self) -> float:
        """How full it is now, in requests."""
        return max(0.0, self._level - (self._clock() - self._at) * self.per_second)

    def pour(self) -> float:
        """Take a request in; gives 0, or the seconds until it would fit."""
        now = self._clock()
        self._level = max(0.0, self._level - (now - self._at) * self.per_second)
        self._at = now
        if self._level + 1 > self.size:
            return (self._level + 1 - self.size) / self.per_second
        self._level += 1
        return 0.0
