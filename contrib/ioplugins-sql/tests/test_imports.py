"""Imports on each database: add, update, addUpdate, bad records, repeated pages."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Servers, Shop


@pytest.fixture
def items(shop: Shop) -> Shop:
    """Items with an id of the database's and a unique sku."""
    shop.sql(
        "CREATE TABLE items (id {serial}, sku VARCHAR(20) NOT NULL UNIQUE, name VARCHAR(10),"
        " qty INT DEFAULT 7)"
    )
    shop.insert("items", [{"sku": "A", "name": "Alpha"}, {"sku": "B", "name": "Beta"}])
    return shop


def content(shop: Shop) -> list[tuple[Any, ...]]:
    """The items without their ids."""
    return shop.rows("SELECT sku, name, qty FROM items ORDER BY sku")


def statuses(results: list[Any]) -> list[Any]:
    """The status of each record, or 'ignored'."""
    return ["ignored" if one.get("ignored") else one["statusCode"] for one in results]


@pytest.mark.parametrize("count", [3, 40])
def test_add(items: Shop, count: int) -> None:
    """Each record is a row, and its id comes back, in the order of the records."""
    records = [{"sku": f"S{n:02}", "name": f"n{n}"} for n in range(count)]
    results = items.import_({"importType": "add", "table": "items", "key": "sku"}, records)
    assert [200] * count == statuses(results)
    made = dict(items.rows("SELECT sku, id FROM items"))
    assert [str(made[record["sku"]]) for record in records] == [one["id"] for one in results]
    assert 7 == items.rows("SELECT qty FROM items WHERE sku = 'S00'")[0][0]


@pytest.mark.parametrize("columns", [3, 520])
def test_long_and_wide_pages(shop: Shop, columns: int) -> None:
    """Each value is in its own row and column, however many rows a statement takes."""
    names = [f"c{place}" for place in range(columns)]
    shop.sql(f"CREATE TABLE wide (id INT PRIMARY KEY, {' INT, '.join(names)} INT)")
    configuration = {"importType": "addUpdate", "table": "wide"}
    for salt in (0, 1):
        records = [
            {
                **{name: (number * 7 + place + salt) % 1000 for place, name in enumerate(names)},
                "id": number,
            }
            for number in range(253)
        ]
        records = [dict(reversed(record.items())) for record in records]
        assert [200] * 253 == statuses(shop.import_(configuration, records))
        found = shop.rows(f"SELECT id, {', '.join(names)} FROM wide ORDER BY id")
        assert [tuple(record[name] for name in ("id", *names)) for record in records] == found


@pytest.mark.parametrize("count", [5, 300])
def test_bad_records_fail_alone(items: Shop, count: int) -> None:
    """Good ones are in, each bad one has the database's own message, whatever was wrong with it."""
    bad: dict[int, Any] = {
        1: {"sku": "A", "name": "twice"},
        2: {"sku": None, "name": "x"},
        3: {"sku": "L", "qty": "many"},
        4: {"sku": "M", "colour": "red"},
    }
    records = [bad.get(n, {"sku": f"S{n}", "name": "x", "qty": n}) for n in range(count)]
    results = items.import_({"importType": "add", "table": "items", "key": "sku"}, records)
    assert [422 if n in bad else 200 for n in range(count)] == statuses(results)
    assert [(2 + count - len(bad),)] == items.rows("SELECT count(*) FROM items")
    errors = [results[n]["errors"][0] for n in bad]
    codes = {
        "sqlite": (
            {"SQLITE_CONSTRAINT_UNIQUE", "IntegrityError"},
            {"SQLITE_CONSTRAINT_NOTNULL", "IntegrityError"},
        ),
        "postgresql": ({"23505"}, {"23502"}),
        "mysql": ({"1062"}, {"1048"}),
    }[items.dialect]
    assert errors[0]["code"] in codes[0]
    assert errors[1]["code"] in codes[1]
    assert "sku" in errors[0]["message"]
    assert ["invalid_value", "unknown_column"] == [error["code"] for error in errors[2:]]
    assert "the text 'many', but the column takes an integer" in errors[2]["message"]


