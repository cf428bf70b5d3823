"""Exports as lookups: the records of the step before give the parameters of a SELECT."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Shop

ONE = {
    "select": "SELECT id, name FROM items WHERE customer = :customer AND id > :low",
    "parameters": {"low": 1},
    "recordParameters": {"customer": "buyer.code"},
    "key": "id",
    "pageSize": 2,
}
SEVERAL = {**ONE, "select": "SELECT id FROM items WHERE customer IN :customer AND id > :low"}


@pytest.fixture
def items(shop: Shop) -> Shop:
    """Items of two customers."""
    shop.sql("CREATE TABLE items (id INT PRIMARY KEY, name VARCHAR(20), customer VARCHAR(20))")
    rows = [{"id": n, "name": f"n{n}", "customer": "AB"[n % 2]} for n in range(10)]
    shop.insert("items", rows)
    return shop


def ids(shop: Shop, configuration: Any, data: Any) -> list[list[Any]]:
    """The ids of each page."""
    return [[row["id"] for row in page] for page in shop.pages(configuration, data=data)]


def buyer(code: Any) -> dict[str, Any]:
    """A record of the step before."""
    return {"order": 7, "buyer": {"code": code}}


@pytest.mark.parametrize(
    "data",
    [buyer("A"), [buyer("A")], [[buyer("A"), buyer("B")]], {"buyer.code": "A"}],
    ids=["a record", "a list of one", "a group of rows", "a field with a dot"],
)
def test_a_record_gives_a_parameter(items: Shop, data: Any) -> None:
    """In whatever form it comes; the answer has its pages as ever."""
    assert [[2, 4], [6, 8], []] == ids(items, ONE, data)


@pytest.mark.parametrize("value", ["nobody", None, "A' OR '1' = '1"])
def test_a_record_that_finds_nothing(items: Shop, value: Any) -> None:
    """A value that is not there, or none at all, is a lookup without results."""
    assert [[]] == ids(items, ONE, buyer(value))
    assert [[]] == ids(items, SEVERAL, buyer(value))
    assert [[]] == ids(items, ONE, {"order": 7})


def test_a_page_gives_a_list(items: Shop) -> None:
    """IN takes one record or many, each value once."""
    assert [[2, 4], [6, 8], []] == ids(items, SEVERAL, [buyer("A")])
    page = [buyer("A"), buyer("A"), buyer(None), buyer("B")]
    assert [[2, 3], [4, 5], [6, 7], [8, 9], []] == ids(items, SEVERAL, page)


@pytest.mark.parametrize(
    ("configuration", "data", "why"),
    [
        (ONE, None, "gave none"),
        (ONE, [], "gave none"),
        (ONE, "text", "A record of the step before is"),
        (ONE, [buyer("A"), buyer("B")], "gave 2 records"),
        (ONE, buyer({"x": 1}), "must be text, a number"),
        ({**ONE, "recordParameters": {"customer": 5}}, buyer("A"), "must hold texts"),
        ({**ONE, "recordParameters": {"low": "order"}}, buyer("A"), "'low' is both"),
        (
            {**ONE, "recordParameters": {"customer": "buyer.code", "more": "order"}},
            buyer("A"),
            "parameters.more is not named",
        ),
        ({"table": "items", "recordParameters": {"id": "order"}}, buyer("A"), "is for a select"),
    ],
)
def test_what_is_wrong(items: Shop, configuration: Any, data: Any, why: str) -> None:
    """The message says what to enter."""
    assert why in items.error("sqlExport", configuration=configuration, data=data)


def test_without_record_parameters(items: Shop) -> None:
    """What the step before gave is ignored."""
    assert 10 == len(items.export({"table": "items"}, data=[buyer("A")])["data"])
