"""The rules: the contract's samples and schemas, their table, their places and messages."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from enum import Enum, IntEnum
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ioplugins.answers import (
    ExportPage,
    ImportResult,
    NewError,
    Page,
    RecordAnswer,
    RecordError,
)
from ioplugins.conversion import structure_options
from ioplugins.kinds import KINDS
from ioplugins.rules import (
    AnswerRules,
    Case,
    Problem,
    answer_rules,
    check_answer,
    check_options,
)
from ioplugins.rules.rule import REPORTED

HERE = Path(__file__).parent
CONTRACT = json.loads((HERE / "contract" / "contract.json").read_bytes())
SAMPLES = json.loads((HERE / "contract" / "contract_samples.json").read_bytes())
EXAMPLES = {kind: facts["example"]["options"] for kind, facts in CONTRACT["kinds"].items()}
EVERYWHERE = {"G-JSON", "G-SIZE", "G-NAN", "X-EXTRA"}

# The schemas leave out much of what is drawn.
picky = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


def rules(kind: str, options: Any, answer: Any, **more: Any) -> list[str]:
    """The ids of what is wrong, each once, in the order found."""
    return list(dict.fromkeys(p.rule for p in check_answer(kind, options, answer, **more)))


# ------------------------------------------------------------------------ the contract's samples


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["id"])
def test_samples(sample: dict[str, Any]) -> None:
    """A sample raises exactly the rule it names, with its severity and basis, or nothing."""
    found = check_answer(sample["kind"], sample["options"], sample["response"])
    named = {(sample["rule"], sample["severity"], sample["basis"])} if "rule" in sample else set()
    assert named == {(problem.rule, problem.severity, problem.basis) for problem in found}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["id"])
def test_samples_as_options_objects(sample: dict[str, Any]) -> None:
    """Options objects are as good as raw options."""
    options, _ = structure_options(sample["kind"], sample["options"])
    raw = check_answer(sample["kind"], sample["options"], sample["response"])
    assert raw == check_answer(sample["kind"], options, sample["response"])


@pytest.mark.parametrize(
    ("kind", "case"),
    [(kind, case) for kind in KINDS for case in CONTRACT["kinds"][kind]["invalid_responses"]],
    ids=lambda it: it if isinstance(it, str) else it["rule"] + " " + it["why"][:20],
)
def test_invalid_answers(kind: str, case: dict[str, Any]) -> None:
    """Every invalid answer of the contract raises its rule as an error."""
    options = next(sample["options"] for sample in SAMPLES if sample["kind"] == kind)
    found = check_answer(kind, options, case["response"])
    assert case["rule"] in {problem.rule for problem in found if problem.severity == "error"}


@pytest.mark.parametrize("kind", KINDS)
def test_examples(kind: str) -> None:
    """The contract's example of every kind raises nothing."""
    example = CONTRACT["kinds"][kind]["example"]
    assert [] == check_answer(kind, example["options"], example["response"])
    assert [] == check_options(kind, example["options"])


# -------------------------------------------------------------------------------- the table


@pytest.mark.parametrize("kind", KINDS)
def test_the_table(kind: str) -> None:
    """Each kind has the contract's rules, in its order, with its severity and basis."""
    own = [rule for rule in answer_rules(kind).rules if rule.id not in EVERYWHERE]
    assert CONTRACT["kinds"][kind]["rules"] == [rule.id for rule in own]
    for rule in answer_rules(kind).rules:
        facts = CONTRACT["rules"][rule.id]
        assert (facts["severity"], facts["basis"]) == (rule.severity, rule.basis)
        assert rule.find.__doc__ or rule.find.__qualname__.endswith("find")


def test_every_rule_stands_somewhere() -> None:
    """No rule of the contract is left out."""
    tables = {rule.id for kind in KINDS for rule in answer_rules(kind).rules}
    assert set(CONTRACT["rules"]) == tables | EVERYWHERE


def test_which_kinds_know_their_keys() -> None:
    """X-EXTRA speaks where the contract lists the keys of the answer, and no further ones."""
    checked = {
        kind for kind in KINDS if "X-EXTRA" in {rule.id for rule in answer_rules(kind).rules}
    }
    listed = {
        kind
        for kind, facts in CONTRACT["kinds"].items()
        if facts["response"].get("fields")
        and "*" not in {field["name"] for field in facts["response"]["fields"]}
    }
    # Of a postSubmit response the shape lists the keys; the others are keyed by what they name.
    assert listed - {"preUninstall", "getMappingMetadata"} | {"postSubmit"} == checked


