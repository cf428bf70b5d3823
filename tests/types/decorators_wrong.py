"""Never run: slips that type checkers find; each comment fails when its line is fine."""
# Both checkers say when an ignore is not needed.
# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from ioplugins import hook, installer, setting, utility, wrapper
from ioplugins.options import (
    ExportOptions,
    ImportOptions,
    PingOptions,
    PostMapOptions,
    PreMapOptions,
    StepOptions,
)


@hook("preMap")  # type: ignore[arg-type]
def other_kind(options: PostMapOptions) -> list[object]:
    """Options of another kind."""
    return options.post_map_data


@hook("preMap")  # type: ignore[arg-type]
async def other_kind_later(options: PostMapOptions) -> list[object]:
    """The same, async."""
    return options.post_map_data


@wrapper("export")  # type: ignore[arg-type]
def other_wrapper(options: ImportOptions) -> None:
    """Options of an import for an export."""


@installer("step")  # type: ignore[arg-type]
def other_step(options: PingOptions) -> None:
    """Options of a ping for a step."""


@hook("preMap")  # type: ignore[arg-type]
def no_options() -> list[object]:
    """It takes nothing."""
    return []


@hook("preMap")  # type: ignore[arg-type]
def a_number(options: int) -> list[object]:
    """A number is no options."""
    return [options]


@hook("premap")  # type: ignore[call-overload, untyped-decorator]
def unknown_hook(options: PreMapOptions) -> list[object]:
    """No such hook."""
    return options.data


@hook("export")  # type: ignore[call-overload, untyped-decorator]
def no_hook(options: ExportOptions) -> None:
    """A wrapper's kind."""


@setting("persistSettings", dates="us")  # type: ignore[call-overload, untyped-decorator]
def dates(options: StepOptions) -> None:
    """No such form of dates."""


@utility(name=5)  # type: ignore[call-overload, untyped-decorator]
def named(options: StepOptions) -> None:
    """A name is text."""
