"""Never run: what type checkers know about answers."""
# Both checkers say when an ignore is not needed.
# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from typing import Any

from typing_extensions import assert_type

from ioplugins.answers import (
    ChildIntegration,
    ExportPage,
    Form,
    ImportResult,
    InstallStep,
    NewError,
    Page,
    PingAnswer,
    RecordAnswer,
    RecordError,
    SavedSettings,
    StepResult,
    SubmitResult,
    WrapperError,
)
from ioplugins.options import PostSubmitOptions, PreSavePageOptions


def records(record: dict[str, Any]) -> list[RecordAnswer | dict[str, Any]]:
    """Classes and JSON mix in one list."""
    assert_type(RecordAnswer.keep(record), RecordAnswer)
    assert_type(RecordAnswer.fail("a", "b").to_json(), dict[str, Any])
    return [
        RecordAnswer.keep(record, errors=[RecordError("a", "b"), {"code": "a"}]),
        RecordAnswer.ignore(),
        RecordAnswer.fail("a", "b", source="mine"),
        {"data": record},
    ]


def page(options: PreSavePageOptions) -> Page:
    """The errors that came are passed on as they are."""
    return Page(
        options.data, errors=options.errors, abort=True, new_errors=[NewError.of({}, "a", "b")]
    )


def submitted(options: PostSubmitOptions) -> list[SubmitResult]:
    """Made of the responses that came."""
    return [SubmitResult.succeeded(response) for response in options.response_data]


def others() -> list[object]:
    """The other constructors."""
    return [
        PingAnswer.offline("E", "m"),
        ExportPage.more([1], {"after": 1}, errors=[WrapperError(None, "m")]),
        ExportPage.last(),
        ImportResult.ok("1"),
        Form.of({"id": "a"}),
        StepResult.done(InstallStep(name="n"), {"name": "m"}),
        ChildIntegration("EU", [InstallStep(name="n")]),
        SavedSettings.accepted({}),
    ]


def wrong() -> None:
    """Slips that a type checker finds."""
    Page([])  # type: ignore[call-arg]
    RecordAnswer.fail("a")  # type: ignore[call-arg]
    ImportResult.ok(5)  # type: ignore[arg-type]
    ExportPage.more([1])  # type: ignore[call-arg]
    PingAnswer.ok().status_code = 5  # type: ignore[misc]
