"""A step of the install wizard that is done at once."""

from ioplugins import installer
from ioplugins.answers import InstallStep, StepResult
from ioplugins.options import IntegrationInstallerOptions


@installer("integrationInstaller", name="installBundle")
def install_bundle(options: IntegrationInstallerOptions) -> StepResult:
    return StepResult.done(InstallStep(installer_function="installBundle", completed=True))