# ------------------------------------------------------- the contract's schemas, on any answer

keys = sorted(
    {"data", "errors", "code", "message", "source", "retryData", "retryDataKey", "statusCode"}
    | {"abort", "newErrorsAndRetryData", "ignored", "id", "dataURI", "fieldMap", "layout"}
    | {"newResource", "name", "installSteps", "lastPage", "connectionOffline", "state", "error"}
    | {"success", "stepsToUpdate", "installerFunction", "uninstallerFunction", "pending", "body"}
    | {"requiredGenerateFields", "nonEditableGenerateFields", "generateList", "headers"}
    | {"_flowId", "_exportId", "x"}
)
scalars = st.sampled_from(
    [None, True, False, 0, 1, 200, 200.0, 401, 403, 422, 99, 599, 600, -1, 0.5, "", "x", "200"]
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(keys), inner, max_size=4)
    ),
    max_leaves=12,
)


def instances(schema: Any) -> st.SearchStrategy[Any]:
    """Values that a schema of the contract mostly accepts, with a slip here and there."""
    if schema is True:
        return anything
    parts: list[st.SearchStrategy[Any]] = [anything]
    for choice in schema.get("anyOf", ()):
        if "type" in choice:
            parts += [instances(choice)] * 6
    types = schema.get("type", "object" if "properties" in schema else [])
    for type_ in [types] if isinstance(types, str) else types:
        parts += [instances_of(type_, schema)] * 6
    return st.one_of(parts)


def instances_of(type_: str, schema: Any) -> st.SearchStrategy[Any]:
    """Values of one type of *schema*."""
    if type_ == "array":
        return st.lists(instances(schema.get("items", True)), max_size=3)
    if type_ == "object":
        known = {key: instances(value) for key, value in schema.get("properties", {}).items()}
        more = schema.get("additionalProperties")
        if more is not None:
            return st.dictionaries(st.sampled_from(["a", "b"]), instances(more), max_size=2)
        for row in (*schema.get("required", ()), "x", "newResource"):
            known.setdefault(row, anything)
        return st.fixed_dictionaries({}, optional=known)
    return {
        "integer": st.sampled_from([*schema.get("enum", (0, 1, 100, 200)), 5, 200.0]),
        "number": st.sampled_from([1, 2.5]),
        "string": st.sampled_from(["", "x", "200"]),
        "boolean": st.booleans(),
        "null": st.none(),
    }[type_]


COUNTED = {
    kind: facts["response"]["same_length_as"][0]
    for kind, facts in CONTRACT["kinds"].items()
    if "same_length_as" in facts["response"]
}


@pytest.mark.parametrize("kind", KINDS)
@settings(picky, max_examples=40)
@given(data=st.data())
def test_the_schemas(kind: str, data: st.DataObject) -> None:
    """An answer has an error exactly when the contract's schema refuses it (length aside)."""
    schema = CONTRACT["kinds"][kind]["response"]["schema"]
    answer = data.draw(instances(schema))
    options = dict(EXAMPLES[kind])
    if kind in COUNTED and isinstance(answer, list):
        options[COUNTED[kind]] = [{}] * len(answer)
    found = check_answer(kind, options, answer)
    errors = [problem for problem in found if problem.severity == "error"]
    valid = Draft202012Validator(schema).is_valid(answer)
    assert valid == (not errors), [str(problem) for problem in errors]


@pytest.mark.parametrize("kind", KINDS)
@settings(picky, max_examples=25)
@given(data=st.data())
def test_the_quick_look_clears_nothing_wrong(kind: str, data: st.DataObject) -> None:
    """With the quick look over an array answer the same is found as without."""
    answer = data.draw(instances(CONTRACT["kinds"][kind]["response"]["schema"]))
    quick = answer_rules(kind)
    thorough = AnswerRules(quick.rules, quick.same_length)
    options = EXAMPLES[kind]
    expected = quick.expected(options)
    assert quick.check(Case(options, answer, expected)) == thorough.check(
        Case(options, answer, expected)
    )


@pytest.mark.parametrize("kind", KINDS)
@settings(picky, max_examples=12)
@given(options=anything, answer=anything)
def test_nothing_makes_them_crash(kind: str, options: Any, answer: Any) -> None:
    """Whatever comes and goes, the outcome is a list of problems with a place and a text."""
    for problem in check_answer(kind, options, answer):
        assert problem.path.startswith("$")
        assert problem.message.endswith((".", "}."))


