"""The options classes: the contract's fields, read as attributes and as the raw mapping."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

import attrs
import pytest

from ioplugins import options
from ioplugins.conversion import structure_options
from ioplugins.kinds import KINDS
from ioplugins.options import (
    Connection,
    Delta,
    ExportOptions,
    PreMapOptions,
    PreSavePageOptions,
    Settings,
    options_class,
)
from ioplugins.options.envelope import (
    default_of,
    iso_text,
    option,
    wire_attributes,
    wire_name,
)

CONTRACT = json.loads((Path(__file__).parent / "contract" / "contract.json").read_bytes())

# The contract lists a key in a form of its own, or our class has more than it lists.
FREE = {"*"}
SCRIPTS = ("filter", "inputFilter", "transform", "branching")
SCRIPTS += ("contentBasedFlowRouter", "handleRequest")
OURS = {"utility": {"opts"}, "getMappingMetadata": {"opts"}}
OURS |= {kind: {"bearerToken"} for kind in SCRIPTS}


@pytest.mark.parametrize("kind", KINDS)
def test_every_option_of_the_contract(kind: str) -> None:
    """A kind's class has each option that the contract lists, and no others."""
    listed = {
        name for row in CONTRACT["kinds"][kind]["options"] for name in row["name"].split("/")
    } - FREE
    has = {wire_name(attribute) for attribute in wire_attributes(options_class(kind))}
    assert listed == has - OURS.get(kind, set())


@pytest.mark.parametrize("kind", KINDS)
def test_python_names(kind: str) -> None:
    """Attributes are snake_case and stand for one key each; each has a default."""
    attributes = wire_attributes(options_class(kind))
    assert len(attributes) == len({wire_name(attribute) for attribute in attributes})
    for attribute in attributes:
        assert attribute.name == attribute.name.lower()
        assert attribute.name.replace("_", "").lower() == wire_name(attribute).strip("_").lower()
        default_of(attribute)
    assert options_class(kind)() == {}


def test_thirty_classes() -> None:
    """Each kind has a class of its own, which says its kind."""
    classes = {options_class(kind): kind for kind in KINDS}
    assert 30 == len(classes)
    assert all(kind == cls.kind for cls, kind in classes.items())


@pytest.mark.parametrize("kind", ["export", "import", "record", "Options", ""])
def test_no_class_for_what_is_no_kind(kind: str) -> None:
    """Only ids of the kinds table have a class."""
    with pytest.raises(KeyError):
        options_class(kind)


def test_all_names() -> None:
    """Whatever the package lists can be imported from it, and nothing else."""
    for name in options.__all__:
        assert getattr(options, name) is not None
    assert sorted(options.__all__) == dir(options)
    with pytest.raises(AttributeError, match="has no attribute 'Nonsense'"):
        options.Nonsense  # noqa: B018 - the look-up is the test


def test_a_kind_is_imported_alone() -> None:
    """`import ioplugins` builds no class, and one class only those it is made of."""
    script = """
import sys, ioplugins
assert not [name for name in sys.modules if name.startswith("ioplugins.options.")]
from ioplugins.options import PreMapOptions
print(sorted(name for name in sys.modules if name.startswith("ioplugins.options.")))
assert "cattrs" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    modules = [f"ioplugins.options.{name}" for name in ("envelope", "hooks", "pre_map", "shared")]
    assert (f"{modules}\n", "") == (done.stdout, done.stderr)


def test_attributes_and_mapping() -> None:
    """Options read both ways, and keep what the contract does not know."""
    raw = {"_importId": "i1", "data": [{"id": 1}], "newKey": 5, "testMode": True}
    made, _ = structure_options("preMap", raw)
    assert isinstance(made, PreMapOptions)
    assert ("i1", True, {"newKey": 5}) == (made.import_id, made.test_mode, made.extra)
    assert ("i1", 5) == (made["_importId"], made["newKey"])
    assert "newKey" in made
    assert "nowhere" not in made
    assert None is made.get("nowhere")
    assert list(raw) == list(made)
    assert 4 == len(made)
    assert raw == dict(made) == {**made}
    assert made == raw
    with pytest.raises(KeyError):
        made["nowhere"]


def test_records_are_the_very_objects() -> None:
    """Nothing of a page is copied, neither in the attribute nor in the mapping."""
    record = {"id": 1}
    raw = {"data": [record]}
    made, _ = structure_options("preMap", raw)
    assert isinstance(made, PreMapOptions)
    assert made.data is raw["data"]
    assert made["data"][0] is record
    assert made.to_json() is raw


def test_defaults() -> None:
    """What is missing has the documented default; each object has its own lists."""
    made, other = PreSavePageOptions(), PreSavePageOptions()
    assert ([], [], {}, 0, None, False) == (
        made.data,
        made.errors,
        made.retry_data,
        made.page_index,
        made.last_export_date_time,
        made.preview,
    )
    assert made.data is not other.data
    assert Settings() == made.settings


def test_made_by_hand() -> None:
    """Options made of attributes have the wire form of those; a default is left out."""
    made = ExportOptions(
        connection=Connection(unencrypted={"host": "db"}),
        type="delta",
        delta=Delta(date_field="changed", last_execution_time=5),
        settings=Settings(flow={"region": "eu"}),
        extra={"newKey": 1},
    )
    expected = {
        "connection": {"unencrypted": {"host": "db"}},
        "type": "delta",
        "delta": {"dateField": "changed", "lastExecutionTime": 5},
        "settings": {"flow": {"region": "eu"}},
        "newKey": 1,
    }
    assert expected == made.to_json()
    assert {"flow": {"region": "eu"}} == made["settings"]


def test_a_changed_copy() -> None:
    """attrs.evolve gives a copy with other values that still knows the unknown keys."""
    made, _ = structure_options("preMap", {"data": [1], "newKey": 5})
    changed = attrs.evolve(made, data=[2])
    assert {"data": [2], "newKey": 5} == changed.to_json()
    assert {"data": [1], "newKey": 5} == made.to_json()


def test_frozen() -> None:
    """Options cannot be changed by mistake."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        PreMapOptions().import_id = "x"  # type: ignore[misc]


