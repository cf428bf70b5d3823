"""Options of the import of a wrapper connection."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from ioplugins.jsonvalue import JSON
from ioplugins.options.envelope import option
from ioplugins.options.shared import Connection, Options, Settings


@frozen(kw_only=True, eq=False, repr=False)
class ImportOptions(Options):
    """What a wrapper import receives: one page to import.

    Attributes:
        connection: The wrapper connection as saved.
        pre_map_data: The values used for mapping.
        post_map_data: The values after mapping: what to import.
        import_id: The running import.
        flow_id: The running flow, in a flow run.
        integration_id: The flow's integration, if any.
        settings: The custom settings in scope.
        configuration: ``import.wrapper.configuration``; {} when it is not set.
    """

    kind: ClassVar[str] = "wrapperImport"

    connection: Connection = option("connection", factory=Connection, always=True)
    pre_map_data: list[JSON] = option("preMapData", factory=list, always=True)
    post_map_data: list[JSON] = option("postMapData", factory=list, always=True)
    import_id: str = option("_importId", "")
    flow_id: str | None = option("_flowId")
    integration_id: str | None = option("_integrationId")
    settings: Settings = option("settings", factory=Settings)
    configuration: dict[str, JSON] = option("configuration", factory=dict)
