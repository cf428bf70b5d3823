"""Forms: the tables and columns of the database, to choose from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from ioplugins_sql.forms import CONNECTIONS

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Shop

ID = "5f1a00000000000000000c01"


@pytest.fixture
def items(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Two tables, and the file that tells the host how to reach them."""
    shop.sql("CREATE TABLE items (id {serial}, name VARCHAR(40))")
    shop.sql("CREATE VIEW named AS SELECT name FROM items")
    path = tmp_path / "connections.json"
    path.write_text(json.dumps({ID: shop.connection}), encoding="utf-8")
    monkeypatch.setenv(CONNECTIONS, str(path))
    return shop


def values(form: Any, name: str) -> list[str]:
    """What a field offers."""
    return [item["value"] for item in form["fieldMap"][name]["options"][0]["items"]]


def test_the_form_of_an_export(items: Shop) -> None:
    """Tables first; the columns of the one that was chosen; the static form's fields stay."""
    static = {"fieldMap": {"note": {"id": "note", "name": "note", "type": "text"}}}
    resource = {"_connectionId": ID, "settings": {}, "settingsForm": {"form": static}}
    status, form = items.call("sqlExportForm", resource=resource)
    assert 200 == status, form
    assert (["items", "named"], []) == (values(form, "table"), values(form, "key"))
    assert ["note", "table", "key", "groupBy"] == form["layout"]["fields"]

    _, form = items.call("sqlExportForm", resource={**resource, "settings": {"table": "items"}})
    assert ["id", "name"] == values(form, "key") == values(form, "groupBy")


def test_the_form_of_an_import(items: Shop) -> None:
    """Table, type and key."""
    _, form = items.call("sqlImportForm", resource={"_connectionId": ID, "settings": {}})
    assert ["add", "update", "addUpdate"] == values(form, "importType")
    assert ["table", "importType", "key"] == list(form["fieldMap"])


def test_a_form_without_a_connection(items: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what the host lacks."""
    resource = {"_connectionId": "5f00", "settings": {}}
    assert "none for '5f00'" in items.error("sqlExportForm", resource=resource)
    monkeypatch.setenv(CONNECTIONS, "nowhere.json")
    assert "cannot be read" in items.error("sqlExportForm", resource=resource)
    monkeypatch.delenv(CONNECTIONS)
    assert CONNECTIONS in items.error("sqlExportForm", resource=resource)


def refreshed(shop: Shop, **options: Any) -> Any:
    """What a field offers, asked for as the settings of a connector are."""
    status, answer = shop.call("refreshMetadata", _integrationId="5f1a", **options)
    assert 200 == status, answer
    return answer


@pytest.mark.parametrize("connection", [{}, {"_connectionId": ID}])
def test_a_field_is_refreshed(items: Shop, connection: Any) -> None:
    """Its choices are those of the form, wherever the field and the table are named."""
    tables = [["items", "items"], ["named", "named"]]
    columns = [["id", "id"], ["name", "name"]]
    assert {"name": "table", "options": tables} == refreshed(
        items, opts={"fieldName": "table", "type": "select", **connection}
    )
    chosen = {"table": "items", **connection}
    for field in ("key", "groupBy", "orders_export.key"):
        assert {"name": field, "options": columns} == refreshed(
            items, fieldName=field, type="multiselect", opts=chosen
        )
    assert [["name", "name"]] == refreshed(items, fieldName="key", opts={"table": "named"})[
        "options"
    ]
    assert [] == refreshed(items, fieldName="key", opts={"table": "nowhere"})["options"]
    assert [] == refreshed(items, fieldName="key", opts={"table": {"x": 1}})["options"]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"fieldName": "colour"}, "'colour' has no choices"),
        ({}, "None has no choices"),
        ({"fieldName": "table", "opts": {"_connectionId": "5f00"}}, "none for '5f00'"),
        ({"fieldName": "table", "opts": {"_connectionId": {}}}, "none for {}"),
    ],
)
def test_a_field_that_cannot_be_refreshed(items: Shop, options: Any, why: str) -> None:
    """The error says why."""
    assert why in items.error("refreshMetadata", **options)


def test_several_connections_to_refresh_from(items: Shop, tmp_path: Path) -> None:
    """Which of them is meant has to be said then."""
    both = {ID: items.connection, "5f02": items.connection}
    (tmp_path / "connections.json").write_text(json.dumps(both), encoding="utf-8")
    assert "none for None" in items.error("refreshMetadata", fieldName="table")
