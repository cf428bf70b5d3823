"""A bearer token that nobody sees, and whether a one-time token was used before.

Celigo says that a one-time token expires on use, or 15 minutes after it was made. Its own
connectors use one for many requests in sequence, so the default is to warn and not to block.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from attrs import define

from ioplugins.api.errors import TokenUsed
from ioplugins.api.settings import SingleUse
from ioplugins.errors import ConfigurationError
from ioplugins.logs import LOGGER, LogLine

MASK: Final = "******"
LIFETIME: Final = 15 * 60.0  # seconds that a one-time token lives unused


@define
class Use:
    """What is known of a one-time token: since when, how often used, whether it was told."""

    seen: float
    count: int = 0
    told: bool = False


class Ledger:
    """The one-time tokens that this process saw lately, so that no two clients share one use.

    It holds digests, never tokens, and forgets each when integrator.io has long expired it.

    Args:
        clock: Seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._uses: OrderedDict[bytes, Use] = OrderedDict()

    def use_of(self, token: str) -> Use:
        """What is known of *token*; it counts as new when it was not seen before."""
        digest = hashlib.sha256(token.encode()).digest()
        with self._lock:
            now = self._clock()
            while self._uses:
                oldest, use = next(iter(self._uses.items()))
                if now - use.seen <= LIFETIME:
                    break
                del self._uses[oldest]
            return self._uses.setdefault(digest, Use(now))

    def claim(self, use: Use, *, strict: bool) -> tuple[str, bool]:
        """Count a use; gives why it is one too many, or "", and whether nobody was told yet.

        With *strict* a use that is one too many is not counted: it does not take place.
        """
        with self._lock:
            why = ""
            if use.count:
                why = "the one-time token was used before"
            elif self._clock() - use.seen > LIFETIME:
                why = "the one-time token is older than 15 minutes"
            if not (strict and why):
                use.count += 1
            first = bool(why) and not use.told
            use.told = use.told or first
            return why, first

    def __len__(self) -> int:
        return len(self._uses)


class Token:
    """A bearer token. It shows itself to nobody but the connection.

    Args:
        value: The token.
        single_use: ``off`` for a token that may be used again; else what to do when a one-time
            token is.
        ledger: Where its uses are counted; one of its own when left out.
        logger: Where ``warn`` warns.

    Raises:
        ConfigurationError: *value* cannot be a token; the message does not show it.
    """

    __slots__ = ("_ledger", "_logger", "_use", "_value", "single_use")

    def __init__(
        self,
        value: str,
        single_use: SingleUse = "off",
        ledger: Ledger | None = None,
        logger: logging.Logger = LOGGER,
    ) -> None:
        if not _usable(value):
            del value  # a traceback with its variables must not show it
            raise ConfigurationError(
                "The token must be text as integrator.io gives it, without blanks and without "
                "the word Bearer.",
                "invalid_field",
            )
        self._value = value
        self.single_use = single_use
        self._ledger = Ledger() if ledger is None else ledger
        self._use = self._ledger.use_of(value) if single_use != "off" else None
        self._logger = logger

    @property
    def one_time(self) -> bool:
        """Whether it may be used only once."""
        return self._use is not None

    def claim(self, method: str, path: str) -> None:
        """Count the use that is about to happen.

        Raises:
            TokenUsed: It is one too many, and that is strictly forbidden.
        """
        if self._use is None:
            return
        strict = self.single_use == "strict"
        why, first = self._ledger.claim(self._use, strict=strict)
        if why and strict:
            raise TokenUsed(why, method=method, path=path)
        if first:
            fields = {"method": method, "path": path, "reason": why}
            self._logger.warning(LogLine("oneTimeTokenUsedAgain", fields))

    def header(self) -> str:
        """The value of the Authorization header."""
        return f"Bearer {self._value}"

    def masked(self, text: str) -> str:
        """*text* without the token."""
        return text.replace(self._value, MASK)

    def __repr__(self) -> str:
        return f"Token({MASK})"

    def __reduce__(self) -> str:
        raise TypeError("a token is not pickled, lest it lie in a file")


def _usable(value: object) -> bool:
    """Whether it can stand in a header after ``Bearer``."""
    return (
        isinstance(value, str)
        and value != ""
        and value.isascii()
        and value.isprintable()
        and " " not in value
    )
