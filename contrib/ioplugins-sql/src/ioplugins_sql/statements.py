"""Statements as a driver takes them: compiled once for a table, run without a look at each row.

SQLAlchemy makes the text and knows what a type wants made of a value; what it would do again for
each row of a page is done here once a column. Only for drivers that count their parameters (``?``,
``%s``): those of SQLite, MariaDB and MySQL. That of SQLite inserts row by row; it has less work
with a statement for many rows at once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, Final

from attrs import frozen
from sqlalchemy import Connection, Insert
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

from ioplugins_sql.tables import Described

_EXECUTED: Final = 1_000  # rows of one call: SQLAlchemy and the drivers copy what they are given
_AT_ONCE: Final = 100  # rows of one insert into SQLite; more gain nothing
_SQLITE_PARAMETERS: Final = 999  # of one statement, in any version


@frozen
class Several:
    """An insert of so many rows at once.

    Attributes:
        text: As the driver takes it.
        count: The number of rows.
    """

    text: str
    count: int


@frozen
class Prepared:
    """A statement for rows of values.

    Attributes:
        text: As the driver takes it.
        order: The places of its parameters in a row of values; None when they are the row.
        processors: What the driver wants made of values, by the parameter's place.
        several: The same for many rows; None where the driver makes that of *text* by itself.
    """

    text: str
    order: Sequence[int] | None
    processors: Mapping[int, Callable[[Any], Any]]
    several: Several | None = None

    def parameters(self, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """The rows as the driver takes them."""
        if self.order is None and not self.processors:
            return list(rows)
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        if self.order is not None:
            columns = [columns[place] for place in self.order]
        for place, process in self.processors.items():
            columns[place] = [process(value) for value in columns[place]]
        return list(zip(*columns, strict=True))

    def run(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run the statement for each of the rows."""
        for begin in range(0, len(rows), _EXECUTED):
            some = self.parameters(rows[begin : begin + _EXECUTED])
            if self.several is not None:
                some = self._run_several(connection, self.several, some)
                if not some:
                    continue
            # One row as it is: of several a driver makes an executemany(), which costs more.
            connection.exec_driver_sql(self.text, some if len(some) > 1 else some[0])

    def _run_several(
        self, connection: Connection, several: Several, rows: list[tuple[Any, ...]]
    ) -> list[tuple[Any, ...]]:
        """Run it for as many rows as make a whole number of times; gives those that are left."""
        end = len(rows) - len(rows) % several.count
        for begin in range(0, end, several.count):
            some = rows[begin : begin + several.count]
            connection.exec_driver_sql(several.text, tuple(chain.from_iterable(some)))
        return rows[end:]


def prepared(
    connection: Connection,
    described: Described,
    name: Hashable,
    columns: Mapping[str, str],
    make: Callable[[], ClauseElement],
) -> Prepared:
    """The prepared form of a statement.

    Args:
        connection: Its dialect counts parameters.
        described: The table that the statement is for; remembers it.
        name: Tells the statement from all others for the table.
        columns: The name of each parameter in order of the rows' values, and the column it is for.
        make: Makes the statement.
    """
    return described.remember(name, lambda: _prepare(connection, described, columns, make()))


def _prepare(
    connection: Connection,
    described: Described,
    columns: Mapping[str, str],
    statement: ClauseElement,
) -> Prepared:
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(columns))
    assert isinstance(compiled, SQLCompiler)  # noqa: S101 - it is no DDL
    parameters = compiled.positiontup or []
    places = {name: place for place, name in enumerate(columns)}
    order = [places[name] for name in parameters]
    processors = {
        place: process
        for place, name in enumerate(parameters)
        if (process := _processor(connection, described, columns[name])) is not None
    }
    same = order == list(range(len(columns)))
    several = _several(connection, statement, columns)
    return Prepared(compiled.string, None if same else order, processors, several)


def _several(
    connection: Connection, statement: ClauseElement, columns: Mapping[str, str]
) -> Several | None:
    if connection.dialect.name != "sqlite" or not isinstance(statement, Insert):
        return None
    count = min(_AT_ONCE, _SQLITE_PARAMETERS // len(columns))
    if count < 2:
        return None
    many = statement.values([dict.fromkeys(columns.values()) for _ in range(count)])
    return Several(many.compile(dialect=connection.dialect).string, count)


def _processor(
    connection: Connection, described: Described, column: str
) -> Callable[[Any], Any] | None:
    dialect = connection.dialect
    if dialect.name == "mysql" and described.kinds[column] == "datetime":
        return _moment_text
    return described.table.c[column].type.dialect_impl(dialect).bind_processor(dialect)


def _moment_text(moment: datetime | None) -> str | None:
    """What PyMySQL sends of it, made in less time."""
    return None if moment is None else str(moment)