@pytest.mark.parametrize("dialect", ["postgresql", "mysql"], indirect=True)
def test_too_long_text_is_an_error(items: Shop) -> None:
    """What does not fit is not cut off."""
    records = [{"sku": f"S{n}", "name": "x" * (11 if n == 5 else 10)} for n in range(20)]
    results = items.import_({"importType": "add", "table": "items", "key": "sku"}, records)
    assert [422 if n == 5 else 200 for n in range(20)] == statuses(results)


def test_add_ignoring_existing(items: Shop) -> None:
    """A record whose row exists is ignored, with its id; a repeated page doubles nothing."""
    configuration = {"importType": "add", "table": "items", "key": "sku", "ignoreExisting": True}
    records = [{"sku": sku, "name": "new"} for sku in ("A", "C", "D", "C")]
    assert ["ignored", 200, 200, "ignored"] == statuses(items.import_(configuration, records))
    again = items.import_(configuration, records)
    assert ["ignored"] * 4 == statuses(again)
    ids = dict(items.rows("SELECT sku, id FROM items"))
    assert [str(ids[record["sku"]]) for record in records] == [one["id"] for one in again]
    assert [("A", "Alpha", 7), ("B", "Beta", 7), ("C", "new", 7), ("D", "new", 7)] == content(items)


@pytest.mark.parametrize("count", [2, 50])
def test_update(items: Shop, count: int) -> None:
    """Rows are found by the key; one that is not there is that record's error, or ignored."""
    shop = items
    shop.insert("items", [{"sku": f"S{n}", "name": "old"} for n in range(count)])
    records = [{"sku": f"S{n}", "name": "new"} for n in range(count)] + [{"sku": "Z", "name": "x"}]
    base = {"importType": "update", "table": "items", "key": ["sku"]}
    results = shop.import_(base, records)
    assert [*[200] * count, 422] == statuses(results)
    assert {"code": "1032", "message": "Row not found: sku=Z"} == results[-1]["errors"][0]
    ids = dict(shop.rows("SELECT sku, id FROM items"))
    assert [str(ids[f"S{n}"]) for n in range(count)] == [one["id"] for one in results[:-1]]
    assert [(count,)] == shop.rows("SELECT count(*) FROM items WHERE name = 'new' AND qty = 7")
    results = shop.import_({**base, "ignoreMissing": True}, records)
    assert [*[200] * count, "ignored"] == statuses(results)


@pytest.mark.parametrize("count", [4, 60])
def test_add_update(items: Shop, count: int) -> None:
    """Rows that exist are changed, others added; what a record does not name stays."""
    configuration = {"importType": "addUpdate", "table": "items", "key": "sku"}
    records = [{"sku": "A", "name": "A2"}] + [{"sku": f"S{n:02}", "qty": n} for n in range(count)]
    first = items.import_(configuration, records)
    again = items.import_(configuration, records)
    assert [200] * (count + 1) == statuses(first)
    assert first == again
    ids = dict(items.rows("SELECT sku, id FROM items"))
    assert [str(ids[record["sku"]]) for record in records] == [one["id"] for one in again]
    assert ("A", "A2", 7) in content(items)
    assert ("S03", None, 3) in content(items)
    assert count + 2 == len(content(items))


def test_the_last_record_of_a_key_wins(items: Shop) -> None:
    """Several records of one row in a page are written in their order."""
    records = [{"sku": "N", "name": "1"}, {"sku": "A", "name": "2"}, {"sku": "N", "name": "3"}]
    records += [{"sku": f"S{n}", "name": "x"} for n in range(20)]
    results = items.import_({"importType": "addUpdate", "table": "items", "key": "sku"}, records)
    assert [200] * 23 == statuses(results)
    assert results[0]["id"] == results[2]["id"]
    assert ("N", "3", 7) in content(items)


def test_add_update_never_changes_the_row_of_another_key(items: Shop) -> None:
    """A record with the key of one row and another unique value of a second is an error."""
    items.insert("items", [{"id": 50, "sku": "E", "name": "Eps"}])
    records = [{"id": 50, "sku": "NEW", "name": "x"}, {"id": 51, "sku": "OK", "name": "y"}]
    results = items.import_({"importType": "addUpdate", "table": "items", "key": "sku"}, records)
    assert [422, 200] == statuses(results)
    assert ("E", "Eps", 7) in content(items)


