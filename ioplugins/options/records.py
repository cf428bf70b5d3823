"""The JSON objects of which a page holds one for each record, as types for editors and checkers.

They are TypedDicts: at run time each is the very dict that came, so that a page of 10,000 records
costs no conversion and an element may be changed and given back.
"""

from __future__ import annotations

from typing import TypedDict

from ioplugins.jsonvalue import JSON


class PageError(TypedDict, total=False):
    """One error of an export page; pass it on in the answer to keep it."""

    code: str
    message: str
    source: str
    retryDataKey: str


class RetryEntry(TypedDict, total=False):
    """What a retry of an error starts from."""

    data: JSON
    stage: str
    traceKey: str


class FileEntry(TypedDict):
    """The source file of the record with the same index: *fileMeta* holds fileName and more."""

    fileMeta: dict[str, JSON]


class _Response(TypedDict):
    # 200 success, 422 data error, 401 (older texts) or 403 (newer) connection went offline.
    statusCode: int
    ignored: bool


class SubmitResponse(_Response, total=False):
    """What the import application said about the record with the same index."""

    errors: list[PageError]
    id: str
    _json: JSON  # the parsed response
    dataURI: str
    headers: dict[str, JSON]  # HTTP imports


class LookupResponse(_Response, total=False):
    """What a step said about the record with the same index: lookups *data*, imports *id*."""

    errors: list[PageError]
    data: list[JSON]
    id: str
    _json: JSON
    dataURI: str