# ----------------------------------------------------------------------- where, and what to do

ERROR = {"code": "a", "message": "b", "source": "c"}


@pytest.mark.parametrize(
    ("kind", "answer", "rule", "path", "words"),
    [
        ("preMap", [{"data": {}}], "LEN", "$", "1 elements for 2 in options.data"),
        ("preMap", {"data": []}, "ARR", "$", "Answer the array in data itself"),
        ("preMap", None, "ARR", "$", "answered nothing"),
        ("preMap", [{}, {"id": 1, "sku": 2}], "ACT-EMPTY", "$[1]", '{"data": record}'),
        ("preMap", [{}, {"data": 5}], "ACT-DATA", "$[1].data", "a number"),
        ("preMap", [{}, {"errors": [ERROR, "x"]}], "ACT-ERRS", "$[1].errors[1]", "text"),
        ("preMap", [{"errors": [{**ERROR, "source": None}]}, {}], "ACT-ERRFIELDS",
         "$[0].errors[0].source", "no source"),
        ("preMap", [{"errors": [{**ERROR, "message": 7}]}, {}], "ACT-ERRFIELDS",
         "$[0].errors[0].message", "a number"),
        ("preMap", [{"errors": []}, {}], "ACT-NOERRS", "$[0].errors", "Answer {}"),
        ("preMap", [{"data": {}, "more": 1}, {}], "X-EXTRA", "$[0]", "knows no more"),
        ("preSavePage", {"data": [1], "errors": []}, "PSP-REC", "$.data[0]", "Leave it out"),
        ("preSavePage", {"data": []}, "PSP-NOERR", "$.errors", "options.errors"),
        ("preSavePage", {"data": [], "errors": [{**ERROR, "code": 5}]}, "PSP-ERRITEM",
         "$.errors[0].code", "as text"),
        ("preSavePage", {"data": [], "errors": [{**ERROR, "message": None}]}, "PSP-ERRS",
         "$.errors[0].message", "null"),
        ("preSavePage", {"data": [], "errors": [{**ERROR, "retryDataKey": "k9"}]}, "PSP-RETRYKEY",
         "$.errors[0].retryDataKey", "newErrorsAndRetryData"),
        ("preSavePage", {"data": [], "errors": [], "newErrorsAndRetryData": ["x"]}, "PSP-NEW",
         "$.newErrorsAndRetryData[0]", "text"),
        ("postSubmit", [{}, {"statusCode": 200}], "RSP-STATUS", "$[0].statusCode", "missing"),
        ("postSubmit", [{"statusCode": 500}, {"statusCode": 200}], "RSP-STATUS",
         "$[0].statusCode", "is 500, but must be 200"),
        ("postSubmit", [{"statusCode": 200, "errors": [ERROR]}, {"statusCode": 200}], "RSP-422",
         "$[0].errors", "but there are errors"),
        ("postSubmit", [{"statusCode": 200, "id": []}, {"statusCode": 200}], "RSP-ID", "$[0].id",
         "an array"),
        ("postSubmit", [{"statusCode": 200, "dataURI": 1}, {"statusCode": 200}], "RSP-OBJ",
         "$[0].dataURI", "a number"),
        ("formInit", {"fieldMap": {"odd name": 1}}, "FORM-MAP", '$.fieldMap["odd name"]', "object"),
        ("formInit", {"fieldMap": {}, "layout": {"containers": [{"fieldSets": [
            {"fields": ["a"]}]}]}}, "FORM-REF",
         "$.layout.containers[0].fieldSets[0].fields[0]", 'no field "a"'),
        ("ping", {"statusCode": 401}, "PING-ERRS", "$.errors", "nobody sees why"),
        ("wrapperExport", {"data": []}, "WX-NOLAST", "$.lastPage", "first page comes again"),
        ("wrapperExport", {"data": [], "state": {"startIndex": 2}}, "WX-NOLAST", "$.lastPage",
         "the state is the one that came"),
        ("wrapperExport", {"state": 5, "lastPage": True}, "WX-STATE", "$.state", "a number"),
        ("wrapperImport", [{"statusCode": 422}, {"statusCode": 200}], "WI-422", "$[0].errors",
         "Say what failed"),
        ("wrapperImport", [{"statusCode": 200, "extra": 1}, {"statusCode": 200}], "X-EXTRA",
         "$[0]", "extra"),
        ("integrationInstaller", {"success": True, "stepsToUpdate": [{}]}, "ST-STEPS",
         "$.stepsToUpdate[0]", "dropped silently"),
        ("preUninstall", {"success": True, "stepsToUpdate": 1}, "PU-SHAPE", "$.stepsToUpdate",
         "a number"),
        ("preUninstall", {"success": True, "stepsToUpdate": [{}]}, "PU-STEP",
         "$.stepsToUpdate[0]", "dropped"),
        ("getMappingMetadata", [{"imp": [{"requiredGenerateFields": [1]}]}], "MM-FIELDS",
         "$[0].imp[0].requiredGenerateFields[0]", "a number"),
        ("getMappingMetadata", [1], "MM-OBJ", "$[0]", "a number"),
        ("branching", [0, True], "BR-INT", "$[1]", "a boolean"),
        ("branching", [1, 0, 1], "BR-RANGE", "$[2]", "named twice"),
        ("handleRequest", {"statusCode": 200, "headers": {"X-A": None}}, "HR-HEADERS",
         '$.headers["X-A"]', "null"),
        ("step", {"done": True}, "NONE", "$", "Return nothing"),
        ("changeEdition", {"success": True, "more": 1}, "NONE", "$", "Return nothing"),
    ],
)  # fmt: skip
def test_where_and_what_to_do(kind: str, answer: Any, rule: str, path: str, words: str) -> None:
    """A problem names its place and tells what to do."""
    found = [p for p in check_answer(kind, EXAMPLES[kind], answer) if p.rule == rule]
    assert [path] == [problem.path for problem in found]
    assert words in found[0].message


