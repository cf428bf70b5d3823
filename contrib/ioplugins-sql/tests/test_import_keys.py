"""The keys of an import: composite, missing, and what databases take for equal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Servers, Shop


def test_the_last_record_of_a_key_wins(items: Shop) -> None:
    """Several records of one row in a page are written in their order."""
    records = [{"sku": "N", "name": "1"}, {"sku": "A", "name": "2"}, {"sku": "N", "name": "3"}]
    records += [{"sku": f"S{n}", "name": "x"} for n in range(20)]
    results = items.import_({"importType": "addUpdate", "table": "items", "key": "sku"}, records)
    assert [200] * 23 == items.statuses(results)
    assert results[0]["id"] == results[2]["id"]
    assert ("N", "3", 7) in items.items()


def test_add_update_never_changes_the_row_of_another_key(items: Shop) -> None:
    """A record with the key of one row and another unique value of a second is an error."""
    items.insert("items", [{"id": 50, "sku": "E", "name": "Eps"}])
    records = [{"id": 50, "sku": "NEW", "name": "x"}, {"id": 51, "sku": "OK", "name": "y"}]
    results = items.import_({"importType": "addUpdate", "table": "items", "key": "sku"}, records)
    assert [422, 200] == items.statuses(results)
    assert ("E", "Eps", 7) in items.items()


def test_a_composite_key_and_no_further_columns(shop: Shop) -> None:
    """The primary key is the key by default, also of several columns, also of all columns."""
    shop.sql("CREATE TABLE t (a INT NOT NULL, b VARCHAR(5) NOT NULL, PRIMARY KEY (a, b))")
    records = [{"a": n, "b": "x"} for n in range(20)]
    configuration = {"importType": "addUpdate", "table": "t"}
    assert ["0,x", "1,x"] == [one["id"] for one in shop.import_(configuration, records)][:2]
    assert [200] * 20 == shop.statuses(shop.import_(configuration, records))
    assert [200] * 20 == shop.statuses(
        shop.import_({**configuration, "importType": "update"}, records)
    )
    assert [(20,)] == shop.rows("SELECT count(*) FROM t")


def test_a_key_of_fixed_length(shop: Shop) -> None:
    """CHAR is padded with spaces, which are no part of the value."""
    shop.sql("CREATE TABLE t (k CHAR(5) NOT NULL PRIMARY KEY, n INT)")
    records = [{"k": f"k{n}", "n": n} for n in range(20)]
    for import_type in ("add", "update", "addUpdate"):
        for one in records:
            one["n"] += 1
        results = shop.import_({"importType": import_type, "table": "t"}, records)
        assert [200] * 20 == shop.statuses(results)
        assert [(20, 190 + 20 * records[0]["n"])] == shop.rows("SELECT count(*), sum(n) FROM t")


def test_keys_that_the_database_takes_for_equal(shop: Shop) -> None:
    """Whether 'a' and 'A' are one key, or 1.5 and 1.50, is for the database to say."""
    shop.sql("CREATE TABLE t (k VARCHAR(10) NOT NULL PRIMARY KEY, n INT)")
    configuration = {"importType": "addUpdate", "table": "t"}
    shop.import_(configuration, [{"k": "abc", "n": 1}])
    results = shop.import_(configuration, [{"k": "ABC", "n": 2}, {"k": "abc", "n": 3}])
    assert [200, 200] == shop.statuses(results)
    results = shop.import_({**configuration, "importType": "update"}, [{"k": "Abc", "n": 4}])
    ci = shop.dialect == "mysql"
    assert [200 if ci else 422] == shop.statuses(results)
    assert ([("abc", 4)] if ci else [("ABC", 2), ("abc", 3)]) == shop.rows(
        "SELECT k, n FROM t ORDER BY k"
    )


def test_a_table_without_a_key(shop: Shop) -> None:
    """Rows can be added to it, without ids; to update it needs a key."""
    shop.sql("CREATE TABLE log (line VARCHAR(50))")
    results = shop.import_({"importType": "add", "table": "log"}, [{"line": "x"}] * 20)
    assert [{"statusCode": 200}] * 20 == results
    message = shop.error(
        "sqlImport",
        configuration={"importType": "update", "table": "log"},
        preMapData=[{}],
        postMapData=[{"line": "x"}],
    )
    assert "no primary key" in message


@pytest.mark.parametrize("import_type", ["add", "update", "addUpdate"])
def test_no_record_names_the_key(items: Shop, import_type: str) -> None:
    """It is not mapped: the call fails, rather than each record of each page."""
    message = items.error(
        "sqlImport",
        configuration={"importType": import_type, "table": "items", "key": "sku"},
        preMapData=[{}] * 2,
        postMapData=[{"name": "x"}, {"qty": 1}],
    )
    assert message.startswith("No record has 'sku', the key of items.")


@pytest.mark.parametrize("dialect", ["postgresql", "mysql"], indirect=True)
def test_keys_that_the_driver_gives_in_another_form(shop: Shop) -> None:
    """A UUID is found by its value, whatever it was written like."""
    shop.sql("CREATE TABLE t (k UUID NOT NULL PRIMARY KEY, n INT)")
    keys = [f"0190A000-0000-7000-8000-{n:012X}" for n in range(0xA0, 0xB8)]
    configuration = {"importType": "add", "table": "t", "ignoreExisting": True}
    first = shop.import_(configuration, [{"k": key, "n": 1} for key in keys[:12]])
    again = shop.import_(configuration, [{"k": key, "n": 2} for key in keys])
    assert [200] * 12 == shop.statuses(first)
    assert [*["ignored"] * 12, *[200] * 12] == shop.statuses(again)
    assert [key.lower() for key in keys] == [one["id"] for one in again]
    results = shop.import_(
        {"importType": "update", "table": "t"}, [{"k": key, "n": 3} for key in keys]
    )
    assert [200] * 24 == shop.statuses(results)
    assert [(24, 72)] == shop.rows("SELECT count(*), sum(n) FROM t")


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_key_without_case(shop: Shop, servers: Servers) -> None:
    """Where the database takes 'A' and 'a' for one key, an import does too."""
    if not shop.rows("SELECT 1 FROM pg_available_extensions WHERE name = 'citext'"):
        servers.missing("this PostgreSQL has no citext")
    shop.sql("CREATE EXTENSION citext", "CREATE TABLE t (k CITEXT PRIMARY KEY, n INT)")
    for import_type, key in (("add", "k{}"), ("update", "K{}"), ("addUpdate", "K{}")):
        records = [{"k": key.format(n), "n": n} for n in range(20)]
        results = shop.import_({"importType": import_type, "table": "t"}, records)
        assert [200] * 20 == shop.statuses(results)
        assert [(20, 190)] == shop.rows("SELECT count(*), sum(n) FROM t")
        shop.sql("UPDATE t SET n = 0")
