"""Answers of the functions of a wrapper connection: ping, export, import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import field, frozen

from ioplugins.jsonvalue import JSON, Wire


@frozen
class WrapperError(Wire):
    """An error of a wrapper's answer.

    Attributes:
        code: A short identifier; left out of the JSON when it is None.
        message: What went wrong, for the person who reads the flow's errors.
    """

    code: str | None
    message: str

    def to_json(self) -> dict[str, JSON]:
        """``{message}`` or ``{code, message}``."""
        if self.code is None:
            return {"message": self.message}
        return {"code": self.code, "message": self.message}


@frozen
class PingAnswer(Wire):
    """The answer of a ping: ``PingAnswer.ok()`` or ``PingAnswer.offline(code, message)``.

    Attributes:
        status_code: 200 the connection is valid, 401 it is not.
        errors: Why not; at least one with 401.
    """

    status_code: int
    errors: Sequence[WrapperError | Mapping[str, JSON]] = ()

    @classmethod
    def ok(cls) -> PingAnswer:
        """The connection is valid."""
        return cls(200)

    @classmethod
    def offline(cls, code: str, message: str) -> PingAnswer:
        """The connection goes offline; *message* says why, for the person who sees it."""
        return cls(401, (WrapperError(code, message),))

    def to_json(self) -> dict[str, JSON]:
        """``{statusCode}``, and errors when there are any."""
        if not self.errors:
            return {"statusCode": self.status_code}
        return {"statusCode": self.status_code, "errors": list(self.errors)}


@frozen
class ExportPage(Wire):
    """The answer of a wrapper export: one page.

    The constructors say it best::

        ExportPage.more(records, state={"after": 42})   # call me again with this state
        ExportPage.last(records)                        # that was all
        ExportPage.offline("EHOST", "no route to host") # the connection goes offline

    Attributes:
        data: The records of this page, any JSON values.
        errors: The page's errors.
        last_page: True ends the export.
        state: Handed to the next call as ``options.state``; None for none.
        connection_offline: True takes the connection offline and ends the export.
    """

    data: Sequence[JSON] = ()
    errors: Sequence[WrapperError | Mapping[str, JSON]] = field(default=(), kw_only=True)
    last_page: bool = field(default=False, kw_only=True)
    state: Mapping[str, JSON] | None = field(default=None, kw_only=True)
    connection_offline: bool = field(default=False, kw_only=True)

    @classmethod
    def more(
        cls,
        data: Sequence[JSON],
        state: Mapping[str, JSON],
        errors: Sequence[WrapperError | Mapping[str, JSON]] = (),
    ) -> ExportPage:
        """A page that others follow: integrator.io calls again with *state*.

        The state must change from page to page: after more than 5 equal answers integrator.io
        stops the export.
        """
        return cls(data, state=state, errors=errors)

    @classmethod
    def last(
        cls,
        data: Sequence[JSON] = (),
        errors: Sequence[WrapperError | Mapping[str, JSON]] = (),
    ) -> ExportPage:
        """The last page; it may be empty."""
        return cls(data, last_page=True, errors=errors)

    @classmethod
    def offline(cls, code: str, message: str) -> ExportPage:
        """The connection goes offline and the export ends."""
        return cls(connection_offline=True, errors=(WrapperError(code, message),))

    def to_json(self) -> dict[str, JSON]:
        """``{data, lastPage}``, and what else is set."""
        page: dict[str, JSON] = {
            "data": self.data if isinstance(self.data, list) else list(self.data),
            "lastPage": self.last_page,
        }
        if self.errors:
            page["errors"] = list(self.errors)
        if self.state is not None:
            page["state"] = dict(self.state)
        if self.connection_offline:
            page["connectionOffline"] = True
        return page


@frozen
class ImportResult(Wire):
    """What became of one record: the element of a wrapper import's answer.

    The constructors say it best::

        ImportResult.ok("501")                          # imported under this id
        ImportResult.ignored()                          # skipped on purpose
        ImportResult.failed("DUP", "exists already")    # this record failed
        ImportResult.unauthorized("AUTH", "expired")    # the connection's credentials failed

    Attributes:
        status_code: 200 success, 422 error, 401 trouble with authorisation or connection.
        id: The record's id in the application; left out of the JSON when it is None.
        is_ignored: Whether the record was skipped.
        errors: Its errors; a success with errors is a partial one.
    """

    status_code: int
    id: str | None = None
    is_ignored: bool = False
    errors: Sequence[WrapperError | Mapping[str, JSON]] = ()

    @classmethod
    def ok(
        cls,
        id: str | None = None,  # noqa: A002 - the wire's name
        errors: Sequence[WrapperError | Mapping[str, JSON]] = (),
    ) -> ImportResult:
        """The record was imported; *errors* say what of it was not."""
        return cls(200, id, errors=errors)

    @classmethod
    def ignored(cls, id: str | None = None) -> ImportResult:  # noqa: A002 - the wire's name
        """The record was skipped on purpose; *id* when the application has it already."""
        return cls(200, id, is_ignored=True)

    @classmethod
    def failed(cls, code: str, message: str) -> ImportResult:
        """The record failed."""
        return cls(422, errors=(WrapperError(code, message),))

    @classmethod
    def unauthorized(cls, code: str, message: str) -> ImportResult:
        """The application refused the connection's credentials."""
        return cls(401, errors=(WrapperError(code, message),))

    def to_json(self) -> dict[str, JSON]:
        """``{statusCode}``, and what else is set."""
        result: dict[str, JSON] = {"statusCode": self.status_code}
        if self.id is not None:
            result["id"] = self.id
        if self.is_ignored:
            result["ignored"] = True
        if self.errors:
            result["errors"] = list(self.errors)
        return result
