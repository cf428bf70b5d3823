"""Options of preSavePage hooks."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from attrs import frozen

from ioplugins.jsonvalue import JSON
from ioplugins.options.envelope import option
from ioplugins.options.hooks import HookOptions
from ioplugins.options.records import FileEntry, PageError, RetryEntry


@frozen(kw_only=True, eq=False, repr=False)
class PreSavePageOptions(HookOptions):
    """What a preSavePage hook receives: one page of an export or lookup.

    Attributes:
        export_id: The running export.
        configuration: The hook's configuration (framework 1.0).
        data: The page's records, each the JSON object itself; [] when the request failed.
        errors: The page's errors; what is not answered is dropped.
        files: For file exports: ``files[i]`` is the source file of ``data[i]``.
        retry_data: By retryDataKey: what a retry of that error starts from.
        page_index: The page's number in this run, from 0.
        last_export_date_time: Start of the delta window in UTC (delta exports).
        current_export_date_time: End of the delta window in UTC (delta exports).
        preview: True when the UI fetches a sample (framework 1.0; see test_mode).
    """

    kind: ClassVar[str] = "preSavePage"

    export_id: str = option("_exportId", "")
    configuration: dict[str, JSON] = option("configuration", factory=dict)
    data: list[JSON] = option("data", factory=list, always=True)
    errors: list[PageError] = option("errors", factory=list, always=True)
    files: list[FileEntry] = option("files", factory=list)
    retry_data: dict[str, RetryEntry] = option("retryData", factory=dict)
    page_index: int = option("pageIndex", 0)
    last_export_date_time: datetime | None = option("lastExportDateTime")
    current_export_date_time: datetime | None = option("currentExportDateTime")
    preview: bool = option("preview", default=False)
