"""The marshaller in front of the runtime's own."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from ioplugins.aws_lambda.marshalling import Answer, Marshaller, post_answers_as_written


class Inner:
    """As the runtime's: it says what it was given."""

    extra = "kept"

    def unmarshal_request(self, request: Any, content_type: Any) -> Any:
        return ("inner", request, content_type)

    def marshal_response(self, response: Any) -> Any:
        return ("inner", response)


def test_an_answer_is_posted_as_written() -> None:
    """The very bytes, as JSON."""
    answer = Answer(b'{"a":1}')
    body, content_type = Marshaller(Inner()).marshal_response(answer)
    assert body is answer
    assert "application/json" == content_type


@pytest.mark.parametrize("response", [{"a": 1}, b"bytes", None])
def test_all_else_is_the_runtimes(response: object) -> None:
    """What another handler in the same process returns is its own affair."""
    assert ("inner", response) == Marshaller(Inner()).marshal_response(response)


@pytest.mark.parametrize(
    ("body", "expected"), [(b'{"a":"\\ud800"}', {"a": "\ud800"}), (b"[1e400]", [float("inf")])]
)
def test_events_are_read_as_the_server_reads_bodies(body: bytes, expected: object) -> None:
    """Whatever JavaScript reads is read."""
    assert expected == Marshaller(Inner()).unmarshal_request(body)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"{", "application/json"), (b"{}", "text/plain"), ("{}", "application/json")],
)
def test_what_is_no_json_fails_as_the_runtime_fails(body: Any, content_type: str) -> None:
    """Its own marshaller decides."""
    expected = ("inner", body, content_type)
    assert expected == Marshaller(Inner()).unmarshal_request(body, content_type)


def test_other_attributes_are_the_inner_ones() -> None:
    """What an author added to the runtime's marshaller stays."""
    assert "kept" == Marshaller(Inner()).extra


@pytest.mark.parametrize("name", ["LambdaRuntimeClient", "BaseLambdaRuntimeClient"])
def test_it_is_put_where_the_runtime_looks(name: str) -> None:
    """Once, on the class that has it in that version."""
    module = ModuleType("lambda_runtime_client")
    client = type(name, (), {"marshaller": Inner()})
    setattr(module, name, client)
    post_answers_as_written(module)
    marshaller: Any = vars(client)["marshaller"]
    assert isinstance(marshaller, Marshaller)
    post_answers_as_written(module)
    assert marshaller is vars(client)["marshaller"]


def test_without_a_runtime_nothing_is_put() -> None:
    """No module, or one without the class."""
    post_answers_as_written(None)
    post_answers_as_written(ModuleType("other"))
