"""Options of postMap hooks."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from ioplugins.jsonvalue import JSON
from ioplugins.options.envelope import option
from ioplugins.options.hooks import ImportHookOptions


@frozen(kw_only=True, eq=False, repr=False)
class PostMapOptions(ImportHookOptions):
    """What a postMap hook receives: one page after field mapping.

    Attributes:
        import_id: The running import.
        configuration: The hook's configuration (framework 1.0).
        pre_map_data: The page before mapping.
        post_map_data: The page after mapping, in the same order and length.
    """

    kind: ClassVar[str] = "postMap"

    pre_map_data: list[JSON] = option("preMapData", factory=list, always=True)
    post_map_data: list[JSON] = option("postMapData", factory=list, always=True)
