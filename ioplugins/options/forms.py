"""Options of the functions behind forms and saved resources: formInit and preSave."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from ioplugins.jsonvalue import JSON
from ioplugins.options.envelope import option
from ioplugins.options.shared import Options


@frozen(kw_only=True, eq=False, repr=False)
class FormInitOptions(Options):
    """What a formInit function receives before a settings form is shown.

    Attributes:
        resource: The resource that is viewed: ``resource["settingsForm"]["form"]`` is the static
            form, ``resource["settings"]`` holds the values.
        parent_resource: Its parent, if any.
        grandparent_resource: The parent of that, if any.
        license: The license of the integration (integration apps).
        parent_license: The parent of that license.
        sandbox: True when called for a sandbox.
    """

    kind: ClassVar[str] = "formInit"

    resource: dict[str, JSON] = option("resource", factory=dict, always=True)
    parent_resource: dict[str, JSON] | None = option("parentResource")
    grandparent_resource: dict[str, JSON] | None = option("grandparentResource")
    license: dict[str, JSON] | None = option("license")
    parent_license: dict[str, JSON] | None = option("parentLicense")
    sandbox: bool = option("sandbox", default=False)


@frozen(kw_only=True, eq=False, repr=False)
class PreSaveOptions(Options):
    """What a preSave function receives before a resource is saved.

    Attributes:
        new_resource: The resource that is being saved; answer it, changed or not.
        old_resource: The resource as last saved; {} when there is none yet.
        sandbox: True when called for a sandbox.
    """

    kind: ClassVar[str] = "preSave"

    new_resource: dict[str, JSON] = option("newResource", factory=dict, always=True)
    old_resource: dict[str, JSON] = option("oldResource", factory=dict)
    sandbox: bool = option("sandbox", default=False)
