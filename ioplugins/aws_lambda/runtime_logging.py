"""Logging of our runtime: one event a record, with the request id of its invocation."""

from __future__ import annotations

import io
import logging
import sys
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from ioplugins.logs import JSONFormatter

if TYPE_CHECKING:
    from collections.abc import Mapping

_REQUEST_ID: Final[ContextVar[str]] = ContextVar("ioplugins_aws_request_id", default="")
_FORMAT: Final = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"


def set_request_id(request_id: str) -> None:
    """Say which invocation is running; threads and tasks of its function inherit it."""
    _REQUEST_ID.set(request_id)


def configure_logging(environ: Mapping[str, str]) -> None:
    """Log as AWS's runtime does, to standard output.

    Args:
        environ: AWS_LAMBDA_LOG_FORMAT (``JSON``) and AWS_LAMBDA_LOG_LEVEL, as Lambda sets them
            from the function's logging configuration.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # so that print() is not lost in a freeze
    as_json = environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_JSON() if as_json else _Text())
    handler.addFilter(_add_request_id)
    root = logging.getLogger()
    root.addHandler(handler)
    level = environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper().replace("TRACE", "DEBUG")
    known = logging.getLevelName(level)
    if isinstance(known, int):
        root.setLevel(known)


def _add_request_id(record: logging.LogRecord) -> bool:
    record.aws_request_id = _REQUEST_ID.get()
    return True


class _Text(logging.Formatter):
    """AWS's line; a carriage return keeps the lines of one record one event in CloudWatch."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__(_FORMAT, "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).replace("\n", "\r")


class _JSON(JSONFormatter):
    def format(self, record: logging.LogRecord) -> str:
        request_id: str = getattr(record, "aws_request_id", "")
        document = super().format(record)
        return f'{document[:-1]}, "requestId": "{request_id}"}}' if request_id else document