def test_messages_quote_no_record() -> None:
    """What stands in records is in no message."""
    record = {"name": "s3cret", "statusCode": "s3cret-status"}
    for kind in KINDS:
        for answer in (record, [record] * 2, "s3cret", [["s3cret"]], {"data": "s3cret"}):
            text = "".join(str(problem) for problem in check_answer(kind, {}, answer))
            assert "s3cret-status" not in text.replace('the text "s3cret-status"', "")
            assert '"s3cret"' not in text


def test_problem_text() -> None:
    """A problem prints as one line."""
    problem = Problem("LEN", "error", "documented", "$", "Too short.")
    assert "LEN (error) at $: Too short." == str(problem)


def test_at_most_so_many() -> None:
    """Of one rule the first twenty are enough; the others are found all the same."""
    answer = [{"id": 1}] * 100 + [None]
    found = check_answer("preMap", {"data": [{}] * 101}, answer)
    assert REPORTED == sum(problem.rule == "ACT-EMPTY" for problem in found)
    assert ["$[100]"] == [problem.path for problem in found if problem.rule == "ACT-OBJ"]


# ---------------------------------------------------------------------- rules of every kind


@pytest.mark.parametrize(
    ("answer", "path"),
    [
        ([{"data": {"when": {1, 2}}}], "$[0].data.when"),
        ([{"data": {"raw": b"x"}}], "$[0].data.raw"),
        ([{"data": {1: 2}}], "$[0].data"),
        (lambda: None, "$"),
    ],
)
def test_not_json(answer: Any, path: str) -> None:
    """What is not JSON is told alone, with its path."""
    [problem] = check_answer("preMap", {"data": [{}]}, answer)
    assert ("G-JSON", "error", path) == (problem.rule, problem.severity, problem.path)


def test_endless() -> None:
    """An answer that contains itself is not JSON, whatever the kind."""
    endless: dict[str, Any] = {"statusCode": 200, "state": None, "layout": None}
    endless["state"] = endless["layout"] = endless
    for kind in KINDS:
        assert ["G-JSON"] == rules(kind, EXAMPLES[kind], endless)


@pytest.mark.parametrize(("limit", "found"), [(0, []), (11, []), (10, ["G-SIZE"]), (9, ["G-SIZE"])])
def test_size(limit: int, found: list[str]) -> None:
    """The limit is in UTF-16 units of the compact JSON, and may be reached exactly."""
    assert found == rules("utility", {}, {"a": "é🙂"}, max_response_size=limit)


