"""Imports on each database: add, update, addUpdate, repeated pages."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Shop


@pytest.mark.parametrize("count", [3, 40])
def test_add(items: Shop, count: int) -> None:
    """Each record is a row, and its id comes back, in the order of the records."""
    records = [{"sku": f"S{n:02}", "name": f"n{n}"} for n in range(count)]
    results = items.import_({"importType": "add", "table": "items", "key": "sku"}, records)
    assert [200] * count == items.statuses(results)
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
        assert [200] * 253 == shop.statuses(shop.import_(configuration, records))
        found = shop.rows(f"SELECT id, {', '.join(names)} FROM wide ORDER BY id")
        assert [tuple(record[name] for name in ("id", *names)) for record in records] == found


def test_add_ignoring_existing(items: Shop) -> None:
    """A record whose row exists is ignored, with its id; a repeated page doubles nothing."""
    configuration = {"importType": "add", "table": "items", "key": "sku", "ignoreExisting": True}
    records = [{"sku": sku, "name": "new"} for sku in ("A", "C", "D", "C")]
    assert ["ignored", 200, 200, "ignored"] == items.statuses(items.import_(configuration, records))
    again = items.import_(configuration, records)
    assert ["ignored"] * 4 == items.statuses(again)
    ids = dict(items.rows("SELECT sku, id FROM items"))
    assert [str(ids[record["sku"]]) for record in records] == [one["id"] for one in again]
    assert [("A", "Alpha", 7), ("B", "Beta", 7), ("C", "new", 7), ("D", "new", 7)] == items.items()


@pytest.mark.parametrize("count", [2, 50])
def test_update(items: Shop, count: int) -> None:
    """Rows are found by the key; one that is not there is that record's error, or ignored."""
    shop = items
    shop.insert("items", [{"sku": f"S{n}", "name": "old"} for n in range(count)])
    records = [{"sku": f"S{n}", "name": "new"} for n in range(count)] + [{"sku": "Z", "name": "x"}]
    base = {"importType": "update", "table": "items", "key": ["sku"]}
    results = shop.import_(base, records)
    assert [*[200] * count, 422] == items.statuses(results)
    assert {"code": "1032", "message": "Row not found: sku=Z"} == results[-1]["errors"][0]
    ids = dict(shop.rows("SELECT sku, id FROM items"))
    assert [str(ids[f"S{n}"]) for n in range(count)] == [one["id"] for one in results[:-1]]
    assert [(count,)] == shop.rows("SELECT count(*) FROM items WHERE name = 'new' AND qty = 7")
    results = shop.import_({**base, "ignoreMissing": True}, records)
    assert [*[200] * count, "ignored"] == items.statuses(results)


@pytest.mark.parametrize("count", [4, 60])
def test_add_update(items: Shop, count: int) -> None:
    """Rows that exist are changed, others added; what a record does not name stays."""
    configuration = {"importType": "addUpdate", "table": "items", "key": "sku"}
    records = [{"sku": "A", "name": "A2"}] + [{"sku": f"S{n:02}", "qty": n} for n in range(count)]
    first = items.import_(configuration, records)
    again = items.import_(configuration, records)
    assert [200] * (count + 1) == items.statuses(first)
    assert first == again
    ids = dict(items.rows("SELECT sku, id FROM items"))
    assert [str(ids[record["sku"]]) for record in records] == [one["id"] for one in again]
    assert ("A", "A2", 7) in items.items()
    assert ("S03", None, 3) in items.items()
    assert count + 2 == len(items.items())


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
            assert [200] * count == shop.statuses(results)
            wanted = [(one["id"], one["note"], one["other"]) for one in records]
            assert wanted == shop.rows("SELECT id, note, other FROM t ORDER BY id")


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
            "at": f"2024-01-31T12:{n // 60:02}:{n % 60:02}.{n % 2 * 250:03}Z",
            "day": f"2024-02-{n % 28 + 1:02}",
            "raw": "AAEC",
        }
        for n in range(130)
    ]
    for count in (3, 20, 130):
        for import_type in ("addUpdate", "update", "addUpdate"):
            records = [{"id": n, **made[n]} for n in range(count)]
            records[2] = {"id": 2, **dict.fromkeys(made[0])}
            results = shop.import_({"importType": import_type, "table": "t"}, records)
            assert [200] * count == shop.statuses(results)
            found = [row for page in shop.pages({"table": "t"}) for row in page]
            yes = {True: 1, False: 0, None: None} if shop.dialect == "mysql" else {}
            wanted = [
                {
                    **one,
                    "exact": one["exact"] and float(one["exact"]),
                    "yes": yes.get(one["yes"], one["yes"]),
                }
                for one in records
            ]
            assert wanted == found[:count]


def test_rows_without_any_column(items: Shop) -> None:
    """A record of nothing but a null key is a row of defaults."""
    items.sql("CREATE TABLE empty (id {serial}, n INT DEFAULT 5)")
    results = items.import_({"importType": "add", "table": "empty"}, [{"id": None}] * 10)
    assert [str(n) for n in range(1, 11)] == [one["id"] for one in results]


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
        assert [422, 200, 200, 200, 422, 422, 200, 200] == items.statuses(results)
        assert [f"The record has no {key!r}, the key of items"] * 2 == [
            results[place]["errors"][0]["message"].partition(".")[0] for place in (0, 5)
        ]
        made = dict(items.rows("SELECT sku, id FROM items"))
        wanted = [f"{letter}{n}" for letter in "XYZYV"]
        assert [str(made[sku]) for sku in wanted] == [one["id"] for one in results if "id" in one]
        assert [(f"V{n}", None, 6), (f"X{n}", None, 1), (f"Y{n}", "y", 5), (f"Z{n}", "z", 7)] == [
            row for row in items.items() if row[0] in wanted
        ]


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
    assert [[200] * 100] * 6 == [items.statuses(one) for one in results]
    assert 102 == len(items.items())


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
        assert [200] * 20 == shop.statuses(results)
        wanted = [(one["a"], one["of"], one["b"]) for one in records]
        assert wanted == shop.rows("SELECT a, of, b FROM t ORDER BY id")
