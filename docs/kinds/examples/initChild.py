"""A child integration with a first step of its own."""

from ioplugins import installer
from ioplugins.answers import ChildIntegration, InstallStep
from ioplugins.options import InitChildOptions


@installer("initChild")
def make_store(options: InitChildOptions) -> ChildIntegration:
    name = f"{options.parent_integration['name']} store"
    return ChildIntegration(name, [InstallStep(name="Connect the shop", type="connection")])
