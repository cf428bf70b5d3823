"""Options of a connector's own functions (framework 1.0): installer, uninstaller, settings."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from ioplugins.jsonvalue import JSON
from ioplugins.options.envelope import option
from ioplugins.options.shared import Options


@frozen(kw_only=True, eq=False, repr=False)
class ConnectorOptions(Options):
    """What all functions of a connector receive.

    Attributes:
        integration_id: The integration concerned.
        opts: Information about the connector license; a free object.
    """

    integration_id: str = option("_integrationId", "")
    opts: dict[str, JSON] = option("opts", factory=dict)


@frozen(kw_only=True, eq=False, repr=False)
class _StepOptions(ConnectorOptions):
    # Sent by the UI; where integrator.io puts them in the options is not documented.
    store_id: str | None = option("storeId")
    add_on_id: str | None = option("addOnId")
    form_val: dict[str, JSON] | None = option("formVal")


@frozen(kw_only=True, eq=False, repr=False)
class ConnectorInstallerOptions(ConnectorOptions):
    """What a connector installer receives when a user starts to install.

    Attributes:
        connector_id: The connector that is installed.
    """

    kind: ClassVar[str] = "connectorInstaller"

    connector_id: str = option("_connectorId", "")


@frozen(kw_only=True, eq=False, repr=False)
class IntegrationInstallerOptions(_StepOptions):
    """What a step of the install wizard receives.

    Attributes:
        store_id: The store concerned, when sent.
        add_on_id: The add-on concerned, when sent.
        form_val: The form's values, when sent.
    """

    kind: ClassVar[str] = "integrationInstaller"


@frozen(kw_only=True, eq=False, repr=False)
class PreUninstallOptions(ConnectorOptions):
    """What is received before the uninstall wizard starts."""

    kind: ClassVar[str] = "preUninstall"


@frozen(kw_only=True, eq=False, repr=False)
class IntegrationUninstallerOptions(_StepOptions):
    """What a step of the uninstall wizard receives.

    Attributes:
        store_id: The store concerned, when sent.
        add_on_id: The add-on concerned, when sent.
        form_val: The form's values, when sent.
    """

    kind: ClassVar[str] = "integrationUninstaller"


@frozen(kw_only=True, eq=False, repr=False)
class ConnectorUninstallerOptions(ConnectorOptions):
    """What the last clean-up receives."""

    kind: ClassVar[str] = "connectorUninstaller"


@frozen(kw_only=True, eq=False, repr=False)
class PersistSettingsOptions(ConnectorOptions):
    """What is received when settings were changed in the UI.

    Attributes:
        pending: The changed fields with their new values; for a connector with several stores
            by store id: ``{storeId: {field: value}}``.
    """

    kind: ClassVar[str] = "persistSettings"

    pending: dict[str, JSON] = option("pending", factory=dict, always=True)


@frozen(kw_only=True, eq=False, repr=False)
class RefreshMetadataOptions(ConnectorOptions):
    """What is received when a user refreshes the choices of a settings field.

    Attributes:
        field_name: The field, as the UI sends it; Celigo's text puts the field into opts.
        type: The field's type, as the UI sends it.
        import_id: The import concerned, as the UI sends it.
    """

    kind: ClassVar[str] = "refreshMetadata"

    field_name: str | None = option("fieldName")
    type: str | None = option("type")
    import_id: str | None = option("_importId")


@frozen(kw_only=True, eq=False, repr=False)
class GetMappingMetadataOptions(ConnectorOptions):
    """What is received when the UI asks which mappings are required or not editable.

    Attributes:
        version: The installed version of the integration.
    """

    kind: ClassVar[str] = "getMappingMetadata"

    version: str = option("version", "")


@frozen(kw_only=True, eq=False, repr=False)
class UtilityOptions(ConnectorOptions):
    """What a utility receives: whatever its caller sends; read it as the mapping."""

    kind: ClassVar[str] = "utility"
