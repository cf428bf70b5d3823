"""Statements as a driver takes them: compiled once for a table, run without a look at each row.

SQLAlchemy makes the text and knows what a type wants made of a value; what it would do again for
each row of a page is done here once a column. Only for drivers that count their parameters (``?``,
``%s``): those of SQLite, MariaDB and MySQL.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from attrs import frozen
from sqlalchemy import Connection
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

from ioplugins_sql.tables import Described

_EXECUTED: Final = 1_000  # rows of one call: SQLAlchemy and the drivers copy what they are given


@frozen
class Prepared:
    """A statement for rows of values.

    Attributes:
        text: As the driver takes it.
        order: The places of its parameters in a row of values; None when they are the row.
        processors: What the driver wants made of values, by the parameter's place.
    """

    text: str
    order: Sequence[int] | None
    processors: Mapping[int, Callable[[Any], Any]]

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
            # One row as it is: of several a driver makes an executemany(), which costs more.
            connection.exec_driver_sql(self.text, some if len(some) > 1 else some[0])


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
    return Prepared(compiled.string, None if same else order, processors)


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