def test_a_composite_key_and_no_further_columns(shop: Shop) -> None:
    """The primary key is the key by default, also of several columns, also of all columns."""
    shop.sql("CREATE TABLE t (a INT NOT NULL, b VARCHAR(5) NOT NULL, PRIMARY KEY (a, b))")
    records = [{"a": n, "b": "x"} for n in range(20)]
    configuration = {"importType": "addUpdate", "table": "t"}
    assert ["0,x", "1,x"] == [one["id"] for one in shop.import_(configuration, records)][:2]
    assert [200] * 20 == statuses(shop.import_(configuration, records))
    assert [200] * 20 == statuses(shop.import_({**configuration, "importType": "update"}, records))
    assert [(20,)] == shop.rows("SELECT count(*) FROM t")


@pytest.mark.parametrize("count", [1, 30])
def test_texts_that_hold_anything(shop: Shop, count: int) -> None:
    """What a text holds is what the row holds, whatever a statement sends it in."""
    shop.sql("CREATE TABLE t (id INT PRIMARY KEY, note VARCHAR(40), other VARCHAR(40))")
    texts = [
        "",
        None,
        "\x1e",
        "a\x1fb",
        "\x1f",
        "\x1f\x1e",
        "{a,b}",
        'NULL "x" \\N',
        "%s %(x)s",
        "ü€😀",
    ]
    for shift, import_type in enumerate(["add", "update", "addUpdate"]):
        for first in texts:  # alone with texts of its own kind, and mixed
            records = [
                {"id": n, "note": first, "other": texts[(n + shift) % len(texts)]}
                for n in range(count)
            ]
            if import_type == "add":
                shop.sql("DELETE FROM t")
            results = shop.import_({"importType": import_type, "table": "t"}, records)
            assert [200] * count == statuses(results)
            wanted = [(one["id"], one["note"], one["other"]) for one in records]
            assert wanted == shop.rows("SELECT id, note, other FROM t ORDER BY id")


def test_a_key_of_fixed_length(shop: Shop) -> None:
    """CHAR is padded with spaces, which are no part of the value."""
    shop.sql("CREATE TABLE t (k CHAR(5) NOT NULL PRIMARY KEY, n INT)")
    records = [{"k": f"k{n}", "n": n} for n in range(20)]
    for import_type in ("add", "update", "addUpdate"):
        for one in records:
            one["n"] += 1
        results = shop.import_({"importType": import_type, "table": "t"}, records)
        assert [200] * 20 == statuses(results)
        assert [(20, 190 + 20 * records[0]["n"])] == shop.rows("SELECT count(*), sum(n) FROM t")


def test_each_kind_of_column(shop: Shop) -> None:
    """Values of all kinds are added and changed, nulls among them, in pages large and small."""
    shop.sql(
        "CREATE TABLE t (id INT PRIMARY KEY, whole BIGINT, exact DECIMAL(12,3), rough DOUBLE"
        " PRECISION, yes BOOLEAN, at {moment}, day DATE, raw {bytes})"
    )
    made = [
        {
            "whole": 2**40 + n,
            "exact": f"{n}.125",
            "rough": n / 4,
            "yes": n % 2 == 0,
            "at": f"2024-01-31T12:30:{n:02}.250Z",
            "day": f"2024-02-{n + 1:02}",
            "raw": "AAEC",
        }
        for n in range(20)
    ]
    for count in (3, 20):
        for import_type in ("addUpdate", "update", "addUpdate"):
            records = [{"id": n, **made[n]} for n in range(count)]
            records[2] = {"id": 2, **dict.fromkeys(made[0])}
            results = shop.import_({"importType": import_type, "table": "t"}, records)
            assert [200] * count == statuses(results)
            (page,) = shop.pages({"table": "t"})
            yes = {True: 1, False: 0, None: None} if shop.dialect == "mysql" else {}
            wanted = [
                {
                    **one,
                    "exact": one["exact"] and float(one["exact"]),
                    "yes": yes.get(one["yes"], one["yes"]),
                }
                for one in records
            ]
            assert wanted == page[:count]


