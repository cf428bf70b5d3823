"""Which records have a row already: asked for a whole page at once, and locked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen
from sqlalchemy import Connection

from ioplugins_sql.cursors import Key
from ioplugins_sql.finding import rows_with
from ioplugins_sql.rows import Row
from ioplugins_sql.tables import Described


@frozen
class Existing:
    """How rows are found by their key.

    Attributes:
        described: The table.
        key: The columns of the key.
    """

    described: Described
    key: Sequence[str]

    def find(self, connection: Connection, rows: Sequence[Row], *, lock: bool = True) -> list[Row]:
        """Those of *rows* whose key is in the table; each gets its id.

        Args:
            connection: In a transaction.
            rows: Each with a key, no two with the same.
            lock: Whether nobody else may change what was found until the transaction ends.
        """
        by_key = {row.key: row for row in rows}
        found: list[Row] = []
        strangers = 0
        for key, id_ in self._ask(connection, list(by_key), lock):
            row = by_key.pop(key, None)
            if row is None:
                strangers += 1
            else:
                row.id = id_
                found.append(row)
        # The database found rows by keys that it takes for equal and Python does not ('a' and 'A',
        # 1.50 and 1.5): whose they are, only it can tell.
        if strangers:
            for row in by_key.values():
                for _, id_ in self._ask(connection, [row.key], lock):
                    row.id = id_
                    found.append(row)
        return found

    def _ask(
        self, connection: Connection, keys: Sequence[Any], lock: bool
    ) -> list[tuple[Key, Key]]:
        names = (*self.key, *(self.described.primary_key or self.key))
        found = rows_with(connection, self.described, names, self.key, keys, lock=lock)
        width = len(self.key)
        return [(row[:width], row[width:]) for row in found]
