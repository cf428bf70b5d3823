"""Each operation of the areas, of both clients, against the fake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ioplugins.api import ApiError, Client, Locked, MaskedSecret
from ioplugins.api.fake import FakeAPI

Call = Callable[..., Any]


def paths(fake: FakeAPI) -> list[str]:
    """Methods and paths of what was asked."""
    return [f"{entry.method} {entry.path}" for entry in fake.requests]


# ---------------------------------------------------------------------------- any resource


def test_find_follows_pages(call: Call, fake: FakeAPI) -> None:
    """All items, page after page; filters and projections go along."""
    found = call(lambda c: c.exports.find(limit=1, include="name"))
    assert [{"_id": "e1", "name": "Orders"}, {"_id": "e2", "name": "App"}] == found
    assert 2 == len(fake.requests)
    assert ["c2"] == [doc["_id"] for doc in call(lambda c: c.connections.find(offline=True))]


def test_find_nothing(call: Call) -> None:
    """An empty list comes as 204 and is a list."""
    assert [] == call(lambda c: c.resource("scripts").find())


def test_create_get_delete(call: Call, fake: FakeAPI) -> None:
    """A document comes back with its id, can be read, and is gone afterwards."""
    made = call(lambda c: c.imports.create({"_connectionId": "c1", "name": "New"}))
    assert made == call(lambda c: c.imports.get(made["_id"]))
    assert {"_id": made["_id"], "name": "New"} == call(
        lambda c: c.imports.get(made["_id"], include="name")
    )
    assert call(lambda c: c.imports.delete(made["_id"])) is None
    with pytest.raises(ApiError, match="404: not_found: Import not found"):
        call(lambda c: c.imports.get(made["_id"]))


def test_create_says_what_is_missing(call: Call) -> None:
    """422 names the field."""
    with pytest.raises(ApiError, match=r"name is required \(field name\)") as caught:
        call(lambda c: c.flows.create({}))
    assert (422, "name") == (caught.value.status, caught.value.errors[0]["field"])


def test_any_kind(call: Call) -> None:
    """What has no area of its own has the same methods."""
    made = call(lambda c: c.resource("/scripts/").create({"name": "S", "content": "x"}))
    assert "S" == call(lambda c: c.resource("scripts").get(made["_id"]))["name"]


def test_update(call: Call, fake: FakeAPI) -> None:
    """GET, change, PUT: what the change does not name stays."""
    settings = {"settings": {"region": {"code": "US"}}}
    changed = call(lambda c: c.integrations.update("n1", settings))
    held = fake.store.documents["integrations"]["n1"]
    assert {"pageSize": 20, "region": {"code": "US"}} == held["settings"]
    assert ("Shop to ERP", held) == (held["name"], changed)
    assert ["GET /integrations/n1", "PUT /integrations/n1"] == paths(fake)


def test_update_with_masks(call: Call, fake: FakeAPI) -> None:
    """A masked secret is refused, given, or dropped (and then erased); never written."""
    held = fake.store.documents["connections"]
    with pytest.raises(MaskedSecret, match=r"\$\.http\.auth\.token"):
        call(lambda c: c.connections.update("c1", {"name": "New"}))
    assert "deep-secret" == held["c1"]["http"]["auth"]["token"]

    change = {"name": "New", "http": {"auth": {"token": "newer"}}}
    shown = call(lambda c: c.connections.update("c1", change))
    assert "newer" == held["c1"]["http"]["auth"]["token"]
    assert "******" == shown["http"]["auth"]["token"]

    call(lambda c: c.connections.update("c1", {"name": "Newest"}, masks="drop"))
    assert {"auth": {}} == held["c1"]["http"]


def test_what_an_app_locks(call: Call, fake: FakeAPI) -> None:
    """A PUT that is answered 200 and ignored, and a PATCH that is refused, are Locked."""
    with pytest.raises(Locked, match="The API left as they were: name") as caught:
        call(lambda c: c.exports.update("e2", {"name": "Mine"}))
    assert (200, "change_ignored") == (caught.value.status, caught.value.code)
    patch = [{"op": "replace", "path": "/name", "value": "Mine"}]
    with pytest.raises(Locked, match="integration app") as caught:
        call(lambda c: c.exports.patch("e2", patch))
    assert 422 == caught.value.status
    assert "App" == fake.store.documents["exports"]["e2"]["name"]


def test_patch(call: Call, fake: FakeAPI) -> None:
    """A JSON Patch; 204 is None."""
    patch = [{"op": "replace", "path": "/name", "value": "Mine"}]
    assert call(lambda c: c.exports.patch("e1", patch)) is None
    assert "Mine" == fake.store.documents["exports"]["e1"]["name"]


@pytest.mark.parametrize("bad", ["", ".", ".."])
def test_an_id_stays_in_its_place(bad: str, fake: FakeAPI) -> None:
    """An id of another's making does not lead to another route."""
    with Client(fake.token(), base_url=fake.base_url) as client, pytest.raises(ValueError):
        client.exports.delete(bad)
    assert [] == fake.requests


