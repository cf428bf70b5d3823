"""What the fake holds: resources, state, records to export, and what was imported."""

from __future__ import annotations

import copy
import hashlib
import secrets
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from ioplugins.api.fake.clock import Clock
from ioplugins.api.fake.messages import Refused, refused
from ioplugins.errors import ConfigurationError
from ioplugins.jsonvalue import JSON

MASK: Final = "******"

#: The kinds of resources, and the fields that each must have.
KINDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "connections": ("type",),
        "exports": ("_connectionId",),
        "imports": ("_connectionId",),
        "flows": ("name",),
        "integrations": ("name",),
        "connectors": ("name",),
        "stacks": ("name", "type"),
        "jobs": (),
        "scripts": ("name",),
        "lookupcaches": ("name",),
        "iclients": (),
        "templates": ("name",),
        "filedefinitions": (),
        "asynchelpers": (),
        "apis": (),
        "tools": (),
    }
)
# What a stack of each type must have.
_STACKS: Final = MappingProxyType(
    {
        "server": ("server.hostURI",),
        "lambda": (
            "lambda.accessKeyId",
            "lambda.secretAccessKey",
            "lambda.awsRegion",
            "lambda.functionName",
        ),
    }
)

# Whatever is called so is shown masked, and all that lies under "encrypted".
_SECRETS: Final = frozenset(
    {
        "accesstoken", "authkey", "bearertoken", "clientsecret", "consumersecret", "encrypted",
        "passphrase", "password", "refreshtoken", "secretaccesskey", "systemtoken", "token",
        "tokensecret",
    }
)  # fmt: skip

Document = dict[str, JSON]


