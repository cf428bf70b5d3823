"""Options of postSubmit hooks."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from ioplugins.jsonvalue import JSON
from ioplugins.options.envelope import option
from ioplugins.options.hooks import ImportHookOptions
from ioplugins.options.records import SubmitResponse


@frozen(kw_only=True, eq=False, repr=False)
class PostSubmitOptions(ImportHookOptions):
    """What a postSubmit hook receives: one page after it was submitted.

    Attributes:
        import_id: The running import.
        configuration: The hook's configuration (framework 1.0).
        pre_map_data: The page before mapping.
        post_map_data: The page after mapping.
        response_data: One response for each record, each the JSON object itself.
    """

    kind: ClassVar[str] = "postSubmit"

    pre_map_data: list[JSON] = option("preMapData", factory=list, always=True)
    post_map_data: list[JSON] = option("postMapData", factory=list, always=True)
    response_data: list[SubmitResponse] = option("responseData", factory=list, always=True)
