"""The ways to the client context, each alone."""

from __future__ import annotations

import threading
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from ioplugins.aws_lambda.client_context import (
    ATTRIBUTE,
    NOT_HERE,
    given,
    keep_client_context,
    kept,
    of_runtime,
    recover,
    runtime_frame,
)

ASKED = {"diy": True, "type": "hook", "function": "f", "_reqId": "r"}


class ClientContext:
    """As the runtime's: three fields, all else is dropped."""

    __slots__ = ("client", "custom", "env")

    def __init__(self, values: dict[str, Any]) -> None:
        for name in self.__slots__:
            setattr(self, name, values.get(name))


def lambda_context_module() -> ModuleType:
    """A module as ``awslambdaric.lambda_context``, which takes a part of the dict away."""

    class LambdaContext:
        def __init__(
            self,
            invoke_id: str,
            client_context: dict[str, Any] | None,
            identity: object,
            deadline: int,
            arn: str = "",
        ) -> None:
            if client_context is not None:
                client_context.pop("w3c", None)
            self.client_context = ClientContext(client_context) if client_context else None
            self.arguments = (invoke_id, identity, deadline, arn)

    module = ModuleType("lambda_context")
    module.LambdaContext = LambdaContext  # type: ignore[attr-defined]
    return module


def handle_event_request(client_context_json: str | None, ask: Any) -> Any:
    """As the runtime's function of this name: it has the header as a local variable."""
    return ask()


def deeper() -> object:
    """As a handler that an author wrapped in another."""
    return of_runtime()


# --------------------------------------------------------------------------------- the wrapped


def test_the_wrapped_class_keeps_all_of_it() -> None:
    """The whole object is kept before the class drops or changes any of it."""
    module = lambda_context_module()
    keep_client_context(module)
    asked = {**ASKED, "w3c": {"traceparent": "t"}, "custom": {"a": 1}}
    context = module.LambdaContext("id", dict(asked), "identity", 9, arn="arn")
    assert asked == kept(context)
    assert {"a": 1} == context.client_context.custom
    assert ("id", "identity", 9, "arn") == context.arguments


def test_without_a_header_the_wrapped_class_keeps_none() -> None:
    """None is an answer: there was no client context."""
    module = lambda_context_module()
    keep_client_context(module)
    assert None is kept(module.LambdaContext("id", None, None, 9))


def test_what_is_no_object_does_not_end_the_runtime() -> None:
    """A list is kept for the handler to refuse; the runtime's class never sees it."""
    module = lambda_context_module()
    keep_client_context(module)
    context = module.LambdaContext("id", [1], None, 9)
    assert [1] == kept(context)
    assert None is context.client_context


def test_wrapping_twice_wraps_once() -> None:
    """A second import of the package changes nothing."""
    module = lambda_context_module()
    keep_client_context(module)
    once = module.LambdaContext.__init__
    keep_client_context(module)
    assert once is module.LambdaContext.__init__


def test_without_a_runtime_there_is_nothing_to_wrap() -> None:
    """No module, or one without the class, is left alone."""
    keep_client_context(None)
    keep_client_context(ModuleType("other"))


def test_a_context_that_was_not_wrapped_has_none() -> None:
    """Then the next way is tried."""
    assert NOT_HERE is kept(SimpleNamespace())


# ---------------------------------------------------------------------------------- the frames


def test_the_header_is_found_on_the_stack() -> None:
    """However deep the handler is called."""
    assert ASKED == handle_event_request(
        '{"diy":true,"type":"hook","function":"f","_reqId":"r"}', deeper
    )


def test_an_empty_header_on_the_stack_is_none() -> None:
    """The invocation came without a client context."""
    assert None is handle_event_request(None, of_runtime)


def test_without_the_function_on_the_stack_there_is_none() -> None:
    """As in a test, or on another thread."""
    assert NOT_HERE is of_runtime()
    seen: list[object] = []
    thread = threading.Thread(target=lambda: seen.append(runtime_frame()))
    thread.start()
    thread.join()
    assert [None] == seen


def test_a_function_of_that_name_without_the_header_is_another() -> None:
    """Our own runtime has the name and hands the client context over by itself."""

    def handle_event_request() -> object:
        return of_runtime()

    assert NOT_HERE is handle_event_request()


# ----------------------------------------------------------------------------- what tests give


@pytest.mark.parametrize(
    ("client_context", "expected"),
    [
        (None, None),
        ({}, {}),
        (ASKED, ASKED),
        (SimpleNamespace(**ASKED, other=1), ASKED),
        (SimpleNamespace(custom=ASKED), {"custom": ASKED}),
        (ClientContext(dict(ASKED)), None),
    ],
    ids=["none", "empty", "dict", "object", "custom", "emptied by the runtime"],
)
def test_dicts_and_objects_are_taken(client_context: object, expected: object) -> None:
    """A dict as it is, an object by its fields; an emptied one tells nothing."""
    assert expected == given(SimpleNamespace(client_context=client_context))


def test_a_context_without_the_attribute_has_none() -> None:
    """No context at all, too."""
    assert None is given(SimpleNamespace())
    assert None is given(None)


# ---------------------------------------------------------------------------------- all of them


def test_the_fields_may_lie_in_custom() -> None:
    """Where AWS's mobile SDKs put what a caller sends."""
    context = SimpleNamespace(client_context={"custom": ASKED, "client": {}, "env": {}})
    assert ASKED == recover(context)


@pytest.mark.parametrize("custom", [None, "text", [1]])
def test_custom_counts_only_as_an_object(custom: object) -> None:
    """Anything else is left where it is, and the call is refused for its missing fields."""
    assert {"custom": custom} == recover(SimpleNamespace(client_context={"custom": custom}))


def test_fields_at_the_top_win_over_custom() -> None:
    """What integrator.io sends is never looked up anywhere else."""
    asked = {**ASKED, "custom": {"function": "other"}}
    assert asked == recover(SimpleNamespace(client_context=asked))


def test_the_kept_one_wins_over_all() -> None:
    """Then the stack, then what the context offers."""
    context = SimpleNamespace(client_context={"function": "c"}, **{ATTRIBUTE: {"function": "a"}})
    header = '{"function":"b"}'
    assert {"function": "a"} == handle_event_request(header, lambda: recover(context))
    delattr(context, ATTRIBUTE)
    assert {"function": "b"} == handle_event_request(header, lambda: recover(context))
    assert {"function": "c"} == recover(context)
