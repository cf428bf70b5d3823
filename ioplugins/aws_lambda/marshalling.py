"""Marshalling: an answer leaves the runtime as the JSON bytes that were written once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ioplugins.errors import RequestRefused
from ioplugins.jsonvalue import parse

if TYPE_CHECKING:
    from types import ModuleType


class Answer(bytes):
    """An answer that is written already: JSON in UTF-8."""

    __slots__ = ()


class Marshaller:
    """The runtime's marshaller, which lets an `Answer` through and reads events with orjson.

    Args:
        inner: The marshaller that does all else.
    """

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def unmarshal_request(self, request: Any, content_type: Any = "application/json") -> Any:
        """The event; what is no JSON fails as the runtime fails."""
        if content_type == "application/json" and isinstance(request, bytes):
            try:
                return parse(request)
            except RequestRefused:
                pass
        return self._inner.unmarshal_request(request, content_type)

    def marshal_response(self, response: Any) -> Any:
        """The body to post and its content type."""
        if isinstance(response, Answer):
            return response, "application/json"
        return self._inner.marshal_response(response)


def post_answers_as_written(module: ModuleType | None) -> None:
    """Put a `Marshaller` in front of the runtime's own, at the point it has for that.

    Args:
        module: ``awslambdaric.lambda_runtime_client`` as it runs; None where there is none.
    """
    client: Any = getattr(module, "BaseLambdaRuntimeClient", None)
    client = client or getattr(module, "LambdaRuntimeClient", None)
    inner = getattr(client, "marshaller", None)
    if inner is not None and not isinstance(inner, Marshaller):
        client.marshaller = Marshaller(inner)