def test_repr_shows_no_secret() -> None:
    """A repr tells names and sizes: no token, no password, no record, no unknown value."""
    raw = {
        "bearerToken": "s3cret-token",
        "connection": {
            "encrypted": {"password": "s3cret-password"},
            "unencrypted": {"user": "s3cret-user"},
        },
        "settings": {"flow": {"key": "s3cret-setting"}, "odd": "s3cret-odd"},
        "configuration": {"key": "s3cret-configuration"},
        "state": {"key": "s3cret-state"},
        "data": "s3cret-data",
        "unknown": "s3cret-unknown",
        "_exportId": "e1",
        "type": "a" * 100,
    }
    shown = repr(structure_options("wrapperExport", raw)[0])
    assert "s3cret" not in shown
    assert "ExportOptions(bearer_token=***, connection=Connection(" in shown
    assert "encrypted=***" in shown
    assert "state=<1 keys>" in shown
    assert "export_id='e1'" in shown
    assert f"type='{'a' * 60}...'" in shown
    assert "unknown=***" in shown
    page = PreMapOptions(data=[{"name": "s3cret"}] * 3)
    assert "PreMapOptions(data=<3 items>)" == repr(page)


def test_dates() -> None:
    """Date-times are aware datetimes, from text or as the call gives them, and text again."""
    moment = datetime(2024, 3, 1, tzinfo=timezone.utc)
    text = {"lastExportDateTime": "2024-03-01T00:00:00.000Z", "data": [], "errors": []}
    made, problems = structure_options("preSavePage", text)
    assert isinstance(made, PreSavePageOptions)
    assert (moment, []) == (made.last_export_date_time, problems)
    assert text == made.to_json()
    called, problems = structure_options("preSavePage", {**text, "lastExportDateTime": moment})
    assert isinstance(called, PreSavePageOptions)
    assert (moment, []) == (called.last_export_date_time, problems)
    assert moment == called["lastExportDateTime"]
    assert text == called.to_json()
    assert text == PreSavePageOptions(last_export_date_time=moment).to_json() | {
        "data": [],
        "errors": [],
    }


def test_iso_text() -> None:
    """As JavaScript writes it; a datetime without a zone counts as UTC."""
    naive = datetime(2024, 3, 1, 12, 30, 1, 999_999)  # noqa: DTZ001 - that is the case
    assert "2024-03-01T12:30:01.999Z" == iso_text(naive)
    aware = datetime.fromisoformat("2024-03-01T01:00:00+02:00")
    assert "2024-02-29T23:00:00.000Z" == iso_text(aware)


def test_delta_since() -> None:
    """The last execution time is there as a datetime too."""
    assert None is Delta().since
    assert (
        datetime(2024, 3, 1, tzinfo=timezone.utc)
        == Delta(last_execution_time=1_709_251_200_000).since
    )


def test_settings_of_framework_1() -> None:
    """A connector's own settings document is read as the mapping and makes no problem."""
    document = {"sections": [{"id": "orders"}], "flow": "text", "connection": 7}
    made, problems = structure_options("preMap", {"data": [], "settings": document})
    assert [] == problems
    assert isinstance(made, PreMapOptions)
    assert ({}, {}) == (made.settings.flow, made.settings.connection)
    assert document == made.settings == made["settings"]


def test_an_option_needs_a_wire_name() -> None:
    """What is no option has no wire name: extra stands for no key."""
    assert "extra" not in {attribute.name for attribute in wire_attributes(PreMapOptions)}
    assert "wire" in option("_id").metadata
