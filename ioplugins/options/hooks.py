"""What the options of hooks have in common."""

from __future__ import annotations

from attrs import frozen

from ioplugins.jsonvalue import JSON
from ioplugins.options.envelope import option
from ioplugins.options.shared import Job, Options, Settings


@frozen(kw_only=True, eq=False, repr=False)
class HookOptions(Options):
    """What all hooks receive.

    Attributes:
        connection_id: The step's connection; None for steps without one.
        flow_id: The running flow; None in a stand-alone preview.
        integration_id: The flow's integration, if any.
        parent_integration_id: The parent of that integration, if any.
        settings: The custom settings in scope.
        test_mode: True in test runs and previews.
        job: The current job; whether stacks get it is unknown.
        api_id: The Celigo API that runs the step; whether stacks get it is unknown.
        sandbox: True in a sandbox account; whether stacks get it is unknown.
    """

    connection_id: str | None = option("_connectionId")
    flow_id: str | None = option("_flowId")
    integration_id: str | None = option("_integrationId")
    parent_integration_id: str | None = option("_parentIntegrationId")
    settings: Settings = option("settings", factory=Settings)
    test_mode: bool = option("testMode", default=False)
    job: Job | None = option("job")
    api_id: str | None = option("_apiId")
    sandbox: bool = option("sandbox", default=False)


@frozen(kw_only=True, eq=False, repr=False)
class ImportHookOptions(HookOptions):
    """What the hooks of an import step receive, postResponseMap left out.

    Attributes:
        import_id: The running import.
        configuration: The hook's configuration (framework 1.0).
    """

    import_id: str = option("_importId", "")
    configuration: dict[str, JSON] = option("configuration", factory=dict)
