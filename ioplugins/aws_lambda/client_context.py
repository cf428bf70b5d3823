"""The client context: which function integrator.io calls, and how to get it from Python's runtime.

integrator.io invokes the function with its options as the event, and with the client context
``{"function": ..., "diy": true, ...}``. Node's runtime hands that object over. Python's
(``awslambdaric``) copies only ``custom``, ``env`` and ``client`` from it and drops the rest, so
it is kept before that happens, or looked up where the runtime still has it.
"""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any, Final

from ioplugins.jsonvalue import JSON, parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, ModuleType

#: Where the whole client context is kept on the runtime's context object.
ATTRIBUTE: Final = "ioplugins_client_context"

#: What integrator.io sends at the top level of the client context.
FIELDS: Final = ("function", "type", "diy", "_connectorId", "maxResponseSize", "_reqId")

# The runtime's function that handles one event, in every version from 1.0.0 to 4.2.2.
_RUNTIME_FUNCTION: Final = "handle_event_request"
_HEADER: Final = "client_context_json"

#: What a way of recovery gives when it does not apply.
NOT_HERE: Final = object()


def recover(context: object) -> JSON:
    """The client context of the running invocation; None when it came without one.

    Args:
        context: What the runtime gives a handler as its context.
    """
    ways: tuple[Callable[[], object], ...] = (
        lambda: kept(context),
        of_runtime,
        lambda: given(context),
    )
    found = next((value for value in (way() for way in ways) if value is not NOT_HERE), None)
    return _out_of_custom(found)


# ------------------------------------------------------------------------------------- the ways


def keep_client_context(module: ModuleType | None) -> None:
    """Wrap ``LambdaContext.__init__`` of *module* so that it keeps the whole client context.

    Args:
        module: ``awslambdaric.lambda_context`` as it runs; None where there is none.
    """
    context_class: Any = getattr(module, "LambdaContext", None)
    if context_class is None or hasattr(context_class.__init__, ATTRIBUTE):
        return
    initialize = context_class.__init__

    @functools.wraps(initialize)
    def keeping(
        self: Any, invoke_id: object, client_context: object, *args: Any, **more: Any
    ) -> None:
        is_object = isinstance(client_context, dict)
        # A copy: newer runtimes take a part of it away. A list would be their AttributeError.
        whole = dict(client_context) if isinstance(client_context, dict) else client_context
        initialize(self, invoke_id, client_context if is_object else None, *args, **more)
        setattr(self, ATTRIBUTE, whole)

    setattr(keeping, ATTRIBUTE, True)
    context_class.__init__ = keeping


def kept(context: object) -> object:
    """What `keep_client_context` kept on *context*."""
    return getattr(context, ATTRIBUTE, NOT_HERE)


def of_runtime() -> object:
    """The header as the runtime's function has it, further up on this thread's stack.

    For a runtime whose context class was not wrapped in time, as when this package is imported
    by the first invocation.
    """
    frame = runtime_frame()
    if frame is None or _HEADER not in frame.f_locals:
        return NOT_HERE
    header = frame.f_locals[_HEADER]
    return parse(header.encode()) if header else None


def given(context: object) -> object:
    """What tests and other emulators give: a dict, or an object with the fields."""
    client_context = getattr(context, "client_context", None)
    if client_context is None or isinstance(client_context, dict):
        return client_context
    names = (*FIELDS, "custom")
    fields = {name: getattr(client_context, name, None) for name in names}
    fields = {name: value for name, value in fields.items() if value is not None}
    # None for the runtime's own object, emptied: what was asked for cannot be known.
    return fields or None


def _out_of_custom(found: JSON) -> JSON:
    """The fields may lie in ``custom``, where AWS's mobile SDKs put a caller's own."""
    if isinstance(found, dict) and not found.keys() & set(FIELDS):
        custom = found.get("custom")
        if isinstance(custom, dict):
            return custom
    return found


def runtime_frame() -> FrameType | None:
    """The frame of the runtime that is handling an event on this thread; None without one."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the documented way to it
    while frame is not None and frame.f_code.co_name != _RUNTIME_FUNCTION:
        frame = frame.f_back
    return frame
