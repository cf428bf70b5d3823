"""Connection documents, pings, pools: what is refused, what is told, what is closed."""

from __future__ import annotations

import logging
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest
from ioplugins_sql import pings
from ioplugins_sql.connections import SQLITE_DIRECTORY, ConnectionRefused, Document, document_of
from ioplugins_sql.engines import Engines

from ioplugins.options.shared import Connection

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Servers, Shop

SERVER = {"dialect": "postgresql", "host": "db.example", "user": "io", "database": "shop"}


def test_ping(shop: Shop) -> None:
    """A real connection."""
    assert (200, {"statusCode": 200}) == shop.call("sqlPing")


@pytest.mark.parametrize("dialect", ["postgresql", "mysql"], indirect=True)
def test_a_refused_password_is_told_and_stays_secret(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    """Ping answers 401 with the driver's reason, an export goes offline, records get 401."""
    caplog.set_level(logging.DEBUG)
    shop.connection["encrypted"] = {"password": "s3cret-of-mine"}
    _, ping = shop.call("sqlPing")
    export = shop.export({"table": "t"})
    (result,) = shop.import_({"importType": "add", "table": "t"}, [{"a": 1}])
    assert (401, True, 401) == (
        ping["statusCode"],
        export["connectionOffline"],
        result["statusCode"],
    )
    for answer in (ping, export, result):
        message = answer["errors"][0]["message"].lower()
        assert "password" in message
    code = {"mysql": "ER_ACCESS_DENIED_ERROR", "postgresql": "OperationalError"}[shop.dialect]
    assert code == ping["errors"][0]["code"]
    assert "s3cret" not in f"{ping}{export}{result}{caplog.text}"


@pytest.mark.parametrize("dialect", ["postgresql", "mysql"], indirect=True)
def test_a_secret_in_a_message_is_hidden(shop: Shop) -> None:
    """Even where the database itself repeats it."""
    password = shop.connection["encrypted"]["password"]
    shop.sql("CREATE TABLE t (k VARCHAR(40) PRIMARY KEY)")
    shop.insert("t", [{"k": password}])
    (result,) = shop.import_({"importType": "add", "table": "t"}, [{"k": password}])
    assert 422 == result["statusCode"]
    assert password not in str(result)
    assert "***" in result["errors"][0]["message"]


@pytest.mark.parametrize("dialect", ["postgresql", "mysql"])
def test_nobody_listens(dialect: str, servers: Servers) -> None:
    """A refused connection is 401 with the driver's reason."""
    servers.get(dialect)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        document = Document(dialect, "shop", "127.0.0.1", closed.getsockname()[1], "io", "x")
        answer = pings.ping(document)
    assert 401 == answer.status_code
    assert "refused" in answer.errors[0].message  # type: ignore[union-attr]


@pytest.mark.parametrize("dialect", ["postgresql", "mysql"])
def test_a_ping_is_bounded(dialect: str) -> None:
    """A server that takes the connection and says nothing is given up."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        document = Document(dialect, "shop", "127.0.0.1", silent.getsockname()[1], "io", "x")
        began = time.monotonic()
        answer = pings.ping(document, seconds=0.5)
        taken = time.monotonic() - began
    assert 401 == answer.status_code
    assert "ETIMEDOUT" == answer.errors[0].code  # type: ignore[union-attr]
    assert taken < pings.CONNECT_SECONDS  # it did not wait for the driver


@pytest.mark.parametrize(
    ("unencrypted", "encrypted", "why"),
    [
        ({**SERVER, "dialect": "oracle"}, {"password": "x"}, "dialect is 'oracle'"),
        (SERVER, {}, "encrypted.password is missing"),
        ({**SERVER, "host": ""}, {"password": "x"}, "host is missing"),
        ({**SERVER, "port": 70000}, {"password": "x"}, "port must be a number"),
        ({**SERVER, "port": "5432; x"}, {"password": "x"}, "port must be a number"),
        ({**SERVER, "user": ["io"]}, {"password": "x"}, "user must be text"),
        ({**SERVER, "ssl": "maybe"}, {"password": "x"}, "ssl must be one of"),
        (SERVER, {"password": 5}, "encrypted.password must be text"),
        ({"dialect": "sqlite", "database": "a.db"}, {}, "SQLite is off"),
    ],
)
def test_a_document_that_is_wrong(unencrypted: Any, encrypted: Any, why: str) -> None:
    """The message names the field."""
    with pytest.raises(ConnectionRefused, match=why):
        document_of(Connection(unencrypted=unencrypted, encrypted=encrypted))


@pytest.mark.parametrize("name", ["../other.db", "/etc/passwd", "nope.db", "", "link.db", "."])
def test_sqlite_stays_in_its_directory(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only files in the directory that the operator opened, links out of it not."""
    (tmp_path / "other.db").touch()
    folder = tmp_path / "open"
    folder.mkdir()
    (folder / "link.db").symlink_to(tmp_path / "other.db")
    monkeypatch.setenv(SQLITE_DIRECTORY, str(folder))
    with pytest.raises(ConnectionRefused):
        document_of(Connection(unencrypted={"dialect": "sqlite", "database": name}))


def test_what_ssl_asks_of_the_drivers() -> None:
    """Each word is what the driver needs for it."""
    words = ("disable", "prefer", "require", "verify")
    postgresql = [Document("postgresql", "d", ssl=ssl).connect_arguments() for ssl in words]
    assert ["disable", "prefer", "require", "verify-full"] == [one["sslmode"] for one in postgresql]
    mysql = [Document("mysql", "d", ssl=ssl).connect_arguments() for ssl in words]
    assert [True, None, None, None] == [one.get("ssl_disabled") for one in mysql]
    assert [False, True] == [one["ssl"].check_hostname for one in mysql[2:]]


def test_pools_are_kept_bounded_and_renewed() -> None:
    """One document, one pool; other credentials close the older pool; the oldest of many goes."""
    engines = Engines(most=3)
    first = Document("postgresql", "a", "h", 1, "io", "one")
    database = engines.database(first)
    assert database is engines.database(Document("postgresql", "a", "h", 1, "io", "one"))
    assert database is not engines.database(Document("postgresql", "a", "h", 1, "io", "two"))
    assert 1 == len(engines)
    assert database is not engines.database(first)
    kept = [engines.database(Document("postgresql", name, "h", 1, "io", "x")) for name in "bcd"]
    assert 3 == len(engines)
    assert kept == [
        engines.database(Document("postgresql", name, "h", 1, "io", "x")) for name in "bcd"
    ]
    engines.close()
    assert 0 == len(engines)


def test_new_credentials_of_a_connection_with_an_id() -> None:
    """The id of the connection tells that it is the same, whatever else changed."""
    engines = Engines()
    engines.database(Document("postgresql", "a", "h", 1, "io", "one", id="5f"))
    engines.database(Document("mysql", "b", "g", 2, "other", "two", id="5f"))
    assert 1 == len(engines)


@pytest.mark.parametrize("dialect", ["postgresql", "mysql"], indirect=True)
def test_a_connection_that_broke_in_the_pool_is_renewed(shop: Shop) -> None:
    """The server was restarted between two calls: the next one works."""
    shop.sql("CREATE TABLE t (id INT PRIMARY KEY)")
    shop.export({"table": "t"})
    if shop.dialect == "postgresql":
        shop.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    else:
        for (number,) in shop.rows(
            "SELECT id FROM information_schema.processlist"
            " WHERE db = database() AND id <> connection_id()"
        ):
            shop.sql(f"KILL {number}")
    assert {"data": [], "lastPage": True} == shop.export({"table": "t"})


def test_a_document_shows_no_password() -> None:
    """Neither its repr nor its digest gives it away."""
    document = Document("postgresql", "a", "h", 1, "io", "s3cret")
    assert "s3cret" not in repr(document) + document.digest


def test_a_driver_that_is_not_installed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each function says what to install."""
    import sys

    connection = {"unencrypted": SERVER, "encrypted": {"password": "x"}}
    monkeypatch.setitem(sys.modules, "psycopg", None)
    _, ping = shop.call("sqlPing", connection=connection)
    _, export = shop.call("sqlExport", connection=connection, configuration={"table": "t"})
    _, (result,) = shop.call(
        "sqlImport",
        connection=connection,
        configuration={"table": "t", "importType": "add"},
        postMapData=[{}],
        preMapData=[{}],
    )
    for answer in (ping, export, result):
        assert "ioplugins-sql[postgresql]" in answer["errors"][0]["message"]
