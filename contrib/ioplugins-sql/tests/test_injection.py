"""Attempts to smuggle SQL in, through every field, key and value: nothing changes but what is said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ioplugins_sql.forms import CONNECTIONS

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Shop

ATTEMPTS = [
    "'; DROP TABLE victims; --",
    '"; DROP TABLE victims; --',
    "`; DROP TABLE victims; -- ",
    "victims; DELETE FROM victims",
    "' OR '1'='1",
    '" OR 1=1 --',
    "` OR 1=1 #",
    "1 OR 1=1",
    "1; UPDATE victims SET name = 'x'",
    "id) VALUES (99); --",
    "\\'; DELETE FROM victims; --",
    "\\",
    "%s%s%(name)s",
    ":name",
    "{name}",
    "$$; DELETE FROM victims; $$",
    "/*",
    "*/ DELETE FROM victims /*",
    "name = name || 'x'",
    "(SELECT name FROM victims)",
    "victims WHERE 1=1",
    "pg_sleep(10)",
    "\0",
    "\n; DELETE FROM victims;\n",
    "\ud800",
    "＇； DROP TABLE victims； －－",
]

FIELDS = ["table", "schema", "key", "groupBy", "pageSize", "pageBytes"]
TEXT = st.one_of(
    st.sampled_from(ATTEMPTS),
    st.text(max_size=20),
    st.tuples(st.sampled_from(ATTEMPTS), st.text("'\"`;-\\%:x ", max_size=6)).map("".join),
)


@pytest.fixture
def victims(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A table that must stay as it is, and one to write to."""
    shop.sql(
        "CREATE TABLE victims (id {serial}, name VARCHAR(200) NOT NULL, sent SMALLINT DEFAULT 0)",
        "CREATE TABLE notes (k VARCHAR(100) NOT NULL PRIMARY KEY, note TEXT)",
    )
    shop.insert("victims", [{"id": n, "name": f"v{n}"} for n in range(1, 4)])
    path = tmp_path / "connections.json"
    path.write_text(json.dumps({"5f1a": shop.connection}), encoding="utf-8")
    monkeypatch.setenv(CONNECTIONS, str(path))
    return shop


def content(shop: Shop) -> Any:
    """What must not change."""
    return shop.rows("SELECT id, name, sent FROM victims ORDER BY id")


def attack(shop: Shop, text: str) -> None:
    """*text* in every place of an export, an import and a ping."""
    export = {"table": "victims"}
    for field in FIELDS:
        shop.call("sqlExport", configuration={**export, field: text})
    shop.call("sqlExport", configuration={**export, text: text})
    for kind, detail in (
        ("delta", {"dateField": text, "lastExecutionTime": 0}),
        ("once", {"booleanField": text}),
        (text, {}),
    ):
        shop.call(
            "sqlExport", configuration=export, type=kind, **{kind[:5]: detail} if detail else {}
        )
    states: list[Any] = [text, {text: text}, {"startIndex": text}, {"startIndex": {text: text}}]
    states += [{"startIndex": 1, "exported": [text]}, {"startIndex": {"int": text}}]
    for state in states:
        for kind in ({}, {"type": "once", "once": {"booleanField": "sent"}}):
            shop.call("sqlExport", configuration=export, state=state, **kind)
    select = "SELECT id, name FROM victims WHERE name = :name"
    for value in (text, [text, text]):
        configuration = {"select": select, "parameters": {"name": value}, "key": "id"}
        if isinstance(value, list):
            configuration["select"] = select.replace("= :name", "IN :name")
        status, answer = shop.call("sqlExport", configuration=configuration)
        assert 200 != status or [] == answer["data"], answer
    configuration = {"select": select, "recordParameters": {"name": "x"}, "key": "id"}
    for record in ({"x": text}, {text: text}):
        status, answer = shop.call("sqlExport", configuration=configuration, data=record)
        assert 200 != status or [] == answer["data"], answer
    renamed = {**configuration, "recordParameters": {"name": text, text: "x"}}
    shop.call("sqlExport", configuration=renamed, data={"x": text})
    for opts in ({"table": text}, {"table": "victims", "schema": text}, {"_connectionId": text}):
        shop.call("refreshMetadata", fieldName="key", opts=opts)
    for wrapped in (text, f"SELECT id FROM victims {text}", f"SELECT id FROM victims) AS q {text}"):
        shop.call("sqlExport", configuration={"select": wrapped, "key": "id"})
    for field in ("importType", "table", "schema", "key"):
        configuration = {"importType": "addUpdate", "table": "notes", field: text}
        shop.call("sqlImport", configuration=configuration, postMapData=[{"k": "x"}], preMapData=[])
    condition = {"condition": text, "colField": [text]}
    configuration = {"importType": "update", "table": "victims", "existingRecCondition": condition}
    record = {"id": 1, "name": "hit"}
    shop.call("sqlImport", configuration=configuration, postMapData=[record], preMapData=[])
    shop.call(
        "sqlImport",
        configuration={"importType": "addUpdate", "table": "victims"},
        postMapData=[{"id": text, "name": text}, {"id": 1, text: "hit"}],
        preMapData=[],
    )
    for field in ("dialect", "database", "user", "ssl", "port"):
        connection = {
            **shop.connection,
            "unencrypted": {**shop.connection["unencrypted"], field: text},
        }
        if field != "database" or shop.dialect == "sqlite":
            shop.call("sqlPing", connection=connection)


@pytest.mark.parametrize("text", ATTEMPTS, ids=ascii)
def test_attempts_change_nothing(victims: Shop, text: str) -> None:
    """The hand-made list."""
    before = content(victims)
    attack(victims, text)
    assert before == content(victims)


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=TEXT)
def test_generated_attempts_change_nothing(victims: Shop, text: str) -> None:
    """What Hypothesis makes of them."""
    before = content(victims)
    attack(victims, text)
    assert before == content(victims)


def test_values_are_stored_as_they_are(victims: Shop) -> None:
    """A value that looks like SQL is stored and read as the text it is."""
    stored = [text for text in ATTEMPTS if "\0" not in text and "\ud800" not in text]
    page = [{"k": text, "note": text} for text in stored]
    for import_type in ("add", "addUpdate", "update"):
        results = victims.import_({"importType": import_type, "table": "notes"}, page)
        assert {200} == {one["statusCode"] for one in results}
    rows = [row for page in victims.pages({"table": "notes", "pageSize": 7}) for row in page]
    assert sorted(stored) == sorted(row["k"] for row in rows)
    assert all(row["k"] == row["note"] for row in rows)


def test_names_that_look_like_sql_are_names(shop: Shop) -> None:
    """Tables and columns of any name work, quoted by SQLAlchemy."""
    quote = "`" if shop.dialect == "mysql" else '"'
    name, column = "t'; DROP TABLE x; --", "sel ect % x"
    shop.sql(
        f"CREATE TABLE {quote}{name}{quote} (id {{serial}}, {quote}{column}{quote} VARCHAR(9))"
    )
    page = [{"id": n, column: f"v{n}"} for n in range(1, 20)]
    for import_type in ("add", "addUpdate", "update"):
        results = shop.import_({"importType": import_type, "table": name}, page)
        assert {200} == {one["statusCode"] for one in results}, results
    configuration = {"table": name, "pageSize": 5, "key": [column, "id"]}
    if shop.dialect != "sqlite":
        assert "may be null" in shop.error("sqlExport", configuration=configuration)
    assert page == [row for rows in shop.pages({"table": name, "pageSize": 5}) for row in rows]
