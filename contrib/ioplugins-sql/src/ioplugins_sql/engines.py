"""Databases that are connected to: one bounded pool per connection document, the oldest closed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final

from attrs import field, frozen
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

from ioplugins_sql.connections import ConnectionRefused, Document, driver_missing
from ioplugins_sql.tables import Tables

_MOST: Final = 32  # pools at a time; the one that was used longest ago goes first
_KEPT: Final = 5  # connections that a pool keeps open: integrator.io's default concurrency
_EXTRA: Final = 20  # and opens beyond that: with them its highest
_WAIT: Final = 30.0  # seconds that a call waits for one of them
_AGE: Final = 1800  # seconds after which a connection is made anew: firewalls forget idle ones

_WRITES: Final = "ioplugins_sql_writes"


@frozen(eq=False)
class Database:
    """A database that functions work with.

    Attributes:
        document: How it is reached.
        engine: Its pool of connections.
        tables: What its tables look like.
    """

    document: Document
    engine: Engine = field(repr=False)
    tables: Tables = field(repr=False)

    @property
    def dialect(self) -> str:
        """``"mysql"``, ``"postgresql"`` or ``"sqlite"``."""
        return self.document.dialect

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection in a transaction that the database itself keeps from writing."""
        with self.engine.connect() as connection:
            if self.dialect == "postgresql":
                connection.execution_options(postgresql_readonly=True)
            elif self.dialect == "mysql":
                connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a transaction that is committed at the end, rolled back on errors."""
        engine = self.engine.execution_options(**{_WRITES: True})
        with engine.begin() as connection:
            if self.dialect == "postgresql":
                # Deferred constraints would fail the commit, and with it the whole page.
                connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
            yield connection


class Engines:
    """The databases in use in this process, by the digest of their documents."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._databases: OrderedDict[str, Database] = OrderedDict()
        self._lock = Lock()

    def database(self, document: Document) -> Database:
        """The database of *document*; pools of its older credentials are closed.

        Raises:
            ConnectionRefused: The driver for it is not installed, or the host's certificates
                cannot be read.
        """
        with self._lock:
            found = self._databases.get(document.digest)
            if found is not None:
                self._databases.move_to_end(document.digest)
                return found
            database = _database(document)
            leaving = [
                digest
                for digest, other in self._databases.items()
                if other.document.identity == document.identity
            ]
            self._databases[document.digest] = database
            overdue = len(self._databases) - len(leaving) - self._most
            leaving += [digest for digest in self._databases if digest not in leaving][
                : max(0, overdue)
            ]
            closing = [self._databases.pop(digest) for digest in leaving]
        for old in closing:
            old.engine.dispose()  # what is in use is closed when it is given back
        return database

    def close(self) -> None:
        """Close all pools."""
        with self._lock:
            closing = list(self._databases.values())
            self._databases.clear()
        for database in closing:
            database.engine.dispose()

    def __len__(self) -> int:
        return len(self._databases)


def _database(document: Document) -> Database:
    options: dict[str, Any] = {}
    if document.dialect != "sqlite":
        # What others committed is seen, also by a transaction that had to wait for their lock.
        options["isolation_level"] = "READ COMMITTED"
    if document.dialect == "mysql":
        options["paramstyle"] = "format"  # for `ioplugins_sql.statements`
    try:
        document.url.get_dialect().import_dbapi()
    except ImportError as error:
        raise ConnectionRefused(driver_missing(document.dialect, error)) from None
    engine = create_engine(
        document.url,
        connect_args=document.connect_arguments(),
        pool_size=_KEPT,
        max_overflow=_EXTRA,
        pool_timeout=_WAIT,
        pool_recycle=_AGE,
        pool_pre_ping=True,
        hide_parameters=True,
        **options,
    )
    if document.dialect == "sqlite":
        event.listen(engine, "connect", _sqlite_connected)
        event.listen(engine, "begin", _sqlite_begins)
    return Database(document, engine, Tables(engine))


def _sqlite_connected(connection: DBAPIConnection, _record: object) -> None:
    """Let us begin transactions: Python's driver would not before a savepoint or a SELECT."""
    connection.isolation_level = None
    connection.cursor().execute("PRAGMA foreign_keys = ON")


def _sqlite_begins(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql(f"PRAGMA query_only = {0 if writes else 1}")
    # IMMEDIATE: two that read first and write then could not both go on.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
