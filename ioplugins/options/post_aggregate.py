"""Options of postAggregate hooks."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from ioplugins.jsonvalue import JSON
from ioplugins.options.envelope import Envelope, option
from ioplugins.options.hooks import ImportHookOptions


@frozen(kw_only=True, eq=False, repr=False)
class AggregateOutcome(Envelope):
    """What became of the upload of an aggregated file.

    Attributes:
        success: Whether it was uploaded.
        json: The answer of the file's host; its inner shape is not documented.
        code: The error's code, on failure.
        message: The error's message, on failure.
        source: Where the error came from, on failure.
    """

    success: bool = option("success", default=False)
    json: dict[str, JSON] = option("_json", factory=dict)
    code: str | None = option("code")
    message: str | None = option("message")
    source: str | None = option("source")


@frozen(kw_only=True, eq=False, repr=False)
class PostAggregateOptions(ImportHookOptions):
    """What a postAggregate hook receives after an aggregated file was uploaded.

    Attributes:
        import_id: The running import.
        configuration: The hook's configuration (framework 1.0).
        post_aggregate_data: The outcome of the upload; for reading only.
    """

    kind: ClassVar[str] = "postAggregate"

    post_aggregate_data: AggregateOutcome = option(
        "postAggregateData", factory=AggregateOutcome, always=True
    )
