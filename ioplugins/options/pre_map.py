"""Options of preMap hooks."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from ioplugins.jsonvalue import JSON
from ioplugins.options.envelope import option
from ioplugins.options.hooks import ImportHookOptions


@frozen(kw_only=True, eq=False, repr=False)
class PreMapOptions(ImportHookOptions):
    """What a preMap hook receives: one page before field mapping.

    Attributes:
        import_id: The running import.
        configuration: The hook's configuration (framework 1.0).
        data: The page's records, each the JSON object itself.
    """

    kind: ClassVar[str] = "preMap"

    data: list[JSON] = option("data", factory=list, always=True)
