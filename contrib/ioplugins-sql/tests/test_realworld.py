"""The recorded answers of Celigo's sample MySQL wrapper, given on MariaDB.

Where ours differ, the sample is wrong; `DIFFERENCES` says how, and the README tells it too:

* ``error`` in place of ``errors`` in a failed import, and numbers as id and code: the contract has
  ``errors`` with text, and text as id.
* type test answers one row, whatever ``test.limit`` says.
* type once sets the flag before the page was handed over. Ours is set in the next call, so that the
  last page is followed by an empty one, and the state tells which rows it is about.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Shop

CASES = sorted((Path(__file__).parent / "realworld").glob("*.json"))
FUNCTIONS = {"ping": "sqlPing", "export": "sqlExport", "import": "sqlImport"}


@pytest.fixture(params=["mysql"])
def dialect(request: pytest.FixtureRequest) -> str:
    """The recorded answers are MariaDB's."""
    return request.param


def same(expected: Any, actual: Any) -> bool:
    """Whether *actual* is as recorded; $any stands for anything."""
    if expected == "$any":
        return True
    if isinstance(expected, dict):
        return (
            isinstance(actual, dict)
            and expected.keys() == actual.keys()
            and all(same(value, actual[key]) for key, value in expected.items())
        )
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(expected) == len(actual)
            and all(map(same, expected, actual))
        )
    return expected == actual


def by_the_contract(answer: Any) -> Any:
    """A recorded answer of an import, with ids and codes as text and errors under their name."""
    if not isinstance(answer, list):
        return answer
    mended = []
    for element in answer:
        element = {("errors" if key == "error" else key): value for key, value in element.items()}
        if "id" in element:
            element["id"] = str(element["id"])
        for error in element.get("errors", ()):
            error["code"] = str(error["code"])
        mended.append(element)
    return mended


def prepare(shop: Shop, tables: dict[str, Any]) -> None:
    """The tables of a case."""
    for name, table in tables.items():
        shop.sql(f"CREATE TABLE {name} ({', '.join(table['columns'])})")
        rows = [
            {
                key: value.replace("T", " ").removesuffix("Z") if key == "updated_at" else value
                for key, value in row.items()
            }
            for row in table["rows"]
        ]
        shop.insert(name, rows)


def content(shop: Shop, name: str, columns: list[str]) -> list[dict[str, Any]]:
    """The rows of a table, as the cases have them."""
    return [
        {column: plain(value) for column, value in zip(columns, row, strict=True)}
        for row in shop.rows(f"SELECT {', '.join(columns)} FROM {name} ORDER BY id")
    ]


def plain(value: Any) -> Any:
    """A driver's value as the cases have it."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, (datetime, date)):
        return f"{value.isoformat()}.000Z"
    return value


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_recorded_case(shop: Shop, path: Path) -> None:
    """The answers, errors and rows are as recorded."""
    case = json.loads(path.read_text(encoding="utf-8"))
    prepare(shop, case.get("tables", {}))
    password = shop.connection["encrypted"]["password"]
    state_of_once: dict[str, Any] = {}
    for step in case.get("steps", [case]):
        options = dict(step["options"])
        given = options.pop("connection")
        # As recorded, without a dialect; only where the server is and the right password are ours.
        unencrypted = {**given["unencrypted"], **shop.connection["unencrypted"]}
        del unencrypted["dialect"]
        connection = {"unencrypted": unencrypted}
        if "encrypted" in given:
            right = given["encrypted"]["password"] != "wrong"
            connection["encrypted"] = {"password": password if right else "wrong"}
        if options.get("type") == "once":
            options["state"] = state_of_once
        status, answer = shop.call(FUNCTIONS[case["kind"]], **{**options, "connection": connection})

        expected = by_the_contract(step["expected"])
        if "expected_error" in step:
            assert 422 == status
            assert step["expected_error"]["code"] == answer["errors"][0]["code"]
        elif options.get("type") == "test":
            assert (True, ["lastPage", "data"]) == (
                answer["lastPage"],
                sorted(answer, reverse=True),
            )
            assert 3 == len(answer["data"])
            assert expected["data"] == answer["data"][:1]
        elif options.get("type") == "once":
            assert expected["data"] == answer["data"]
            assert (not answer["data"]) == answer["lastPage"]
            state_of_once = answer.get("state", {})
        else:
            assert 200 == status, answer
            assert same(expected, answer), answer
    for name, rows in case.get("tables_after", {}).items():
        assert rows == content(shop, name, list(rows[0]))
