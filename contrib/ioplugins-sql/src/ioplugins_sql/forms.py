"""Settings forms that list tables and columns to choose from, and what a changed field offers.

integrator.io gives such functions no credentials, so the host has them: the file that
``IOPLUGINS_SQL_FORM_CONNECTIONS`` names holds ``{_connectionId: {unencrypted, encrypted}}``.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from ioplugins import ExtensionError
from ioplugins.answers import Form
from ioplugins.jsonvalue import JSON
from ioplugins.options import FormInitOptions, RefreshMetadataOptions
from ioplugins.options.shared import Connection
from ioplugins_sql.connections import ConnectionRefused, document_of
from ioplugins_sql.engines import Database, Engines
from ioplugins_sql.failures import ERRORS, failure_of

#: The file of the documents that forms connect with.
CONNECTIONS: Final = "IOPLUGINS_SQL_FORM_CONNECTIONS"

_NAME: Final = "_connectionId"
_REFRESHED: Final = ("table", "key", "groupBy")  # fields whose choices are asked for


def export_form(engines: Engines, options: FormInitOptions) -> Form:
    """Fields for table, key and groupBy, with what the database has.

    Raises:
        ExtensionError: The database cannot be asked; the message says what is missing.
    """
    tables, columns = _chosen(engines, options)
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
    tables, columns = _chosen(engines, options)
    return _form(
        options,
        _select("table", "Table", tables),
        _select("importType", "Import type", ["add", "update", "addUpdate"]),
        _select("key", "Key (the primary key, if none is chosen)", columns, several=True),
    )


def refreshed(engines: Engines, options: RefreshMetadataOptions) -> dict[str, JSON]:
    """The choices of one field: ``{name, options: [[value, label], ...]}``.

    What integrator.io sends of the field stands beside opts or in it; opts may also name
    ``_connectionId``, ``table`` and ``schema``. The last part of a longer field name counts.

    Raises:
        ExtensionError: The field is none of ours, or the database cannot be asked.
    """
    name = options.field_name or options.opts.get("fieldName")
    field = re.split(r"[._]", name)[-1] if isinstance(name, str) else ""
    if field not in _REFRESHED:
        raise ExtensionError(
            f"The field {name!r} has no choices here; {', '.join(_REFRESHED)} have."
        )
    tables, columns = _choices(engines, options.opts.get(_NAME), options.opts)
    items = tables if field == "table" else columns
    return {"name": name, "options": [[item, item] for item in items]}


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


def _chosen(engines: Engines, options: FormInitOptions) -> tuple[list[str], list[str]]:
    return _choices(engines, options.resource.get(_NAME), options.resource.get("settings") or {})


def _choices(
    engines: Engines, wanted: JSON, settings: Mapping[str, JSON]
) -> tuple[list[str], list[str]]:
    """All tables of the connection *wanted*, and the columns of the table that is chosen."""
    connection = _connection(wanted)
    try:
        database = engines.database(document_of(connection))
    except ConnectionRefused as error:
        raise ExtensionError(str(error), code="invalid_connection") from None
    try:
        return _ask(database, settings)
    except ERRORS as error:
        failure = failure_of(error, database.document.secrets)
        raise ExtensionError(failure.message, code=failure.code) from None


def _ask(database: Database, settings: Mapping[str, JSON]) -> tuple[list[str], list[str]]:
    schema = _text(settings, "schema")
    with database.reading() as connection:
        names = database.tables.names(connection, schema)
        table = _text(settings, "table")
        if table is None or table not in names:
            return names, []
        return names, list(database.tables.described(connection, table, schema).kinds)


def _text(settings: Mapping[str, JSON], name: str) -> str | None:
    value = settings.get(name)
    return value if isinstance(value, str) and value else None


def _connection(wanted: JSON) -> Connection:
    """The connection *wanted*, an id; without one, the only one that there is."""
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
    documents = documents if isinstance(documents, dict) else {}
    if wanted is None and len(documents) == 1:
        (wanted,) = documents
    found = documents.get(wanted) if isinstance(wanted, str) else None
    if not isinstance(wanted, str) or not isinstance(found, dict):
        raise ExtensionError(f"The connections of forms on this host have none for {wanted!r}.")
    return Connection(
        id=wanted,
        unencrypted=found.get("unencrypted") or {},
        encrypted=found.get("encrypted") or {},
    )
