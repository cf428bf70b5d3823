"""The statements that write a page: one for all rows that name the same columns."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import (
    Connection,
    Insert,
    Update,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite

from ioplugins_sql.arrays import Arrays, Values, finds, item_type
from ioplugins_sql.rows import Row, column_of
from ioplugins_sql.statements import prepared
from ioplugins_sql.tables import Described


def insert_rows(connection: Connection, described: Described, rows: Sequence[Row]) -> None:
    """Insert the rows, which name the same columns; each gets the id that the database made."""
    table = described.table
    keys = [table.c[name] for name in described.primary_key]
    statement = insert(table)
    if not rows[0].columns:  # a row of defaults only; there is no set-based form of it
        for row in rows:
            made = connection.execute(statement).inserted_primary_key
            row.id = tuple(made) if made is not None and keys else None
    elif not keys or rows[0].id is not None:
        if not _from_arrays(connection, described, "insert", statement, rows):
            _execute_many(connection, described, "insert", statement, rows)
    elif connection.dialect.insert_executemany_returning_sort_by_parameter_order:
        returning = statement.returning(*keys, sort_by_parameter_order=True)
        made_ids = connection.execute(returning, [row.named for row in rows])
        for row, made in zip(rows, made_ids, strict=True):
            row.id = tuple(made)
    else:
        for row in rows:
            row.id = tuple(connection.execute(statement, row.named).inserted_primary_key or ())


def _execute_many(
    connection: Connection, described: Described, name: str, statement: Insert, rows: Sequence[Row]
) -> None:
    """Execute an insert in as few statements as the driver knows to.

    *name* tells it from all others for the same table and columns.
    """
    columns = rows[0].columns
    keys = [described.table.c[one] for one in described.primary_key]
    if connection.dialect.positional:
        places = {one: one for one in columns}
        made = prepared(connection, described, (name, columns), places, statement.inline)
        made.run(connection, [row.values for row in rows])
    elif keys:
        # psycopg sends one INSERT a row; for what returns something SQLAlchemy makes one of many.
        connection.execute(statement.returning(*keys), [row.named for row in rows]).all()
    else:
        connection.execute(statement, [row.named for row in rows])


def _from_arrays(
    connection: Connection, described: Described, name: str, statement: Insert, rows: Sequence[Row]
) -> bool:
    """Insert into PostgreSQL from one array a column; gives whether that can be done.

    *name* tells the insert from all others for the same table and columns.
    """
    names = rows[0].columns
    columns = _arrays(connection, described, rows, names)
    if columns is None:
        return False

    def make() -> Insert:
        return statement.from_select(list(names), select(*columns.table(described).c))

    made = described.remember((name, names, columns.are_texts), make)
    connection.execute(made, columns.parameters)
    return True


def _update_from_arrays(
    connection: Connection, described: Described, key: Sequence[str], rows: Sequence[Row]
) -> bool:
    """Update in PostgreSQL from one array a column; gives whether that can be done."""
    names = rows[0].columns
    columns = _arrays(connection, described, rows, names)
    if columns is None or not all(finds(described, name) for name in key):
        return False

    def make() -> Update:
        own, given = described.table, dict(zip(names, columns.table(described).c, strict=True))
        changes = {name: value for name, value in given.items() if name not in key}
        return update(own).values(changes).where(*[own.c[name] == given[name] for name in key])

    made = described.remember(("update", tuple(key), names, columns.are_texts), make)
    connection.execute(made, columns.parameters)
    return True


def _arrays(
    connection: Connection, described: Described, rows: Sequence[Row], names: Sequence[str]
) -> Arrays | None:
    """The values as arrays; None where the database or a column has none."""
    if connection.dialect.name != "postgresql":
        return None
    if any(item_type(described, name) is None for name in names):
        return None
    return Arrays({name: Values.of(column_of(rows, name)) for name in names})


def upsert_rows(
    connection: Connection, described: Described, key: Sequence[str], rows: Sequence[Row]
) -> None:
    """Insert the rows, which name the same columns, or update those whose key exists.

    In MariaDB and MySQL only where `is_native()`.
    """
    table = described.table
    names = [name for name in rows[0].columns if name not in key]
    by_key = f"upsert by {key!r}"
    if connection.dialect.name == "mysql":
        own = mysql.insert(table)
        changes = {name: own.inserted[name] for name in names} or {key[0]: table.c[key[0]]}
        upsert = own.on_duplicate_key_update(changes)
        _execute_many(connection, described, by_key, upsert, rows)
        return
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    other = make(table)
    values = {name: other.excluded[name] for name in names}
    statement = (
        other.on_conflict_do_update(index_elements=list(key), set_=values)
        if values
        else other.on_conflict_do_nothing(index_elements=list(key))
    )
    if not _from_arrays(connection, described, by_key, statement, rows):
        _execute_many(connection, described, by_key, statement, rows)


def is_native(dialect: str, described: Described, key: Sequence[str], rows: Sequence[Row]) -> bool:
    """Whether the database's own upsert does what is meant for these rows.

    ON DUPLICATE KEY UPDATE of MariaDB and MySQL goes by every unique key of the table: a record
    with the key of one row and another unique value of a second would change the wrong row. So it
    is used where the rows fill no unique key but the one that is meant.
    """
    if dialect != "mysql":
        return True
    named = set(rows[0].columns)
    if any("%" in name for name in named):
        return False  # SQLAlchemy 2.1 doubles the sign once too often within VALUES(...)
    for unique in described.unique:
        if set(unique) == set(key):
            continue
        free = [name for name in unique if name not in named]
        # A value that is not given must be new or null, not a default that others have, too.
        if not any(_is_new(described, name) for name in free):
            return False
    return True


def _is_new(described: Described, name: str) -> bool:
    column = described.table.c[name]
    if column is described.table.autoincrement_column:
        return True
    return bool(column.nullable) and column.server_default is None


def update_rows(
    connection: Connection, described: Described, key: Sequence[str], rows: Sequence[Row]
) -> None:
    """Update the rows, which name the same columns and exist, found by their key."""
    table = described.table
    names = [name for name in rows[0].columns if name not in key]
    if not names:
        return
    if _update_from_arrays(connection, described, key, rows):
        return
    # A column's own name is taken for its new value.
    bound = {f"key {place}": name for place, name in enumerate(key)}

    def make() -> Update:
        statement = update(table).values({name: bindparam(name) for name in names})
        for parameter, name in bound.items():
            column_ = table.c[name]
            statement = statement.where(column_ == bindparam(parameter, type_=column_.type))
        return statement

    columns = {**{name: name for name in names}, **bound}
    values = zip(*[column_of(rows, name) for name in columns.values()], strict=True)
    if connection.dialect.positional:
        name = ("update", tuple(key), tuple(names))
        prepared(connection, described, name, columns, make).run(connection, list(values))
    else:
        connection.execute(make(), [dict(zip(columns, row, strict=True)) for row in values])
