"""Options of the ping of a wrapper connection."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from ioplugins.options.envelope import option
from ioplugins.options.shared import Connection, Options


@frozen(kw_only=True, eq=False, repr=False)
class PingOptions(Options):
    """What a ping receives.

    Attributes:
        connection: The wrapper connection as saved.
        import_id: An import of the connection, sometimes.
        export_id: An export of the connection, sometimes.
    """

    kind: ClassVar[str] = "ping"

    connection: Connection = option("connection", factory=Connection, always=True)
    import_id: str | None = option("_importId")
    export_id: str | None = option("_exportId")
