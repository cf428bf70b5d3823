"""The page that shows a person what the fake holds: escaped, with secrets masked."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Final

from markupsafe import Markup
from werkzeug.wrappers import Response

from ioplugins.api.fake.store import masked
from ioplugins.jsonvalue import JSON

if TYPE_CHECKING:
    from ioplugins.api.fake.application import Logged
    from ioplugins.api.fake.world import World

_SHOWN: Final = 50  # requests
_NAMED: Final = ("name", "type", "status", "version")

_STYLE: Final = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem;
  padding: 0 1rem; color: #1c2733; background: #fff; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; table-layout: fixed; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem;
  border-bottom: 1px solid #d5dce3; overflow-wrap: anywhere; }
th { background: #eef2f6; font-weight: 600; }
code, pre { font: 13px/1.4 ui-monospace, monospace; }
pre { background: #f5f7f9; margin: 0; padding: .6rem; overflow-x: auto; }
summary { cursor: pointer; } .bad { color: #a31515; font-weight: 600; } .none { color: #5b6875; }
"""
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

_HEADERS: Final = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def index_page(world: World, log: Sequence[Logged]) -> Response:
    """All that the fake holds, as one page without scripts."""
    parts = [
        _limits(world),
        *(_resources(kind, held.values()) for kind, held in world.store.documents.items() if held),
        *(_state(place, values) for place, values in world.store.state.items() if values),
        _imported(world.store.imported),
        _tokens(world),
        _faults(world),
        _requests(log),
    ]
    page = Markup(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<title>Fake integrator.io API</title><style>{}</style></head><body>"
        "<h1>Fake integrator.io API</h1>{}</body></html>"
    ).format(Markup(_STYLE), Markup("").join(parts))  # noqa: S704 - the style is ours
    return Response(str(page), content_type="text/html; charset=utf-8", headers=_HEADERS)


def _limits(world: World) -> Markup:
    bucket = world.bucket
    return Markup("<p>The rate limit holds {} of {} requests and drains {} a second.</p>").format(
        f"{bucket.level:.0f}", bucket.size, f"{bucket.per_second:g}"
    )


def _resources(kind: str, documents: Iterable[JSON]) -> Markup:
    rows = [
        (
            _code(document["_id"]),
            ", ".join(str(document[key]) for key in _NAMED if document.get(key)),
            Markup("<details><summary>JSON</summary>{}</details>").format(_json(document)),
        )
        for document in documents
    ]
    return _table(f"{kind} ({len(rows)})", ("id", "what", "document"), rows)


def _state(place: str, values: dict[str, JSON]) -> Markup:
    rows = [(_code(key), _json(value)) for key, value in values.items()]
    return _table(f"state of {place or 'the account'}", ("key", "value"), rows)


def _imported(imported: dict[str, list[JSON]]) -> Markup:
    rows = [(_code(place), len(records)) for place, records in imported.items()]
    return _table("imported records", ("import or connection", "records"), rows)


def _tokens(world: World) -> Markup:
    rows = [
        (
            token.label,
            token.connector_id or Markup('<span class="none">all</span>'),
            token.uses,
            f"{(world.clock() - token.made) / 60:.0f} min",
        )
        for token in world.tokens
    ]
    return _table("tokens", ("token", "integration app", "uses", "age"), rows)


def _faults(world: World) -> Markup:
    rows = [
        (
            fault.method or "any",
            _code(fault.path),
            fault.times,
            "broken connection" if fault.broken else f"{fault.status or ''}",
        )
        for fault in world.faults
    ]
    return _table("faults to come", ("method", "path", "times", "what"), rows)


def _requests(log: Sequence[Logged]) -> Markup:
    rows = [
        (
            datetime.fromtimestamp(entry.at, timezone.utc).strftime("%H:%M:%S"),
            entry.method,
            _code(entry.path),
            Markup('<span class="bad">{}</span>').format(entry.status or "broken")
            if not 200 <= entry.status < 400
            else entry.status,
            entry.token,
        )
        for entry in list(log)[: -_SHOWN - 1 : -1]
    ]
    title = f"latest requests ({len(rows)} of {len(log)})"
    return _table(title, ("time (UTC)", "method", "path", "status", "token"), rows)


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> Markup:
    if not rows:
        return Markup('<h2>{}</h2><p class="none">none</p>').format(title)
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(text) for text in heads)
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(Markup("<td>{}</td>").format(cell) for cell in row)
        )
        for row in rows
    )
    return Markup("<h2>{}</h2><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(
        title, head, body
    )


def _code(text: object) -> Markup:
    return Markup("<code>{}</code>").format(text)


def _json(value: JSON) -> Markup:
    text = json.dumps(masked(value), indent=2, ensure_ascii=False)
    return Markup("<pre>{}</pre>").format(text)
