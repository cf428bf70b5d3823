"""Exports on each database: pages, keys, groups, delta, once, test, selects."""

from __future__ import annotations

import random
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest
from ioplugins_sql.configuration import PAGE_BYTES

if TYPE_CHECKING:
    from conftest import Shop


@pytest.fixture
def items(shop: Shop) -> Shop:
    """Ten items with gaps between their ids."""
    shop.sql("CREATE TABLE items (id {serial}, name VARCHAR(40), done SMALLINT DEFAULT 0 NOT NULL)")
    shop.insert("items", [{"id": 10 * number, "name": f"n{number}"} for number in range(1, 11)])
    return shop


def ids(pages: Any) -> list[list[int]]:
    """The ids of each page."""
    return [[row["id"] for row in page] for page in pages]


def test_all_rows_page_by_page(items: Shop) -> None:
    """Each row comes once, in the order of the primary key; a full last page has an empty one after it."""
    assert [[10, 20, 30, 40], [50, 60, 70, 80], [90, 100]] == ids(
        items.pages({"table": "items", "pageSize": 4})
    )
    assert [5, 5, 0] == [len(page) for page in items.pages({"table": "items", "pageSize": "5"})]


def test_rows_that_come_and_go_between_pages(items: Shop) -> None:
    """What is inserted or deleted before the position shifts nothing."""
    pages = items.pages({"table": "items", "pageSize": 3})
    got = [next(pages)]
    items.sql("DELETE FROM items WHERE id IN (10, 30, 50)")
    items.insert("items", [{"id": 5, "name": "before"}, {"id": 65, "name": "after"}])
    got += pages
    assert [[10, 20, 30], [40, 60, 65], [70, 80, 90], [100]] == ids(got)


def test_every_row_once_while_others_write(shop: Shop) -> None:
    """Rows that are there all the time come exactly once, whatever happens around them."""
    shop.sql("CREATE TABLE t (a VARCHAR(20) NOT NULL, b INT NOT NULL, PRIMARY KEY (a, b))")
    stable = [{"a": f"k{n % 7}", "b": n * 2} for n in range(300)]
    shop.insert("t", stable)
    chance = random.Random(6)
    seen = []
    for page in shop.pages({"table": "t", "pageSize": 23}):
        seen += [(row["a"], row["b"]) for row in page]
        b = chance.randrange(10_000) * 2 + 1
        shop.sql("INSERT INTO t (a, b) VALUES (:a, :b)", a=f"k{chance.randrange(9)}", b=b)
        shop.sql("DELETE FROM t WHERE b % 2 = 1 AND b < :b", b=b - 2000)
    assert sorted((row["a"], row["b"]) for row in stable) == sorted(
        key for key in seen if key[1] % 2 == 0
    )
    assert len(seen) == len(set(seen))


def test_a_named_key_is_made_unique_by_the_primary_key(items: Shop) -> None:
    """Rows that agree in the named key are told apart by the primary key."""
    items.sql("CREATE TABLE logs (id {serial}, day VARCHAR(10) NOT NULL)")
    items.insert("logs", [{"id": n, "day": "ab"[n % 2]} for n in range(1, 8)])
    assert [[2, 4, 6], [1, 3, 5], [7]] == ids(
        items.pages({"table": "logs", "key": ["day"], "pageSize": 3})
    )


def test_keys_of_every_type(shop: Shop) -> None:
    """A key may be a date, a decimal, text, a large integer: the state carries it exactly."""
    shop.sql(
        "CREATE TABLE t (at {moment} NOT NULL, price NUMERIC(18,4) NOT NULL, big BIGINT NOT NULL,"
        " name VARCHAR(20) NOT NULL, id {serial})"
    )
    rows = [
        {
            "at": f"2024-01-0{1 + n % 3} 10:00:00.12345{n % 4}",
            "price": f"{n % 5}.2500",
            "big": 2**60 + n % 3,
            "name": f"é{n % 2}",
            "id": n,
        }
        for n in range(1, 30)
    ]
    shop.insert("t", rows)
    for key in (["at"], ["price"], ["big"], ["name"], ["at", "price", "big", "name"]):
        got = list(chain(*ids(shop.pages({"table": "t", "key": key, "pageSize": 4}))))
        assert len(rows) == len(got)
        order = sorted(rows, key=lambda row: ([row[name] for name in key], row["id"]))
        assert [row["id"] for row in order] == got


