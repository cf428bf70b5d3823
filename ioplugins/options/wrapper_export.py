"""Options of the export of a wrapper connection."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import ClassVar

from attrs import frozen

from ioplugins.jsonvalue import JSON
from ioplugins.options.envelope import Envelope, option
from ioplugins.options.shared import Connection, Options, Settings


@frozen(kw_only=True, eq=False, repr=False)
class Delta(Envelope):
    """What a delta export starts from.

    Attributes:
        date_field: The field that says when a record was changed.
        last_execution_time: Start of the last successful run, in milliseconds since 1970.
    """

    date_field: str = option("dateField", "")
    last_execution_time: int | None = option("lastExecutionTime")

    @property
    def since(self) -> datetime | None:
        """The last execution time in UTC; None when it did not come."""
        if self.last_execution_time is None:
            return None
        epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
        return epoch + timedelta(milliseconds=self.last_execution_time)


@frozen(kw_only=True, eq=False, repr=False)
class Once(Envelope):
    """What a once export goes by.

    Attributes:
        boolean_field: The field that says whether a record was exported; you set it yourself.
    """

    boolean_field: str = option("booleanField", "")


@frozen(kw_only=True, eq=False, repr=False)
class TestRun(Envelope):
    """What a test run asks for.

    Attributes:
        limit: How many records at most, 1 to 100; None when it did not come.
    """

    __test__: ClassVar[bool] = False  # no test class, whatever pytest thinks of its name

    limit: int | None = option("limit")


@frozen(kw_only=True, eq=False, repr=False)
class ExportOptions(Options):
    """What a wrapper export receives, again and again until the last page.

    Attributes:
        connection: The wrapper connection as saved.
        type: ``"delta"``, ``"once"``, ``"test"``; None for all records.
        delta: For type delta.
        once: For type once.
        test: For type test.
        state: What your last answer gave as state; {} in the first call.
        export_id: The running export.
        flow_id: The running flow, in a flow run.
        integration_id: The flow's integration, if any.
        settings: The custom settings in scope.
        configuration: ``export.wrapper.configuration``; {} when it is not set.
        data: What the step before gave, when the export is a lookup; its shape is not
            documented.
    """

    kind: ClassVar[str] = "wrapperExport"

    connection: Connection = option("connection", factory=Connection, always=True)
    type: str | None = option("type")
    delta: Delta | None = option("delta")
    once: Once | None = option("once")
    test: TestRun | None = option("test")
    state: dict[str, JSON] = option("state", factory=dict)
    export_id: str = option("_exportId", "")
    flow_id: str | None = option("_flowId")
    integration_id: str | None = option("_integrationId")
    settings: Settings = option("settings", factory=Settings)
    configuration: dict[str, JSON] = option("configuration", factory=dict)
    data: JSON = option("data", secret=True)
