"""Routes beside the API, under ``/fake``: for those who have no Python object to ask.

They make tokens and faults in a fake that another process runs. They need no token: the fake
listens on this machine only.
"""

from __future__ import annotations

from typing import Any, Final

import attrs

from ioplugins.api.fake.faults import Fault
from ioplugins.api.fake.messages import Reply, refused
from ioplugins.api.fake.world import World
from ioplugins.jsonvalue import JSON


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.title() for word in rest)


_FAULTS: Final = {_camel(field.name): field.name for field in attrs.fields(Fault)}


def issue_token(world: World, body: JSON) -> Reply:
    """POST /fake/tokens ``{oneTime?, connectorId?}``."""
    wanted = _known(body, {"oneTime", "connectorId"})
    connector_id = wanted.get("connectorId")
    if connector_id is not None and not isinstance(connector_id, str):
        raise refused(422, "invalid_field", "connectorId must be text.", "connectorId")
    token = world.tokens.issue(one_time=bool(wanted.get("oneTime")), connector_id=connector_id)
    return Reply(201, {"token": token})


def add_fault(world: World, body: JSON) -> Reply:
    """POST /fake/faults with the fields of a `Fault`, in camelCase."""
    given: dict[str, Any] = {_FAULTS[k]: v for k, v in _known(body, set(_FAULTS)).items()}
    try:
        world.faults.add(Fault(**given))
    except (TypeError, ValueError) as error:
        raise refused(422, "invalid_field", str(error)) from error
    return Reply(201, {})


def clear_faults(world: World, body: JSON) -> Reply:  # noqa: ARG001 - as all of them
    """DELETE /fake/faults."""
    world.faults.clear()
    return Reply(204)


def _known(body: JSON, keys: set[str]) -> dict[str, JSON]:
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise refused(400, "invalid_body", "The body must be a JSON object.")
    unknown = sorted(body.keys() - keys)
    if unknown:
        known = ", ".join(sorted(keys))
        raise refused(422, "invalid_field", f"{unknown[0]} is not known; known are {known}.")
    return body
