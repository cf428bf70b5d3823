"""Tables and views as the database describes them: columns, their kinds, keys; reflected, cached.

Names that come from a configuration are looked up here. What is not in the database gets no
further, so that no name of a user's ever becomes SQL by itself.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from threading import Lock
from types import MappingProxyType
from typing import Any, Final, TypeVar

from attrs import field, frozen
from sqlalchemy import Column, Connection, Engine, Inspector, MetaData, Table, inspect, text
from sqlalchemy import types as sqltypes
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.exc import NoSuchTableError

from ioplugins import ExtensionError

T = TypeVar("T")

_SECONDS: Final = 60.0  # that a reflected table is believed
_MOST: Final = 500  # tables that are remembered
_STATEMENTS: Final = 200  # statements that are remembered for each
_JSON_CHECK: Final = re.compile(r"\(*json_valid\(`((?:[^`]|``)+)`\)\)*", re.IGNORECASE)

#: SQLAlchemy's type to our name of it, the first that fits.
_KINDS: Final[Sequence[tuple[type[sqltypes.TypeEngine[Any]], str]]] = (
    (sqltypes.Boolean, "boolean"),
    (mysql.BIT, "bits"),
    (mysql.YEAR, "integer"),
    (sqltypes.Integer, "integer"),
    (sqltypes.Float, "float"),
    (sqltypes.Numeric, "decimal"),
    (mysql.SET, "text"),
    (sqltypes.Enum, "enum"),
    (sqltypes._Binary, "bytes"),  # noqa: SLF001 - BINARY, VARBINARY, BLOB, BYTEA have no other base
    (sqltypes.JSON, "json"),
    (sqltypes.Uuid, "uuid"),
    (sqltypes.DateTime, "datetime"),
    (sqltypes.Date, "date"),
    (sqltypes.Time, "time"),
    (sqltypes.Interval, "interval"),
    (postgresql.INTERVAL, "interval"),
    (postgresql.ARRAY, "array"),
    (sqltypes.String, "text"),
)

#: Kinds whose values are small, and how small: bytes.
_BOUNDED: Final[Mapping[str, int]] = MappingProxyType(
    {
        "boolean": 8,
        "bits": 8,
        "integer": 32,
        "float": 32,
        "decimal": 128,
        "datetime": 64,
        "date": 32,
        "time": 32,
        "interval": 64,
        "uuid": 64,
        "enum": 256,
    }
)

#: What SQLite has no type for: it keeps what it is given, so we write and read it ourselves.
_RAW_IN_SQLITE: Final = frozenset(
    {"decimal", "json", "uuid", "datetime", "date", "time", "boolean"}
)


@frozen(eq=False)
class Described:
    """A table or view.

    Attributes:
        table: For statements.
        kinds: The kind of each column, by its name: ``"integer"``, ``"datetime"``, ...
        primary_key: The names of its columns; empty for views and tables without.
        unique: The columns of each unique key that knows no exception, the primary key first.
        is_view: Whether it is a view.
        reflected_at: When, on the monotonic clock.
    """

    table: Table
    kinds: Mapping[str, str]
    primary_key: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...]
    is_view: bool
    reflected_at: float = field(repr=False)
    _remembered: dict[Hashable, Any] = field(factory=dict, init=False, repr=False)

    def column(self, name: str) -> Column[Any]:
        """The column *name*.

        Raises:
            ExtensionError: There is none.
        """
        if name not in self.table.c:
            raise ExtensionError(
                f"{self.table.name} has no column {name!r}; it has {', '.join(self.kinds)}."
            )
        return self.table.c[name]

    def remember(self, name: Hashable, make: Callable[[], T]) -> T:
        """What *make* gave when it was last asked for by this *name*: a statement for the table."""
        found: T | None = self._remembered.get(name)
        if found is None:
            if len(self._remembered) >= _STATEMENTS:
                self._remembered.clear()
            found = self._remembered[name] = make()
        return found

    @property
    def widest(self) -> int | None:
        """Bytes that a row may have, about; None when nothing bounds it."""
        total = 0
        for name, kind in self.kinds.items():
            length = getattr(self.table.c[name].type, "length", None)
            if kind in _BOUNDED:
                total += _BOUNDED[kind]
            elif kind in {"text", "bytes"} and length is not None:
                total += 4 * length
            else:
                return None
        return total

    def is_generated(self, name: str) -> bool:
        """Whether the database fills the column of a new row: auto increment, identity, default."""
        column = self.table.c[name]
        return (
            column is self.table.autoincrement_column
            or column.server_default is not None
            or column.identity is not None
        )

    def is_unique(self, names: Sequence[str]) -> bool:
        """Whether two rows cannot agree in all of the columns *names*."""
        return any(set(key) <= set(names) for key in self.unique)


class Tables:
    """The tables of one database, as last described."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._described: OrderedDict[tuple[str | None, str], Described] = OrderedDict()
        self._lock = Lock()

    def described(
        self, connection: Connection, name: str, schema: str | None = None, *, age: float = _SECONDS
    ) -> Described:
        """The table or view *name*.

        Args:
            connection: Asks the database when it has to be asked.
            name: As the database spells it.
            schema: Where it is; None for the default one.
            age: How old the description may be, in seconds.

        Raises:
            ExtensionError: There is none.
        """
        with self._lock:
            found = self._described.get((schema, name))
        if found is not None and time.monotonic() - found.reflected_at <= age:
            return found
        made = _reflect(connection, name, schema)
        with self._lock:
            self._described[schema, name] = made
            self._described.move_to_end((schema, name))
            if len(self._described) > _MOST:
                self._described.popitem(last=False)
        return made

    def forget(self) -> None:
        """Ask again for all tables: a statement failed that may have met a changed one."""
        with self._lock:
            self._described.clear()

    def names(self, connection: Connection, schema: str | None = None) -> list[str]:
        """The names of all tables and views, sorted."""
        inspector = inspect(connection)
        return sorted({*inspector.get_table_names(schema), *inspector.get_view_names(schema)})


