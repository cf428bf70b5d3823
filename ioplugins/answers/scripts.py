"""Answers of the kinds that integrator.io runs as scripts only and that answer objects."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from ioplugins.jsonvalue import JSON, Wire


@frozen
class FlowRoute(Wire):
    """The answer of a content-based flow router: who takes the message.

    Attributes:
        flow_id: The flow.
        export_id: The listener of that flow to run.
    """

    flow_id: str
    export_id: str

    def to_json(self) -> dict[str, JSON]:
        """``{_flowId, _exportId}``."""
        return {"_flowId": self.flow_id, "_exportId": self.export_id}


@frozen
class HTTPAnswer(Wire):
    """The answer of a handleRequest function: what the caller of the API gets.

    Attributes:
        status_code: The HTTP status, 100 to 599.
        body: Text or an object; None for none.
        headers: The response's headers.
    """

    status_code: int = 200
    body: JSON = None
    headers: Mapping[str, str] = field(factory=dict[str, str])

    def to_json(self) -> dict[str, JSON]:
        """``{statusCode}``, headers and body when there are any."""
        answer: dict[str, JSON] = {"statusCode": self.status_code}
        if self.headers:
            answer["headers"] = dict(self.headers)
        if self.body is not None:
            answer["body"] = self.body
        return answer
