"""Answers of the functions that set integrations up: forms, install steps, settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import field, frozen

from ioplugins.jsonvalue import JSON, Wire


@frozen
class Form(Wire):
    """The answer of a formInit function: a settings form.

    Attributes:
        field_map: The fields by id.
        layout: Order and grouping: ``{"fields": [ids]}`` or ``{"containers": [...]}``; None for
            all fields, one below the other.
        other: Further keys of the form.
    """

    field_map: Mapping[str, Mapping[str, JSON]]
    layout: Mapping[str, JSON] | None = None
    other: Mapping[str, JSON] = field(factory=dict[str, JSON])

    @classmethod
    def of(cls, *fields: Mapping[str, JSON]) -> Form:
        """A form of *fields*, one below the other.

        Raises:
            ValueError: A field has no ``id``.
        """
        if not all("id" in form_field for form_field in fields):
            raise ValueError("each field of a form needs an id")
        return cls({form_field["id"]: form_field for form_field in fields})

    def to_json(self) -> dict[str, JSON]:
        """``{fieldMap, layout}`` and the other keys."""
        layout = {"fields": list(self.field_map)} if self.layout is None else dict(self.layout)
        return {"fieldMap": dict(self.field_map), "layout": layout, **self.other}


@frozen(kw_only=True)
class InstallStep(Wire):
    """A step of an installation; what is None is left out of the JSON.

    integrator.io finds the step that an entry of stepsToUpdate means by its installer or
    uninstaller function, else by its name; an entry that matches none is dropped silently.

    Attributes:
        name: What the user sees, and what the step goes by.
        description: What the user is to do.
        completed: Whether it is done.
        type: ``"connection"``, ``"form"``, ``"url"``, ``"stack"``, ``"hidden"``, ... (2.0).
        image_url: A picture for it.
        install_url: Where the user installs something.
        connection_id: The connection it is about.
        installer_function: The function that runs it (1.0).
        uninstaller_function: The function that undoes it (1.0).
        function: The function that runs it (2.0).
        init_form_function: The function that builds its form (2.0).
        form: Its form (2.0).
        other: Further keys.
    """

    name: str | None = None
    description: str | None = None
    completed: bool | None = None
    type: str | None = None
    image_url: str | None = None
    install_url: str | None = None
    connection_id: str | None = None
    installer_function: str | None = None
    uninstaller_function: str | None = None
    function: str | None = None
    init_form_function: str | None = None
    form: Form | Mapping[str, JSON] | None = None
    other: Mapping[str, JSON] = field(factory=dict[str, JSON])

    def to_json(self) -> dict[str, JSON]:
        """The step as it stands in an integration document."""
        step = {
            "name": self.name,
            "description": self.description,
            "completed": self.completed,
            "type": self.type,
            "imageURL": self.image_url,
            "installURL": self.install_url,
            "_connectionId": self.connection_id,
            "installerFunction": self.installer_function,
            "uninstallerFunction": self.uninstaller_function,
            "function": self.function,
            "initFormFunction": self.init_form_function,
            "form": self.form,
        }
        return {key: value for key, value in step.items() if value is not None} | dict(self.other)


@frozen
class StepResult(Wire):
    """The answer of an integration installer or uninstaller (framework 1.0).

    Attributes:
        success: Whether the step was done.
        steps_to_update: The steps that change; the user sees the step as completed only when
            it is among them.
        message: On failure: what the UI shows.
    """

    success: bool
    steps_to_update: Sequence[InstallStep | Mapping[str, JSON]] = ()
    message: str | None = None

    @classmethod
    def done(cls, *steps: InstallStep | Mapping[str, JSON]) -> StepResult:
        """The step was done; *steps* are those that change."""
        return cls(success=True, steps_to_update=steps)

    @classmethod
    def failed(cls, message: str) -> StepResult:
        """The step was not done; the UI shows *message*."""
        return cls(success=False, message=message)

    def to_json(self) -> dict[str, JSON]:
        """``{success, stepsToUpdate}``, and message when there is one."""
        result: dict[str, JSON] = {
            "success": self.success,
            "stepsToUpdate": list(self.steps_to_update),
        }
        if self.message is not None:
            result["message"] = self.message
        return result


@frozen
class ChildIntegration(Wire):
    """The answer of initChild: the child integration to create.

    Attributes:
        name: The child's name; not empty.
        install_steps: The steps of its installation.
        other: Further fields of the integration.
    """

    name: str
    install_steps: Sequence[InstallStep | Mapping[str, JSON]] = ()
    other: Mapping[str, JSON] = field(factory=dict[str, JSON])

    def to_json(self) -> dict[str, JSON]:
        """``{name, installSteps}`` and the other fields."""
        return {"name": self.name, "installSteps": list(self.install_steps), **self.other}


@frozen
class SavedSettings(Wire):
    """The answer of persistSettings.

    Attributes:
        success: Whether the settings are accepted.
        pending: The fields with the values to save; for a connector with several stores by
            store id (without that, nothing is saved).
    """

    success: bool
    pending: Mapping[str, JSON] = field(factory=dict[str, JSON])

    @classmethod
    def accepted(cls, pending: Mapping[str, JSON]) -> SavedSettings:
        """*pending* is saved: ``options.pending``, changed or not."""
        return cls(success=True, pending=pending)

    @classmethod
    def refused(cls) -> SavedSettings:
        """Nothing is saved; the UI shows a failed save. Raise an error to say why."""
        return cls(success=False)

    def to_json(self) -> dict[str, JSON]:
        """``{success, pending}``."""
        return {"success": self.success, "pending": dict(self.pending)}


@frozen(kw_only=True)
class MappingMetadata(Wire):
    """Which fields of one list of an import are special in the UI.

    getMappingMetadata answers ``{external id of the import: [MappingMetadata, ...]}``.

    Attributes:
        required: The fields that must be mapped.
        non_editable: The fields whose mapping cannot be changed.
        generate_list: The list of the record that these fields stand in; None for the record
            itself.
    """

    required: Sequence[str] = ()
    non_editable: Sequence[str] = ()
    generate_list: str | None = None

    def to_json(self) -> dict[str, JSON]:
        """``{requiredGenerateFields, nonEditableGenerateFields}`` and maybe generateList."""
        metadata: dict[str, JSON] = {
            "requiredGenerateFields": list(self.required),
            "nonEditableGenerateFields": list(self.non_editable),
        }
        if self.generate_list is not None:
            metadata["generateList"] = self.generate_list
        return metadata
