"""Rules of the functions that set integrations up: forms, saving, install steps, settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from ioplugins.jsontypes import is_array, is_object, json_type
from ioplugins.jsonvalue import JSON
from ioplugins.problems import step
from ioplugins.rules.rule import (
    AnswerRules,
    Case,
    Finding,
    Rule,
    at,
    items,
    object_answer,
    plain,
    shown,
    unknown_keys,
)

_DEEPEST: Final = 50  # levels of a layout that are looked at: a form has three or four
_STEP_NAMES: Final = ("name", "installerFunction", "uninstallerFunction")


def nothing(case: Case) -> Iterator[Finding]:
    """No answer is expected."""
    if case.answer is not None:
        yield "$", "integrator.io expects no answer here and ignores it. Return nothing."


def edition_answer(case: Case) -> Iterator[Finding]:
    """No answer is expected, but {success} is harmless: the UI checks it in framework 1.0."""
    answer = case.answer
    if not is_object(answer) or list(answer) != ["success"]:
        yield from nothing(case)


# --------------------------------------------------------------------------- formInit, preSave


def form_map(case: Case) -> Iterator[Finding]:
    """FieldMap and layout are objects when given; so are the fields in fieldMap."""
    for key in ("fieldMap", "layout"):
        if key in case.answer and not is_object(at(case.answer, key)):
            found = json_type(at(case.answer, key))
            yield f"$.{key}", f"{key} is {found}, but must be an object."
    fields = at(case.answer, "fieldMap")
    for name, form_field in fields.items() if is_object(fields) else ():
        if not is_object(plain(form_field)):
            yield (
                step("$.fieldMap", name),
                (
                    f"The field is {json_type(plain(form_field))}, but must be an object with id, "
                    "name, type, label."
                ),
            )


def form_references(case: Case) -> Iterator[Finding]:
    """Each field named in layout is a key of fieldMap."""
    fields, layout = at(case.answer, "fieldMap"), at(case.answer, "layout")
    if fields is None:
        fields = {}
    if is_object(layout) and is_object(fields):
        yield from _unknown_fields(layout, fields, "$.layout", _DEEPEST)


def _unknown_fields(
    layout: Mapping[str, JSON], fields: Mapping[str, JSON], path: str, depth: int
) -> Iterator[Finding]:
    names = at(layout, "fields")
    for place, name in items(names if is_array(names) else (), f"{path}.fields"):
        if isinstance(name, str) and name not in fields:
            yield place, f'fieldMap has no field "{name[:40]}", so that it is not shown.'
    for key in ("containers", "fieldSets"):
        groups = at(layout, key)
        for place, group in items(groups if is_array(groups) else (), f"{path}.{key}"):
            if is_object(group) and depth:
                yield from _unknown_fields(group, fields, place, depth - 1)


def save_unwrapped(case: Case) -> Iterator[Finding]:
    """The answer is the resource itself."""
    if "newResource" in case.answer:
        yield (
            "$.newResource",
            (
                "The answer must be the resource itself, not wrapped. Return options.new_resource, "
                "changed or not."
            ),
        )


# ----------------------------------------------------------------------------------- initChild


def child_name(case: Case) -> Iterator[Finding]:
    """The name is non-empty text."""
    name = at(case.answer, "name")
    if not isinstance(name, str) or not name:
        found = "missing" if "name" not in case.answer else "not a text with characters in it"
        yield "$.name", f"name is {found}. Give the child integration a name."


def child_steps(case: Case) -> Iterator[Finding]:
    """InstallSteps is an array of objects when given."""
    if "installSteps" not in case.answer:
        return
    steps, path = at(case.answer, "installSteps"), "$.installSteps"
    if not is_array(steps):
        yield path, f"installSteps is {json_type(steps)}, but must be an array of steps."
        return
    for place, entry in items(steps, path):
        if not is_object(entry):
            yield place, f"The step is {json_type(entry)}, but must be an object."


# ---------------------------------------------------------------------- steps of framework 1.0


def boolean(key: str, advice: str) -> Callable[[Case], Iterator[Finding]]:
    """A rule function: the answer's *key* is there and is a boolean."""

    def find(case: Case) -> Iterator[Finding]:
        value = at(case.answer, key)
        if not isinstance(value, bool):
            found = shown(value) if key in case.answer else "missing"
            yield f"$.{key}", f"{key} is {found}, but must be true or false. {advice}"

    return find


