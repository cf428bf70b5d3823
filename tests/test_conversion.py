"""Conversion: options from the wire and back, what is wrong with them."""

from __future__ import annotations

import json
import math
from collections import OrderedDict
from collections.abc import Mapping, MutableMapping
from datetime import datetime, timedelta, timezone
from inspect import Parameter
from pathlib import Path
from typing import Any, Optional, TypedDict

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioplugins.conversion import options_plan, structure_options
from ioplugins.errors import RegistrationError
from ioplugins.kinds import KINDS
from ioplugins.options import (
    HookOptions,
    Options,
    PostAggregateOptions,
    PostMapOptions,
    PreMapOptions,
    PreSavePageOptions,
    StepOptions,
)

CONTRACT = json.loads((Path(__file__).parent / "contract" / "contract.json").read_bytes())
SAMPLES = json.loads((Path(__file__).parent / "contract" / "contract_samples.json").read_bytes())


few = settings(max_examples=12)

# ------------------------------------------------------- options built from the contract

ids = st.text("0123456789abcdef", min_size=24, max_size=24)
scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8)
values = st.recursive(
    scalars | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
objects = st.dictionaries(st.text(max_size=6), values, max_size=3)
records = objects | st.lists(objects, max_size=2)
moments = st.integers(0, 253_402_300_799_999).map(
    lambda milliseconds: (
        (datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=milliseconds))
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )
)
errors = st.fixed_dictionaries(
    {"code": st.text(max_size=5), "message": st.text(max_size=5), "source": st.text(max_size=5)},
    optional={"retryDataKey": st.text(max_size=5)},
)
responses = st.fixed_dictionaries(
    {"statusCode": st.sampled_from([200, 401, 403, 422]), "ignored": st.booleans()},
    optional={"errors": st.lists(errors, max_size=2), "id": st.text(max_size=5), "_json": values},
)
TYPES: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text(max_size=8),
    "objectId": ids,
    "boolean": st.booleans(),
    "integer": st.integers(0, 10**6),
    "integer >= 0": st.integers(0, 10**6),
    "object": objects,
    "record": records,
    "isoDateTime": moments,
    "any": values,
    "any (unknown shape)": values,
    "array<record>": st.lists(records, max_size=3),
    "array<any>": st.lists(values, max_size=3),
    "array<pageError>": st.lists(errors, max_size=2),
    "array<submitResponse>": st.lists(responses, max_size=3),
    "array<lookupResponse>": st.lists(responses, max_size=3),
    "array<fileMetaEntry>": st.lists(st.fixed_dictionaries({"fileMeta": objects}), max_size=2),
    "object: retryDataKey -> retryEntry": st.dictionaries(
        st.text(max_size=4),
        st.fixed_dictionaries({"data": records, "stage": st.text(), "traceKey": st.text()}),
        max_size=2,
    ),
    "object: field -> value; multi-store: storeId -> {field: value}": objects,
    "object or undefined": objects,
    "settings": st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(("integration", "flow", "export", "connection", "x"), objects),
    ),
    "job": st.fixed_dictionaries(
        {"_id": ids, "type": st.sampled_from(["flow", "export"]), "startedAt": moments},
        optional={"parentJob": st.fixed_dictionaries({"_id": ids}), "newer": values},
    ),
    "wrapperConnection": st.fixed_dictionaries(
        {"unencrypted": objects, "encrypted": objects}, optional={"_id": ids, "newer": values}
    ),
    "delta": st.fixed_dictionaries(
        {"dateField": st.text(), "lastExecutionTime": st.integers(0, 10**13)}
    ),
    "once": st.fixed_dictionaries({"booleanField": st.text()}),
    "test": st.fixed_dictionaries({"limit": st.integers(1, 100)}),
    "string: delta|once|test": st.sampled_from(["delta", "once", "test"]),
    "postAggregateData": st.fixed_dictionaries(
        {"success": st.booleans(), "_json": objects},
        optional={"code": st.text(), "message": st.text(), "source": st.text()},
    ),
}


