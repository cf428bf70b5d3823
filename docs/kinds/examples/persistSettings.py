"""Accept the settings, with dates trimmed."""

from ioplugins import setting
from ioplugins.answers import SavedSettings
from ioplugins.options import PersistSettingsOptions


@setting("persistSettings")
def save_settings(options: PersistSettingsOptions) -> SavedSettings:
    trimmed = {
        name: value.strip() if isinstance(value, str) else value
        for name, value in options.pending.items()
    }
    return SavedSettings.accepted(trimmed)
