"""Add a field to the form that is set on the resource."""

from ioplugins import hook
from ioplugins.answers import Form
from ioplugins.options import FormInitOptions


@hook("formInit")
def with_warehouse(options: FormInitOptions) -> Form:
    form = options.resource["settingsForm"]["form"]
    warehouse = {"id": "warehouse", "name": "warehouse", "type": "text", "label": "Warehouse"}
    return Form.of(*form["fieldMap"].values(), warehouse)