def test_a_view_needs_a_key(items: Shop) -> None:
    """A view has no primary key; its key is named, and checked for nulls and equal rows."""
    items.sql("CREATE VIEW seen AS SELECT id, name, done FROM items")
    assert "has no primary key" in items.error("sqlExport", configuration={"table": "seen"})
    pages = items.pages({"table": "seen", "key": "id", "pageSize": 6})
    assert [[10, 20, 30, 40, 50, 60], [70, 80, 90, 100]] == ids(pages)
    assert "Two rows have the key" in items.error(
        "sqlExport", configuration={"table": "seen", "key": "done", "pageSize": 2}
    )
    items.sql("UPDATE items SET name = NULL WHERE id = 50")
    assert "is null in some row" in items.error(
        "sqlExport", configuration={"table": "seen", "key": "name"}
    )
    assert "may be null" in items.error(
        "sqlExport", configuration={"table": "items", "key": "name"}
    )


def test_a_page_holds_so_many_bytes(shop: Shop) -> None:
    """A page ends before it exceeds pageBytes; a record that fits in none is an error of the page."""
    shop.sql("CREATE TABLE t (id {serial}, body TEXT)")
    shop.insert("t", [{"id": n, "body": "x" * 3000} for n in range(1, 8)])
    assert [[1, 2, 3], [4, 5, 6], [7]] == ids(shop.pages({"table": "t", "pageBytes": 10_000}))
    shop.sql("UPDATE t SET body = :body WHERE id = 2", body="y" * 20_000)
    first = shop.export({"table": "t", "pageBytes": 10_000})
    assert [1, 3, 4] == [row["id"] for row in first["data"]]
    (error,) = first["errors"]
    assert ("record_too_large", True) == (error["code"], "key 2 " in error["message"])


def test_a_page_never_exceeds_five_megabytes(shop: Shop) -> None:
    """Large rows come in pages that integrator.io takes, and all of them come."""
    body = "LONGTEXT" if shop.dialect == "mysql" else "TEXT"
    shop.sql(f"CREATE TABLE t (id {{serial}}, body {body})")
    for n in range(1, 13):
        shop.insert("t", [{"id": n, "body": "é" * 600_000}])
    pages = list(shop.pages({"table": "t"}))
    assert list(range(1, 13)) == list(chain(*ids(pages)))
    assert all(sum(len(row["body"].encode()) for row in page) <= PAGE_BYTES for page in pages)
    assert 3 <= len(pages) <= 4


@pytest.fixture
def lines(shop: Shop) -> Shop:
    """Orders with 1, 2, 3, ... lines."""
    shop.sql(
        "CREATE TABLE order_lines (id {serial}, order_no VARCHAR(9) NOT NULL, sku VARCHAR(2000),"
        " done SMALLINT DEFAULT 0 NOT NULL)"
    )
    rows = [{"order_no": f"SO{n}", "sku": f"s{line}"} for n in range(1, 6) for line in range(n)]
    random.Random(1).shuffle(rows)
    shop.insert("order_lines", rows)
    return shop


def test_groups_are_records(lines: Shop) -> None:
    """Rows of one order are one record, an array, and no page splits it."""
    pages = list(lines.pages({"table": "order_lines", "groupBy": "order_no", "pageSize": 2}))
    assert [2, 2, 1] == [len(page) for page in pages]
    orders = list(chain(*pages))
    assert [1, 2, 3, 4, 5] == [len(order) for order in orders]
    assert [{f"SO{n}"} for n in range(1, 6)] == [{row["order_no"] for row in o} for o in orders]


