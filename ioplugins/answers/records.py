"""Answers of the hooks: what becomes of a page and of each of its records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final

from attrs import field, frozen

from ioplugins.jsonvalue import JSON, Wire

#: Where an error comes from when the author does not say it.
DEFAULT_SOURCE: Final = "ioplugins"


class _Missing(Enum):
    RECORD = "no record"


@frozen
class RecordError(Wire):
    """An error of a record or of an export page.

    Attributes:
        code: A short identifier that flows can be searched for.
        message: What went wrong, for the person who reads the flow's errors.
        source: Where it comes from; ``"ioplugins"`` by default.
        retry_data_key: Of an error that integrator.io sent: the key of its retry data.
    """

    code: str
    message: str
    source: str = DEFAULT_SOURCE
    retry_data_key: str | None = None

    def to_json(self) -> dict[str, JSON]:
        """``{code, message, source}``, and retryDataKey when there is one."""
        error = {"code": self.code, "message": self.message, "source": self.source}
        if self.retry_data_key is not None:
            error["retryDataKey"] = self.retry_data_key
        return error


@frozen
class RecordAnswer(Wire):
    """What becomes of one record of a page: the element of a preMap or postMap answer.

    The constructors say it best::

        RecordAnswer.keep(record)                        # goes on
        RecordAnswer.keep(record, errors=[error])        # goes on, and its errors are logged
        RecordAnswer.ignore()                            # skips this import, goes on after it
        RecordAnswer.fail("bad_sku", "The SKU is empty") # fails here

    Attributes:
        data: The record to go on with, an object or an array; left out when it does not go on
            (None would be a record that is null, and refused).
        errors: Its errors.
    """

    data: JSON = _Missing.RECORD
    errors: Sequence[RecordError | Mapping[str, JSON]] = ()

    @classmethod
    def keep(
        cls, record: JSON, errors: Sequence[RecordError | Mapping[str, JSON]] = ()
    ) -> RecordAnswer:
        """The record goes on; *errors* are logged besides."""
        return cls(record, errors)

    @classmethod
    def ignore(cls) -> RecordAnswer:
        """The record skips this import (it counts as ignored) and goes on with later steps."""
        return cls()

    @classmethod
    def fail(cls, code: str, message: str, source: str = DEFAULT_SOURCE) -> RecordAnswer:
        """The record fails here with one error."""
        return cls(_Missing.RECORD, (RecordError(code, message, source),))

    def to_json(self) -> dict[str, JSON]:
        """``{}``, ``{data}``, ``{errors}`` or ``{data, errors}``."""
        if not self.errors:
            return {} if self.data is _Missing.RECORD else {"data": self.data}
        if self.data is _Missing.RECORD:
            return {"errors": list(self.errors)}
        return {"data": self.data, "errors": list(self.errors)}


@frozen
class NewError(Wire):
    """A new error of an export page, with the record that a retry starts from.

    Attributes:
        record: The record, an object or an array.
        errors: Its errors; at least one.
    """

    record: JSON
    errors: Sequence[RecordError | Mapping[str, JSON]]

    @classmethod
    def of(cls, record: JSON, code: str, message: str, source: str = DEFAULT_SOURCE) -> NewError:
        """*record* failed with one error."""
        return cls(record, (RecordError(code, message, source),))

    def to_json(self) -> dict[str, JSON]:
        """``{retryData, errors}``."""
        return {"retryData": self.record, "errors": list(self.errors)}


@frozen
class Page(Wire):
    """The answer of a preSavePage hook: ``Page(records, errors=options.errors)``.

    Attributes:
        data: The records to go on with, as many as you like.
        errors: The page's errors. Pass ``options.errors`` on: what is left out is dropped.
        abort: True ends the export after this page; the flow goes on with what it has.
        new_errors: New errors, each with its record for a later retry.
    """

    data: Sequence[JSON]
    errors: Sequence[RecordError | Mapping[str, JSON]] = field(kw_only=True)
    abort: bool = field(default=False, kw_only=True)
    new_errors: Sequence[NewError | Mapping[str, JSON]] = field(default=(), kw_only=True)

    def to_json(self) -> dict[str, JSON]:
        """``{data, errors, abort}``, and newErrorsAndRetryData when there are new errors."""
        page: dict[str, JSON] = {
            "data": self.data if isinstance(self.data, list) else list(self.data),
            "errors": list(self.errors),
            "abort": self.abort,
        }
        if self.new_errors:
            page["newErrorsAndRetryData"] = list(self.new_errors)
        return page


@frozen
class SubmitResult(Wire):
    """What became of one submitted record: the element of a postSubmit answer.

    Attributes:
        status_code: 200 success, 422 data error, 401 or 403 connection went offline.
        id: The record's id in the application.
        errors: Its errors; [] for a success.
        ignored: Whether the record was skipped.
        other: Further keys of the response, such as ``_json``, ``dataURI`` and ``headers``.
    """

    status_code: int
    id: str | None = None
    errors: Sequence[RecordError | Mapping[str, JSON]] = ()
    ignored: bool = False
    other: Mapping[str, JSON] = field(factory=dict[str, JSON])

    @classmethod
    def succeeded(cls, response: Mapping[str, JSON]) -> SubmitResult:
        """*response*, an element of ``options.response_data``, turned into a success."""
        return cls(200, response.get("id"), other=_others(response))

    @classmethod
    def failed(
        cls, response: Mapping[str, JSON], code: str, message: str, source: str = DEFAULT_SOURCE
    ) -> SubmitResult:
        """*response*, an element of ``options.response_data``, turned into a failure.

        Errors that it has already stay, before the new one.
        """
        errors = (*(response.get("errors") or ()), RecordError(code, message, source))
        return cls(422, response.get("id"), errors, other=_others(response))

    def to_json(self) -> dict[str, JSON]:
        """``{statusCode, ignored, errors}``, id when there is one, and the other keys."""
        result: dict[str, JSON] = {
            "statusCode": self.status_code,
            "ignored": self.ignored,
            "errors": list(self.errors),
        }
        if self.id is not None:
            result["id"] = self.id
        return {**result, **self.other}


def _others(response: Mapping[str, JSON]) -> dict[str, JSON]:
    named = ("statusCode", "id", "errors", "ignored")
    return {key: value for key, value in response.items() if key not in named}
