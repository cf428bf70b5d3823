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