def test_keys_that_the_database_takes_for_equal(shop: Shop) -> None:
    """Whether 'a' and 'A' are one key, or 1.5 and 1.50, is for the database to say."""
    shop.sql("CREATE TABLE t (k VARCHAR(10) NOT NULL PRIMARY KEY, n INT)")
    configuration = {"importType": "addUpdate", "table": "t"}
    shop.import_(configuration, [{"k": "abc", "n": 1}])
    results = shop.import_(configuration, [{"k": "ABC", "n": 2}, {"k": "abc", "n": 3}])
    assert [200, 200] == statuses(results)
    results = shop.import_({**configuration, "importType": "update"}, [{"k": "Abc", "n": 4}])
    ci = shop.dialect == "mysql"
    assert [200 if ci else 422] == statuses(results)
    assert ([("abc", 4)] if ci else [("ABC", 2), ("abc", 3)]) == shop.rows(
        "SELECT k, n FROM t ORDER BY k"
    )


def test_rows_without_any_column(items: Shop) -> None:
    """A record of nothing but a null key is a row of defaults."""
    items.sql("CREATE TABLE empty (id {serial}, n INT DEFAULT 5)")
    results = items.import_({"importType": "add", "table": "empty"}, [{"id": None}] * 10)
    assert [str(n) for n in range(1, 11)] == [one["id"] for one in results]


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


@pytest.mark.parametrize(
    ("configuration", "why"),
    [
        ({"table": "items"}, "importType must be one of add, update, addUpdate"),
        ({"importType": "add"}, "table is missing"),
        ({"importType": "add", "table": "items", "keys": "sku"}, "did you mean key?"),
        ({"importType": "update", "table": "items", "key": "name"}, "no primary or unique key"),
        ({"importType": "update", "table": "items"}, "No record has 'id'"),
        (
            {
                "importType": "update",
                "table": "items",
                "existingRecCondition": {"condition": "sku = ? or 1 = 1", "colField": ["sku"]},
            },
            "must compare each column",
        ),
    ],
)
def test_a_configuration_that_is_wrong(items: Shop, configuration: Any, why: str) -> None:
    """The call fails with an error that names the field."""
    record = {"sku": "A", "name": "x"}
    message = items.error(
        "sqlImport", configuration=configuration, preMapData=[record], postMapData=[record]
    )
    assert why in message


def test_records_of_a_page_that_name_different_columns(items: Shop) -> None:
    """Whether a record is right does not depend on what its neighbours name, nor on its place."""
    for n, key in enumerate(["sku", "id"]):
        configuration = {"importType": "addUpdate", "table": "items", "key": key}
        number = 100 * (n + 1)
        records: list[Any] = [
            {"name": "lost"},
            {"qty": 1, "sku": f"X{n}", "id": number},
            {"sku": f"Y{n}", "name": "y", "id": number + 1},
            {"id": number + 2, "name": "z", "sku": f"Z{n}"},
            {"colour": "red", "sku": f"W{n}", "id": number + 3},
            {"name": "lost"},
            {"id": number + 1, "sku": f"Y{n}", "qty": 5},
            {"id": None, "sku": f"V{n}", "qty": 6},
        ]
        results = items.import_(configuration, records)
        assert [422, 200, 200, 200, 422, 422, 200, 200] == statuses(results)
        assert [f"The record has no {key!r}, the key of items"] * 2 == [
            results[place]["errors"][0]["message"].partition(".")[0] for place in (0, 5)
        ]
        made = dict(items.rows("SELECT sku, id FROM items"))
        wanted = [f"{letter}{n}" for letter in "XYZYV"]
        assert [str(made[sku]) for sku in wanted] == [one["id"] for one in results if "id" in one]
        assert [(f"V{n}", None, 6), (f"X{n}", None, 1), (f"Y{n}", "y", 5), (f"Z{n}", "z", 7)] == [
            row for row in content(items) if row[0] in wanted
        ]


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


