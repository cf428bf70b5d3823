"""The areas of the API, named as the script module ``integrator-api`` names them.

Each method is written once, as steps; on `AsyncClient` it is awaited. Documents are plain JSON.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from ioplugins.api.core import NO_BODY, Core, segment
from ioplugins.api.exchange import Item, Paged, Steps
from ioplugins.api.masks import Change, Masks, changed
from ioplugins.api.operations import Area, D, Driver, operation, paged
from ioplugins.api.shapes import (
    Exported,
    FlowRun,
    Imported,
    PagedExportState,
    Ping,
    SignedURL,
)
from ioplugins.jsonvalue import JSON

#: Where the functions of a framework 1.0 connector are called over the API.
ConnectorSection = Literal["installer", "uninstaller", "settings", "utilities"]


class Resource(Area[D]):
    """A kind of resource: exports, connections, scripts, ...

    Args:
        core: The client's core.
        driver: The client's driver.
        name: Its name in paths, such as ``"exports"``.
    """

    __slots__ = ("_name",)

    def __init__(self, core: Core, driver: Driver, name: str) -> None:
        super().__init__(core, driver)
        self._name = name

    def _path(self, resource_id: str, *more: str) -> str:
        return "/".join(("", self._name, segment(resource_id), *more))

    @operation
    def find(self, /, **params: object) -> Steps[list[JSON]]:
        """All of them, or those that *params* (``limit``, ``include``, filters) choose."""
        return self._core.found(f"/{self._name}", params)

    @operation
    def get(self, resource_id: str, /, **params: object) -> Steps[dict[str, JSON]]:
        """One of them."""
        return self._core.request("GET", self._path(resource_id), params=params)

    @operation
    def create(self, document: Mapping[str, JSON]) -> Steps[dict[str, JSON]]:
        """A new one; gives it with its ``_id``."""
        return self._core.write("POST", f"/{self._name}", document)

    @operation
    def update(
        self, resource_id: str, change: Change, masks: Masks = "refuse"
    ) -> Steps[dict[str, JSON]]:
        """GET, *change*, PUT; see `Client.update`."""
        return self._core.update(self._path(resource_id), change, masks)

    @operation
    def patch(self, resource_id: str, document: JSON) -> Steps[JSON]:
        """PATCH it; which resources take it, and in which form, Celigo does not say."""
        return self._core.write("PATCH", self._path(resource_id), document)

    @operation
    def delete(self, resource_id: str) -> Steps[None]:
        """Delete it."""
        yield from self._core.request("DELETE", self._path(resource_id))


class Exports(Resource[D]):
    """Exports, saved and virtual."""

    __slots__ = ()

    @operation
    def run(self, export_id: str, listener_data: JSON = None) -> Steps[Exported]:
        """Run a saved export.

        Args:
            export_id: The export.
            listener_data: What a listener (webhook) would have received; None for others.
        """
        body = {} if listener_data is None else {"listenerData": listener_data}
        return self._core.request("POST", self._path(export_id, "invoke"), body)

    @operation
    def run_virtual(self, connection_id: str, export: Mapping[str, JSON]) -> Steps[Exported]:
        """Run an export that is not saved, with a connection."""
        path = f"/connections/{segment(connection_id)}/export"
        return self._core.request("POST", path, {"export": export})

    @paged
    def run_virtual_pages(self, connection_id: str, export: Mapping[str, JSON]) -> Paged[Exported]:
        """Run an export that is not saved, page by page, until it is done."""
        path = f"/connections/{segment(connection_id)}/export/pages"
        body: dict[str, JSON] = {"export": export}
        while True:
            page: Exported = yield from self._core.request("POST", path, body)
            yield Item(page)
            state: PagedExportState = page.get("pagedExportState") or {}
            # Without a state there is nothing to go on with; the same one would go on for ever.
            if not state or state.get("done") or state == body.get("pagedExportState"):
                return
            body = {"export": export, "pagedExportState": state}


class Imports(Resource[D]):
    """Imports, saved and virtual."""

    __slots__ = ()

    @operation
    def run(self, import_id: str, data: Sequence[JSON]) -> Steps[list[Imported]]:
        """Run a saved import on *data*; gives one result a record."""
        body = {"data": data}
        return self._core.request("POST", self._path(import_id, "invoke"), body)

    @operation
    def run_virtual(
        self, connection_id: str, import_: Mapping[str, JSON], data: Sequence[JSON]
    ) -> Steps[list[Imported]]:
        """Run an import that is not saved on *data*, with a connection."""
        path = f"/connections/{segment(connection_id)}/import"
        return self._core.request("POST", path, {"import": import_, "data": data})

    @operation
    def map(
        self, connection_id: str, import_: Mapping[str, JSON], data: Sequence[JSON]
    ) -> Steps[list[JSON]]:
        """Only the mapping of an import that is not saved; gives the mapped records."""
        path = f"/connections/{segment(connection_id)}/import/map"
        return self._core.request("POST", path, {"import": import_, "data": data})


class Flows(Resource[D]):
    """Flows."""

    __slots__ = ()

    @operation
    def run(self, flow_id: str) -> Steps[FlowRun]:
        """Start a flow; gives the ``_jobId`` of its job."""
        return self._core.request("POST", self._path(flow_id, "run"))

    @operation
    def latest_jobs(self, flow_id: str) -> Steps[list[JSON]]:
        """The jobs of the flow's latest run."""
        return self._core.request("GET", self._path(flow_id, "jobs", "latest"))


