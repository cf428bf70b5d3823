"""The fake's clock: real time, unless a test sets it."""

from __future__ import annotations

import time
from datetime import datetime, timezone


class Clock:
    """Seconds since 1970, and as much later as a test says.

    Its `advance` makes tokens expire and the bucket drain without anybody waiting.
    """

    def __init__(self) -> None:
        self._start = time.time() - time.monotonic()
        self._ahead = 0.0

    def __call__(self) -> float:
        """Now; it never goes back."""
        return self._start + time.monotonic() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass at once."""
        self._ahead += seconds

    def text(self) -> str:
        """Now, as the API writes times: ISO 8601 in UTC with milliseconds."""
        now = datetime.fromtimestamp(self(), timezone.utc)
        return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
