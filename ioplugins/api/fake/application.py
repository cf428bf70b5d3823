"""The fake as a WSGI application: tokens, rate limit, faults and routes, one request at a time."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from attrs import frozen
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from ioplugins.api.fake import (
    control_routes,
    resource_routes,
    running_routes,
    state_routes,
)
from ioplugins.api.fake.messages import NOTHING, Asked, Refused, Reply, refused
from ioplugins.api.fake.page import index_page
from ioplugins.api.fake.world import World
from ioplugins.errors import RequestRefused
from ioplugins.jsonvalue import JSON, encode, parse
from ioplugins.logs import LOGGER

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from ioplugins.api.fake.faults import Fault

BASE: Final = "/v1"

#: Set in the environ of a request whose connection is to be closed without an answer.
BROKEN: Final = "ioplugins.fake.broken"

_REMEMBERED: Final = 20_000  # requests that the log holds

_HTML_FAULT: Final = "<html><body><h1>Bad gateway</h1></body></html>"

_ID: Final = "<string:document_id>"
_CONNECTION: Final = "/connections/<string:connection_id>"
_FLOW: Final = "/flows/<string:flow_id>"
_JOB: Final = "/jobs/<string:job_id>"
_INTEGRATION: Final = "/integrations/<string:integration_id>"
_STEPS: Final = "<any(installSteps, uninstallSteps):steps>"
_SECTION: Final = "<any(installer, uninstaller, settings, utilities):section>"
_CONNECTOR: Final = "/connectors/<string:connector_id>"
_STACK_TOKEN: Final = "/stacks/<string:stack_id>/systemToken"  # noqa: S105 - a route

_Route = Callable[..., Reply]

# Method and path of each route of the API; the more exact of two goes first.
_ROUTES: Final[tuple[tuple[str, str, _Route], ...]] = (
    ("GET", "/tokenInfo", resource_routes.token_info),
    ("GET", f"{_CONNECTION}/ping", running_routes.ping),
    ("POST", f"{_CONNECTION}/ping", running_routes.ping),
    ("POST", "/connections/ping", running_routes.ping_unsaved),
    ("POST", f"{_CONNECTION}/proxy", running_routes.proxy),
    ("POST", f"{_CONNECTION}/export", running_routes.run_virtual_export),
    ("POST", f"{_CONNECTION}/export/pages", running_routes.run_virtual_export_page),
    ("POST", f"{_CONNECTION}/import", running_routes.run_virtual_import),
    ("POST", f"{_CONNECTION}/import/map", running_routes.map_virtual_import),
    ("POST", "/exports/<string:export_id>/invoke", running_routes.run_export),
    ("POST", "/imports/<string:import_id>/invoke", running_routes.run_import),
    ("POST", f"{_FLOW}/run", running_routes.run_flow),
    ("GET", f"{_FLOW}/jobs/latest", running_routes.latest_jobs),
    ("GET", f"{_FLOW}/errors", running_routes.flow_error_summary),
    ("GET", f"{_FLOW}/<string:step_id>/errors", running_routes.flow_errors),
    ("POST", "/jobs/current", running_routes.current_jobs),
    ("PUT", f"{_JOB}/cancel", running_routes.cancel_job),
    ("GET", f"{_JOB}/joberrors", running_routes.job_errors),
    ("GET", f"{_JOB}/errorFile/signedURL", running_routes.job_error_file),
    ("GET", f"{_INTEGRATION}/{_STEPS}", running_routes.read_steps),
    ("POST", f"{_INTEGRATION}/{_STEPS}", running_routes.run_step),
    ("PUT", f"{_INTEGRATION}/{_SECTION}/<string:function>", running_routes.call_function),
    ("GET", f"{_CONNECTOR}/installBase", resource_routes.install_base),
    ("PUT", f"{_CONNECTOR}/update", resource_routes.push_update),
    ("GET", _STACK_TOKEN, resource_routes.read_system_token),
    ("DELETE", _STACK_TOKEN, resource_routes.rotate_system_token),
    *(
        (method, f"{place}/state{key}", route)
        for place in ("", f"/<string:kind>/{_ID}")
        for method, key, route in (
            ("GET", "", state_routes.list_keys),
            ("DELETE", "", state_routes.delete_all),
            ("GET", "/<string:key>", state_routes.read_value),
            ("PUT", "/<string:key>", state_routes.write_value),
            ("DELETE", "/<string:key>", state_routes.delete_value),
        )
    ),
    ("GET", "/<string:kind>", resource_routes.list_documents),
    ("POST", "/<string:kind>", resource_routes.create_document),
    ("GET", f"/<string:kind>/{_ID}", resource_routes.read_document),
    ("PUT", f"/<string:kind>/{_ID}", resource_routes.replace_document),
    ("PATCH", f"/<string:kind>/{_ID}", resource_routes.patch_document),
    ("DELETE", f"/<string:kind>/{_ID}", resource_routes.delete_document),
)

_MAP: Final = Map(
    [Rule(f"{BASE}{path}", endpoint=route, methods=[m]) for m, path, route in _ROUTES],
    merge_slashes=False,
    strict_slashes=False,
)

_CONTROLS: Final[Mapping[tuple[str, str], _Route]] = MappingProxyType(
    {
        ("POST", "/fake/tokens"): control_routes.issue_token,
        ("POST", "/fake/faults"): control_routes.add_fault,
        ("DELETE", "/fake/faults"): control_routes.clear_faults,
    }
)


@frozen
class Logged:
    """A request that came in.

    Attributes:
        at: When, by the fake's clock.
        method: The HTTP method.
        path: The path below the base URL.
        status: What was answered; 0 when the connection was broken.
        token: What the token is called; "" without a good one.
    """

    at: float
    method: str
    path: str
    status: int
    token: str


class Application:
    """The WSGI application.

    Args:
        world: The account it plays.

    Attributes:
        log: The latest requests to the API, the oldest first.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        # One at a time, so that the routes need not think of others; a delay is outside of it.
        self.lock = threading.RLock()
        self.log: deque[Logged] = deque(maxlen=_REMEMBERED)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        body = request.get_data()  # all of it, so that the connection can be kept
        path = _raw_path(request)
        if path.startswith(f"{BASE}/"):
            response = self._api(request, path, body)
        elif path == "/" and request.method in {"GET", "HEAD"}:
            with self.lock:
                response = index_page(self._world, self.log)
        else:
            response = self._controlled(request, path, body)
        return response(environ, start_response)

    def _api(self, request: Request, path: str, body: bytes) -> Response:
        world = self._world
        short = path.removeprefix(BASE)
        with self.lock:
            fault = world.faults.next(request.method, short)
        if fault is not None and fault.delay:
            time.sleep(fault.delay)
        response, label = None, ""
        if fault is None or fault.after or not fault.answers:
            with self.lock:
                response, label = self._let_in(request, path, body)
        if fault is not None and fault.answers:
            response = _spoiled(fault, request)
        if response is None:
            raise AssertionError("a fault answers, or the API does")
        status = 0 if request.environ.get(BROKEN) else response.status_code
        with self.lock:
            self.log.append(Logged(world.clock(), request.method, unquote(short), status, label))
        return response

    def _let_in(self, request: Request, path: str, body: bytes) -> tuple[Response, str]:
        """The API itself: token, rate limit, route; gives who asked, too."""
        label = ""
        try:
            token = self._world.tokens.check(request.headers.get("Authorization", ""))
            label = token.label
            self._limit()
            token.uses += 1  # not before: a token that was not let in is not used
            adapter = _MAP.bind_to_environ(request.environ)
            route, values = adapter.match(path)
            asked = Asked(
                request.method,
                request.base_url,
                request.args.to_dict(),
                {name.lower(): value for name, value in request.headers.items()},
                _json(body),
                token,
            )
            values = {name: unquote(str(value)) for name, value in values.items()}
            return _response(route(self._world, asked, **values)), label
        except Refused as error:
            return _response(error.reply), label
        except HTTPException as error:
            return _response(_http_error(error)), label
        except Exception as error:  # noqa: BLE001 - a mistake of the fake is an answer, too
            LOGGER.exception("The fake failed at %s %s", request.method, path)
            what = refused(500, "fake_failed", f"The fake failed: {type(error).__name__}.")
            return _response(what.reply), label

    def _limit(self) -> None:
        seconds = self._world.bucket.pour()
        if seconds:
            error = {"code": "rate_limited", "message": "Too many requests."}
            # Whole seconds, as documented.
            raise Refused(429, error, headers={"Retry-After": str(math.ceil(seconds))})

    def _controlled(self, request: Request, path: str, body: bytes) -> Response:
        control = _CONTROLS.get((request.method, path))
        try:
            if control is None:
                raise refused(404, "not_found", f"The API is below {BASE}; the index is at /.")
            with self.lock:
                return _response(control(self._world, _json(body)))
        except Refused as error:
            return _response(error.reply)


