"""Never run: functions that the decorators take, and what they make of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typing_extensions import assert_type

from ioplugins import hook, installer, setting, uninstaller, utility, wrapper
from ioplugins.answers import ExportPage, ImportResult, Page, PingAnswer, RecordAnswer
from ioplugins.eachrecord import each_record
from ioplugins.options import (
    ExportOptions,
    HookOptions,
    ImportOptions,
    PersistSettingsOptions,
    PingOptions,
    PreMapOptions,
    PreSavePageOptions,
    StepOptions,
    UtilityOptions,
)
from ioplugins.paging import paginate, stop_loops


@hook("preMap")
def with_class(options: PreMapOptions) -> list[RecordAnswer]:
    """The kind's class."""
    return [RecordAnswer.keep(record) for record in options.data]


assert_type(with_class(PreMapOptions()), list[RecordAnswer])


@hook("preMap", name="wireName", dates="iso")
def with_raw(options: dict[str, Any]) -> list[dict[str, Any]]:
    """The raw JSON."""
    return [{"data": record} for record in options["data"]]


assert_type(with_raw({}), list[dict[str, Any]])


@hook("preMap")
def with_what_hooks_share(options: HookOptions) -> list[RecordAnswer]:
    """What several kinds have in common."""
    return [RecordAnswer.ignore()] * len(options["data"])


@hook("preMap")
async def later(options: PreMapOptions) -> list[RecordAnswer]:
    """An async function."""
    return [RecordAnswer.keep(record) for record in options.data]


@hook("preMap")
def with_callback(options: PreMapOptions, callback: Callable[..., None]) -> None:
    """Node's style."""
    callback(None, [{"data": record} for record in options.data])


@hook("preSavePage")
def page(options: PreSavePageOptions) -> Page:
    """A page."""
    return Page(options.data, errors=options.errors)


@hook("preMap")
@each_record
def record(record: dict[str, Any]) -> dict[str, Any]:
    """One record."""
    return {**record, "region": "EU"}


@hook("preMap")
@each_record(at_once=5)
async def record_later(record: dict[str, Any], options: PreMapOptions) -> dict[str, Any]:
    """One record, some at once."""
    return {**record, "flow": options.flow_id}


@wrapper("ping")
def ping(options: PingOptions) -> PingAnswer:
    """A ping."""
    return PingAnswer.ok() if options.connection.encrypted else PingAnswer.offline("E", "m")


@wrapper("export")
@stop_loops
def export(options: ExportOptions) -> ExportPage:
    """An export."""
    return paginate(options, lambda count: range(count, 10))


assert_type(export(ExportOptions()), ExportPage)


@wrapper("import")
def imported(options: ImportOptions) -> list[ImportResult]:
    """An import."""
    return [ImportResult.ok()] * len(options.post_map_data)


@installer("step")
@uninstaller("step")
def step(options: StepOptions) -> None:
    """A step, both ways."""
    print(options.resource)


@setting("persistSettings")
def save(options: PersistSettingsOptions) -> dict[str, Any]:
    """Settings."""
    return {"success": True, "pending": options.pending}


@utility
def plain_utility(options: UtilityOptions) -> str:
    """A utility."""
    return options.integration_id


@utility(name="other")
def named_utility(options: UtilityOptions) -> str:
    """A utility with another name."""
    return options.integration_id


class Functions:
    """Methods are functions of an instance."""

    @hook("preMap")
    def method(self, options: PreMapOptions) -> list[RecordAnswer]:
        """One of them."""
        return [RecordAnswer.keep(record) for record in options.data]


assert_type(Functions().method(PreMapOptions()), list[RecordAnswer])
