"""The running call: who is asking, for which flow, under which request id.

:func:`current_call` gives it inside a function, however deep, on its thread or in its
task; :class:`CallFilter` puts it on every log record made there.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from ioplugins.functions import ExtensionFunction
from ioplugins.jsonvalue import JSON

if TYPE_CHECKING:
    from ioplugins.configuration import Settings

_BASE36: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_PAIRS: Final = tuple(first + second for first in _BASE36 for second in _BASE36)
_SUFFIXES: Final = len(_PAIRS) ** 2
#: Has no divisor in common with it, so that each suffix comes once in so many calls.
_STEP: Final = 1_048_573
_numbers: count[int]
_REQUEST_FIELDS: Final = ("type", "function", "_connectorId")
_ANY: Final = ("_integrationId",)
_FLOW: Final = (*_ANY, "_flowId", "_exportId", "_importId")
#: What a call tells of its options, by its type.
_OPTION_FIELDS: Final = MappingProxyType({"hook": (*_FLOW, "_connectionId"), "wrapper": _FLOW})


def new_request_id() -> str:
    """A request id as the Node packages make it: 13 digits (milliseconds) and 4 of 0-9a-z.

    The four are random to whoever looks at one, and differ for a million calls of a process.
    """
    high, low = divmod(next(_numbers) * _STEP % _SUFFIXES, len(_PAIRS))
    return f"{time.time_ns() // 1_000_000}{_PAIRS[high]}{_PAIRS[low]}"


def _number_anew() -> None:
    """Begin at random: processes of one host must not give the same ids."""
    global _numbers  # noqa: PLW0603 - one row of numbers a process
    _numbers = count(int.from_bytes(os.urandom(4), "big"))


_number_anew()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_number_anew)


@frozen
class CallInfo:
    """What identifies a call in logs. Ids are as the caller sent them.

    Attributes:
        request_id: The ``_reqId`` of the call.
        trace_id: The ``traceid`` header of the caller; empty without one.
        fields: The fields of the ``callFunctionInvoked`` line, in its order, without the ids
            above.
        settings: Those of the host that runs the call; None outside of one.
    """

    request_id: str
    trace_id: str
    fields: Mapping[str, JSON]
    settings: Settings | None = field(default=None, repr=False, eq=False)

    def log_fields(self) -> dict[str, JSON]:
        """The fields of the ``callFunctionInvoked`` line."""
        fields = dict(self.fields)
        if self.request_id:
            fields["_reqId"] = self.request_id
        if self.trace_id:
            fields["traceId"] = self.trace_id
        return fields


def call_info(
    extension_options: Mapping[str, JSON],
    request_id: str,
    trace_id: str,
    settings: Settings | None = None,
) -> CallInfo:
    """Read from a request what identifies its call.

    Flow, export and import ids are told for hooks and wrappers only, as the Node packages do;
    the connection of a wrapper is the one whose document it receives.
    """
    fields = {}
    for key in _REQUEST_FIELDS:
        if key in extension_options:
            fields[key] = extension_options[key]
    options = extension_options.get("options")
    if isinstance(options, dict):
        kind = fields.get("type")
        names = _OPTION_FIELDS.get(kind, _ANY) if isinstance(kind, str) else _ANY
        for key in names:
            if key in options:
                fields[key] = options[key]
        if kind == "wrapper":
            connection = options.get("connection")
            if isinstance(connection, dict) and connection.get("_id"):
                fields["_connectionId"] = connection["_id"]
    return CallInfo(request_id, trace_id, fields, settings)


@frozen(eq=False)
class Call:
    """One call of an extension function, about to run, as plugins see it.

    Attributes:
        function: The function that integrator.io asked for.
        connector_id: The ``_connectorId`` it belongs to; None in the DIY module.
        options: The ``options`` of the request, a JSON value. They hold secrets (bearer
            token, connection): never log them whole.
        request_id: The ``_reqId`` of the host's log lines.
        trace_id: The ``traceid`` header of the request; empty when it sent none.
        run: Runs the function and gives its answer or raises its error.
    """

    function: ExtensionFunction
    connector_id: str | None
    options: JSON = field(repr=False)
    request_id: str
    trace_id: str
    run: Callable[[], object] = field(repr=False)


_CURRENT: ContextVar[CallInfo | None] = ContextVar("ioplugins_call", default=None)


def current_call() -> CallInfo | None:
    """The call this code runs for; None outside of one."""
    return _CURRENT.get()


def set_current_call(info: CallInfo | None) -> None:
    """Say which call this context works for; every call has a context of its own."""
    _CURRENT.set(info)


class CallFilter(logging.Filter):
    """Puts ``request_id`` and ``trace_id`` of the running call on each log record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the attributes; keep every record."""
        info = _CURRENT.get()
        record.request_id = info.request_id if info else ""
        record.trace_id = info.trace_id if info else ""
        return True
