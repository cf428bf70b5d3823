"""Settings forms that list tables and columns to choose from.

integrator.io gives a formInit function no credentials, so the host has them: the file that
``IOPLUGINS_SQL_FORM_CONNECTIONS`` names holds ``{_connectionId: {unencrypted, encrypted}}``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ioplugins import ExtensionError
from ioplugins.answers import Form
from ioplugins.jsonvalue import JSON
from ioplugins.options import FormInitOptions
from ioplugins.options.shared import Connection
from ioplugins_sql.connections import ConnectionRefused, document_of
from ioplugins_sql.engines import Database, Engines
from ioplugins_sql.failures import ERRORS, failure_of

#: The file of the documents that forms connect with.
CONNECTIONS: Final = "IOPLUGINS_SQL_FORM_CONNECTIONS"

_NAME: Final = "_connectionId"


def export_form(engines: Engines, options: FormInitOptions) -> Form:
    """Fields for table, key and groupBy, with what the database has.

    Raises:
        ExtensionError: The database cannot be asked; the message says what is missing.
    """
    tables, columns = _choices(engines, options)
    return _form(
        options,
        _select("table", "Table or view", tables),
        _select("key", "Key (the primary key, if none is chosen)", columns, several=True),
        _select("groupBy", "Make one record of rows with the same", columns, several=True),
    )


def import_form(engines: Engines, options: FormInitOptions) -> Form:
    """Fields for table, importType and key, with what the database has.

    Raises:
        ExtensionError: The database cannot be asked; the message says what is missing.
    """
    tables, columns = _choices(engines, options)
    return _form(
        options,
        _select("table", "Table", tables),
        _select("importType", "Import type", ["add", "update", "addUpdate"]),
        _select("key", "Key (the primary key, if none is chosen)", columns, several=True),
    )


def _form(options: FormInitOptions, *fields: Mapping[str, JSON]) -> Form:
    """The fields of the static form, ours in their place or after them."""
    static = options.resource.get("settingsForm", {}).get("form", {}).get("fieldMap", {})
    ours = {field["id"]: field for field in fields}
    return Form({**static, **ours})


def _select(
    name: str, label: str, items: Sequence[str], *, several: bool = False
) -> dict[str, JSON]:
    return {
        "id": name,
        "name": name,
        "type": "multiselect" if several else "select",
        "label": label,
        "options": [{"items": [{"label": item, "value": item} for item in items]}],
    }


def _choices(engines: Engines, options: FormInitOptions) -> tuple[list[str], list[str]]:
    """All tables, and the columns of the table that is chosen."""
    connection = _connection(options)
    try:
        database = engines.database(document_of(connection))
    except ConnectionRefused as error:
        raise ExtensionError(str(error), code="invalid_connection") from None
    try:
        return _ask(database, options.resource.get("settings") or {})
    except ERRORS as error:
        failure = failure_of(error, database.document.secrets)
        raise ExtensionError(failure.message, code=failure.code) from None


def _ask(database: Database, settings: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    schema = settings.get("schema") or None
    with database.reading() as connection:
        names = database.tables.names(connection, schema)
        table = settings.get("table")
        if table not in names:
            return names, []
        return names, list(database.tables.described(connection, table, schema).kinds)


def _connection(options: FormInitOptions) -> Connection:
    path = os.environ.get(CONNECTIONS)
    if not path:
        raise ExtensionError(
            f"Forms have no connection on this host; {CONNECTIONS} names the file with them."
        )
    try:
        documents = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ExtensionError(
            f"The file that {CONNECTIONS} names cannot be read: {type(error).__name__}."
        ) from None
    wanted = options.resource.get(_NAME)
    found = documents.get(wanted) if isinstance(documents, dict) else None
    if not isinstance(found, dict):
        raise ExtensionError(f"The connections of forms on this host have none for {wanted!r}.")
    return Connection(
        id=wanted,
        unencrypted=found.get("unencrypted") or {},
        encrypted=found.get("encrypted") or {},
    )
