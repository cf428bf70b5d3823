"""The answer classes: each constructor's wire form, and that the rules accept it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioplugins import answers
from ioplugins.answers import (
    ChildIntegration,
    ExportPage,
    FlowRoute,
    Form,
    HTTPAnswer,
    ImportResult,
    InstallStep,
    MappingMetadata,
    NewError,
    Page,
    PingAnswer,
    RecordAnswer,
    RecordError,
    SavedSettings,
    StepResult,
    SubmitResult,
    WrapperError,
)
from ioplugins.jsonvalue import JSON, Wire, encode, parse
from ioplugins.rules import check_answer


def wire(answer: object) -> JSON:
    """What integrator.io gets."""
    return parse(encode(answer))


FAILED = {"code": "a", "message": "b", "source": "ioplugins"}
RESPONSE = {
    "statusCode": 422,
    "ignored": False,
    "errors": [{"code": "X", "message": "closed", "source": "netsuite"}],
    "id": "501",
    "_json": {"id": 501},
    "dataURI": "https://app.example/1",
}
OTHERS = {"id": "501", "_json": {"id": 501}, "dataURI": "https://app.example/1"}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (RecordAnswer.keep({"id": 1}), {"data": {"id": 1}}),
        (RecordAnswer.keep([{"id": 1}]), {"data": [{"id": 1}]}),
        (RecordAnswer.keep({}), {"data": {}}),
        (RecordAnswer.keep(None), {"data": None}),
        (
            RecordAnswer.keep({"id": 1}, errors=[RecordError("a", "b"), FAILED]),
            {"data": {"id": 1}, "errors": [FAILED, FAILED]},
        ),
        (RecordAnswer.ignore(), {}),
        (RecordAnswer.fail("a", "b"), {"errors": [FAILED]}),
        (RecordAnswer.fail("a", "b", "c"), {"errors": [{**FAILED, "source": "c"}]}),
        (RecordAnswer(errors=[FAILED]), {"errors": [FAILED]}),
        (RecordError("a", "b", retry_data_key="k1"), {**FAILED, "retryDataKey": "k1"}),
        (Page([{"id": 1}], errors=[]), {"data": [{"id": 1}], "errors": [], "abort": False}),
        (
            Page((), errors=[FAILED], abort=True, new_errors=[NewError.of({"id": 1}, "a", "b")]),
            {
                "data": [],
                "errors": [FAILED],
                "abort": True,
                "newErrorsAndRetryData": [{"retryData": {"id": 1}, "errors": [FAILED]}],
            },
        ),
        (
            SubmitResult.succeeded(RESPONSE),
            {"statusCode": 200, "ignored": False, "errors": [], **OTHERS},
        ),
        (
            SubmitResult.failed(RESPONSE, "a", "b"),
            {
                "statusCode": 422,
                "ignored": False,
                "errors": [*RESPONSE["errors"], FAILED],  # type: ignore[misc]
                **OTHERS,
            },
        ),
        (
            SubmitResult.failed({"statusCode": 200}, "a", "b"),
            {"statusCode": 422, "ignored": False, "errors": [FAILED]},
        ),
        (PingAnswer.ok(), {"statusCode": 200}),
        (
            PingAnswer.offline("E", "no route"),
            {"statusCode": 401, "errors": [{"code": "E", "message": "no route"}]},
        ),
        (WrapperError(None, "no route"), {"message": "no route"}),
        (ExportPage.last([1]), {"data": [1], "lastPage": True}),
        (ExportPage.last(), {"data": [], "lastPage": True}),
        (
            ExportPage.more([1], {"after": 1}),
            {"data": [1], "lastPage": False, "state": {"after": 1}},
        ),
        (
            ExportPage.more((1, 2), {"after": 1}, errors=[WrapperError("E", "m")]),
            {
                "data": [1, 2],
                "lastPage": False,
                "state": {"after": 1},
                "errors": [{"code": "E", "message": "m"}],
            },
        ),
        (
            ExportPage.offline("E", "m"),
            {
                "data": [],
                "lastPage": False,
                "connectionOffline": True,
                "errors": [{"code": "E", "message": "m"}],
            },
        ),
        (ImportResult.ok(), {"statusCode": 200}),
        (ImportResult.ok("1"), {"statusCode": 200, "id": "1"}),
        (
            ImportResult.ok("1", errors=[{"message": "phone dropped"}]),
            {"statusCode": 200, "id": "1", "errors": [{"message": "phone dropped"}]},
        ),
        (ImportResult.ignored("1"), {"statusCode": 200, "id": "1", "ignored": True}),
        (
            ImportResult.failed("DUP", "exists"),
            {"statusCode": 422, "errors": [{"code": "DUP", "message": "exists"}]},
        ),
        (
            ImportResult.unauthorized("AUTH", "expired"),
            {"statusCode": 401, "errors": [{"code": "AUTH", "message": "expired"}]},
        ),
        (
            Form.of({"id": "a", "type": "text"}, {"id": "b"}),
            {
                "fieldMap": {"a": {"id": "a", "type": "text"}, "b": {"id": "b"}},
                "layout": {"fields": ["a", "b"]},
            },
        ),
        (
            Form({"a": {"id": "a"}}, {"containers": []}, {"more": 1}),
            {"fieldMap": {"a": {"id": "a"}}, "layout": {"containers": []}, "more": 1},
        ),
        (
            InstallStep(
                name="n",
                description="d",
                completed=False,
                type="form",
                image_url="i",
                install_url="u",
                connection_id="c",
                installer_function="f",
                uninstaller_function="g",
                function="h",
                init_form_function="j",
                form=Form.of({"id": "a"}),
                other={"more": 1},
            ),
            {
                "name": "n",
                "description": "d",
                "completed": False,
                "type": "form",
                "imageURL": "i",
                "installURL": "u",
                "_connectionId": "c",
                "installerFunction": "f",
                "uninstallerFunction": "g",
                "function": "h",
                "initFormFunction": "j",
                "form": {"fieldMap": {"a": {"id": "a"}}, "layout": {"fields": ["a"]}},
                "more": 1,
            },
        ),
        (
            StepResult.done(InstallStep(name="n", completed=True)),
            {"success": True, "stepsToUpdate": [{"name": "n", "completed": True}]},
        ),
        (StepResult.failed("no"), {"success": False, "stepsToUpdate": [], "message": "no"}),
        (
            ChildIntegration("EU", [InstallStep(name="n")], {"version": "1.0.0"}),
            {"name": "EU", "installSteps": [{"name": "n"}], "version": "1.0.0"},
        ),
        (SavedSettings.accepted({"a": 1}), {"success": True, "pending": {"a": 1}}),
        (SavedSettings.refused(), {"success": False, "pending": {}}),
        (
            MappingMetadata(required=["a"], non_editable=("b",), generate_list="item"),
            {
                "requiredGenerateFields": ["a"],
                "nonEditableGenerateFields": ["b"],
                "generateList": "item",
            },
        ),
        (FlowRoute("f", "e"), {"_flowId": "f", "_exportId": "e"}),
        (HTTPAnswer(), {"statusCode": 200}),
        (
            HTTPAnswer(404, "gone", {"content-type": "text/plain"}),
            {"statusCode": 404, "headers": {"content-type": "text/plain"}, "body": "gone"},
        ),
    ],
)
def test_wire_form(answer: Wire, expected: JSON) -> None:
    """Each constructor's JSON."""
    assert expected == wire(answer)