def steps_to_update(case: Case) -> Iterator[Finding]:
    """StepsToUpdate is an array of objects, each of which names its step."""
    if "stepsToUpdate" not in case.answer:
        return
    steps, path = at(case.answer, "stepsToUpdate"), "$.stepsToUpdate"
    if not is_array(steps):
        yield path, f"stepsToUpdate is {json_type(steps)}, but must be an array of steps."
    else:
        yield from _unnamed_steps(steps, path)


def _unnamed_steps(steps: JSON, path: str) -> Iterator[Finding]:
    for place, entry in items(steps, path):
        if not is_object(entry):
            yield place, f"The step is {json_type(entry)}, but must be an object with its name."
        elif not any(name in entry for name in _STEP_NAMES):
            yield (
                place,
                (
                    "The step names nothing, so that it is dropped silently. Give it "
                    f"{', '.join(_STEP_NAMES[1:])} or name."
                ),
            )


def steps_given(case: Case) -> Iterator[Finding]:
    """A success gives stepsToUpdate."""
    if at(case.answer, "success") is True and "stepsToUpdate" not in case.answer:
        yield (
            "$.stepsToUpdate",
            (
                "stepsToUpdate is missing, so that the step is not shown as completed. Answer the "
                "step with completed: true."
            ),
        )


def uninstall_shape(case: Case) -> Iterator[Finding]:
    """The answer is an array of steps, or {success, stepsToUpdate}."""
    answer = case.answer
    if is_array(answer):
        return
    if not is_object(answer):
        got = "nothing" if answer is None else json_type(answer)
        yield "$", f"The answer is {got}, but must be an array of uninstall steps, [] for none."
        return
    yield from boolean("success", "Or answer the array of steps itself.")(case)
    if "stepsToUpdate" in answer and not is_array(at(answer, "stepsToUpdate")):
        found = json_type(at(answer, "stepsToUpdate"))
        yield "$.stepsToUpdate", f"stepsToUpdate is {found}, but must be an array of steps."


def uninstall_steps(case: Case) -> Iterator[Finding]:
    """Each step is an object with a name or a function."""
    if is_array(case.answer):
        yield from _unnamed_steps(case.answer, "$")
    elif is_array(at(case.answer, "stepsToUpdate")):
        yield from _unnamed_steps(at(case.answer, "stepsToUpdate"), "$.stepsToUpdate")


# --------------------------------------------------------------------- settings of framework 1.0


def pending_settings(case: Case) -> Iterator[Finding]:
    """Pending is an object when given."""
    if "pending" in case.answer and not is_object(at(case.answer, "pending")):
        found = json_type(at(case.answer, "pending"))
        yield "$.pending", f"pending is {found}, but must be an object of fields and values."


def metadata_shape(case: Case) -> Iterator[Finding]:
    """The answer is an object, or an array of objects."""
    answer = case.answer
    if is_object(answer):
        return
    if not is_array(answer):
        got = "nothing" if answer is None else json_type(answer)
        yield "$", f"The answer is {got}, but must be an object: {_METADATA}."
        return
    for path, value in items(answer, "$"):
        if not is_object(value):
            yield path, f"The element is {json_type(value)}, but must be an object: {_METADATA}."


def metadata_lists(case: Case) -> Iterator[Finding]:
    """Each value is an array of objects."""
    for path, value in _metadata(case):
        if not is_array(value):
            yield path, f"It is {json_type(value)}, but must be an array of objects."
            continue
        for place, entry in items(value, path):
            if not is_object(entry):
                yield place, f"The element is {json_type(entry)}, but must be an object."


def metadata_fields(case: Case) -> Iterator[Finding]:
    """The two lists of fields are arrays of text, and generateList is text."""
    for path, value in _metadata(case):
        for place, entry in items(value if is_array(value) else (), path):
            if is_object(entry):
                yield from _bad_metadata(entry, place)


def _bad_metadata(entry: Mapping[str, JSON], path: str) -> Iterator[Finding]:
    for key in ("requiredGenerateFields", "nonEditableGenerateFields"):
        names = at(entry, key)
        if key in entry and not is_array(names):
            yield f"{path}.{key}", f"{key} is {json_type(names)}, but must be an array of text."
        for place, name in items(names if is_array(names) else (), f"{path}.{key}"):
            if not isinstance(name, str):
                yield place, f"The field is {json_type(name)}, but must be its name as text."
    if "generateList" in entry and not isinstance(at(entry, "generateList"), str):
        found = json_type(at(entry, "generateList"))
        yield f"{path}.generateList", f"generateList is {found}, but must be text."


