"""The steps that the uninstall wizard shows."""

from ioplugins import uninstaller
from ioplugins.answers import InstallStep
from ioplugins.options import PreUninstallOptions


@uninstaller("preUninstall")
def uninstall_steps(options: PreUninstallOptions) -> list[InstallStep]:
    return [InstallStep(name="Delete flows", completed=False, uninstaller_function="deleteFlows")]
