"""Which rows an export takes: changed since the last run (delta), not exported yet (once)."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, Final

from sqlalchemy import ColumnElement, false, func, literal, or_, true
from sqlalchemy import types as sqltypes

from ioplugins import ExtensionError
from ioplugins.options import ExportOptions
from ioplugins_sql.sources import Source

_SQLITE_MOMENT: Final = "%Y-%m-%d %H:%M:%f"


def filter_of(options: ExportOptions, source: Source, dialect: str) -> ColumnElement[bool]:
    """The condition that the type of the export asks for.

    Raises:
        ExtensionError: The type is unknown, or the field that it needs is missing or unfit.
    """
    if options.type in {None, "", "test"}:
        return true()
    if options.type == "delta":
        return _changed(options, source, dialect)
    if options.type == "once":
        return not_exported(options, source)[1]
    raise ExtensionError(f"The export has the unknown type {options.type!r}.")


def _changed(options: ExportOptions, source: Source, dialect: str) -> ColumnElement[bool]:
    field = options.delta.date_field if options.delta else ""
    if not field:
        raise ExtensionError("A delta export needs delta.dateField: the column to go by.")
    column = _column(source, field, "delta.dateField")
    kind = source.described.kinds[field] if source.described else ""
    if kind not in {"datetime", "date", ""} and dialect != "sqlite":
        raise ExtensionError(f"delta.dateField: the column {field!r} holds no date.")
    try:
        since = options.delta.since if options.delta else None
    except OverflowError:
        raise ExtensionError("delta.lastExecutionTime is no time in milliseconds.") from None
    if since is None:
        return column.is_not(None)  # the first run
    since = since.astimezone(timezone.utc).replace(tzinfo=None)
    if dialect == "sqlite":  # dates are text there, in whatever form
        moment = since.isoformat(" ", "milliseconds")
        changed: ColumnElement[bool] = func.strftime(_SQLITE_MOMENT, column) >= moment
        return changed
    if kind == "date":
        return column >= literal(since.date(), sqltypes.Date())
    # A row that changed in the second in which the last run began is exported again, if the
    # column knows no smaller unit: twice is better than never.
    return column >= literal(_floor(since, column.type, dialect), sqltypes.DateTime())


def _floor(moment: datetime, type_: Any, dialect: str) -> datetime:
    default = 0 if dialect == "mysql" else 6
    digits = getattr(type_, "fsp" if dialect == "mysql" else "precision", None)
    unit = 10 ** (6 - (default if digits is None else digits))
    return moment - timedelta(microseconds=moment.microsecond % unit)


def not_exported(
    options: ExportOptions, source: Source
) -> tuple[ColumnElement[Any], ColumnElement[bool], Any]:
    """The flag of a once export: its column, whether it is not set, what sets it.

    Raises:
        ExtensionError: There is none, or it is neither boolean nor a number.
    """
    field = options.once.boolean_field if options.once else ""
    if not field:
        raise ExtensionError("A once export needs once.booleanField: the column with the flag.")
    if source.described is None:
        raise ExtensionError("A once export sets a flag in a table; a select has none to set.")
    column = _column(source, field, "once.booleanField")
    kind = source.described.kinds[field]
    if kind == "boolean" and not isinstance(column.type, sqltypes.NullType):
        return column, or_(column.is_(None), column == false()), True
    if kind in {"integer", "bits", "boolean"}:
        zero = literal(0, sqltypes.Integer())
        return column, or_(column.is_(None), column == zero), 1
    raise ExtensionError(f"once.booleanField: the column {field!r} is neither boolean nor integer.")


def _column(source: Source, name: str, place: str) -> ColumnElement[Any]:
    if name not in source.names:
        raise ExtensionError(f"{place}: there is no column {name!r}.")
    return source.rows.c[name]
