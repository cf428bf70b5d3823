"""The shapes of answers that are known; what else an object holds is kept, as everywhere."""

from __future__ import annotations

from typing import TypedDict

from ioplugins.jsonvalue import JSON


class TokenInfo(TypedDict, total=False):
    """Whose token it is, and for what."""

    _userId: str
    scope: str


class FlowRun(TypedDict):
    """The job of a flow that was started."""

    _jobId: str


class Ping(TypedDict, total=False):
    """How a connection is: *code* 200 is well."""

    code: int
    message: str


class PagedExportState(TypedDict, total=False):
    """Where a virtual export is. It is signed: send it back as it came."""

    pageIndex: int
    pageSize: int
    totalPages: int
    totalRecords: int
    done: bool


class Exported(TypedDict, total=False):
    """Records of an export, and for each the link to it in its application, or None."""

    data: list[JSON]
    dataURIs: list[str | None]
    pagedExportState: PagedExportState


class Imported(TypedDict, total=False):
    """What became of one record of an import."""

    statusCode: int
    id: str
    ignored: bool
    errors: list[JSON]
    _json: JSON


class SignedURL(TypedDict):
    """A link that lets anybody download a file for a while."""

    signedURL: str