def test_default_size() -> None:
    """Without a limit it is five megabytes of units."""
    fits = "x" * (5 * 1024 * 1024 - 2)
    assert [] == rules("utility", {}, fits)
    assert ["G-SIZE"] == rules("utility", {}, fits + "x")


def test_too_long_and_wrong() -> None:
    """Too long an answer is looked at all the same."""
    assert ["G-SIZE", "ACT-DATA"] == rules(
        "preMap", {"data": [{}]}, [{"data": "x" * 100}], max_response_size=50
    )


def test_nan() -> None:
    """NaN and infinities are null on the wire, and a warning with a path."""
    answer = [RecordAnswer.keep({"a": [1.5, math.nan], "b": -math.inf}), {"data": {}}]
    found = check_answer("preMap", {"data": [{}, {}]}, answer)
    expected = [("G-NAN", "$[0].data.a[1]"), ("G-NAN", "$[0].data.b")]
    assert expected == [(problem.rule, problem.path) for problem in found]
    assert {"warning"} == {problem.severity for problem in found}
    many = check_answer("utility", {}, [math.nan] * 100)
    assert REPORTED == len(many)


# ----------------------------------------------------------------- answers that are no plain JSON


class Status(Enum):
    """A status."""

    OK = 200


class Number(IntEnum):
    """A status that is a number too."""

    OK = 200


def test_classes_and_json_mixed() -> None:
    """Objects and JSON stand side by side, at any place."""
    answer = [
        RecordAnswer.keep({"id": 1}),
        {"data": {"id": 2}, "errors": [RecordError("a", "b")]},
        RecordAnswer.fail("a", "b"),
        {},
    ]
    assert [] == rules("preMap", {"data": [{}] * 4}, answer)
    page = Page([{}], errors=[], new_errors=[NewError({}, [])])
    assert ["PSP-NEW"] == rules("preSavePage", {"retryData": {}}, page)
    assert ["ACT-DATA"] == rules("preMap", {"data": [{}]}, [RecordAnswer.keep("text")])
    assert ["ACT-DATA"] == rules("preMap", {"data": [{}]}, [RecordAnswer.keep(None)])
    assert ["WI-STATUS"] == rules("wrapperImport", {"postMapData": [{}]}, [ImportResult(500)])


@pytest.mark.parametrize(
    "element",
    [
        {"statusCode": Status.OK},
        {"statusCode": Number.OK},
        {"statusCode": HTTPStatus.OK},
        {"statusCode": 200.0},
        {"statusCode": 200, "id": UUID(int=1)},
    ],
)
def test_what_the_encoder_writes(element: dict[str, Any]) -> None:
    """Enum members and UUIDs count as what they are on the wire."""
    assert [] == rules("wrapperImport", {"postMapData": [{}]}, [element])
    assert [] == rules("postSubmit", {"responseData": [{}]}, [element])


def test_tuples_are_arrays() -> None:
    """A tuple is an array on the wire."""
    assert [] == rules("preMap", {"data": [{}]}, ({"data": {}},))
    assert ["LEN"] == rules("preMap", {"data": [{}]}, ({}, {}))
    assert [] == rules("wrapperExport", {}, {"data": ({},), "lastPage": True, "errors": ()})


# --------------------------------------------------------------------------------- kinds' own


def test_length_is_counted_before_the_call() -> None:
    """The expected length is what was sent, even when the function changed its list."""
    table = answer_rules("preMap")
    options = {"data": [{}, {}]}
    expected = table.expected(options)
    options["data"].pop()
    found = table.check(Case(options, [{}], expected))
    assert (2, ["LEN"]) == (expected, [problem.rule for problem in found])


@pytest.mark.parametrize("sent", [None, "text", {}])
def test_no_length_to_compare(sent: Any) -> None:
    """When no array was sent there is no length that an answer must have."""
    options = {"postResponseMapData": sent, "responseData": []}
    assert [] == rules("postResponseMap", options, [{}])
    assert ["ARR"] == rules("postResponseMap", options, None)


@pytest.mark.parametrize(
    ("options", "key", "found"),
    [
        ({"retryData": {"k1": {}}}, "k1", []),
        ({"retryData": {"k1": {}}}, "k2", ["PSP-RETRYKEY"]),
        ({"retryData": {}}, "k1", ["PSP-RETRYKEY"]),
        ({"errors": [{"retryDataKey": "k1"}]}, "k1", []),
        ({"errors": [{"retryDataKey": "k1"}]}, "k2", ["PSP-RETRYKEY"]),
        ({}, "k1", ["PSP-RETRYKEY"]),
    ],
)
def test_retry_keys(options: dict[str, Any], key: str, found: list[str]) -> None:
    """A retryDataKey is one of retryData; of the errors that came where that is not sent."""
    answer = {"data": [], "errors": [{**ERROR, "retryDataKey": key}]}
    assert found == rules("preSavePage", options, answer)