def test_groups_by_bytes(lines: Shop) -> None:
    """A page of groups ends in time, too; a group that fits in no page is an error of the page."""
    lines.sql("UPDATE order_lines SET sku = :sku", sku="x" * 900)
    configuration = {"table": "order_lines", "groupBy": ["order_no"], "pageBytes": 4_500}
    pages = [lines.export(configuration)]
    while not pages[-1]["lastPage"]:
        pages.append(lines.export(configuration, state=pages[-1]["state"]))
    assert [[1, 2], [3], [4]] == [[len(group) for group in page["data"]] for page in pages]
    assert ["record_too_large"] == [error["code"] for error in pages[-1]["errors"]]
    assert "SO5" in pages[-1]["errors"][0]["message"]


def test_delta(shop: Shop) -> None:
    """Rows at or after the last run come; those without a date do not; the first run takes all."""
    shop.sql("CREATE TABLE t (id {serial}, changed {moment}, day DATE)")
    moments = ["2024-01-01 00:00:00", "2024-01-02 10:00:00.500", "2024-01-02 10:00:01", None]
    shop.insert(
        "t",
        [{"id": n, "changed": at, "day": at and at[:10]} for n, at in enumerate(moments, 1)],
    )

    def run(field: str, since: int | None) -> list[int]:
        delta = {"dateField": field}
        if since is not None:
            delta["lastExecutionTime"] = since  # type: ignore[assignment]
        return list(chain(*ids(shop.pages({"table": "t"}, type="delta", delta=delta))))

    assert [1, 2, 3] == run("changed", None)
    assert [2, 3] == run("changed", 1704189600500)  # 2024-01-02T10:00:00.500Z
    assert [3] == run("changed", 1704189600501)
    assert [] == run("changed", 1704189601001)
    if shop.dialect != "sqlite":
        assert [2, 3] == run("day", 1704189600500)
    assert "no column 'nope'" in shop.error(
        "sqlExport", configuration={"table": "t"}, type="delta", delta={"dateField": "nope"}
    )


def test_delta_goes_by_the_units_of_the_column(shop: Shop) -> None:
    """A column of seconds says too little about the second of the last run: its rows come again."""
    if shop.dialect == "sqlite":
        shop.sql("CREATE TABLE t (id {serial}, changed DATETIME)")
        row = {"id": 1, "changed": "2024-01-02T10:00:00.300Z"}
    else:
        shop.sql("CREATE TABLE t (id {serial}, changed TIMESTAMP(0) NULL)")
        row = {"id": 1, "changed": "2024-01-02 10:00:00"}
    shop.insert("t", [row])
    delta = {"dateField": "changed", "lastExecutionTime": 1704189600300}
    assert [[1]] == ids(shop.pages({"table": "t"}, type="delta", delta=delta))


@pytest.mark.parametrize("flag", ["SMALLINT DEFAULT 0", "BOOLEAN"])
def test_once_sets_the_flag_when_the_page_was_handed_over(shop: Shop, flag: str) -> None:
    """The rows of a page count as exported with the next call, not before."""
    shop.sql(f"CREATE TABLE t (id {{serial}}, sent {flag})")
    shop.insert("t", [{"id": n} for n in range(1, 6)])

    def sent() -> list[int]:
        return (
            [row[0] for row in shop.rows("SELECT id FROM t WHERE sent ORDER BY id")]
            if (flag == "BOOLEAN")
            else [row[0] for row in shop.rows("SELECT id FROM t WHERE sent = 1 ORDER BY id")]
        )

    once = {"type": "once", "once": {"booleanField": "sent"}}
    configuration = {"table": "t", "pageSize": 2}
    first = shop.export(configuration, **once)
    assert ([1, 2], False, []) == ([row["id"] for row in first["data"]], first["lastPage"], sent())

    shop.insert("t", [{"id": 0 if shop.dialect != "mysql" else -1}])  # was not in the page
    second = shop.export(configuration, **once, state=first["state"])
    assert ([3, 4], [1, 2]) == ([row["id"] for row in second["data"]], sent())
    again = shop.export(configuration, **once, state=first["state"])  # the answer got lost
    assert second == again

    third = shop.export(configuration, **once, state=second["state"])
    assert ([5], False) == ([row["id"] for row in third["data"]], third["lastPage"])
    last = shop.export(configuration, **once, state=third["state"])
    assert ([], True) == (last["data"], last["lastPage"])
    assert [1, 2, 3, 4, 5] == sent()

    new = [0] if shop.dialect != "mysql" else [-1]
    assert [new, []] == ids(shop.pages(configuration, **once))