class Connections(Resource[D]):
    """Connections."""

    __slots__ = ()

    @operation
    def ping(self, connection_id: str) -> Steps[Ping]:
        """Whether the connection works."""
        return self._core.request("GET", self._path(connection_id, "ping"))

    @operation
    def ping_unsaved(self, connection: Mapping[str, JSON]) -> Steps[Ping]:
        """Whether a connection would work that is not saved."""
        return self._core.write("POST", "/connections/ping", connection)

    @operation
    def proxy(
        self, connection_id: str, method: str, relative_uri: str, json: object = NO_BODY
    ) -> Steps[JSON]:
        """Call the connection's application, with the connection's credentials.

        Args:
            connection_id: The connection.
            method: The HTTP method for the application.
            relative_uri: What comes after the connection's base URI.
            json: The body for the application; none when left out.
        """
        headers = {"Integrator-Method": method, "Integrator-Relative-URI": relative_uri}
        path = self._path(connection_id, "proxy")
        return self._core.request("POST", path, json, headers=headers)


class Integrations(Resource[D]):
    """Integrations: what installers, uninstallers and updates work on."""

    __slots__ = ()

    @operation
    def install_steps(self, integration_id: str) -> Steps[list[JSON]]:
        """The steps of its installation (framework 2.0)."""
        return self._core.request("GET", self._path(integration_id, "installSteps"))

    @operation
    def run_install_step(self, integration_id: str, step: Mapping[str, JSON]) -> Steps[JSON]:
        """Carry out a step of its installation (framework 2.0)."""
        path = self._path(integration_id, "installSteps")
        return self._core.write("POST", path, step)

    @operation
    def uninstall_steps(self, integration_id: str) -> Steps[list[JSON]]:
        """The steps of its removal (framework 2.0)."""
        return self._core.request("GET", self._path(integration_id, "uninstallSteps"))

    @operation
    def run_uninstall_step(self, integration_id: str, step: Mapping[str, JSON]) -> Steps[JSON]:
        """Carry out a step of its removal (framework 2.0)."""
        path = self._path(integration_id, "uninstallSteps")
        return self._core.write("POST", path, step)

    @operation
    def call_function(
        self,
        integration_id: str,
        section: ConnectorSection,
        function: str,
        json: JSON = None,
    ) -> Steps[JSON]:
        """Call a function of its connector (framework 1.0) as integrator.io's pages do."""
        path = self._path(integration_id, segment(section), segment(function))
        return self._core.request("PUT", path, {} if json is None else json)

    @operation
    def settings(self, integration_id: str) -> Steps[dict[str, JSON]]:
        """Its settings; {} when it has none."""
        document = yield from self._core.request("GET", self._path(integration_id))
        return document.get("settings") or {}

    @operation
    def change_settings(self, integration_id: str, change: Change) -> Steps[dict[str, JSON]]:
        """Change its settings and nothing else; gives the settings."""

        def settings(document: dict[str, JSON]) -> None:
            document["settings"] = changed(document.get("settings") or {}, change)

        document = yield from self._core.update(self._path(integration_id), settings)
        return document.get("settings") or {}

    @operation
    def finish_update(
        self, integration_id: str, version: str | None = None
    ) -> Steps[dict[str, JSON]]:
        """End an update: raise the version and say that no update is in progress.

        Do this last. integrator.io sets ``updateInProgress`` and leaves it to the update function
        to take it back; a version that was raised before the work is done hides a failure.
        """
        patch: dict[str, JSON] = {"updateInProgress": False}
        if version is not None:
            patch["version"] = version
        return self._core.update(self._path(integration_id), patch)


class Jobs(Area[D]):
    """Jobs: runs of flows, exports and imports."""

    __slots__ = ()

    @operation
    def find(self, /, **params: object) -> Steps[list[JSON]]:
        """Those that *params* choose: ``_flowId``, ``status``, ``type_in``, ..."""
        return self._core.found("/jobs", params)

    @operation
    def get(self, job_id: str) -> Steps[dict[str, JSON]]:
        """One of them."""
        return self._core.request("GET", f"/jobs/{segment(job_id)}")

    @operation
    def current(self, choice: Mapping[str, JSON]) -> Steps[list[JSON]]:
        """Those that run now, of what *choice* names."""
        running = yield from self._core.request("POST", "/jobs/current", choice)
        return running or []  # 204 for none

    @operation
    def cancel(self, job_id: str) -> Steps[JSON]:
        """Stop it."""
        return self._core.request("PUT", f"/jobs/{segment(job_id)}/cancel")

    @operation
    def errors(self, job_id: str) -> Steps[list[JSON]]:
        """Its errors, when they are 1000 at most."""
        return self._core.request("GET", f"/jobs/{segment(job_id)}/joberrors")

    @operation
    def error_file(self, job_id: str) -> Steps[SignedURL]:
        """A link to the file of its errors, however many they are."""
        path = f"/jobs/{segment(job_id)}/errorFile/signedURL"
        return self._core.request("GET", path)


class Stacks(Resource[D]):
    """Stacks: where extension functions run."""

    __slots__ = ()

    @operation
    def system_token(self, stack_id: str) -> Steps[str]:
        """The system token of a server stack: a secret."""
        path = self._path(stack_id, "systemToken")
        shown = yield from self._core.request("GET", path)
        token: str = shown["systemToken"]
        return token

    @operation
    def rotate_system_token(self, stack_id: str) -> Steps[str]:
        """Make the system token of a server stack invalid; gives the new one: a secret.

        The old one is invalid at once. Let the server take both before (see `Settings`).
        """
        path = self._path(stack_id, "systemToken")
        yield from self._core.request("DELETE", path)
        shown = yield from self._core.request("GET", path)
        token: str = shown["systemToken"]
        return token
