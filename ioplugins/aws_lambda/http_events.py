"""HTTP events: function URLs, API Gateway and load balancers reach the server stack's routes."""

from __future__ import annotations

import base64
import gzip
import os
from collections.abc import Callable, Mapping
from typing import Final, cast

import attrs

from ioplugins.aws_lambda.faults import LIMIT, too_large
from ioplugins.configuration import Configuration, tokens_from
from ioplugins.errors import ConfigurationError
from ioplugins.jsonvalue import JSON, encode
from ioplugins.logs import LOGGER, LogLine

_NO_DOOR: Final = {
    "message": "This function answers no HTTP requests; it was packaged for a Lambda stack.",
    "code": "not_supported",
}


def http_door(
    configuration: Configuration | None, error: bytes | None
) -> Callable[[JSON, object], bytes]:
    """What answers HTTP events: the event and the context in, the JSON of the response out.

    Args:
        configuration: What is served; INTEGRATOR_EXTENSION_SYSTEM_TOKEN goes before its own
            system token.
        error: The body to answer when there is no configuration.
    """
    if configuration is None:
        return _answering(422, error or b"")
    try:
        from apig_wsgi import make_lambda_handler  # noqa: PLC0415 - the extra "aws"

        from ioplugins.server import create_app  # noqa: PLC0415 - the only door to the server
    except ImportError as missing:
        LOGGER.error(LogLine("httpNotSupported", {"missing": missing.name}))
        return _answering(501, encode({"errors": [_NO_DOOR]}))
    tokens = tokens_from(os.environ)
    if tokens:
        settings = attrs.evolve(configuration.settings, system_token=tokens)
        configuration = attrs.evolve(configuration, settings=settings)
    try:
        serve = make_lambda_handler(create_app(configuration))
    except ConfigurationError as wrong:
        told = {"message": wrong.message, "code": wrong.code}
        LOGGER.error(LogLine("configurationError", told))
        return _answering(500, encode({"errors": [told]}))
    return lambda event, context: _fitting(serve(event, context), event)


def _answering(status: int, body: bytes) -> Callable[[JSON, object], bytes]:
    """A door that says one thing to everybody."""
    made = encode(_response(status, body))
    return lambda event, context: made  # noqa: ARG005 - the signature of a door


def _response(status: int, body: bytes) -> dict[str, JSON]:
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json; charset=utf-8"},
        "isBase64Encoded": False,
        "body": body.decode(),
    }


def _fitting(response: dict[str, JSON], event: Mapping[str, JSON]) -> bytes:
    """The JSON of *response*, gzipped or refused where it is longer than Lambda takes.

    The body is text inside JSON, so that 5 MB of it can be more than 6 MB.
    """
    written = encode(response)
    if len(written) <= LIMIT:
        return written
    if _takes_gzip(event) and not response.get("isBase64Encoded"):
        body = gzip.compress(cast("str", response["body"]).encode(), 6, mtime=0)
        _set_header(response, "content-encoding", "gzip")
        _set_header(response, "vary", "accept-encoding")
        _set_header(response, "content-length", str(len(body)))
        response |= {"isBase64Encoded": True, "body": base64.b64encode(body).decode()}
        written = encode(response)
        if len(written) <= LIMIT:
            return written
    return encode(_response(422, too_large()))


def _takes_gzip(event: Mapping[str, JSON]) -> bool:
    """Whether the caller takes gzip, and the front door bytes.

    API Gateway's REST APIs (version 1.0) pass bytes on only where they are configured to.
    """
    if event.get("version") != "2.0" and "elb" not in event["requestContext"]:
        return False
    single = event.get("headers") or {}
    several = event.get("multiValueHeaders") or {}
    accepted = [value for name, value in single.items() if name.lower() == "accept-encoding"]
    for name, values in several.items():
        if name.lower() == "accept-encoding":
            accepted += values
    codings = (part.replace(" ", "").lower() for value in accepted for part in value.split(","))
    return any(
        one.partition(";")[0] == "gzip" and not one.endswith(("q=0", "q=0.0")) for one in codings
    )


def _set_header(response: dict[str, JSON], name: str, value: str) -> None:
    several = response.get("multiValueHeaders")
    held: dict[str, JSON] = response["headers"] if several is None else several
    for old in [one for one in held if one.lower() == name]:
        del held[old]
    held[name] = value if several is None else [value]