def test_once_with_groups(lines: Shop) -> None:
    """The flags of all rows of the groups are set, and the next run finds nothing."""
    once = {"type": "once", "once": {"booleanField": "done"}}
    configuration = {"table": "order_lines", "groupBy": ["order_no"], "pageSize": 2}
    assert [2, 2, 1, 0] == [len(page) for page in lines.pages(configuration, **once)]
    assert [[]] == list(lines.pages(configuration, **once))
    assert [(15,)] == lines.rows("SELECT count(*) FROM order_lines WHERE done = 1")


def test_a_test_run(items: Shop) -> None:
    """It gives as many records as asked for, as the last page, and no state."""
    answer = items.export({"table": "items"}, type="test", test={"limit": 3})
    assert [10, 20, 30] == [row["id"] for row in answer["data"]]
    assert {"data", "lastPage"} == answer.keys()
    assert answer["lastPage"]


def test_a_select(items: Shop) -> None:
    """A SELECT with parameters is exported by its key, with a comment and a percent sign in it."""
    configuration = {
        "select": 'SELECT id, name AS "label" FROM items '
        "WHERE id > :low AND id IN :some AND name LIKE 'n%' -- the rest",
        "parameters": {"low": 15, "some": [10, 20, 30, 60, 90]},
        "key": "id",
        "pageSize": 3,
    }
    if items.dialect == "mysql":
        configuration["select"] = str(configuration["select"]).replace('"', "`")
    assert [[20, 30, 60], [90]] == ids(items.pages(configuration))
    assert {"id": 20, "label": "n2"} == items.export(configuration)["data"][0]


def test_a_select_only_reads(items: Shop) -> None:
    """Statements that write are refused before or by the database; nothing changes."""
    before = items.rows("SELECT * FROM items ORDER BY id")
    for select in (
        "DELETE FROM items",
        "SELECT 1 AS id; DELETE FROM items",
        "SELECT * FROM items) AS q WHERE 1=0; DELETE FROM items; --",
        "WITH gone AS (DELETE FROM items RETURNING id) SELECT id FROM gone",
        "SELECT id INTO copy FROM items",
        "SELECT id FROM items INTO OUTFILE '/tmp/items'",
    ):
        items.error("sqlExport", configuration={"select": select, "key": "id"})
    if items.dialect == "postgresql":
        items.sql("CREATE SEQUENCE tickets")
        message = items.error(
            "sqlExport", configuration={"select": "SELECT nextval('tickets') AS id", "key": "id"}
        )
        assert "read-only" in message
    if items.dialect == "mysql":
        items.sql(
            "CREATE FUNCTION evil() RETURNS INT BEGIN DELETE FROM items; RETURN 1; END",
        )
        message = items.error(
            "sqlExport", configuration={"select": "SELECT evil() AS id", "key": "id"}
        )
        assert "READ ONLY" in message
    assert before == items.rows("SELECT * FROM items ORDER BY id")


