"""Routes of state: any JSON by key, of the account or of one resource; answers are texts."""

from __future__ import annotations

from ioplugins.api.fake.messages import Asked, Reply, refused
from ioplugins.api.fake.resource_routes import known
from ioplugins.api.fake.world import World, forbidden
from ioplugins.jsonvalue import JSON


def list_keys(world: World, asked: Asked, kind: str = "", document_id: str = "") -> Reply:
    """GET .../state."""
    held = _held(world, asked, kind, document_id)
    return Reply(200, {"keys": list(held)}) if held else Reply(204)


def read_value(
    world: World, asked: Asked, key: str, kind: str = "", document_id: str = ""
) -> Reply:
    """GET .../state/{key}."""
    held = _held(world, asked, kind, document_id)
    if key not in held:
        raise refused(404, "not_found", f"State {key} not found.")
    return Reply(200, held[key])


def write_value(
    world: World, asked: Asked, key: str, kind: str = "", document_id: str = ""
) -> Reply:
    """PUT .../state/{key}: answers the text OK, or Created."""
    held = _held(world, asked, kind, document_id)
    reply = Reply(200, text="OK") if key in held else Reply(201, text="Created")
    held[key] = asked.body
    return reply


def delete_value(
    world: World, asked: Asked, key: str, kind: str = "", document_id: str = ""
) -> Reply:
    """DELETE .../state/{key}: 204 of the account's, 200 of a resource's."""
    held = _held(world, asked, kind, document_id)
    if key not in held:
        raise refused(404, "not_found", f"State {key} not found.")
    del held[key]
    return _deleted(kind)


def delete_all(world: World, asked: Asked, kind: str = "", document_id: str = "") -> Reply:
    """DELETE .../state."""
    _held(world, asked, kind, document_id).clear()
    return _deleted(kind)


def _held(world: World, asked: Asked, kind: str, document_id: str) -> dict[str, JSON]:
    """The values of a place, which the token must reach."""
    if kind:
        world.reach(asked.token, known(kind), document_id)
    elif asked.token.connector_id is not None:
        raise forbidden()
    place = f"{kind}/{document_id}" if kind else ""
    return world.store.state.setdefault(place, {})


def _deleted(kind: str) -> Reply:
    return Reply(200, text="OK") if kind else Reply(204)