# ------------------------------------------------------------------------ exports and imports


def test_run_an_export(call: Call) -> None:
    """Its records, and the links to them."""
    assert {"data": [{"id": 1}, {"id": 2}], "dataURIs": [None, None]} == call(
        lambda c: c.exports.run("e1")
    )


def test_run_a_listener(call: Call) -> None:
    """What it would have received is handed over, asterisks too: they are data."""
    given = {"order": 7, "note": "******"}
    assert [given] == call(lambda c: c.exports.run("e1", given))["data"]


def test_run_a_virtual_export(call: Call) -> None:
    """With a connection, without saving it."""
    ran = call(lambda c: c.exports.run_virtual("c1", {"http": {"relativeURI": "/orders"}}))
    assert [1, 2, 3, 4, 5] == [record["id"] for record in ran["data"]]


def test_run_a_virtual_export_page_by_page(call: Call, fake: FakeAPI) -> None:
    """Until it is done; the state goes back as it came, signature and all."""
    pages = call(lambda c: c.exports.run_virtual_pages("c1", {"pageSize": 2}))
    assert [[1, 2], [3, 4], [5]] == [[r["id"] for r in page["data"]] for page in pages]
    assert [False, False, True] == [page["pagedExportState"]["done"] for page in pages]
    assert [200] * 3 == [entry.status for entry in fake.requests]


@pytest.mark.parametrize("state", [None, {}, {"pageIndex": 1}])
def test_a_virtual_export_without_progress(call: Call, fake: FakeAPI, state: Any) -> None:
    """No state ends it, and so does the same one again: nothing is asked for ever."""
    body = {"data": [{"id": 1}], "pagedExportState": state}
    fake.fail(status=200, body=body, times=10)
    pages = call(lambda c: c.exports.run_virtual_pages("c1", {}))
    assert [body] * (2 if state else 1) == pages


def test_run_an_import(call: Call, fake: FakeAPI) -> None:
    """One result a record; the records are data, whatever is in them."""
    ran = call(lambda c: c.imports.run("i1", [{"a": "******"}, {"a": 2}]))
    assert [200, 200] == [result["statusCode"] for result in ran]
    assert [{"a": "******"}, {"a": 2}] == fake.store.imported["i1"]


MAPPING = {
    "mapping": {
        "fields": [
            {"extract": "order.id", "generate": "id"},
            {"generate": "source", "hardCodedValue": "web"},
            {"extract": "none", "generate": "missing"},
        ]
    }
}


def test_run_a_virtual_import(call: Call, fake: FakeAPI) -> None:
    """The records are mapped and imported."""
    ran = call(lambda c: c.imports.run_virtual("c1", MAPPING, [{"order": {"id": 7}}]))
    assert [{"id": 7, "source": "web"}] == [result["_json"] for result in ran]
    assert [{"id": 7, "source": "web"}] == fake.store.imported["c1"]


