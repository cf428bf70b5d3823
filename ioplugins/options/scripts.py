"""Options of the kinds that integrator.io runs as scripts only; the emulator runs them locally."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from attrs import frozen

from ioplugins.jsonvalue import JSON
from ioplugins.options.envelope import option
from ioplugins.options.shared import Options, Settings


@frozen(kw_only=True, eq=False, repr=False)
class RecordOptions(Options):
    """What the functions for a single record receive.

    Attributes:
        record: The record: an object, or an array of rows when records are grouped.
        settings: The custom settings in scope.
    """

    record: JSON = option("record", always=True, secret=True)
    settings: Settings = option("settings", factory=Settings)


@frozen(kw_only=True, eq=False, repr=False)
class _FilterOptions(RecordOptions):
    page_index: int | None = option("pageIndex")
    last_export_date_time: datetime | None = option("lastExportDateTime")
    current_export_date_time: datetime | None = option("currentExportDateTime")


@frozen(kw_only=True, eq=False, repr=False)
class FilterOptions(_FilterOptions):
    """What an output filter of an export or an input filter of an import receives.

    Attributes:
        page_index: The page's number, from 0 (exports).
        last_export_date_time: Start of the delta window in UTC (delta exports).
        current_export_date_time: End of the delta window in UTC (delta exports).
    """

    kind: ClassVar[str] = "filter"


@frozen(kw_only=True, eq=False, repr=False)
class InputFilterOptions(_FilterOptions):
    """What an input filter of a lookup receives.

    Attributes:
        page_index: The page's number, from 0 (exports).
        last_export_date_time: Start of the delta window in UTC (delta exports).
        current_export_date_time: End of the delta window in UTC (delta exports).
    """

    kind: ClassVar[str] = "inputFilter"


@frozen(kw_only=True, eq=False, repr=False)
class TransformOptions(RecordOptions):
    """What a transformation receives.

    Attributes:
        page_index: The page's number, from 0 (newer platform).
    """

    kind: ClassVar[str] = "transform"

    page_index: int | None = option("pageIndex")


@frozen(kw_only=True, eq=False, repr=False)
class BranchingOptions(RecordOptions):
    """What a router's function receives."""

    kind: ClassVar[str] = "branching"


@frozen(kw_only=True, eq=False, repr=False)
class ContentBasedFlowRouterOptions(Options):
    """What a router of AS2 and VAN messages receives.

    Attributes:
        http_headers: The headers of the request, such as ``as2-from``.
        mime_headers: The headers of the message.
        raw_message_body: The decrypted EDI or XML text.
    """

    kind: ClassVar[str] = "contentBasedFlowRouter"

    http_headers: dict[str, JSON] = option("httpHeaders", factory=dict, always=True)
    mime_headers: dict[str, JSON] = option("mimeHeaders", factory=dict, always=True)
    raw_message_body: str = option("rawMessageBody", "", always=True, secret=True)


@frozen(kw_only=True, eq=False, repr=False)
class HandleRequestOptions(Options):
    """What the function behind a Celigo API receives.

    Attributes:
        method: The HTTP method in upper case.
        headers: The request's headers.
        query_string: The request's query parameters.
        body: The parsed body; None when it could not be parsed.
        raw_body: The body as text.
        query_params: As one of Celigo's texts names the query parameters.
        path_params: As one of Celigo's texts names the parameters of the path.
    """

    kind: ClassVar[str] = "handleRequest"

    method: str = option("method", "", always=True)
    headers: dict[str, JSON] = option("headers", factory=dict, always=True, secret=True)
    query_string: dict[str, JSON] = option("queryString", factory=dict, always=True)
    body: JSON = option("body", secret=True)
    raw_body: str = option("rawBody", "", always=True, secret=True)
    query_params: dict[str, JSON] = option("queryParams", factory=dict)
    path_params: dict[str, JSON] = option("pathParams", factory=dict)