@pytest.mark.parametrize(("same", "found"), [(4, []), (5, ["WX-LOOP"]), (9, ["WX-LOOP"])])
def test_the_same_answer_again(same: int, found: list[str]) -> None:
    """The sixth equal answer in a row is an error; one with another state is another answer."""
    answer = {"data": [{"id": 1}], "state": {"n": 1}}
    options = {"state": {"n": 0}}
    assert found == rules("wrapperExport", options, answer, previous=[answer] * same)
    as_object = ExportPage.more([{"id": 1}], {"n": 1})
    assert found == rules("wrapperExport", options, as_object, previous=[as_object] * same)
    moving = [{**answer, "state": {"n": n}} for n in range(same)]
    assert [] == rules("wrapperExport", {}, {**answer, "state": {"n": same}}, previous=moving)


@pytest.mark.parametrize("sequence", CONTRACT["wrapper_export_sequences"], ids=lambda s: s["name"])
def test_sequences(sequence: dict[str, Any]) -> None:
    """The contract's sequences of exports raise WX-LOOP where it says so, else no error."""
    if "calls" in sequence:
        answers = [call["response"] for call in sequence["calls"]]
    elif "repeat" in sequence:
        answers = [sequence["repeat"]] * sequence["stops_after"]
    else:
        answers = [{**sequence["repeat_template"], "state": {"n": number}} for number in range(9)]
    errors = [
        number
        for number, answer in enumerate(answers, 1)
        for problem in check_answer("wrapperExport", {}, answer, previous=answers[: number - 1])
        if problem.severity == "error"
    ]
    assert ([sequence["stops_after"]] if "repeat" in sequence else []) == errors


def test_limit_of_a_test_run() -> None:
    """Only a test run has a limit."""
    answer = {"data": [1, 2, 3], "lastPage": True}
    assert ["WX-LIMIT"] == rules("wrapperExport", {"type": "test", "test": {"limit": 2}}, answer)
    assert [] == rules("wrapperExport", {"type": "test", "test": {"limit": 3}}, answer)
    assert [] == rules("wrapperExport", {"test": {"limit": 2}}, answer)
    typed, _ = structure_options("wrapperExport", {"type": "test", "test": {"limit": 2}})
    assert ["WX-LIMIT"] == rules("wrapperExport", typed, answer)


def test_changed_edition_may_say_success() -> None:
    """The UI checks success in framework 1.0, so saying it is no reason for a warning."""
    assert [] == rules("changeEdition", {}, {"success": True})
    assert [] == rules("changeEdition", {}, None)


# ------------------------------------------------------------------------------------- options


def test_check_options() -> None:
    """Options are checked raw or as objects; what is missing and what is wrong is told."""
    found = check_options("wrapperImport", {"connection": {}, "postMapData": {}, "_importId": 1})
    expected = [
        ("O-MISSING", "$.preMapData"),
        ("O-TYPE", "$.postMapData"),
        ("O-TYPE", "$._importId"),
    ]
    assert sorted(expected) == sorted((problem.rule, problem.path) for problem in found)
    made, _ = structure_options("preMap", {"data": []})
    assert [] == check_options("preMap", made)


def test_unknown_kind() -> None:
    """A kind that does not exist is the caller's mistake."""
    for check in (check_answer, lambda kind, options, _: check_options(kind, options)):
        with pytest.raises(ValueError, match="there is no kind 'export'; the kinds are preSave"):
            check("export", {}, None)


def test_what_a_call_imports() -> None:
    """The rules of one kind need neither the converter nor the rules of others."""
    script = """
import sys
from ioplugins.rules import Case, answer_rules
assert answer_rules("preMap").check(Case({}, [{"id": 1}]))
print(sorted(name for name in sys.modules if name.startswith("ioplugins.rules.")))
assert not {"cattrs", "ioplugins.conversion", "ioplugins.options"} & set(sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    modules = ["ioplugins.rules.records", "ioplugins.rules.rule"]
    assert (f"{modules}\n", "") == (done.stdout, done.stderr)