def test_a_page_needs_its_errors() -> None:
    """Whether the page's errors go on is said, not forgotten."""
    with pytest.raises(TypeError, match="errors"):
        Page([])  # type: ignore[call-arg]


def test_a_form_field_needs_an_id() -> None:
    """A field without an id is told at once."""
    with pytest.raises(ValueError, match="id"):
        Form.of({"name": "a"})


def test_a_page_of_records_is_not_copied() -> None:
    """The records of a list go on as that list."""
    records = [{"id": 1}]
    assert Page(records, errors=[]).to_json()["data"] is records
    assert ExportPage.last(records).to_json()["data"] is records


def test_all_names() -> None:
    """Whatever the package lists can be imported from it, and each class knows its JSON."""
    for name in answers.__all__:
        found = getattr(answers, name)
        if isinstance(found, type):
            assert issubclass(found, Wire)
            assert attrs.has(found)
    assert sorted(answers.__all__) == dir(answers)
    with pytest.raises(AttributeError, match="has no attribute 'Nonsense'"):
        answers.Nonsense  # noqa: B018 - the look-up is the test


# ---------------------------------------------------- what the classes say, the rules accept

text = st.text(max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | text,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(text, inner, max_size=2),
    max_leaves=5,
)
objects = st.dictionaries(text, values, max_size=3)
records = objects | st.lists(objects, max_size=2)
record_errors = st.lists(
    st.builds(RecordError, text, text, text)
    | st.fixed_dictionaries({"code": text, "message": text, "source": text}),
    max_size=2,
)
wrapper_errors = st.lists(
    st.builds(WrapperError, st.none() | text, text) | st.fixed_dictionaries({"message": text}),
    max_size=2,
)
actions = st.one_of(
    st.builds(RecordAnswer.keep, records, record_errors),
    st.builds(RecordAnswer.ignore),
    st.builds(RecordAnswer.fail, text, text, text),
    st.fixed_dictionaries({"data": records}),
    st.just({}),
)
responses = st.fixed_dictionaries(
    {"statusCode": st.sampled_from([200, 422, 403]), "ignored": st.booleans()},
    optional={"errors": record_errors | st.none(), "id": text, "_json": values},
)
steps = st.builds(
    InstallStep,
    name=text,
    completed=st.none() | st.booleans(),
    installer_function=st.none() | text,
    form=st.none() | objects,
)
fields = st.dictionaries(text, objects, max_size=3)
Answers = st.SearchStrategy[Any]
ANSWERS: dict[str, Answers] = {
    "preSavePage": st.builds(
        Page,
        st.lists(records, max_size=3),
        errors=record_errors,
        abort=st.booleans(),
        new_errors=st.lists(st.builds(NewError.of, records, text, text), max_size=2),
    ),
    "preMap": st.lists(actions, max_size=4),
    "postMap": st.lists(actions, max_size=4),
    "postSubmit": st.lists(
        st.builds(SubmitResult.succeeded, responses)
        | st.builds(SubmitResult.failed, responses, text, text),
        max_size=4,
    ),
    "ping": st.builds(PingAnswer.ok) | st.builds(PingAnswer.offline, text, text),
    "wrapperExport": st.one_of(
        st.builds(ExportPage.more, st.lists(values), objects, wrapper_errors),
        st.builds(ExportPage.last, st.lists(values), wrapper_errors),
        st.builds(ExportPage.offline, text, text),
    ),
    "wrapperImport": st.lists(
        st.one_of(
            st.builds(ImportResult.ok, st.none() | text, wrapper_errors),
            st.builds(ImportResult.ignored, st.none() | text),
            st.builds(ImportResult.failed, text, text),
            st.builds(ImportResult.unauthorized, text, text),
        ),
        max_size=4,
    ),
    "formInit": st.builds(Form, fields, st.none() | st.just({"fields": []})),
    "initChild": st.builds(
        ChildIntegration, st.text(min_size=1, max_size=6), st.lists(steps, max_size=2)
    ),
    "integrationInstaller": st.builds(
        lambda these: StepResult.done(*these), st.lists(steps, max_size=2)
    )
    | st.builds(StepResult.failed, text),
    "preUninstall": st.lists(steps, max_size=2),
    "persistSettings": st.builds(SavedSettings.accepted, objects)
    | st.builds(SavedSettings.refused),
    "getMappingMetadata": st.dictionaries(
        text,
        st.lists(
            st.builds(
                MappingMetadata,
                required=st.lists(text),
                non_editable=st.lists(text),
                generate_list=st.none() | text,
            ),
            max_size=2,
        ),
        max_size=2,
    ),
    "contentBasedFlowRouter": st.builds(
        FlowRoute, st.text(min_size=1, max_size=5), st.text(min_size=1, max_size=5)
    ),
    "handleRequest": st.builds(
        HTTPAnswer,
        st.integers(100, 599),
        st.none() | text | objects,
        st.dictionaries(text, text, max_size=2),
    ),
}
# An empty state starts from the beginning again: that is worth a word.
EXPECTED_WARNINGS = {"WX-NOLAST"}


