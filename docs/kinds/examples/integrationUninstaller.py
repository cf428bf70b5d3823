"""A step of the uninstall wizard that is done at once."""

from ioplugins import uninstaller
from ioplugins.answers import InstallStep, StepResult
from ioplugins.options import IntegrationUninstallerOptions


@uninstaller("integrationUninstaller", name="deleteFlows")
def delete_flows(options: IntegrationUninstallerOptions) -> StepResult:
    return StepResult.done(InstallStep(uninstaller_function="deleteFlows", completed=True))
