"""The installed plugin: its functions are listed, under DIY names or under a _connectorId."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

ID = "5f9b3c2a7d1e4f0011aa22bb"
FUNCTIONS = {"sqlPing", "sqlExport", "sqlImport", "sqlExportForm", "sqlImportForm"}
FUNCTIONS |= {"refreshMetadata"}


def listed(**environment: str) -> dict[str, Any]:
    """What ``ioplugins list`` shows in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-m", "ioplugins", "list", "--json"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(ran.stdout)


@pytest.mark.parametrize("connector_id", [None, ID])
def test_the_functions_are_listed(connector_id: str | None) -> None:
    """Installing is all it takes; the environment gives the id."""
    environment = {"IOPLUGINS_SQL_CONNECTOR_ID": connector_id} if connector_id else {}
    shown = listed(**environment)
    ours = [one for one in shown["functions"] if one["package"] == "ioplugins-sql"]
    assert {connector_id} == {one["connector"] for one in ours}
    assert FUNCTIONS == {one["name"] for one in ours}
    assert all(one["doc"] and one["kind"] for one in ours)
    assert [] == shown["problems"]


def test_the_framework_does_not_import_it() -> None:
    """Nor is a driver imported before a connection needs it."""
    code = (
        "import ioplugins, sys; assert 'sqlalchemy' not in sys.modules; "
        "import ioplugins_sql; assert not {'psycopg', 'pymysql'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