def test_records_that_are_none(items: Shop) -> None:
    """Something that is no object is that record's error."""
    results = items.import_(
        {"importType": "add", "table": "items", "key": "sku"}, [{"sku": "N"}, "text", ["x"]]
    )
    assert [200, 422, 422] == statuses(results)


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_deferred_constraint_is_the_records_error(shop: Shop) -> None:
    """A constraint that waits for the commit is asked at once, so that the page goes through."""
    shop.sql("CREATE TABLE t (id INT PRIMARY KEY, n INT UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    records = [{"id": n, "n": 0 if n == 7 else n} for n in range(20)]
    results = shop.import_({"importType": "add", "table": "t"}, records)
    assert [422 if n == 7 else 200 for n in range(20)] == statuses(results)


def test_two_pages_of_the_same_rows_at_a_time(items: Shop) -> None:
    """Imports that meet neither lose nor double anything, deadlocks included."""
    configuration = {"importType": "addUpdate", "table": "items", "key": "sku"}
    records = [{"sku": f"S{n}", "name": "x"} for n in range(100)]
    results: list[list[Any]] = []

    def run(page: list[Any]) -> None:
        results.append(items.import_(configuration, page))

    threads = [threading.Thread(target=run, args=(page,)) for page in (records, records[::-1]) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [[200] * 100] * 6 == [statuses(one) for one in results]
    assert 102 == len(content(items))


@pytest.mark.parametrize("dialect", ["postgresql", "mysql"], indirect=True)
def test_a_lost_connection_is_401_and_nothing_is_written(
    items: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the server ends the connection in the middle of a page, all of it is undone."""
    from ioplugins_sql import imports

    insert = imports.insert_rows
    calls = []

    def broken(connection: Any, described: Any, rows: Any) -> None:
        insert(connection, described, rows)
        calls.append(len(rows))
        if len(calls) == 2:
            own = {"postgresql": "SELECT pg_backend_pid()", "mysql": "SELECT connection_id()"}
            end = {"postgresql": "SELECT pg_terminate_backend({})", "mysql": "KILL {}"}
            number = connection.exec_driver_sql(own[items.dialect]).scalar()
            items.sql(end[items.dialect].format(number))

    monkeypatch.setattr(imports, "insert_rows", broken)
    configuration = {"importType": "add", "table": "items", "key": "sku"}
    records = [{"sku": f"S{n}"} for n in range(4)]
    assert [401] * 4 == statuses(items.import_(configuration, records))
    assert [("A",), ("B",)] == items.rows("SELECT sku FROM items ORDER BY sku")
    monkeypatch.undo()
    assert [200] * 4 == statuses(items.import_(configuration, records))


def test_suspects_are_tried_alone(items: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """With 1 % of bad records, a page takes one statement, one more, and one for each of them."""
    from ioplugins_sql import imports

    insert, sizes = imports.insert_rows, []

    def counted(connection: Any, described: Any, rows: Any) -> None:
        sizes.append(len(rows))
        insert(connection, described, rows)

    monkeypatch.setattr(imports, "insert_rows", counted)
    items.insert("items", [{"sku": f"S{n}", "name": "old"} for n in range(50, 1_000, 200)])
    records: list[Any] = [{"sku": f"S{n}", "name": "x"} for n in range(1_000)]
    records[60] = {"sku": None, "name": "x"}
    results = items.import_({"importType": "add", "table": "items", "key": "sku"}, records)
    bad = {50, 60, 250, 450, 650, 850}
    assert [422 if n in bad else 200 for n in range(1_000)] == statuses(results)
    assert [1_000, 994, *[1] * 6] == sizes

    # Where a page had bad records, those that look bad in the next one are left out at once; a page
    # that has none is written as a whole, and so is the one after it, whatever it holds.
    del sizes[:]
    good = [{"sku": f"T{n}", "name": "x"} for n in range(20)]
    bad_again = [{"sku": f"U{n}", "name": "x"} for n in range(20)]
    bad_again[5] = {"sku": "S50", "name": "x"}
    for page in (bad_again, good, bad_again[1:]):
        items.import_({"importType": "add", "table": "items", "key": "sku"}, page)
    assert [19, 1, 20, 19, *[1] * 19] == sizes


def test_statements_are_not_mistaken_for_each_other(shop: Shop) -> None:
    """Two keys and their columns that are the same words in a row, but not the same statement."""
    shop.sql(
        "CREATE TABLE t (id INT PRIMARY KEY, a INT NOT NULL UNIQUE, of INT NOT NULL, b INT,"
        " UNIQUE (a, of))"
    )
    rows = [{"id": n, "a": n, "of": n, "b": 0} for n in range(20)]
    shop.insert("t", rows)
    by_both = [{"a": n, "of": n, "b": 1} for n in range(20)]
    by_one = [{"a": n, "of": n + 1, "b": 2} for n in range(20)]
    for key, records in ((["a", "of"], by_both), (["a"], by_one), (["a", "of"], by_one)):
        results = shop.import_({"importType": "update", "table": "t", "key": key}, records)
        assert [200] * 20 == statuses(results)
        wanted = [(one["a"], one["of"], one["b"]) for one in records]
        assert wanted == shop.rows("SELECT a, of, b FROM t ORDER BY id")


def test_a_value_that_no_statement_takes(items: Shop) -> None:
    """It fails alone, though the search for suspects fails by it as well, twice."""
    configuration = {"importType": "add", "table": "items"}
    for letter in "PQ":
        records = [{"id": None, "sku": f"{letter}{n}", "qty": n} for n in range(20)]
        records[3]["qty"] = 2**70
        records[7]["id"] = 2**70
        records[8]["id"] = 2**40 - ord(letter)
        records[9] = {"id": None, "sku": "A", "qty": 1}
        bad = {3, 7, 9} if items.dialect == "sqlite" else {3, 7, 8, 9}
        results = items.import_(configuration, records)
        assert [422 if n in bad else 200 for n in range(20)] == statuses(results)
    records = [{"id": 2**70 if n == 5 else n + 100, "sku": f"R{n}"} for n in range(20)]
    first, again = (items.import_(configuration, records) for _ in range(2))
    assert [422 if n == 5 else 200 for n in range(20)] == statuses(first)
    assert [422] * 20 == statuses(again)


@pytest.mark.parametrize("dialect", ["postgresql", "mysql"], indirect=True)
def test_keys_that_the_driver_gives_in_another_form(shop: Shop) -> None:
    """A UUID is found by its value, whatever it was written like."""
    shop.sql("CREATE TABLE t (k UUID NOT NULL PRIMARY KEY, n INT)")
    keys = [f"0190A000-0000-7000-8000-{n:012X}" for n in range(0xA0, 0xB8)]
    configuration = {"importType": "add", "table": "t", "ignoreExisting": True}
    first = shop.import_(configuration, [{"k": key, "n": 1} for key in keys[:12]])
    again = shop.import_(configuration, [{"k": key, "n": 2} for key in keys])
    assert [200] * 12 == statuses(first)
    assert [*["ignored"] * 12, *[200] * 12] == statuses(again)
    assert [key.lower() for key in keys] == [one["id"] for one in again]
    results = shop.import_(
        {"importType": "update", "table": "t"}, [{"k": key, "n": 3} for key in keys]
    )
    assert [200] * 24 == statuses(results)
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
        assert [200] * 20 == statuses(results)
        assert [(20, 190)] == shop.rows("SELECT count(*), sum(n) FROM t")
        shop.sql("UPDATE t SET n = 0")


def test_what_is_not_suspected_is_found(shop: Shop) -> None:
    """A foreign key, a check: halving finds which records break them."""
    shop.sql(
        "CREATE TABLE p (id INT PRIMARY KEY)",
        "CREATE TABLE c (id INT PRIMARY KEY, p INT NOT NULL, n INT CHECK (n < 500),"
        " FOREIGN KEY (p) REFERENCES p (id))",
    )
    shop.insert("p", [{"id": n} for n in range(10)])
    records = [{"id": n, "p": 99 if n in {7, 8, 311} else n % 10, "n": n} for n in range(510)]
    for import_type in ("add", "addUpdate"):
        results = shop.import_({"importType": import_type, "table": "c"}, records)
        bad = {7, 8, 311, *range(500, 510)}
        assert [422 if n in bad else 200 for n in range(510)] == statuses(results)
        shop.sql("DELETE FROM c WHERE id % 2 = 1 OR :x = 'add'", x=import_type)