@pytest.mark.parametrize("kind", ANSWERS)
@settings(max_examples=25)
@given(data=st.data())
def test_the_rules_accept_them(kind: str, data: st.DataObject) -> None:
    """Whatever the classes are made of, integrator.io takes it, as object and as JSON."""
    answer = data.draw(ANSWERS[kind])
    for given_back in (answer, wire(answer)):
        problems = check_answer(kind, options_for(kind, answer), given_back)
        assert [] == [str(one) for one in problems if one.rule not in EXPECTED_WARNINGS]


COUNTED: dict[str, str] = {
    "preMap": "data",
    "postMap": "postMapData",
    "postSubmit": "responseData",
    "wrapperImport": "postMapData",
}


def options_for(kind: str, answer: Any) -> dict[str, JSON]:
    """Options of as many records as the answer has elements."""
    return {COUNTED[kind]: [{}] * len(answer)} if kind in COUNTED else {}


@pytest.mark.parametrize(
    "make",
    [
        lambda: RecordAnswer.keep({}),
        lambda: ImportResult.ok("1"),
        lambda: ExportPage.last([]),
        lambda: InstallStep(name="n"),
    ],
)
def test_answers_are_values(make: Callable[[], Wire]) -> None:
    """Answers are equal by value and cannot be changed by mistake."""
    first, second = make(), make()
    assert first == second
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        first.other = 1  # type: ignore[attr-defined]