def _raw_path(request: Request) -> str:
    """The path with its %2F: a state key may hold a slash."""
    raw: Any = request.environ.get("REQUEST_URI") or request.environ.get("RAW_URI")
    return str(raw or request.path).partition("?")[0]


def _json(body: bytes) -> JSON:
    if not body:
        return None
    try:
        return parse(body)
    except RequestRefused as error:
        raise refused(400, "invalid_body", error.message) from error


def _response(reply: Reply) -> Response:
    if reply.text is not None:
        return Response(reply.text, reply.status, reply.headers, content_type="text/plain")
    if reply.json is NOTHING:
        return Response(b"", reply.status, reply.headers)
    kind = "application/json; charset=utf-8"
    return Response(encode(reply.json), reply.status, reply.headers, content_type=kind)


def _http_error(error: HTTPException) -> Reply:
    status = error.code or 500
    code = {404: "not_found", 405: "method_not_allowed"}.get(status, "invalid_request")
    return refused(status, code, error.description or error.name).reply


def _spoiled(fault: Fault, request: Request) -> Response:
    if fault.broken:
        request.environ[BROKEN] = True
        return Response(b"")
    headers = {} if fault.retry_after is None else {"Retry-After": fault.retry_after}
    if fault.html:
        return Response(_HTML_FAULT, fault.status or 502, headers, content_type="text/html")
    body = fault.body
    if body is None:
        body = {"errors": [{"code": f"fault_{fault.status}", "message": "A fault, on demand."}]}
    return _response(Reply(fault.status or 500, body, headers=headers))