def test_map_only(call: Call, fake: FakeAPI) -> None:
    """The records are mapped, and nothing is imported."""
    assert [{"id": 7, "source": "web"}] == call(
        lambda c: c.imports.map("c1", MAPPING, [{"order": {"id": 7}}])
    )
    assert {} == fake.store.imported


# ------------------------------------------------------------------------------ flows and jobs


def test_run_a_flow(call: Call, fake: FakeAPI) -> None:
    """It gives a job, which can be looked up."""
    started = call(lambda c: c.flows.run("f1"))
    job = call(lambda c: c.jobs.get(started["_jobId"]))
    assert ("flow", "f1", 120) == (job["type"], job["_flowId"], job["numError"])
    assert [started["_jobId"]] == [j["_id"] for j in call(lambda c: c.flows.latest_jobs("f1"))]


def test_a_disabled_flow(call: Call) -> None:
    """422 invalid_flow."""
    with pytest.raises(ApiError, match="invalid_flow: The flow is disabled"):
        call(lambda c: c.flows.run("f2"))


def test_errors_of_a_flow_step(call: Call) -> None:
    """Pages by nextPageURL."""
    pages = call(lambda c: c.pages("/flows/f1/i1/errors"))
    assert [50, 50, 20] == [len(page["errors"]) for page in pages]
    summary = call(lambda c: c.get("/flows/f1/errors"))
    assert {"flowErrors": [{"_expOrImpId": "i1", "numError": 120}]} == summary


def test_find_jobs(call: Call) -> None:
    """Filters of the route: equal, one of, at least, at most."""
    for params, ids in (
        ({"_flowId": "f1"}, ["j1", "j2"]),
        ({"status": "running"}, ["j1"]),
        ({"type_in": "import,export"}, ["j2"]),
        ({"numError_gte": 1}, ["j2"]),
        ({"numError_lte": 0}, ["j1"]),
        ({"createdAt_lte": "2001-01-01T00:00:00.000Z"}, []),
    ):
        assert ids == [job["_id"] for job in call(lambda c, p=params: c.jobs.find(**p))]


def test_current_jobs_and_cancel(call: Call) -> None:
    """What runs can be stopped, once."""
    assert ["j1"] == [job["_id"] for job in call(lambda c: c.jobs.current({"_flowId": "f1"}))]
    assert "canceled" == call(lambda c: c.jobs.cancel("j1"))["status"]
    assert [] == call(lambda c: c.jobs.current({}))
    with pytest.raises(ApiError, match="invalid_job"):
        call(lambda c: c.jobs.cancel("j1"))


def test_errors_of_a_job(call: Call) -> None:
    """Directly, or as a link to a file."""
    assert [{"code": "422", "message": "bad"}] == call(lambda c: c.jobs.errors("j2"))
    assert [] == call(lambda c: c.jobs.errors("j1"))
    assert "https://files.example/j2.csv" == call(lambda c: c.jobs.error_file("j2"))["signedURL"]


# --------------------------------------------------------------------------------- connections


def test_ping(call: Call) -> None:
    """Whether a connection works, saved or not."""
    assert {"code": 200} == call(lambda c: c.connections.ping("c1"))
    assert 401 == call(lambda c: c.connections.ping("c2"))["code"]
    assert {"code": 200} == call(lambda c: c.connections.ping_unsaved({"type": "http"}))
    with pytest.raises(ApiError, match="type is required"):
        call(lambda c: c.connections.ping_unsaved({}))


def test_ping_writes_no_mask(call: Call) -> None:
    """An unsaved connection with a mask for a password cannot work."""
    with pytest.raises(MaskedSecret):
        call(lambda c: c.connections.ping_unsaved({"type": "http", "password": "******"}))


