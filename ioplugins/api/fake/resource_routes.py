"""Routes of resources: create, read, update, delete, lists with pages; stacks and connectors."""

from __future__ import annotations

import secrets
from typing import Final
from urllib.parse import urlencode

from ioplugins.api.fake.messages import Asked, Refused, Reply, refused
from ioplugins.api.fake.store import KINDS, Document, masked, matching
from ioplugins.api.fake.world import World, forbidden
from ioplugins.jsonvalue import JSON

_PAGE: Final = 100
_LONGEST_PAGE: Final = 1000


def token_info(world: World, asked: Asked) -> Reply:  # noqa: ARG001 - as all routes
    """GET /tokenInfo."""
    info = {"_userId": "5f1a0000000000000000ffff"}
    return Reply(200, info if asked.token.connector_id else {**info, "scope": "*"})


def list_documents(world: World, asked: Asked, kind: str) -> Reply:
    """GET /{kind}: pages by Link header, filters, include and exclude."""
    kind = known(kind)
    query = dict(asked.query)
    limit = _number(query, "limit", _PAGE, 1, _LONGEST_PAGE)
    skip = _number(query, "skip", 0, 0, 1 << 31)
    include, exclude = query.pop("include", ""), query.pop("exclude", "")
    if include and exclude:
        raise refused(400, "invalid_query_params", "include and exclude cannot be combined.")
    found = matching(world.visible(asked.token, kind), query)
    page = [_projected(masked(doc), include, exclude) for doc in found[skip : skip + limit]]
    if not page:
        return Reply(204)
    headers = {}
    if skip + limit < len(found):
        following = {**asked.query, "limit": str(limit), "skip": str(skip + limit)}
        headers["Link"] = f'<{asked.url}?{urlencode(following)}>; rel="next"'
    return Reply(200, page, headers=headers)


def create_document(world: World, asked: Asked, kind: str) -> Reply:
    """POST /{kind}; what an integration app creates belongs to it."""
    kind = known(kind)
    if asked.token.connector_id is not None and kind in {"connectors", "stacks"}:
        raise forbidden()
    document = body_object(asked)
    document.pop("_id", None)
    if asked.token.connector_id is not None:
        document["_connectorId"] = asked.token.connector_id
    return Reply(201, masked(world.store.add(kind, document)))


def read_document(world: World, asked: Asked, kind: str, document_id: str) -> Reply:
    """GET /{kind}/{id}."""
    document = masked(world.reach(asked.token, known(kind), document_id))
    query = asked.query
    return Reply(200, _projected(document, query.get("include", ""), query.get("exclude", "")))


def replace_document(world: World, asked: Asked, kind: str, document_id: str) -> Reply:
    """PUT /{kind}/{id}: replaces; on what an integration app owns it does nothing and says 200."""
    held = world.reach(asked.token, known(kind), document_id)
    body = body_object(asked)
    if world.locks(asked.token, kind, held):
        return Reply(200, masked(held))
    return Reply(200, masked(world.store.replace(kind, held, body)))


def patch_document(world: World, asked: Asked, kind: str, document_id: str) -> Reply:
    """PATCH /{kind}/{id} with a JSON Patch of add, replace and remove."""
    held = world.reach(asked.token, known(kind), document_id)
    if world.locks(asked.token, kind, held):
        raise refused(
            422, "field_locked_by_integration_app", "An integration app owns this resource."
        )
    if not isinstance(asked.body, list):
        raise refused(422, "invalid_patch", "The body must be a JSON Patch: a list.")
    for step in asked.body:
        _patch(held, step)
    return Reply(204)


def delete_document(world: World, asked: Asked, kind: str, document_id: str) -> Reply:
    """DELETE /{kind}/{id}."""
    held = world.reach(asked.token, known(kind), document_id)
    if world.locks(asked.token, kind, held):
        raise refused(
            422, "field_locked_by_integration_app", "An integration app owns this resource."
        )
    del world.store.documents[kind][document_id]
    world.store.state.pop(f"{kind}/{document_id}", None)
    return Reply(204)


def read_system_token(world: World, asked: Asked, stack_id: str) -> Reply:
    """GET /stacks/{id}/systemToken: in the clear."""
    return Reply(200, {"systemToken": _server_stack(world, asked, stack_id)["systemToken"]})


def rotate_system_token(world: World, asked: Asked, stack_id: str) -> Reply:
    """DELETE /stacks/{id}/systemToken: the old one is invalid at once."""
    _server_stack(world, asked, stack_id)["systemToken"] = secrets.token_hex(16)
    return Reply(204)


def install_base(world: World, asked: Asked, connector_id: str) -> Reply:
    """GET /connectors/{id}/installBase: the integrations that were installed from it."""
    world.reach(asked.token, "connectors", connector_id)
    installed = matching(world.store.documents["integrations"].values(), {})
    base = [
        {"_integrationId": doc["_id"], "version": doc.get("version")}
        for doc in installed
        if doc.get("_connectorId") == connector_id
    ]
    return Reply(200, base) if base else Reply(204)


def push_update(world: World, asked: Asked, connector_id: str) -> Reply:
    """PUT /connectors/{id}/update: the named integrations are being updated from now on."""
    world.reach(asked.token, "connectors", connector_id)
    for integration_id in body_object(asked).get("_integrationIds") or ():
        world.store.get("integrations", integration_id)["updateInProgress"] = True
    return Reply(200, {})


def known(kind: str) -> str:
    """*kind*, when the fake has it.

    Raises:
        Refused: 404.
    """
    if kind not in KINDS:
        raise refused(404, "not_found", f"The fake has no route /{kind}.")
    return kind


def body_object(asked: Asked) -> Document:
    """The body, which must be an object.

    Raises:
        Refused: 400.
    """
    if not isinstance(asked.body, dict):
        raise refused(400, "invalid_body", "The body must be a JSON object.")
    return dict(asked.body)


def _server_stack(world: World, asked: Asked, stack_id: str) -> Document:
    try:
        stack = world.reach(asked.token, "stacks", stack_id)
    except Refused:
        stack = {}
    if stack.get("type") != "server":
        raise refused(404, "not_found", "Stack of type server not found.")
    server: Document = stack["server"]
    return server


def _number(query: dict[str, str], name: str, default: int, low: int, high: int) -> int:
    text = query.pop(name, str(default))
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise refused(400, "invalid_query_params", f"{name} must be a number from {low} to {high}.")
    return int(text)


def _projected(document: JSON, include: str, exclude: str) -> JSON:
    if include:
        wanted = {"_id", *include.split(",")}
        return {key: value for key, value in document.items() if key in wanted}
    unwanted = set(exclude.split(","))
    return {key: value for key, value in document.items() if key not in unwanted}


def _patch(document: Document, step: JSON) -> None:
    path = step.get("path") if isinstance(step, dict) else None
    if not isinstance(path, str) or not path.startswith("/"):
        raise refused(422, "invalid_patch", "Each step has an op and a path such as /name.")
    *parents, last = (part.replace("~1", "/").replace("~0", "~") for part in path[1:].split("/"))
    place: JSON = document
    for parent in parents:
        place = place.get(parent) if isinstance(place, dict) else None
    if not isinstance(place, dict):
        raise refused(422, "invalid_patch", f"There is no {path}.")
    if step.get("op") in {"add", "replace"} and "value" in step:
        place[last] = step["value"]
    elif step.get("op") == "remove":
        place.pop(last, None)
    else:
        raise refused(422, "invalid_patch", "The op is add, replace (with a value) or remove.")