def _metadata(case: Case) -> Iterator[tuple[str, JSON]]:
    """Path and value of the entry of each import."""
    parts = items(case.answer, "$") if is_array(case.answer) else [("$", case.answer)]
    for path, part in parts:
        if is_object(part):
            for key, value in part.items():
                yield step(path, key), plain(value)


# ----------------------------------------------------------------------------------- the table

_METADATA: Final = '{"external id of the import": [{"requiredGenerateFields": [...]}]}'


def _object(rule: str, what: str, advice: str) -> Rule:
    return Rule(rule, "error", "documented", object_answer(what, advice), fatal=True)


_NONE: Final = AnswerRules((Rule("NONE", "warning", "documented", nothing),))
_STEP: Final = AnswerRules(
    (
        _object(
            "ST-OBJ",
            'an object {"success": ..., "stepsToUpdate": [...]}',
            "Answer StepResult.done(*steps) or StepResult.failed(message).",
        ),
        Rule("ST-SUCCESS", "error", "documented", boolean("success", "Say if the step is done.")),
        Rule("ST-STEPS", "error", "documented", steps_to_update),
        Rule("ST-NOSTEPS", "warning", "documented", steps_given),
        # The UI shows message or resBody of a failed step.
        unknown_keys("success", "stepsToUpdate", "message", "resBody"),
    )
)

KINDS: Final[Mapping[str, AnswerRules]] = MappingProxyType(
    {
        "formInit": AnswerRules(
            (
                _object("FORM-OBJ", "an object: the form", "Answer Form.of(*fields) or its JSON."),
                Rule("FORM-MAP", "error", "inferred", form_map),
                Rule("FORM-REF", "warning", "inferred", form_references),
                unknown_keys("fieldMap", "layout"),
            )
        ),
        "preSave": AnswerRules(
            (
                _object(
                    "SAVE-OBJ",
                    "an object: the resource to save",
                    "Return options.new_resource, changed or not.",
                ),
                Rule("SAVE-WRAP", "error", "inferred", save_unwrapped),
            )
        ),
        "initChild": AnswerRules(
            (
                _object(
                    "CHILD-OBJ",
                    "an object: the child integration to create",
                    "Answer ChildIntegration(name) or its JSON.",
                ),
                Rule("CHILD-NAME", "error", "inferred", child_name),
                Rule("CHILD-STEPS", "error", "documented", child_steps),
            )
        ),
        "integrationInstaller": _STEP,
        "integrationUninstaller": _STEP,
        "preUninstall": AnswerRules(
            (
                Rule("PU-SHAPE", "error", "documented", uninstall_shape, fatal=True),
                Rule("PU-STEP", "error", "inferred", uninstall_steps),
            )
        ),
        "persistSettings": AnswerRules(
            (
                _object(
                    "SET-OBJ",
                    'an object {"success": ..., "pending": {...}}',
                    "Answer SavedSettings.accepted(options.pending) or its JSON.",
                ),
                Rule(
                    "SET-SUCCESS",
                    "error",
                    "documented",
                    boolean("success", "Say if the settings are accepted."),
                ),
                Rule("SET-PENDING", "error", "documented", pending_settings),
                unknown_keys("success", "pending"),
            )
        ),
        "refreshMetadata": AnswerRules(
            (
                _object(
                    "RM-OBJ",
                    "an object: what the field looks like now",
                    'Answer its choices as {"options": [[value, label], ...]}.',
                ),
            )
        ),
        "getMappingMetadata": AnswerRules(
            (
                Rule("MM-OBJ", "error", "documented", metadata_shape, fatal=True),
                Rule("MM-LIST", "error", "documented", metadata_lists),
                Rule("MM-FIELDS", "error", "documented", metadata_fields),
            )
        ),
        "changeEdition": AnswerRules((Rule("NONE", "warning", "documented", edition_answer),)),
        "postAggregate": _NONE,
        "step": _NONE,
        "update": _NONE,
        "connectorInstaller": _NONE,
        "connectorUninstaller": _NONE,
    }
)
