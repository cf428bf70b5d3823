"""Options of the functions that install, update and uninstall integrations (framework 2.0)."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from ioplugins.jsonvalue import JSON
from ioplugins.options.envelope import option
from ioplugins.options.shared import Options


@frozen(kw_only=True, eq=False, repr=False)
class StepOptions(Options):
    """What one step of an installation or uninstallation receives.

    Attributes:
        form_submission: The form's values (form steps); None for other steps.
        connection_id: The connection chosen or created (connection steps); None for others.
        resource: The integration that is installed or uninstalled.
        parent_resource: Its parent (child integrations).
        license: Its license (integration apps).
        parent_license: The parent of that license.
    """

    kind: ClassVar[str] = "step"

    form_submission: dict[str, JSON] | None = option("formSubmission")
    connection_id: str | None = option("_connectionId")
    resource: dict[str, JSON] = option("resource", factory=dict, always=True)
    parent_resource: dict[str, JSON] | None = option("parentResource")
    license: dict[str, JSON] | None = option("license")
    parent_license: dict[str, JSON] | None = option("parentLicense")


@frozen(kw_only=True, eq=False, repr=False)
class InitChildOptions(Options):
    """What initChild receives to make a child integration.

    Attributes:
        parent_integration: The parent of the child to create.
        parent_license: The parent's license (integration apps).
    """

    kind: ClassVar[str] = "initChild"

    parent_integration: dict[str, JSON] = option("parentIntegration", factory=dict, always=True)
    parent_license: dict[str, JSON] | None = option("parentLicense")


@frozen(kw_only=True, eq=False, repr=False)
class UpdateOptions(Options):
    """What an update function receives.

    Attributes:
        resource: The integration to update (framework 2.0); None in 1.0.
        license: Its license (framework 2.0, integration apps).
        integration_id: The integration's id (framework 1.0); None in 2.0.
        opts: License information (framework 1.0).
    """

    kind: ClassVar[str] = "update"

    resource: dict[str, JSON] | None = option("resource")
    license: dict[str, JSON] | None = option("license")
    integration_id: str | None = option("_integrationId")
    opts: dict[str, JSON] = option("opts", factory=dict)


@frozen(kw_only=True, eq=False, repr=False)
class ChangeEditionOptions(Options):
    """What a function receives when a license changes to another edition.

    Attributes:
        from_edition: The installed edition (framework 2.0; its type is not documented).
        to_edition: The new edition (framework 2.0; its type is not documented).
        integration: The integration (framework 2.0).
        license: Its license (framework 2.0).
        integration_id: The integration's id (framework 1.0).
        opts: License information (framework 1.0).
        license_opts: As the UI sends it in framework 1.0; its place is not documented.
    """

    kind: ClassVar[str] = "changeEdition"

    from_edition: JSON = option("fromEdition")
    to_edition: JSON = option("toEdition")
    integration: dict[str, JSON] | None = option("integration")
    license: dict[str, JSON] | None = option("license")
    integration_id: str | None = option("_integrationId")
    opts: dict[str, JSON] = option("opts", factory=dict)
    license_opts: dict[str, JSON] = option("licenseOpts", factory=dict)
