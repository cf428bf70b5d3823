"""The databases that the tests run on: SQLite, a PostgreSQL and a MariaDB of their own."""

from __future__ import annotations

import os
from contextlib import ExitStack
from itertools import count
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from attrs import field, frozen
from ioplugins_sql import SQLConnector, testing
from ioplugins_sql.connections import SQLITE_DIRECTORY, document_of
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Engine

from ioplugins import Registry, call_function
from ioplugins.options.shared import Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

_NUMBERS = count(1)
_START = {"postgresql": testing.postgresql, "mysql": testing.mariadb}

#: SQL that differs; `Shop.sql()` fills it in.
_WORDS = {
    "sqlite": {"serial": "INTEGER PRIMARY KEY", "moment": "DATETIME", "bytes": "BLOB"},
    "postgresql": {"serial": "SERIAL PRIMARY KEY", "moment": "TIMESTAMP", "bytes": "BYTEA"},
    "mysql": {
        "serial": "INT AUTO_INCREMENT PRIMARY KEY",
        "moment": "DATETIME(6)",
        "bytes": "LONGBLOB",
    },
}


class Servers:
    """The servers of this session, each started when a test first wants it."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._running: dict[str, testing.Server] = {}

    def get(self, dialect: str) -> testing.Server:
        """The server; skips the test where it is not installed, but never in CI."""
        if dialect not in self._running:
            try:
                self._running[dialect] = self._stack.enter_context(_START[dialect]())
            except testing.ServerMissing as error:
                self.missing(str(error))
        return self._running[dialect]

    @staticmethod
    def missing(what: str) -> NoReturn:
        """Skip the test, but never in CI."""
        if os.environ.get("CI"):
            pytest.fail(f"CI must have all databases: {what}")
        pytest.skip(what)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """The database servers."""
    with ExitStack() as stack:
        yield Servers(stack)


@frozen(eq=False)
class Shop:
    """An empty database, and the connector's functions, called as a host calls them.

    Attributes:
        dialect: ``"sqlite"``, ``"postgresql"`` or ``"mysql"``.
        connection: Its connection document.
        engine: A connection of the test's own.
        connector: Whose functions are called.
    """

    dialect: str
    connection: dict[str, Any]
    engine: Engine = field(repr=False)
    connector: SQLConnector = field(factory=SQLConnector)

    def sql(self, *statements: str, **parameters: Any) -> None:
        """Run statements; {serial}, {moment} and {bytes} stand for this database's types."""
        with self.engine.begin() as connection:
            for statement in statements:
                for word, meaning in _WORDS[self.dialect].items():
                    statement = statement.replace(f"{{{word}}}", meaning)
                connection.execute(text(statement), parameters)

    def insert(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        """Insert rows with the same columns."""
        names = ", ".join(rows[0])
        values = ", ".join(f":{name}" for name in rows[0])
        with self.engine.begin() as connection:
            connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), rows)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What a query of the test's own finds."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    def call(self, function: str, **options: Any) -> tuple[int, Any]:
        """Call a function as integrator.io does; gives the status and the JSON."""
        import json

        registry = Registry()
        registry.add(self.connector)
        configuration = registry.configuration(answers="enforce")
        request = {
            "diy": True,
            "function": function,
            "options": {"bearerToken": "t", "connection": self.connection, **options},
        }
        outcome = call_function(configuration, json.loads(json.dumps(request)))
        return outcome.status, json.loads(outcome.body)

    def export(self, configuration: Any, **options: Any) -> dict[str, Any]:
        """One page."""
        status, answer = self.call("sqlExport", configuration=configuration, **options)
        assert 200 == status, answer
        return answer

    def pages(self, configuration: Any, **options: Any) -> Iterator[list[Any]]:
        """All pages, asked for as integrator.io does."""
        state: dict[str, Any] = {}
        for _ in range(10_000):
            answer = self.export(configuration, **options, **state)
            assert not answer.get("connectionOffline"), answer
            yield answer["data"]
            if answer["lastPage"]:
                return
            state = {"state": answer["state"]}
        raise AssertionError("the export does not end")

    def import_(self, configuration: Any, records: Sequence[Any]) -> list[Any]:
        """One page of records."""
        status, answer = self.call(
            "sqlImport", configuration=configuration, preMapData=records, postMapData=records
        )
        assert 200 == status, answer
        return answer

    @staticmethod
    def statuses(results: list[Any]) -> list[Any]:
        """The status of each record, or 'ignored'."""
        return ["ignored" if one.get("ignored") else one["statusCode"] for one in results]

    def items(self) -> list[tuple[Any, ...]]:
        """What is in the table of the fixture of this name, without the ids."""
        return self.rows("SELECT sku, name, qty FROM items ORDER BY sku")

    def error(self, function: str, **options: Any) -> str:
        """The message of a call that fails."""
        status, answer = self.call(function, **options)
        assert 422 == status, answer
        return answer["errors"][0]["message"]


@pytest.fixture(autouse=True)
def isolation(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the caller's settings."""
    for variable in [name for name in os.environ if name.startswith("IOPLUGINS_")]:
        monkeypatch.delenv(variable)


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def dialect(request: pytest.FixtureRequest) -> str:
    """Each database in turn."""
    return request.param


@pytest.fixture
def shop_at() -> Iterator[Callable[[dict[str, Any]], Shop]]:
    """Makes the shop of a connection document; its connections are closed in the end."""
    made: list[Shop] = []

    def make(connection: dict[str, Any]) -> Shop:
        document = document_of(Connection(**connection))
        engine = create_engine(document.url, connect_args=document.connect_arguments())
        made.append(Shop(document.dialect, connection, engine))
        return made[-1]

    yield make
    for one in made:
        one.connector.close()
        one.engine.dispose()


@pytest.fixture
def shop(
    dialect: str,
    servers: Servers,
    shop_at: Callable[[dict[str, Any]], Shop],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Shop:
    """An empty database of each kind."""
    if dialect == "sqlite":
        monkeypatch.setenv(SQLITE_DIRECTORY, str(tmp_path))
        (tmp_path / "shop.db").touch()
        return shop_at({"unencrypted": {"dialect": "sqlite", "database": "shop.db"}})
    return shop_at(servers.get(dialect).create_database(f"shop_{next(_NUMBERS)}"))


@pytest.fixture
def items(shop: Shop) -> Shop:
    """Items with an id of the database's and a unique sku."""
    shop.sql(
        "CREATE TABLE items (id {serial}, sku VARCHAR(20) NOT NULL UNIQUE, name VARCHAR(10),"
        " qty INT DEFAULT 7)"
    )
    shop.insert("items", [{"sku": "A", "name": "Alpha"}, {"sku": "B", "name": "Beta"}])
    return shop
