"""The carriers to choose from."""

from ioplugins import setting
from ioplugins.options import RefreshMetadataOptions


@setting("refreshMetadata")
def refresh_carriers(options: RefreshMetadataOptions) -> dict:
    name = options.field_name or options.opts.get("fieldName")
    return {"name": name, "options": [["1", "UPS"], ["2", "DHL"]]}
