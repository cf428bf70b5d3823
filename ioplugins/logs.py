"""The log lines: fields as the Node packages print them, escaped so that no caller forges one."""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple, TextIO

from ioplugins.errors import NotJSON
from ioplugins.javascript import text
from ioplugins.jsonvalue import JSON, encode
from ioplugins.logstream import LogStream

#: The framework's logger; hosts and `Configuration(logger=...)` may give another.
LOGGER: Final = logging.getLogger("ioplugins")

#: ``extra`` of a record whose text has no level in front: the Node packages print such lines
#: by themselves, the others through winston.
PLAIN: Final = MappingProxyType({"prefixed": False})

#: All of ASCII that means nothing in a line.
_HARMLESS: Final = bytes(set(range(0x20, 0x7F)) - set(b'"'))
# What would end a line or a field, or steer a terminal.
_UNSAFE: Final = '[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]|, |^"'
_PARAMETER: Final = r"([?&][^=&]*)=[^&]*"
_ESCAPED: Final = "%([0-9A-Fa-f]{2})"
_LEVELS: Final = MappingProxyType(
    {level: logging.getLevelName(level).lower() for level in range(10, 60, 10)}
)


class LogLine(NamedTuple):
    """One line: a name and its fields. As text it reads ``logName=<name>, key=value, ...``.

    Attributes:
        name: The line's ``logName``.
        fields: In the order they are printed; values are JSON.
    """

    name: str
    fields: Mapping[str, JSON]

    def __str__(self) -> str:
        name, fields = self
        line = f"logName={name}"
        for key, value in fields.items():
            line += f", {key}={value if value.__class__ is str else text(value)}"
        # Nearly every line is harmless ASCII and has no comma but its own.
        others = line.encode("utf-8", "surrogatepass").translate(None, _HARMLESS)
        if not others and line.count(", ") == len(fields):
            return line
        parts = []
        for key, value in fields.items():
            shown = text(value)
            parts.append(f"{key}={json.dumps(shown) if re.search(_UNSAFE, shown) else shown}")
        return ", ".join([f"logName={name}", *parts])


def safe_url(url: str) -> str:
    """*url* with the value of every token in its query masked."""
    return re.sub(_PARAMETER, _masked, url)


def _masked(parameter: re.Match[str]) -> str:
    # Whoever reads the query decodes its names.
    name = re.sub(_ESCAPED, lambda match: chr(int(match[1], 16)), parameter[1])
    return f"{parameter[1]}=******" if "token" in name.lower() else parameter[0]


class LineFormatter(logging.Formatter):
    """Writes a record, or a line that never was one; the formats are its subclasses."""

    def line(self, level: int, line: LogLine, *, prefixed: bool = True) -> str:
        """*line* in this format, as of now.

        Args:
            level: As logging counts it.
            line: What to write.
            prefixed: Whether text has its level in front; see `PLAIN`.
        """
        raise NotImplementedError


class TextFormatter(LineFormatter):
    """``info: logName=reqFinished, ...`` as winston's console writes it, one line a record."""

    def line(self, level: int, line: LogLine, *, prefixed: bool = True) -> str:
        """The level, unless the Node packages print the line without it, and the fields."""
        return f"{_level(level)}: {line}" if prefixed else str(line)

    def format(self, record: logging.LogRecord) -> str:
        """One line; a traceback follows only when a host asked for it (exc_info)."""
        message = record.getMessage()
        if not isinstance(record.msg, LogLine):
            message = _one_line(message)
        if getattr(record, "prefixed", True):
            message = f"{_level(record.levelno)}: {message}"
        if record.exc_info:
            message += "\n" + self.formatException(record.exc_info)
        return message


class JSONFormatter(LineFormatter):
    """One JSON object a record: level, time (ISO 8601, UTC), and the line's fields."""

    def line(self, level: int, line: LogLine, *, prefixed: bool = True) -> str:  # noqa: ARG002 - all have the level
        """The fields of the line after those that every line has."""
        return _json({**_stamp(level, time.time()), "logName": line.name, **line.fields})

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        document = _stamp(record.levelno, record.created)
        if isinstance(record.msg, LogLine):
            document |= {"logName": record.msg.name, **record.msg.fields}
        else:
            document["message"] = record.getMessage()
        if record.exc_info:
            document["traceback"] = self.formatException(record.exc_info)
        return _json(document)


def _level(level: int) -> str:
    return _LEVELS.get(level) or logging.getLevelName(level).lower()


def _stamp(level: int, when: float) -> dict[str, JSON]:
    seconds, milliseconds = divmod(round(when * 1000), 1000)
    second = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return {"level": _level(level), "timestamp": f"{second}.{milliseconds:03d}Z"}


def _json(document: dict[str, JSON]) -> str:
    try:
        return encode(document).decode()
    except NotJSON:
        return json.dumps(document, default=str)


def _one_line(message: str) -> str:
    return re.sub(_UNSAFE, lambda match: json.dumps(match.group())[1:-1], message)


class LineHandler(logging.Handler):
    """Information to one stream, warnings and errors to another, each line in one write.

    Args:
        output: Gets the lines below WARNING; None where the process has no such stream.
        errors: Gets the others.
        formatter: Makes the lines.
    """

    def __init__(
        self, output: TextIO | None, errors: TextIO | None, formatter: LineFormatter
    ) -> None:
        super().__init__()
        self.formatter = formatter
        self._lines = formatter
        self._streams = (LogStream(output), LogStream(errors))

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        try:
            self._streams[record.levelno >= logging.WARNING].write(self.format(record))
        except Exception:  # noqa: BLE001 - as every handler: what cannot be told ends no call
            self.handleError(record)

    def inform(self, line: LogLine, *, prefixed: bool) -> bool:
        """Write a line that needs no record.

        Returns:
            Whether that could be: not when a host has put a filter, a level or a formatter of its
            own on the handler.
        """
        if self.filters or self.level or self.formatter is not self._lines:
            return False
        text = self._lines.line(logging.INFO, line, prefixed=prefixed)
        try:
            self._streams[0].write(text)
        except OSError:
            return True  # whoever read the lines has gone: no reason to end a call
        return True


def inform(logger: logging.Logger, line: LogLine, *, prefixed: bool = True) -> None:
    """Log *line* as information; for the lines that every call writes.

    Where `configure_logging` set up *logger* and nobody added a handler or a filter, the line is
    written at once: a record with all that looks at it costs several times as much.
    """
    if not logger.isEnabledFor(logging.INFO):
        return
    if len(logger.handlers) == 1 and not logger.propagate and not logger.filters:
        handler = logger.handlers[0]
        if type(handler) is LineHandler and handler.inform(line, prefixed=prefixed):
            return
    logger.info(line, extra=None if prefixed else PLAIN, stacklevel=2)


def configure_logging(log_format: str = "text", level: int = logging.INFO) -> None:
    """In a process that only serves: information to standard output, errors to standard error.

    Args:
        log_format: ``"text"`` as the Node packages print, or ``"json"``.
        level: The lowest level that is printed.
    """
    formatter = JSONFormatter() if log_format == "json" else TextFormatter()
    LOGGER.handlers[:] = [LineHandler(sys.stdout, sys.stderr, formatter)]
    LOGGER.setLevel(level)
    LOGGER.propagate = False
