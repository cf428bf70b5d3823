"""Where an export's rows come from, a table, view or SELECT, and the key that orders them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen
from sqlalchemy import ColumnElement, Connection, FromClause, column, literal, or_, select

from ioplugins import ExtensionError
from ioplugins_sql.configuration import ExportConfiguration
from ioplugins_sql.engines import Database
from ioplugins_sql.selects import select_of
from ioplugins_sql.tables import Described
from ioplugins_sql.values import special_kinds


@frozen(eq=False)
class Source:
    """Rows that can be exported page by page.

    Attributes:
        rows: The table, or the SELECT as a subquery.
        names: The names of its columns.
        key: The names of those that order the rows; those of the groups first.
        group: How many of them make a group; 0 when each row is a record.
        special: The kinds of columns whose values do not tell what they are.
        described: The table; None for a SELECT.
        is_sure: Whether the database itself keeps the key unique and without nulls.
    """

    rows: FromClause
    names: Sequence[str]
    key: tuple[str, ...]
    group: int
    special: Mapping[str, str]
    described: Described | None
    is_sure: bool

    @property
    def key_columns(self) -> list[ColumnElement[Any]]:
        """The columns of the key."""
        return [self.rows.c[name] for name in self.key]

    @property
    def position_columns(self) -> list[ColumnElement[Any]]:
        """The columns that say where an export is: of the group when there are groups."""
        return self.key_columns[: self.group or len(self.key)]

    def check_nulls(self, connection: Connection) -> None:
        """Look once for rows that no page would ever hold, as nothing comes after a null.

        Raises:
            ExtensionError: There is one.
        """
        if self.is_sure:
            return
        null = or_(*(part.is_(None) for part in self.key_columns))
        found = connection.execute(select(literal(1)).select_from(self.rows).where(null).limit(1))
        if found.first() is not None:
            raise ExtensionError(
                f"The key ({', '.join(self.key)}) is null in some row, which has no place in the "
                "order then. Choose other columns, or leave such rows out in a select."
            )


def source_of(
    database: Database, connection: Connection, configuration: ExportConfiguration
) -> Source:
    """The source that *configuration* names.

    Raises:
        ExtensionError: There is none such, or its key cannot order it.
    """
    if configuration.select is not None:
        return _of_select(connection, configuration)
    assert configuration.table is not None  # noqa: S101 - one of both is there
    described = database.tables.described(connection, configuration.table, configuration.schema)
    for name in (*configuration.key, *configuration.group_by):
        described.column(name)
    key = _joined(configuration.group_by, configuration.key or described.primary_key)
    if not described.is_unique(key):
        key = _joined(key, described.primary_key)  # the rows of one key need an order, too
    if not key or (not configuration.key and not described.primary_key):
        raise ExtensionError(
            f"{configuration.table} has no primary key; name the columns that order it in "
            "configuration.key. Together they must be different in each row."
        )
    table = described.table
    nullable = next((name for name in key if described.is_nullable(name)), None)
    # The columns of a primary key may be null in SQLite, but seldom are.
    if nullable is not None and not described.is_view and nullable not in described.primary_key:
        raise ExtensionError(
            f"The column {nullable!r} of the key may be null, and a null has no place in the "
            "order. Choose other columns, or export a select that leaves such rows out."
        )
    return Source(
        rows=table,
        names=tuple(described.kinds),
        key=key,
        group=len(configuration.group_by),
        special=special_kinds(described, database.dialect),
        described=described,
        is_sure=described.is_unique(key) and nullable is None,
    )


def _of_select(connection: Connection, configuration: ExportConfiguration) -> Source:
    wanted = select_of(configuration.select or "", configuration.parameters)
    names = wanted.columns(connection)
    key = _joined(configuration.group_by, configuration.key)
    unknown = next((name for name in key if name not in names), None)
    if unknown is not None:
        raise ExtensionError(
            f"configuration.select has no column {unknown!r}; it has {', '.join(names)}."
        )
    rows = wanted.statement().columns(*(column(name) for name in names)).subquery("q")
    return Source(rows, names, key, len(configuration.group_by), {}, None, is_sure=False)


def _joined(first: Sequence[str], second: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))
