"""Options of postResponseMap hooks."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from ioplugins.jsonvalue import JSON
from ioplugins.options.envelope import option
from ioplugins.options.hooks import HookOptions
from ioplugins.options.records import LookupResponse


@frozen(kw_only=True, eq=False, repr=False)
class PostResponseMapOptions(HookOptions):
    """What a postResponseMap hook receives: one page after response mapping.

    Attributes:
        export_id: The running export, when the step is a lookup.
        import_id: The running import, when the step is an import.
        post_response_map_data: The records after response mapping; [] when null came (seen for
            AI agent steps).
        response_data: One response for each record, each the JSON object itself.
        one_to_many: Whether the step works on children of each record.
        path_to_many: The path to these children.
    """

    kind: ClassVar[str] = "postResponseMap"

    export_id: str | None = option("_exportId")
    import_id: str | None = option("_importId")
    post_response_map_data: list[JSON] = option("postResponseMapData", factory=list)
    response_data: list[LookupResponse] = option("responseData", factory=list, always=True)
    one_to_many: bool = option("oneToMany", default=False)
    path_to_many: str | None = option("pathToMany")
