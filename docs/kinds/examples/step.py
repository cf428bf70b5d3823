"""A form step that refuses an unknown region."""

from ioplugins import installer
from ioplugins.errors import ExtensionError
from ioplugins.options import StepOptions


@installer("step")
def choose_region(options: StepOptions) -> None:
    region = (options.form_submission or {}).get("region")
    if region not in {"eu", "us"}:
        raise ExtensionError("Choose eu or us.", code="bad_region")
