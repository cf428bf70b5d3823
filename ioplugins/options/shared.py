"""What many kinds of options share: custom settings, the current job, the wrapper connection."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from attrs import frozen

from ioplugins.jsonvalue import JSON
from ioplugins.options.envelope import Envelope, option

if TYPE_CHECKING:
    from ioplugins.api import AsyncClient, Client


@frozen(kw_only=True, eq=False, repr=False)
class Options(Envelope):
    """What an extension function receives; the base of the class of every kind.

    Attributes:
        kind: The id of the kind in the contract, such as ``"preMap"``.
        bearer_token: One-time token for calls back to some routes of the integrator.io API;
            "" when it did not come. Never shown in a repr.
    """

    kind: ClassVar[str]

    bearer_token: str = option("bearerToken", "", secret=True)

    @property
    def client(self) -> Client:
        """The integrator.io API, called with this call's one-time token.

        Raises:
            ConfigurationError: The call brought no token.
            ImportError: The extra ``api`` is not installed.
        """
        # Imported by the first function that calls back: others need not pay for it.
        from ioplugins.api import Client  # noqa: PLC0415

        return Client.from_options(self)

    @property
    def async_client(self) -> AsyncClient:
        """As `client`, with methods to be awaited."""
        from ioplugins.api import AsyncClient  # noqa: PLC0415 - as above

        return AsyncClient.from_options(self)


@frozen(kw_only=True, eq=False, repr=False)
class Settings(Envelope):
    """Custom settings, by the resource they are set on; each ``{}`` when there are none.

    In framework 1.0 this is the connector's own settings document: read it as the mapping.
    """

    integration: dict[str, JSON] = option("integration", factory=dict, lenient=True)
    parent_integration: dict[str, JSON] = option("parentIntegration", factory=dict, lenient=True)
    flow_grouping: dict[str, JSON] = option("flowGrouping", factory=dict, lenient=True)
    flow: dict[str, JSON] = option("flow", factory=dict, lenient=True)
    export: dict[str, JSON] = option("export", factory=dict, lenient=True)
    import_: dict[str, JSON] = option("import", factory=dict, lenient=True)
    connection: dict[str, JSON] = option("connection", factory=dict, lenient=True)


@frozen(kw_only=True, eq=False, repr=False)
class Job(Envelope):
    """The current job (newest platform; whether stacks get it is unknown).

    Attributes:
        id: The job's id.
        type: ``"flow"``, ``"export"`` or ``"import"``.
        started_at: When it started, in UTC.
        parent_job: The flow job of an export or import job, as the JSON object.
    """

    id: str | None = option("_id")
    type: str | None = option("type")
    started_at: datetime | None = option("startedAt")
    parent_job: dict[str, JSON] | None = option("parentJob")


@frozen(kw_only=True, eq=False, repr=False)
class Connection(Envelope):
    """A wrapper connection as it was saved.

    Attributes:
        id: The connection's id, when sent.
        unencrypted: What the user entered in the clear.
        encrypted: Passwords, keys, tokens. Never shown in a repr.
    """

    id: str | None = option("_id")
    unencrypted: dict[str, JSON] = option("unencrypted", factory=dict)
    encrypted: dict[str, JSON] = option("encrypted", factory=dict, secret=True)