def _reflect(connection: Connection, name: str, schema: str | None) -> Described:
    inspector = inspect(connection)
    place = name if schema is None else f"{schema}.{name}"
    try:
        # Asked first: reflection alone would take a schema that is not there for an empty one.
        if not _is_there(inspector, name, schema):
            raise NoSuchTableError(name)  # noqa: TRY301 - as reflection does
        kinds: dict[str, str] = {}

        def note(_inspector: Inspector, _table: Table, column: Any) -> None:
            kinds[column["name"]] = _kind(column, connection.dialect.name)

        table = Table(
            name,
            MetaData(),
            schema=schema,
            autoload_with=connection,
            resolve_fks=False,
            listeners=[("column_reflect", note)],
        )
    except NoSuchTableError:
        raise ExtensionError(
            f"The database has no table or view {place!r} that this user may see."
        ) from None
    is_view = name not in inspector.get_table_names(schema)  # materialized ones, too
    if connection.dialect.name == "sqlite" and table.autoincrement_column is not None:
        table.autoincrement_column.nullable = False  # it is the row's own number
    for column in _json_columns(connection, name, schema):
        if column in kinds:
            kinds[column] = "json"
    primary_key = tuple(column.name for column in table.primary_key.columns)
    unique = () if is_view else _unique(inspector, name, schema)
    keys = ((primary_key,) if primary_key else ()) + tuple(unique)
    return Described(
        table, kinds, primary_key, tuple(dict.fromkeys(keys)), is_view, time.monotonic()
    )


def _json_columns(connection: Connection, name: str, schema: str | None) -> Iterator[str]:
    """MariaDB's JSON is LONGTEXT with a check that says so."""
    if not getattr(connection.dialect, "is_mariadb", False):
        return
    checks = connection.execute(
        text(
            "SELECT check_clause FROM information_schema.check_constraints "
            "WHERE constraint_schema = coalesce(:schema, database()) AND table_name = :name"
        ),
        {"schema": schema, "name": name},
    )
    for (clause,) in checks:
        match = _JSON_CHECK.fullmatch(clause.strip())
        if match:
            yield match[1].replace("``", "`")


def _is_there(inspector: Inspector, name: str, schema: str | None) -> bool:
    """Whether the database has the table; names that drivers choke on are not even asked for."""
    usable = _usable(name) and (schema is None or _usable(schema))
    return usable and inspector.has_table(name, schema)


def _usable(name: str) -> bool:
    """Whether *name* can be asked for at all: drivers choke on the rest."""
    return "\0" not in name and name.isprintable() and len(name) <= 256


def kind_of(type_: sqltypes.TypeEngine[Any]) -> str:
    """Our name of a type: ``"integer"``, ``"datetime"``, ...; ``"other"`` of all we do not know."""
    return next((kind for known, kind in _KINDS if isinstance(type_, known)), "other")


def _kind(column: Any, dialect: str) -> str:
    """The kind of a reflected column; gives those a plain type that we convert ourselves."""
    type_: sqltypes.TypeEngine[Any] = column["type"]
    kind = kind_of(type_)
    if dialect == "sqlite" and kind in _RAW_IN_SQLITE:
        column["type"] = sqltypes.NullType()
    elif kind == "json":
        if dialect == "postgresql" and isinstance(type_, sqltypes.JSON):
            type_.none_as_null = True  # null is the database's own null
        else:
            column["type"] = sqltypes.String()
    elif dialect == "mysql" and isinstance(type_, (mysql.SET, sqltypes.Enum)):
        column["type"] = sqltypes.String()  # the database checks the value, with a better message
    elif dialect == "mysql" and kind == "time":
        column["type"] = sqltypes.NullType()  # it holds up to 838 hours, also negative ones
        kind = "interval"
    return kind


def _unique(inspector: Inspector, name: str, schema: str | None) -> Sequence[tuple[str, ...]]:
    """The unique keys that hold for every row: neither partial nor of expressions or prefixes."""
    found = [
        tuple(constraint["column_names"])
        for constraint in inspector.get_unique_constraints(name, schema)
    ]
    # SQLite's own indexes tell of unique columns that SQLAlchemy does not find in its SQL.
    own = {"include_auto_indexes": True} if inspector.dialect.name == "sqlite" else {}
    for index in inspector.get_indexes(name, schema, **own):
        options: Mapping[str, Any] = index.get("dialect_options") or {}
        special = ("postgresql_where", "sqlite_where", "mysql_length", "mysql_prefix")
        names = index["column_names"]
        whole = all(names) and not index.get("expressions")
        if index["unique"] and whole and not any(options.get(key) for key in special):
            found.append(tuple(str(column) for column in names))
    return found