def test_proxy(call: Call) -> None:
    """The application is called with the method and URI that were asked for."""
    assert {"method": "GET", "relativeURI": "/orders?x=1", "body": None} == call(
        lambda c: c.connections.proxy("c1", "GET", "/orders?x=1")
    )
    sent = call(lambda c: c.connections.proxy("c1", "POST", "/orders", {"id": 1}))
    assert {"method": "POST", "relativeURI": "/orders", "body": {"id": 1}} == sent
    with pytest.raises(ApiError, match="offline"):
        call(lambda c: c.connections.proxy("c2", "GET", "/"))


# -------------------------------------------------------------------------------- integrations


def test_install_steps(call: Call) -> None:
    """Read them, and carry one out after the other."""
    assert [None, None] == [
        s.get("completed") for s in call(lambda c: c.integrations.install_steps("n1"))
    ]
    after = call(lambda c: c.integrations.run_install_step("n1", {"formSubmission": {}}))
    assert [True, None] == [step.get("completed") for step in after]


def test_uninstall_steps(call: Call) -> None:
    """An integration without any has an empty list, and none to carry out."""
    assert [] == call(lambda c: c.integrations.uninstall_steps("n1"))
    with pytest.raises(ApiError, match="invalid_step"):
        call(lambda c: c.integrations.run_uninstall_step("n1", {}))


def test_call_functions_of_a_connector(call: Call, fake: FakeAPI) -> None:
    """Framework 1.0: installer functions complete their step; others answer."""
    for section in ("settings", "utilities"):
        assert {"success": True} == call(
            lambda c, s=section: c.integrations.call_function("n1", s, "any", {"x": 1})
        )
    done = call(lambda c: c.integrations.call_function("n1", "installer", "verify"))
    assert [True] == [step["completed"] for step in done["stepsToUpdate"]]
    with pytest.raises(ApiError, match="invalid_function"):
        call(lambda c: c.integrations.call_function("n1", "uninstaller", "verify"))


def test_settings(call: Call, fake: FakeAPI) -> None:
    """Read and change them, and nothing else of the integration."""
    assert {"pageSize": 20, "region": {"code": "EU"}} == call(
        lambda c: c.integrations.settings("n1")
    )
    changed = call(lambda c: c.integrations.change_settings("n1", {"pageSize": 50}))
    assert {"pageSize": 50, "region": {"code": "EU"}} == changed
    held = fake.store.documents["integrations"]["n1"]
    assert (changed, "Shop to ERP") == (held["settings"], held["name"])
    made = call(lambda c: c.integrations.create({"name": "bare"}))
    assert {} == call(lambda c: c.integrations.settings(made["_id"]))
    assert {"a": 1} == call(lambda c: c.integrations.change_settings(made["_id"], {"a": 1}))


def test_finish_an_update(call: Call, fake: FakeAPI) -> None:
    """The mark of an update goes back to false, and the version is raised with it."""
    call(lambda c: c.integrations.finish_update("n1", "2.0.0"))
    held = fake.store.documents["integrations"]["n1"]
    assert (False, "2.0.0") == (held["updateInProgress"], held["version"])
    call(
        lambda c: c.put("/connectors/5f1a00000000000000000c01/update", {"_integrationIds": ["n1"]})
    )
    call(lambda c: c.integrations.finish_update("n1"))
    held = fake.store.documents["integrations"]["n1"]
    assert (False, "2.0.0") == (held["updateInProgress"], held["version"])


# -------------------------------------------------------------------------------------- stacks


def test_system_tokens(call: Call, fake: FakeAPI) -> None:
    """Shown in the clear on demand, masked in the document, new after a rotation."""
    first = call(lambda c: c.stacks.system_token("s1"))
    assert "******" == call(lambda c: c.stacks.get("s1"))["server"]["systemToken"]
    second = call(lambda c: c.stacks.rotate_system_token("s1"))
    assert first != second
    assert second == call(lambda c: c.stacks.system_token("s1"))


def test_a_lambda_stack_has_no_system_token(call: Call) -> None:
    """404, in the API's words."""
    with pytest.raises(ApiError, match="Stack of type server not found"):
        call(lambda c: c.stacks.system_token("s2"))
