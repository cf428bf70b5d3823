"""Never run: what type checkers know about options."""
# Both checkers say when an ignore is not needed.
# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from typing_extensions import assert_type

from ioplugins.options import (
    AggregateOutcome,
    Connection,
    Delta,
    ExportOptions,
    FileEntry,
    HookOptions,
    ImportOptions,
    Job,
    LookupResponse,
    PageError,
    PersistSettingsOptions,
    PostAggregateOptions,
    PostResponseMapOptions,
    PostSubmitOptions,
    PreMapOptions,
    PreSavePageOptions,
    RetryEntry,
    Settings,
    StepOptions,
    SubmitResponse,
    TestRun,
)


def page(options: PreSavePageOptions) -> None:
    """A page of an export."""
    assert_type(options.data, list[Any])
    assert_type(options.errors, list[PageError])
    assert_type(options.retry_data, dict[str, RetryEntry])
    assert_type(options.files, list[FileEntry])
    assert_type(options.files[0]["fileMeta"], dict[str, Any])
    assert_type(options.page_index, int)
    assert_type(options.last_export_date_time, datetime | None)
    assert_type(options.test_mode, bool)
    assert_type(options.settings, Settings)
    assert_type(options.settings.flow, dict[str, Any])
    assert_type(options.job, Job | None)
    assert_type(options.flow_id, str | None)
    assert_type(options.export_id, str)
    assert_type(options.bearer_token, str)
    assert_type(options.extra, dict[str, Any])


def responses(submit: PostSubmitOptions, lookup: PostResponseMapOptions) -> None:
    """Responses are typed dicts."""
    assert_type(submit.response_data, list[SubmitResponse])
    assert_type(submit.response_data[0]["statusCode"], int)
    assert_type(submit.response_data[0].get("errors"), list[PageError] | None)
    assert_type(lookup.response_data, list[LookupResponse])
    assert_type(lookup.response_data[0].get("data"), list[Any] | None)
    assert_type(lookup.one_to_many, bool)


def wrappers(export: ExportOptions, imported: ImportOptions) -> None:
    """The wrapper's connection, what kind of run it is, and where it stands."""
    assert_type(export.connection, Connection)
    assert_type(export.connection.encrypted, dict[str, Any])
    assert_type(export.type, str | None)
    assert_type(export.delta, Delta | None)
    assert_type(export.test, TestRun | None)
    assert_type(export.state, dict[str, Any])
    assert_type(imported.post_map_data, list[Any])
    if export.delta is not None:
        assert_type(export.delta.since, datetime | None)


def others(
    step: StepOptions, settings: PersistSettingsOptions, uploaded: PostAggregateOptions
) -> None:
    """Steps, settings, uploads."""
    assert_type(step.form_submission, dict[str, Any] | None)
    assert_type(step.resource, dict[str, Any])
    assert_type(settings.pending, dict[str, Any])
    assert_type(uploaded.post_aggregate_data, AggregateOutcome)


def mapping(options: PreMapOptions) -> None:
    """Options are a mapping too, and every hook's options have something in common."""
    raw: Mapping[str, Any] = options
    common: HookOptions = options
    assert_type(options["newKey"], Any)
    assert_type(options.to_json(), dict[str, Any])
    print(raw, common)


def made() -> None:
    """Options are made of attributes in unit tests."""
    PreMapOptions(data=[{"id": 1}], settings=Settings(flow={"region": "eu"}))
    PreMapOptions({"id": 1})  # type: ignore[call-arg]
    PreMapOptions(_importId="i")  # type: ignore[call-arg]
    options = PreMapOptions()
    options.data = []  # type: ignore[misc]
    options["data"] = []  # type: ignore[index]
    options.records  # type: ignore[attr-defined]  # noqa: B018
