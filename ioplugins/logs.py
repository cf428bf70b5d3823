"""The log lines: fields as the Node packages print them, escaped so that no caller forges one."""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from attrs import frozen

from ioplugins.errors import NotJSON
from ioplugins.javascript import text
from ioplugins.jsonvalue import JSON, encode

#: The framework's logger; hosts and `Configuration(logger=...)` may give another.
LOGGER: Final = logging.getLogger("ioplugins")

#: ``extra`` of a record whose text has no level in front: the Node packages print such lines
#: by themselves, the others through winston.
PLAIN: Final = MappingProxyType({"prefixed": False})

# What would end a line or a field, or steer a terminal.
_UNSAFE: Final = re.compile('[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]|, |^"')
_PARAMETER: Final = re.compile(r"([?&][^=&]*)=[^&]*")
_ESCAPED: Final = re.compile("%([0-9A-Fa-f]{2})")


@frozen
class LogLine:
    """One line: a name and its fields. As text it reads ``logName=<name>, key=value, ...``.

    Attributes:
        name: The line's ``logName``.
        fields: In the order they are printed; values are JSON.
    """

    name: str
    fields: Mapping[str, JSON]

    def __str__(self) -> str:
        pairs = ", ".join(f"{key}={_escape(text(value))}" for key, value in self.fields.items())
        return f"logName={self.name}, {pairs}" if pairs else f"logName={self.name}"


def _escape(value: str) -> str:
    return json.dumps(value) if _UNSAFE.search(value) else value


def safe_url(url: str) -> str:
    """*url* with the value of every token in its query masked."""
    return _PARAMETER.sub(_masked, url)


def _masked(parameter: re.Match[str]) -> str:
    # Whoever reads the query decodes its names.
    name = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), parameter[1])
    return f"{parameter[1]}=******" if "token" in name.lower() else parameter[0]


class TextFormatter(logging.Formatter):
    """``info: logName=reqFinished, ...`` as winston's console writes it, one line a record."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; a traceback follows only when a host asked for it (exc_info)."""
        line = record.msg if isinstance(record.msg, LogLine) else None
        message = record.getMessage() if line else _one_line(record.getMessage())
        if getattr(record, "prefixed", True):
            message = f"{record.levelname.lower()}: {message}"
        if record.exc_info:
            message += "\n" + self.formatException(record.exc_info)
        return message


class JSONFormatter(logging.Formatter):
    """One JSON object a record: level, time (ISO 8601, UTC), and the line's fields."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        document: dict[str, JSON] = {
            "level": record.levelname.lower(),
            "timestamp": f"{self.formatTime(record, '%Y-%m-%dT%H:%M:%S')}.{int(record.msecs):03d}Z",
        }
        if isinstance(record.msg, LogLine):
            document |= {"logName": record.msg.name, **record.msg.fields}
        else:
            document["message"] = record.getMessage()
        if record.exc_info:
            document["traceback"] = self.formatException(record.exc_info)
        try:
            return encode(document).decode()
        except NotJSON:
            return json.dumps(document, default=str)


def _one_line(message: str) -> str:
    return _UNSAFE.sub(lambda match: json.dumps(match.group())[1:-1], message)


def configure_logging(log_format: str = "text", level: int = logging.INFO) -> None:
    """In a process that only serves: information to standard output, errors to standard error.

    Args:
        log_format: ``"text"`` as the Node packages print, or ``"json"``.
        level: The lowest level that is printed.
    """
    formatter = JSONFormatter() if log_format == "json" else TextFormatter()
    output, errors = logging.StreamHandler(sys.stdout), logging.StreamHandler(sys.stderr)
    output.addFilter(lambda record: record.levelno < logging.WARNING)
    errors.setLevel(logging.WARNING)
    for handler in (output, errors):
        handler.setFormatter(formatter)
    LOGGER.handlers[:] = [output, errors]
    LOGGER.setLevel(level)
    LOGGER.propagate = False