class Store:
    """The account's resources. The caller keeps it to one thread at a time.

    Attributes:
        documents: By kind and id, as they were written: secrets are in the clear.
        state: By place (``""``, ``"integrations/<id>"``) and key.
        records: What exports give, by export or connection id.
        imported: What imports were given, by import or connection id.
        flow_errors: By flow id and step id.
        job_errors: By job id.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._made = 0
        self.documents: dict[str, dict[str, Document]] = {kind: {} for kind in KINDS}
        self.state: dict[str, dict[str, JSON]] = {}
        self.records: dict[str, list[JSON]] = {}
        self.imported: dict[str, list[JSON]] = {}
        self.flow_errors: dict[str, dict[str, list[JSON]]] = {}
        self.job_errors: dict[str, list[JSON]] = {}
        self.signing_key = secrets.token_bytes(16)

    def new_id(self, kind: str) -> str:
        """An id of 24 hex digits; the same for the same history, so that tests repeat."""
        self._made += 1
        return hashlib.sha256(f"{kind} {self._made}".encode()).hexdigest()[:24]

    def add(self, kind: str, document: Mapping[str, JSON]) -> Document:
        """Take a new document in, with an id and times of its own.

        Raises:
            Refused: 422; a field is missing.
        """
        _complete(kind, document)
        now = self._clock.text()
        made: Document = {"_id": self.new_id(kind), **copy.deepcopy(dict(document))}
        made |= {"createdAt": now, "lastModified": now}
        if kind == "stacks" and made["type"] == "server":
            made["server"]["systemToken"] = secrets.token_hex(16)
        if kind in {"exports", "imports"}:
            made.setdefault("apiIdentifier", kind[0] + made["_id"][:9])
        self.documents[kind][made["_id"]] = made
        return made

    def replace(self, kind: str, held: Document, document: Mapping[str, JSON]) -> Document:
        """PUT: *document* in place of *held*; what it leaves out is gone, secrets too.

        Raises:
            Refused: 422; a field is missing.
        """
        _complete(kind, document)
        made = copy.deepcopy(dict(document))
        kept = {key: held[key] for key in ("_id", "createdAt", "_connectorId") if key in held}
        made |= kept | {"lastModified": self._clock.text()}
        if kind == "stacks" and held["type"] == made["type"] == "server":
            made["server"]["systemToken"] = held["server"]["systemToken"]
        self.documents[kind][held["_id"]] = made
        return made

    def get(self, kind: str, document_id: str) -> Document:
        """One document.

        Raises:
            Refused: 404; there is none.
        """
        document = self.documents[kind].get(document_id)
        if document is None:
            singular = kind.removesuffix("s").capitalize()
            raise refused(404, "not_found", f"{singular} not found.")
        return document

    def load(self, seed: JSON) -> None:
        """Take a seed in: a JSON object of kinds with their documents, and what else it holds.

        Raises:
            ConfigurationError: It is no seed; the message names the place.
        """
        if not isinstance(seed, dict):
            raise _bad_seed("$", "must be an object")
        # A copy: what is done to the fake is not done to the seed.
        for key, value in copy.deepcopy(seed).items():
            if key in KINDS:
                for index, document in enumerate(_list(f"$.{key}", value)):
                    self._load_document(key, f"$.{key}[{index}]", document)
            elif key == "state":
                self.state |= {"": _object("$.state", value)}
            elif key == "resourceState":
                places = _object("$.resourceState", value)
                self.state |= {k: _object(f"$.resourceState.{k}", v) for k, v in places.items()}
            elif key in {"records", "jobErrors"}:
                lists = _object(f"$.{key}", value)
                held = self.records if key == "records" else self.job_errors
                held |= {k: _list(f"$.{key}.{k}", v) for k, v in lists.items()}
            elif key == "flowErrors":
                flows = _object("$.flowErrors", value)
                self.flow_errors |= {
                    flow: {
                        step: _list(f"$.flowErrors.{flow}.{step}", errors)
                        for step, errors in _object(f"$.flowErrors.{flow}", steps).items()
                    }
                    for flow, steps in flows.items()
                }
            else:
                known = (*KINDS, "state", "resourceState", "records", "jobErrors", "flowErrors")
                raise _bad_seed(f"$.{key}", f"is not known; a seed has {', '.join(known)}")

    def _load_document(self, kind: str, place: str, document: JSON) -> None:
        document = _object(place, document)
        given = document.get("_id")
        if given is not None and (not isinstance(given, str) or given in self.documents[kind]):
            raise _bad_seed(f"{place}._id", "must be text, and of this document alone")
        try:
            self.add(kind, document)
        except Refused as error:
            raise _bad_seed(place, f"is not complete: {error}") from error


def masked(value: JSON, *, secret: bool = False) -> JSON:
    """*value* as the API shows it: secrets are asterisks."""
    if isinstance(value, Mapping):
        return {
            key: masked(item, secret=secret or key.replace("_crypt", "").lower() in _SECRETS)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [masked(item, secret=secret) for item in value]
    return MASK if secret and isinstance(value, str) and value else value


def matching(documents: Iterable[Document], query: Mapping[str, str]) -> list[Document]:
    """Those that fit the filters of a query: ``name=``, ``numError_gte=``, ``type_in=a,b``."""
    return [doc for doc in documents if all(_fits(doc, k, v) for k, v in query.items())]


def _fits(document: Document, key: str, wanted: str) -> bool:
    name, _, how = key.rpartition("_")
    if how == "in":
        return _text(document.get(name)) in wanted.split(",")
    if how in {"gte", "lte"}:
        value = document.get(name)
        if value is None:
            return False
        low, high = (wanted, value) if how == "gte" else (value, wanted)
        try:
            return float(low) <= float(high)
        except ValueError:
            return str(low) <= str(high)
    return _text(document.get(key)) == wanted


def _text(value: JSON) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _complete(kind: str, document: Mapping[str, JSON]) -> None:
    fields = KINDS[kind]
    if kind == "stacks":
        fields += _STACKS.get(str(document.get("type")), ())
    for path in fields:
        value: JSON = document
        for step in path.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        if not value:
            raise refused(422, "missing_required_field", f"{path} is required.", path)


def _object(place: str, value: JSON) -> dict[str, JSON]:
    if not isinstance(value, dict):
        raise _bad_seed(place, "must be an object")
    return value


def _list(place: str, value: JSON) -> list[JSON]:
    if not isinstance(value, list):
        raise _bad_seed(place, "must be a list")
    return value


def _bad_seed(place: str, reason: str) -> ConfigurationError:
    return ConfigurationError(f"The seed cannot be used: {place} {reason}.", "invalid_field")
