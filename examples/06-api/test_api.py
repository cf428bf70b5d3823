"""The connector against a fake of the API, from installation to removal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ioplugins.api.fake import FakeAPI

if TYPE_CHECKING:
    from collections.abc import Iterator

    from examples.conftest import Example, Host

CONNECTOR = "5f1a00000000000000000c01"
INTEGRATION = "5f1a00000000000000000a01"
CONNECTION = "5f1a00000000000000000b01"
SEED = json.loads((Path(__file__).parent / "seed.json").read_bytes())


@pytest.fixture
def fake(example: Example) -> Iterator[FakeAPI]:
    """The API that the connector calls."""
    # One-time tokens that are taken again, as is observed: an installer makes several requests.
    with FakeAPI(SEED, single_use=False) as running:
        example.environment["IOPLUGINS_API_URL"] = running.base_url
        yield running


@pytest.fixture
def host(example: Example, fake: FakeAPI) -> Iterator[Host]:  # noqa: ARG001 - it comes first
    """The connector, served as the README shows."""
    with example.serve(f"ioplugins serve --connector {CONNECTOR}=connector.py") as running:
        yield running


def ask(host: Host, fake: FakeAPI, function: str, **options: Any) -> tuple[int, Any]:
    """Call a function as integrator.io does: with a fresh token of the integration app."""
    options["bearerToken"] = fake.one_time_token(CONNECTOR)
    options.setdefault("resource", {"_id": INTEGRATION})
    return host.call({"_connectorId": CONNECTOR, "function": function, "options": options})


def documents(fake: FakeAPI, kind: str) -> list[Any]:
    """What the fake holds of *kind*."""
    return list(fake.store.documents[kind].values())


def test_installation_hook_and_removal(host: Host, fake: FakeAPI) -> None:
    """The steps make resources and state, the hook reads it, the removal leaves nothing."""
    assert (200, None) == ask(host, fake, "createResources", _connectionId=CONNECTION)
    (export,), (import_,) = documents(fake, "exports"), documents(fake, "imports")
    for made in (export, import_):
        assert (CONNECTOR, CONNECTION, INTEGRATION) == (
            made["_connectorId"],
            made["_connectionId"],
            made["_integrationId"],
        )
    state = fake.store.state[f"integrations/{INTEGRATION}"]
    assert {"exports": export["_id"], "imports": import_["_id"]} == state["resources"]

    form = {"customers": "7 = Ada Lovelace\n\n8=Grace Hopper\n"}
    assert (200, None) == ask(host, fake, "loadCustomers", formSubmission=form)
    assert {"7": "Ada Lovelace", "8": "Grace Hopper"} == state["customers"]

    asked = len(fake.requests)
    status, answer = ask(
        host,
        fake,
        "addCustomerNames",
        _exportId=export["_id"],
        _integrationId=INTEGRATION,
        data=[{"customer": 8}, {"customer": "7"}, {"customer": 9}],
        errors=[{"code": "a", "message": "b", "source": "c"}],
    )
    assert 200 == status, answer
    assert ["Grace Hopper", "Ada Lovelace", None] == [o["customerName"] for o in answer["data"]]
    assert ["a", "unknown_customer"] == [error["code"] for error in answer["errors"]]
    assert 1 == len(fake.requests) - asked

    fake.store.documents["exports"].clear()  # somebody was quicker
    assert (200, None) == ask(host, fake, "removeResources")
    assert ([], {}) == (documents(fake, "imports"), state)


def test_a_step_that_fails_half_way(host: Host, fake: FakeAPI) -> None:
    """Tried again it goes on where it stopped: each resource is there once."""
    fake.fail(status=422, method="POST", path="/imports", body={"errors": [{"code": "busy"}]})
    status, answer = ask(host, fake, "createResources", _connectionId=CONNECTION)
    assert (422, "busy") == (status, answer["errors"][0]["code"])
    assert (1, 0) == (len(documents(fake, "exports")), len(documents(fake, "imports")))

    assert (200, None) == ask(host, fake, "createResources", _connectionId=CONNECTION)
    assert (200, None) == ask(host, fake, "createResources", _connectionId=CONNECTION)
    assert (1, 1) == (len(documents(fake, "exports")), len(documents(fake, "imports")))


def test_an_update(host: Host, fake: FakeAPI) -> None:
    """The settings are migrated, the version raised, the update ended; the rest stays."""
    resource = SEED["integrations"][0]
    for _ in range(2):  # the second one finds nothing to do
        assert (200, None) == ask(host, fake, "update", resource=resource)
        held = fake.store.documents["integrations"][INTEGRATION]
        assert {"paging": {"size": 50}, "region": "EU"} == held["settings"]
        assert ("2.0.0", False) == (held["version"], held["updateInProgress"])
        assert ("Shop to ERP", CONNECTOR) == (held["name"], held["_connectorId"])
    assert ["GET", "PUT", "GET"] == [entry.method for entry in fake.requests]


def test_what_is_told(host: Host, fake: FakeAPI) -> None:
    """A bad form, and an API that does not take the token."""
    form = {"customers": "nobody"}
    status, answer = ask(host, fake, "loadCustomers", formSubmission=form)
    assert (422, "bad_customers") == (status, answer["errors"][0]["code"])

    fake.fail(status=401, body={"errors": [{"code": "unauthorized", "message": "no"}]})
    status, answer = ask(host, fake, "loadCustomers", formSubmission={})
    assert (422, "unauthorized") == (status, answer["errors"][0]["code"])
    assert "15 minutes" in answer["errors"][0]["message"]


def test_the_readme() -> None:
    """The commands for the fake are those that it has."""
    from ioplugins.cli.fake_api import command  # noqa: PLC0415

    readme = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")
    known = {option for parameter in command.params for option in parameter.opts}
    shown = readme.partition("ioplugins fake-api ")[2].partition("\n")[0].split()
    assert {"--port", "--seed", "--reusable"} == {word for word in shown if word[:2] == "--"}
    assert {word for word in shown if word[:2] == "--"} <= known
