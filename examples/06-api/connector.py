"""A connector that calls integrator.io back: it installs, updates and looks up."""

from __future__ import annotations

from typing import Any

from ioplugins import ExtensionError, hook, installer, uninstaller
from ioplugins.api import ApiError
from ioplugins.options import PreSavePageOptions, StepOptions, UpdateOptions

VERSION = "2.0.0"


@installer("step", name="createResources")
def create_resources(options: StepOptions) -> None:
    """Create the integration's export and import, with the connection that the user chose.

    What was made is written down after each, so that a step which fails half-way and is tried
    again makes nothing twice.
    """
    integration_id = options.resource["_id"]
    client = options.client
    state = client.state(f"integrations/{integration_id}")
    made: dict[str, str] = state.get("resources", {})
    for kind, name in (("exports", "Orders from the shop"), ("imports", "Invoices to the ERP")):
        if kind not in made:
            document = {
                "name": name,
                "_connectionId": options.connection_id,
                "_integrationId": integration_id,
            }
            made[kind] = client.resource(kind).create(document)["_id"]
            state["resources"] = made


@installer("step", name="loadCustomers")
def load_customers(options: StepOptions) -> None:
    """Keep the customers of the form, one ``number=name`` a line, for the hook to look up."""
    lines = (options.form_submission or {}).get("customers", "").splitlines()
    pairs = [line.partition("=") for line in lines if line.strip()]
    if not all(number.strip() and name.strip() for number, _, name in pairs):
        raise ExtensionError("Write one customer a line: number=name.", code="bad_customers")
    customers = {number.strip(): name.strip() for number, _, name in pairs}
    options.client.state(f"integrations/{options.resource['_id']}")["customers"] = customers


@uninstaller("step", name="removeResources")
def remove_resources(options: StepOptions) -> None:
    """Delete what the installation made, and what it wrote down."""
    client = options.client
    state = client.state(f"integrations/{options.resource['_id']}")
    for kind, resource_id in state.get("resources", {}).items():
        try:
            client.resource(kind).delete(resource_id)
        except ApiError as error:
            if error.status != 404:  # somebody has deleted it already
                raise
    state.clear()


@installer("update", name="update")
def update(options: UpdateOptions) -> None:
    """Bring the settings of version 1 to version 2, and end the update.

    Everything in one change: either all of it is there afterwards, with the new version, or none.
    """
    integration_id = (options.resource or {})["_id"]

    def migrate(integration: dict[str, Any]) -> None:
        settings = integration.setdefault("settings", {})
        if "pageSize" in settings:  # version 1 had it as text, at the top
            settings["paging"] = {"size": int(settings.pop("pageSize"))}
        integration["version"] = VERSION
        integration["updateInProgress"] = False

    options.client.integrations.update(integration_id, migrate)


@hook("preSavePage", name="addCustomerNames")
def add_customer_names(options: PreSavePageOptions) -> dict[str, Any]:
    """Give each order its customer's name; an unknown customer is an error of the page."""
    customers = options.client.state(f"integrations/{options.integration_id}").get("customers", {})
    errors = list(options.errors)
    for number in sorted({str(order["customer"]) for order in options.data} - customers.keys()):
        message = f"The customer {number} is not known."
        errors.append({"code": "unknown_customer", "message": message, "source": "connector"})
    data = [
        {**order, "customerName": customers.get(str(order["customer"]))} for order in options.data
    ]
    return {"data": data, "errors": errors}