def test_parameters_are_checked(items: Shop) -> None:
    """Each name has a value, each value a name."""
    base = {"select": "SELECT id FROM items WHERE id = :id", "key": "id"}
    assert "parameters.id is missing" in items.error("sqlExport", configuration=base)
    assert "parameters.more is not named" in items.error(
        "sqlExport", configuration={**base, "parameters": {"id": 1, "more": 2}}
    )
    if items.dialect != "sqlite":  # which names the second one id:1
        message = items.error(
            "sqlExport", configuration={"select": "SELECT id, id FROM items", "key": "id"}
        )
        assert "two columns named 'id'" in message or "Duplicate column name 'id'" in message
    assert "has no column 'x'" in items.error(
        "sqlExport", configuration={"select": "SELECT id FROM items", "key": "x"}
    )


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ({"startIndex": {"date": "2024"}}, "not readable"),
        ({"startIndex": {"sql": "1"}}, "not readable"),
        ({"startIndex": [1, 2]}, "not readable"),
        ({"startIndex": {"int": "x"}}, "not readable"),
        ({"position": 3}, "other fields"),
        ({"startIndex": 1, "exported": {}}, "other fields"),
        ({"startIndex": 1, "exported": [1]}, "only once"),
    ],
)
def test_a_state_that_is_not_ours(items: Shop, state: Any, why: str) -> None:
    """A state that no answer can have had is refused."""
    message = items.error("sqlExport", configuration={"table": "items"}, state=state)
    assert why in message


@pytest.mark.parametrize(
    ("configuration", "why"),
    [
        ({}, "either table or select"),
        ({"table": "items", "select": "SELECT 1"}, "both are there"),
        ({"tabel": "items"}, "did you mean table?"),
        ({"table": 7}, "configuration.table is a number, but must be text"),
        ({"table": "items", "pageSize": 0}, "an integer from 1 to"),
        ({"table": "items", "key": ["id", "id"]}, "names a column twice"),
        ({"table": "items", "key": ["nope"]}, "has no column 'nope'; it has id, name, done"),
        ({"table": "items", "groupBy": ["name"]}, "may be null"),
        ({"table": "nope"}, "no table or view 'nope'"),
        ({"table": "items", "schema": "nope"}, "no table or view 'nope.items'"),
        ({"select": "SELECT 1 AS id"}, "configuration.key is missing"),
    ],
)
def test_a_configuration_that_is_wrong(items: Shop, configuration: Any, why: str) -> None:
    """The error names the field and says what it must be."""
    assert why in items.error("sqlExport", configuration=configuration)


def test_settings_fill_what_the_configuration_leaves_out(items: Shop) -> None:
    """A form's values count where the configuration says nothing."""
    settings = {"export": {"table": "items", "pageSize": 4, "other": 1}}
    answer = items.export({"pageSize": 3}, settings=settings)
    assert 3 == len(answer["data"])


def test_a_column_that_comes_later(items: Shop) -> None:
    """A statement that fails makes the connector look at the table again."""
    assert 10 == len(items.export({"table": "items"})["data"])
    items.sql("ALTER TABLE items RENAME COLUMN name TO label")
    items.error("sqlExport", configuration={"table": "items"})
    assert "n1" == items.export({"table": "items"})["data"][0]["label"]


def test_a_failed_export_leaves_no_read_only_connection(items: Shop) -> None:
    """The next call gets the same connection from the pool, and may write."""
    items.export({"table": "items"})
    items.error("sqlExport", configuration={"table": "items", "key": "nope"})
    results = items.import_({"importType": "add", "table": "items"}, [{"id": 1, "name": "x"}])
    assert [{"statusCode": 200, "id": "1"}] == results


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_materialized_view_is_a_view(items: Shop) -> None:
    """It has neither keys nor columns that must not be null."""
    items.sql("CREATE MATERIALIZED VIEW seen AS SELECT id, name FROM items")
    pages = items.pages({"table": "seen", "key": "id", "pageSize": 6})
    assert [6, 4] == [len(page) for page in pages]
