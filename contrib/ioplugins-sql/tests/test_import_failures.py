"""What fails in an import: bad records alone, a lost connection the whole page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Shop


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
    assert [422 if n in bad else 200 for n in range(count)] == items.statuses(results)
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
    assert [422 if n == 5 else 200 for n in range(20)] == items.statuses(results)


def test_records_that_are_none(items: Shop) -> None:
    """Something that is no object is that record's error."""
    results = items.import_(
        {"importType": "add", "table": "items", "key": "sku"}, [{"sku": "N"}, "text", ["x"]]
    )
    assert [200, 422, 422] == items.statuses(results)


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_deferred_constraint_is_the_records_error(shop: Shop) -> None:
    """A constraint that waits for the commit is asked at once, so that the page goes through."""
    shop.sql("CREATE TABLE t (id INT PRIMARY KEY, n INT UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    records = [{"id": n, "n": 0 if n == 7 else n} for n in range(20)]
    results = shop.import_({"importType": "add", "table": "t"}, records)
    assert [422 if n == 7 else 200 for n in range(20)] == shop.statuses(results)


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
    assert [401] * 4 == items.statuses(items.import_(configuration, records))
    assert [("A",), ("B",)] == items.rows("SELECT sku FROM items ORDER BY sku")
    monkeypatch.undo()
    assert [200] * 4 == items.statuses(items.import_(configuration, records))


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
    assert [422 if n in bad else 200 for n in range(1_000)] == items.statuses(results)
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
        assert [422 if n in bad else 200 for n in range(20)] == items.statuses(results)
    records = [{"id": 2**70 if n == 5 else n + 100, "sku": f"R{n}"} for n in range(20)]
    first, again = (items.import_(configuration, records) for _ in range(2))
    assert [422 if n == 5 else 200 for n in range(20)] == items.statuses(first)
    assert [422] * 20 == items.statuses(again)


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
        assert [422 if n in bad else 200 for n in range(510)] == shop.statuses(results)
        shop.sql("DELETE FROM c WHERE id % 2 = 1 OR :x = 'add'", x=import_type)
