"""Options of the hooks: functions that change pages of records on their way through a flow."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from attrs import frozen

from ioplugins.jsonvalue import JSON
from ioplugins.options.envelope import Envelope, option
from ioplugins.options.records import (
    FileEntry,
    LookupResponse,
    PageError,
    RetryEntry,
    SubmitResponse,
)
from ioplugins.options.shared import Job, Options, Settings


@frozen(kw_only=True, eq=False, repr=False)
class HookOptions(Options):
    """What all hooks receive.

    Attributes:
        connection_id: The step's connection; None for steps without one.
        flow_id: The running flow; None in a stand-alone preview.
        integration_id: The flow's integration, if any.
        parent_integration_id: The parent of that integration, if any.
        settings: The custom settings in scope.
        test_mode: True in test runs and previews.
        job: The current job; whether stacks get it is unknown.
        api_id: The Celigo API that runs the step; whether stacks get it is unknown.
        sandbox: True in a sandbox account; whether stacks get it is unknown.
    """

    connection_id: str | None = option("_connectionId")
    flow_id: str | None = option("_flowId")
    integration_id: str | None = option("_integrationId")
    parent_integration_id: str | None = option("_parentIntegrationId")
    settings: Settings = option("settings", factory=Settings)
    test_mode: bool = option("testMode", default=False)
    job: Job | None = option("job")
    api_id: str | None = option("_apiId")
    sandbox: bool = option("sandbox", default=False)


@frozen(kw_only=True, eq=False, repr=False)
class _ImportHookOptions(HookOptions):
    # Not the import step's only options: what its four hooks have in common.
    import_id: str = option("_importId", "")
    configuration: dict[str, JSON] = option("configuration", factory=dict)


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


@frozen(kw_only=True, eq=False, repr=False)
class PreMapOptions(_ImportHookOptions):
    """What a preMap hook receives: one page before field mapping.

    Attributes:
        import_id: The running import.
        configuration: The hook's configuration (framework 1.0).
        data: The page's records, each the JSON object itself.
    """

    kind: ClassVar[str] = "preMap"

    data: list[JSON] = option("data", factory=list, always=True)


@frozen(kw_only=True, eq=False, repr=False)
class PostMapOptions(_ImportHookOptions):
    """What a postMap hook receives: one page after field mapping.

    Attributes:
        import_id: The running import.
        configuration: The hook's configuration (framework 1.0).
        pre_map_data: The page before mapping.
        post_map_data: The page after mapping, in the same order and length.
    """

    kind: ClassVar[str] = "postMap"

    pre_map_data: list[JSON] = option("preMapData", factory=list, always=True)
    post_map_data: list[JSON] = option("postMapData", factory=list, always=True)


@frozen(kw_only=True, eq=False, repr=False)
class PostSubmitOptions(_ImportHookOptions):
    """What a postSubmit hook receives: one page after it was submitted.

    Attributes:
        import_id: The running import.
        configuration: The hook's configuration (framework 1.0).
        pre_map_data: The page before mapping.
        post_map_data: The page after mapping.
        response_data: One response for each record, each the JSON object itself.
    """

    kind: ClassVar[str] = "postSubmit"

    pre_map_data: list[JSON] = option("preMapData", factory=list, always=True)
    post_map_data: list[JSON] = option("postMapData", factory=list, always=True)
    response_data: list[SubmitResponse] = option("responseData", factory=list, always=True)


@frozen(kw_only=True, eq=False, repr=False)
class PostResponseMapOptions(HookOptions):
    """What a postResponseMap hook receives: one page after response mapping.

    Attributes:
        export_id: The running export, when the step is a lookup.
        import_id: The running import, when the step is an import.
        post_response_map_data: The records after response mapping; [] when null came (seen for
            AI agent steps).
        response_data: One response for each record, each the JSON object itself.
        one_to_many: Whether the step works on children of each record.
        path_to_many: The path to these children.
    """

    kind: ClassVar[str] = "postResponseMap"

    export_id: str | None = option("_exportId")
    import_id: str | None = option("_importId")
    post_response_map_data: list[JSON] = option("postResponseMapData", factory=list)
    response_data: list[LookupResponse] = option("responseData", factory=list, always=True)
    one_to_many: bool = option("oneToMany", default=False)
    path_to_many: str | None = option("pathToMany")


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
class PostAggregateOptions(_ImportHookOptions):
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