def options_of(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """Options as the contract describes them, with keys that it does not know."""
    keys: dict[str, st.SearchStrategy[Any]] = {}
    for row in CONTRACT["kinds"][kind]["options"]:
        names, types = row["name"].split("/"), row["type"].split("/")
        for position, name in enumerate(names):
            if name != "*":
                type_ = types[position] if len(types) == len(names) else row["type"]
                keys[name] = TYPES[type_]
    unknown = st.dictionaries(
        st.text(max_size=6).filter(lambda key: key not in keys), values, max_size=2
    )
    # A key may be null: that counts as missing.
    known = st.fixed_dictionaries({}, optional={key: it | st.none() for key, it in keys.items()})
    return st.builds(lambda one, two: {**one, **two}, known, unknown)


@pytest.mark.parametrize("kind", KINDS)
@settings(few)
@given(data=st.data())
def test_round_trip(kind: str, data: st.DataObject) -> None:
    """Options of the contract's form convert without a problem but for what is missing."""
    raw = data.draw(options_of(kind))
    before = json.dumps(raw)
    made, problems = structure_options(kind, raw)
    assert set() == {problem.rule for problem in problems} - {"O-MISSING"}
    assert before == json.dumps(made.to_json())
    assert before == json.dumps(raw)
    # A copy made of the attributes says the same, but for what is null, {} or a default.
    copy = attrs.evolve(made)
    said = {key: value for key, value in copy.to_json().items() if key in raw}
    assert said == {key: made.to_json()[key] for key in said}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["id"])
def test_samples(sample: dict[str, Any]) -> None:
    """The options of every sample convert without a problem, and back to the same JSON."""
    made, problems = structure_options(sample["kind"], sample["options"])
    assert [] == problems
    assert json.dumps(sample["options"]) == json.dumps(made.to_json())


@pytest.mark.parametrize("kind", KINDS)
@settings(few)
@given(
    raw=values
    | st.dictionaries(
        st.sampled_from(
            sorted(
                {
                    name
                    for kind in CONTRACT["kinds"].values()
                    for row in kind["options"]
                    for name in row["name"].split("/")
                }
            )
        ),
        values,
    )
)
def test_no_json_makes_it_crash(kind: str, raw: Any) -> None:
    """Whatever comes, the answer is an object of the kind's class that reads like it."""
    made, problems = structure_options(kind, raw)
    assert kind == made.kind
    assert (raw if isinstance(raw, dict) else {}) == dict(made)
    assert all(problem.severity == "error" for problem in problems)


# ------------------------------------------------------------------- what is wrong with them


@pytest.mark.parametrize(
    ("kind", "options", "found"),
    [
        ("preMap", "text", [("O-OBJ", "$"), ("O-MISSING", "$.data")]),
        ("preMap", {}, [("O-MISSING", "$.data")]),
        ("preMap", {"data": None}, [("O-MISSING", "$.data")]),
        ("preMap", {"data": {"id": 1}}, [("O-TYPE", "$.data")]),
        ("preMap", {"data": [], "testMode": "yes"}, [("O-TYPE", "$.testMode")]),
        ("preMap", {"data": [], "testMode": 1}, [("O-TYPE", "$.testMode")]),
        ("preMap", {"data": [], "_importId": 5}, [("O-TYPE", "$._importId")]),
        ("preMap", {"data": [], "settings": []}, [("O-TYPE", "$.settings")]),
        ("preMap", {"data": [], "job": {"_id": 1, "startedAt": "soon"}},
         [("O-TYPE", "$.job._id"), ("O-TYPE", "$.job.startedAt")]),
        ("preSavePage", {"data": [], "errors": [], "pageIndex": 1.5}, [("O-TYPE", "$.pageIndex")]),
        ("preSavePage", {"data": [], "errors": [], "pageIndex": math.inf},
         [("O-TYPE", "$.pageIndex")]),
        ("preSavePage", {"data": [], "errors": [], "pageIndex": True}, [("O-TYPE", "$.pageIndex")]),
        ("preSavePage", {"data": [], "errors": [], "lastExportDateTime": "x"},
         [("O-TYPE", "$.lastExportDateTime")]),
        ("wrapperExport", {"connection": {"encrypted": "s3cret"}},
         [("O-TYPE", "$.connection.encrypted")]),
        ("wrapperExport", {"connection": {}, "test": {"limit": "2"}}, [("O-TYPE", "$.test.limit")]),
        ("postResponseMap", {"postResponseMapData": None, "responseData": []}, []),
        ("transform", {"record": []}, []),
    ],
)  # fmt: skip
def test_problems_have_paths(kind: str, options: Any, found: list[tuple[str, str]]) -> None:
    """A wrong type is a problem with its place, and the message quotes no value."""
    made, problems = structure_options(kind, options)
    assert found == [(problem.rule, problem.path) for problem in problems]
    assert "s3cret" not in "".join(str(problem) for problem in problems)
    assert isinstance(made, Options)


