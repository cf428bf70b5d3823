"""The integrator.io API, called from functions and tools.

Inside a function, with the one-time token of the call::

    @hook("preSavePage")
    def add_names(options: PreSavePageOptions):
        names = options.client.state(f"integrations/{options.integration_id}")["names"]

Elsewhere, with a token of the account::

    with Client(token, region="eu") as client:
        client.exports.run("5f1a00000000000000000e01")

It needs the extra ``api``: ``pip install "ioplugins[api]"``.
"""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from ioplugins.api.errors import (
    ApiError,
    Locked,
    MaskedSecret,
    NoAnswer,
    RateLimited,
    TokenUsed,
    Unauthorized,
)

if TYPE_CHECKING:
    from ioplugins.api.bucket import Bucket
    from ioplugins.api.client import AsyncClient, Client
    from ioplugins.api.pool import AsyncPool, Pool
    from ioplugins.api.retries import Retries
    from ioplugins.api.state import AsyncState, State

__all__ = [
    "ApiError",
    "AsyncClient",
    "AsyncPool",
    "AsyncState",
    "Bucket",
    "Client",
    "Locked",
    "MaskedSecret",
    "NoAnswer",
    "Pool",
    "RateLimited",
    "Retries",
    "State",
    "TokenUsed",
    "Unauthorized",
]

# Imported when somebody asks for them: httpx costs a cold start 100 ms.
_MODULES: Final = MappingProxyType(
    {
        "AsyncClient": "client",
        "AsyncPool": "pool",
        "AsyncState": "state",
        "Bucket": "bucket",
        "Client": "client",
        "Pool": "pool",
        "Retries": "retries",
        "State": "state",
    }
)
_EXTRA: Final = frozenset({"httpx", "pyrate_limiter", "tenacity"})


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        raise ImportError(
            f'The API client needs {error.name}: pip install "ioplugins[api]"'
        ) from error
