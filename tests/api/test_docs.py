"""docs/api.md: its Python runs against a fake, and its tables name what is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import attrs
import click
import pytest

import ioplugins.api
from ioplugins.api import AsyncState, Client, settings
from ioplugins.api.fake import FakeAPI, Fault
from ioplugins.cli.fake_api import command

PAGE = (Path(__file__).parent.parent.parent / "docs" / "api.md").read_text(encoding="utf-8")
AREAS = ("exports", "imports", "flows", "connections", "integrations", "jobs", "stacks")


def names(area: Any) -> set[str]:
    """The public methods of *area*."""
    return {name for name in dir(area) if not name.startswith("_")}


def test_its_python_runs(fake_api: FakeAPI) -> None:
    """All blocks are one module; its functions do what the page says, its tests pass."""
    namespace: dict[str, Any] = {"__name__": "api_page"}
    for block in re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        exec(compile(block, "api.md", "exec"), namespace)
    export = fake_api.store.add("exports", {"_connectionId": "c1", "name": "a", "test": {}})
    integration = fake_api.store.add("integrations", {"name": "Shop"})
    with Client(fake_api.token()) as client:
        namespace["slow_down"](client, export["_id"])
        assert [1, 2] == [namespace["count"](client, integration["_id"]) for _ in range(2)]
    held = fake_api.store.documents["exports"][export["_id"]]
    assert ("A", 5, False) == (held["name"], held["pageSize"], "test" in held)
    tests = [name for name in namespace if name.startswith("test_")]
    assert ["test_names", "test_add_names"] == tests
    namespace["test_names"]()
    namespace["test_add_names"](fake_api)


@pytest.mark.parametrize("area", AREAS)
def test_each_method_is_on_the_page(area: str) -> None:
    """The row of an area names its methods, and no others."""
    with Client("t") as client:
        row = re.search(rf"^\| `{area}` \| (.*) \|$", PAGE, re.MULTILINE)
        assert row
        shown = set(re.findall(r"`(\w+)`", row.group(1)))
        own = names(getattr(client, area))
        common = names(client.resource("x")) if area != "jobs" else set()
    assert own - common == shown


def test_the_methods_of_a_client() -> None:
    """The table of requests has all of them."""
    with Client("t") as client:
        shown = set(re.findall(r"^\| `client\.(\w+)\(", PAGE, re.MULTILINE))
        assert names(client) - {"close", "from_options", *AREAS} == shown
        row = re.search(r"^\| `client\.resource\(name\)` \| (.*) \|$", PAGE, re.MULTILINE)
        assert row
        assert names(client.resource("x")) == set(re.findall(r"`(\w+)`", row.group(1)))
    assert names(AsyncState) == {"get", "set", "delete", "keys", "clear"}


def test_everything_else_has_its_place() -> None:
    """Errors, variables, arguments, faults and options of the command."""
    for name in ioplugins.api.__all__:
        if name not in {"State", "AsyncState"}:
            assert f"`{name}" in PAGE, name
    for name in (settings.URL, settings.REGION, settings.SINGLE_USE, settings.SHARE):
        assert f"| `{name}` |" in PAGE
    for field in attrs.fields(Fault):
        assert field.name in PAGE
    shown = set(re.findall(r"ioplugins fake-api ([^`]*)`", PAGE)[0].split())
    known = {opt for p in command.params if isinstance(p, click.Option) for opt in p.opts}
    assert {word for word in shown if word.startswith("--")} <= known


def test_links_lead_somewhere() -> None:
    """Files and headings."""
    headings = {
        re.sub(r"[^\w -]", "", line).strip().lower().replace(" ", "-")
        for line in re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE)
    }
    for link in re.findall(r"\]\(([^)]+)\)", PAGE):
        file, _, heading = link.partition("#")
        assert not file or (Path(__file__).parent.parent.parent / "docs" / file).exists()
        assert not heading or heading in headings
