"""Routes that run something: exports, imports, flows, connections; and the jobs of it."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Final

from ioplugins.api.fake.messages import Asked, Reply, listed, refused
from ioplugins.api.fake.resource_routes import body_object
from ioplugins.api.fake.store import Document, masked, matching
from ioplugins.api.fake.world import World
from ioplugins.jsonvalue import JSON

_PAGE_SIZE: Final = 20
_ERRORS_A_PAGE: Final = 50


# ------------------------------------------------------------------------------ connections


def ping(world: World, asked: Asked, connection_id: str) -> Reply:
    """GET or POST /connections/{id}/ping."""
    return _pinged(world.reach(asked.token, "connections", connection_id))


def ping_unsaved(world: World, asked: Asked) -> Reply:  # noqa: ARG001 - as all routes
    """POST /connections/ping."""
    connection = body_object(asked)
    if not connection.get("type"):
        raise refused(422, "missing_required_field", "type is required.", "type")
    return _pinged(connection)


def proxy(world: World, asked: Asked, connection_id: str) -> Reply:
    """POST /connections/{id}/proxy: answers what would have been sent to the application."""
    _online(world, asked, connection_id)
    method, uri = (asked.headers.get(f"integrator-{name}") for name in ("method", "relative-uri"))
    if not method or not uri:
        raise refused(
            400, "missing_header", "Integrator-Method and Integrator-Relative-URI are required."
        )
    return Reply(200, {"method": method, "relativeURI": uri, "body": asked.body})


# -------------------------------------------------------------------------- running exports


def run_export(world: World, asked: Asked, export_id: str) -> Reply:
    """POST /exports/{id}/invoke: its records, or what a listener received."""
    export = world.reach(asked.token, "exports", export_id)
    _online(world, asked, export["_connectionId"])
    given = asked.body.get("listenerData") if isinstance(asked.body, dict) else None
    data = world.store.records.get(export_id, [])
    if given is not None:
        data = given if isinstance(given, list) else [given]
    return Reply(200, _exported(data))


def run_virtual_export(world: World, asked: Asked, connection_id: str) -> Reply:
    """POST /connections/{id}/export: the records of the connection."""
    _online(world, asked, connection_id)
    _part(asked, "export")
    return Reply(200, _exported(world.store.records.get(connection_id, [])))


def run_virtual_export_page(world: World, asked: Asked, connection_id: str) -> Reply:
    """POST /connections/{id}/export/pages: one page; its state must come back as it was sent."""
    _online(world, asked, connection_id)
    export = _part(asked, "export")
    records = world.store.records.get(connection_id, [])
    size = export.get("pageSize") or _PAGE_SIZE
    state = asked.body.get("pagedExportState")
    if state is not None and state != _signed(world, state):
        raise refused(422, "invalid_state", "The pagedExportState was changed.", "pagedExportState")
    index = 1 if state is None else state["pageIndex"]
    pages = max(1, -(-len(records) // size))
    following = {
        "pageIndex": index + 1,
        "pageSize": size,
        "totalPages": pages,
        "totalRecords": len(records),
        "done": index >= pages,
    }
    page = _exported(records[(index - 1) * size : index * size])
    return Reply(200, {**page, "pagedExportState": _signed(world, following)})


def run_import(world: World, asked: Asked, import_id: str) -> Reply:
    """POST /imports/{id}/invoke: keeps the records; one result for each."""
    document = world.reach(asked.token, "imports", import_id)
    _online(world, asked, document["_connectionId"])
    return _imported(world, import_id, _mapped(document, _data(asked)))


def run_virtual_import(world: World, asked: Asked, connection_id: str) -> Reply:
    """POST /connections/{id}/import: keeps the mapped records; one result for each."""
    _online(world, asked, connection_id)
    return _imported(world, connection_id, _mapped(_part(asked, "import"), _data(asked)))


def map_virtual_import(world: World, asked: Asked, connection_id: str) -> Reply:
    """POST /connections/{id}/import/map: the mapped records only."""
    world.reach(asked.token, "connections", connection_id)
    return Reply(200, _mapped(_part(asked, "import"), _data(asked)))


# ------------------------------------------------------------------------------ flows and jobs


def run_flow(world: World, asked: Asked, flow_id: str) -> Reply:
    """POST /flows/{id}/run: its job is done at once."""
    flow = world.reach(asked.token, "flows", flow_id)
    if flow.get("disabled"):
        raise refused(422, "invalid_flow", "The flow is disabled.")
    errors = [e for step in world.store.flow_errors.get(flow_id, {}).values() for e in step]
    job = world.store.add(
        "jobs",
        {
            "type": "flow",
            "_flowId": flow_id,
            "status": "completed",
            "numError": len(errors),
            "numSuccess": 0,
            "numIgnore": 0,
            **{key: flow[key] for key in ("_integrationId", "_connectorId") if key in flow},
        },
    )
    return Reply(201, {"_jobId": job["_id"]})


def latest_jobs(world: World, asked: Asked, flow_id: str) -> Reply:
    """GET /flows/{id}/jobs/latest."""
    world.reach(asked.token, "flows", flow_id)
    return listed(matching(world.visible(asked.token, "jobs"), {"_flowId": flow_id})[-1:])


def flow_error_summary(world: World, asked: Asked, flow_id: str) -> Reply:
    """GET /flows/{id}/errors: how many, by step."""
    world.reach(asked.token, "flows", flow_id)
    steps = world.store.flow_errors.get(flow_id, {})
    summary = [{"_expOrImpId": step, "numError": len(errors)} for step, errors in steps.items()]
    return Reply(200, {"flowErrors": summary})


def flow_errors(world: World, asked: Asked, flow_id: str, step_id: str) -> Reply:
    """GET /flows/{id}/{step}/errors: pages by nextPageURL."""
    world.reach(asked.token, "flows", flow_id)
    errors = world.store.flow_errors.get(flow_id, {}).get(step_id, [])
    text = asked.query.get("skip", "0")
    skip = int(text) if text.isascii() and text.isdigit() else 0
    body: Document = {"errors": errors[skip : skip + _ERRORS_A_PAGE]}
    if skip + _ERRORS_A_PAGE < len(errors):
        body["nextPageURL"] = f"{asked.url}?skip={skip + _ERRORS_A_PAGE}"
    return Reply(200, body)


def current_jobs(world: World, asked: Asked) -> Reply:
    """POST /jobs/current: those that run or wait, of what the body names."""
    choice = {key: str(value) for key, value in body_object(asked).items()}
    jobs = matching(world.visible(asked.token, "jobs"), choice)
    return listed([job for job in jobs if job.get("status") in {"running", "queued"}])


def cancel_job(world: World, asked: Asked, job_id: str) -> Reply:
    """PUT /jobs/{id}/cancel."""
    job = world.reach(asked.token, "jobs", job_id)
    if job.get("status") not in {"running", "queued"}:
        raise refused(422, "invalid_job", "The job has ended.")
    job["status"] = "canceled"
    return Reply(200, masked(job))


def job_errors(world: World, asked: Asked, job_id: str) -> Reply:
    """GET /jobs/{id}/joberrors."""
    world.reach(asked.token, "jobs", job_id)
    return listed(world.store.job_errors.get(job_id, []))


def job_error_file(world: World, asked: Asked, job_id: str) -> Reply:
    """GET /jobs/{id}/errorFile/signedURL: nothing is behind it."""
    world.reach(asked.token, "jobs", job_id)
    return Reply(200, {"signedURL": f"https://files.example/{job_id}.csv"})


# -------------------------------------------------------------------------------- integrations


def read_steps(world: World, asked: Asked, integration_id: str, steps: str) -> Reply:
    """GET /integrations/{id}/installSteps or uninstallSteps."""
    return listed(_steps(world, asked, integration_id, steps))


def run_step(world: World, asked: Asked, integration_id: str, steps: str) -> Reply:
    """POST the same: the first step that is left is done, whatever the body says of it."""
    held = _steps(world, asked, integration_id, steps)
    left = [step for step in held if not step.get("completed")]
    if not left:
        raise refused(422, "invalid_step", "All steps are completed.")
    left[0]["completed"] = True
    return listed(held)


def call_function(
    world: World, asked: Asked, integration_id: str, section: str, function: str
) -> Reply:
    """PUT /integrations/{id}/{section}/{function}: completes the step of an installer."""
    integration = world.reach(asked.token, "integrations", integration_id)
    name = {"installer": "installerFunction", "uninstaller": "uninstallerFunction"}.get(section)
    if name is None:
        return Reply(200, {"success": True})
    done = [step for step in integration.get("install") or () if step.get(name) == function]
    if not done:
        raise refused(422, "invalid_function", f"No step has the {name} {function}.")
    for step in done:
        step["completed"] = section == "installer"
    return Reply(200, {"success": True, "stepsToUpdate": done})


# ------------------------------------------------------------------------------------ helpers


def _pinged(connection: Document) -> Reply:
    if connection.get("offline"):
        return Reply(200, {"code": 401, "message": "The connection is offline."})
    return Reply(200, {"code": 200})


def _online(world: World, asked: Asked, connection_id: str) -> None:
    if world.reach(asked.token, "connections", connection_id).get("offline"):
        raise refused(422, "connection_offline", "The connection is offline.")


def _exported(data: list[JSON]) -> Document:
    return {"data": data, "dataURIs": [None] * len(data)}


def _imported(world: World, place: str, records: list[JSON]) -> Reply:
    world.store.imported.setdefault(place, []).extend(records)
    return Reply(
        200,
        [
            {"statusCode": 200, "id": world.store.new_id("records"), "_json": record}
            for record in records
        ],
    )


def _part(asked: Asked, name: str) -> Document:
    part = body_object(asked).get(name)
    if not isinstance(part, dict):
        raise refused(422, "missing_required_field", f"{name} is required.", name)
    return part


def _data(asked: Asked) -> list[JSON]:
    data = body_object(asked).get("data")
    if not isinstance(data, list):
        raise refused(422, "missing_required_field", "data is required: a list.", "data")
    return data


def _mapped(document: Document, records: list[JSON]) -> list[JSON]:
    """The fields of a mapping: extract (a path with dots) or hardCodedValue into generate."""
    fields = (document.get("mapping") or {}).get("fields")
    if not fields:
        return records
    mapped: list[JSON] = []
    for record in records:
        out: Document = {}
        for rule in fields:
            value: JSON = rule.get("hardCodedValue")
            if "extract" in rule:
                value = record
                for step in rule["extract"].split("."):
                    value = value.get(step) if isinstance(value, dict) else None
            if value is not None:
                out[rule["generate"]] = value
        mapped.append(out)
    return mapped


def _signed(world: World, state: JSON) -> Document:
    """*state* with the signature that it should have."""
    plain = {k: v for k, v in state.items() if k != "sig"} if isinstance(state, dict) else {}
    text = json.dumps(plain, sort_keys=True).encode()
    return {**plain, "sig": hmac.new(world.store.signing_key, text, hashlib.sha256).hexdigest()}


def _steps(world: World, asked: Asked, integration_id: str, steps: str) -> list[Document]:
    integration = world.reach(asked.token, "integrations", integration_id)
    held: list[Document] = integration.get(steps) or []
    return held
