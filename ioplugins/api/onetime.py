"""What the one-time clients of a process share: connections, bucket, and which tokens were used.

A call of a function may come every few milliseconds, each with a token of its own; a connection
lives much longer than any of them.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Mapping
from typing import Final
from weakref import WeakKeyDictionary

from ioplugins.api.bucket import Bucket
from ioplugins.api.pool import CONNECTIONS, AsyncPool, Pool
from ioplugins.api.settings import SingleUse, share_of_process
from ioplugins.api.token import Ledger, Token
from ioplugins.callinfo import current_call
from ioplugins.errors import ConfigurationError
from ioplugins.jsonvalue import JSON
from ioplugins.logs import LOGGER

_PATIENCE: Final = 10.0  # seconds for a loop to close its connections


class Shared:
    """What this process has once. Connections are made when the first request needs them."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self._lock = threading.Lock()
        self._bucket: Bucket | None = None
        self._pools: dict[int, Pool] = {}
        self._async_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[int, AsyncPool]] = (
            WeakKeyDictionary()
        )

    @property
    def bucket(self) -> Bucket:
        """The bucket of all one-time clients, with the share that the environment says."""
        with self._lock:
            if self._bucket is None:
                self._bucket = Bucket(share=share_of_process())
            return self._bucket

    def pool(self) -> Pool:
        """The pool of blocking connections, with the bound of the running call's host."""
        bound = connections()
        with self._lock:
            if bound not in self._pools:
                self._pools[bound] = Pool(bound)
            return self._pools[bound]

    def async_pool(self) -> AsyncPool:
        """The pool of the running event loop, with the bound of the running call's host."""
        bound = connections()
        with self._lock:
            pools = self._async_pools.setdefault(asyncio.get_running_loop(), {})
            if bound not in pools:
                pools[bound] = AsyncPool(bound)
            return pools[bound]

    def close(self) -> None:
        """Close all connections; those of a loop that does not run any more are left to it."""
        with self._lock:
            for pool in self._pools.values():
                pool.close()
            for loop, pools in self._async_pools.items():
                for awaited in pools.values() if loop.is_running() else ():
                    asyncio.run_coroutine_threadsafe(awaited.close(), loop).result(_PATIENCE)
            self._pools.clear()
            self._async_pools.clear()


def token_of(options: Mapping[str, JSON], single_use: SingleUse) -> Token:
    """The one-time token of *options*.

    Raises:
        ConfigurationError: There is none.
    """
    value = options.get("bearerToken")
    if not value:
        raise ConfigurationError(
            "These options hold no bearerToken, so the function cannot call integrator.io back.",
            "missing_required_field",
        )
    return Token(value, single_use, shared().ledger, _logger())


def connections() -> int:
    """How many connections a pool has: the *max_sockets* of the running call's host, or ours."""
    settings = getattr(current_call(), "settings", None)
    return (settings.max_sockets if settings else 0) or CONNECTIONS


def _logger() -> logging.Logger:
    settings = getattr(current_call(), "settings", None)
    return settings.logger if settings else LOGGER


_shared = Shared()


def shared() -> Shared:
    """What this process has once."""
    return _shared


def start_over() -> None:
    """Close all that is shared, and forget which tokens were used: between two tests."""
    before = _shared
    _forget()
    before.close()


def _forget() -> None:
    """After a fork: the parent's connections and locks are not this process's."""
    global _shared  # noqa: PLW0603 - one a process
    _shared = Shared()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