def test_wrong_values_have_defaults() -> None:
    """The attribute has its default, its neighbours their values, the mapping what came."""
    raw = {"data": [1], "job": {"_id": 7, "type": "flow", "newer": 1}, "testMode": "yes"}
    made, problems = structure_options("preMap", raw)
    assert isinstance(made, PreMapOptions)
    assert 2 == len(problems)
    assert made.job is not None
    assert ([1], False, None, "flow", 7) == (
        made.data,
        made.test_mode,
        made.job.id,
        made.job.type,
        made.job["_id"],
    )
    assert {"newer": 1} == made.job.extra
    assert raw == made.to_json()


def test_whole_numbers() -> None:
    """1.0 is a whole number, as JSON sees it."""
    made, problems = structure_options("preSavePage", {"data": [], "errors": [], "pageIndex": 2.0})
    assert isinstance(made, PreSavePageOptions)
    assert [] == problems
    assert 2 == made.page_index
    assert int is type(made.page_index)


def test_nested_options() -> None:
    """What stands in an option once a call is a class too."""
    raw = {"postAggregateData": {"success": False, "_json": {}, "code": "ftp", "message": "full"}}
    made, _ = structure_options("postAggregate", raw)
    assert isinstance(made, PostAggregateOptions)
    outcome = made.post_aggregate_data
    assert (False, {}, "ftp", "full", None) == (
        outcome.success,
        outcome.json,
        outcome.code,
        outcome.message,
        outcome.source,
    )


# --------------------------------------------------------------------------- the plan


class Order(TypedDict):
    """A typed record."""

    id: int


class OwnOptions(PreMapOptions):
    """An author's own class."""

    @property
    def first(self) -> Any:
        """The first record."""
        return self.data[0]


def planned(kind: str | None, annotation: object) -> type | None:
    """The class that a function with this annotation gets; None for the raw JSON."""
    plan = options_plan(None if kind is None else KINDS[kind], annotation)
    return None if plan is None else plan.options_class


@pytest.mark.parametrize(
    ("kind", "annotation", "expected"),
    [
        ("preMap", Parameter.empty, PreMapOptions),
        ("preMap", PreMapOptions, PreMapOptions),
        ("preMap", HookOptions, PreMapOptions),
        ("preMap", Options, PreMapOptions),
        ("preMap", OwnOptions, OwnOptions),
        ("preMap", PostMapOptions | PreMapOptions, PreMapOptions),
        ("postMap", PostMapOptions | PreMapOptions, PostMapOptions),
        ("preMap", Optional[PreMapOptions], PreMapOptions),  # noqa: UP045 - that is the case
        ("preMap", dict, None),
        ("preMap", dict[str, Any], None),
        ("preMap", Mapping, None),
        ("preMap", Mapping[str, Any], None),
        ("preMap", MutableMapping[str, Any], None),
        ("preMap", Order, None),
        ("preMap", OrderedDict, None),
        ("preMap", Any, None),
        ("preMap", object, None),
        (None, Parameter.empty, None),
        (None, dict, None),
        (None, PreMapOptions, PreMapOptions),
    ],
)  # fmt: skip
def test_plans(kind: str | None, annotation: object, expected: type | None) -> None:
    """The annotation decides; without one the kind does."""
    assert expected is planned(kind, annotation)


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        (PostMapOptions, "annotated PostMapOptions, but .* receives PreMapOptions"),
        (StepOptions, "annotated StepOptions, but .* receives PreMapOptions"),
        (int, "no options class"),
        (list, "no options class"),
        ("PreMapOption", "no options class"),
        (PostMapOptions | None, "annotated PostMapOptions"),
    ],
)
def test_refused_annotations(annotation: object, message: str) -> None:
    """The options of another kind, and what is no type for options, are told at registration."""
    with pytest.raises(RegistrationError, match=message):
        options_plan(KINDS["preMap"], annotation)


def test_a_plan_is_made_once() -> None:
    """Two functions of a kind share the converter's code."""
    first = options_plan(KINDS["preMap"], Parameter.empty)
    assert first is options_plan(KINDS["preMap"], PreMapOptions)
    assert first is not None
    assert {"data": [1]} == first({"data": [1]})
    assert ["O-TYPE"] == [problem.rule for problem in first.structure({"data": 1})[1]]
