"""What happens when somebody installs the integration, or changes its settings."""

from ioplugins import ExtensionError, installer, setting
from ioplugins.answers import SavedSettings
from ioplugins.jsonvalue import JSON
from ioplugins.options import PersistSettingsOptions, StepOptions

from .shop import create_shop


@installer("step", name="createShop")
def create_shop_step(options: StepOptions) -> None:
    """Create the shop that the step's form asks for; the same form again changes nothing."""
    create_shop(options.form_submission or {})


@setting("persistSettings", name="persistSettings")
def persist_settings(options: PersistSettingsOptions) -> SavedSettings:
    """Keep the page size a whole number from 1 to 1000."""
    pending = dict(options.pending)
    if "pageSize" in pending:
        pending["pageSize"] = _page_size(pending["pageSize"])
    return SavedSettings.accepted(pending)


def _page_size(value: JSON) -> int:
    # The settings form gives numbers as text.
    text = str(value)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1000:
        raise ExtensionError("The page size must be from 1 to 1000.", code="invalid_page_size")
    return int(text)
