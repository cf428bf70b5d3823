"""What the fake's routes work on, and who may reach what."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from ioplugins.api.fake.clock import Clock
from ioplugins.api.fake.faults import Faults
from ioplugins.api.fake.limiting import LeakyBucket
from ioplugins.api.fake.messages import refused
from ioplugins.api.fake.store import Document, Store
from ioplugins.api.fake.tokens import IssuedToken, Tokens

# What an integration app does not lock: users renew their own credentials.
_NEVER_LOCKED = frozenset({"connections"})


@frozen
class World:
    """The account as the fake plays it."""

    clock: Clock
    store: Store
    tokens: Tokens
    bucket: LeakyBucket
    faults: Faults

    def reach(self, token: IssuedToken, kind: str, document_id: str) -> Document:
        """A document that *token* may see.

        Raises:
            Refused: 404, or 403 for what does not belong to the token's integration app.
        """
        document = self.store.get(kind, document_id)
        if not _owns(token, document):
            raise forbidden()
        return document

    def visible(self, token: IssuedToken, kind: str) -> Iterable[Document]:
        """All documents of a kind that *token* may see."""
        return (doc for doc in self.store.documents[kind].values() if _owns(token, doc))

    def locks(self, token: IssuedToken, kind: str, document: Document) -> bool:
        """Whether an integration app keeps *token* from changing *document*."""
        owner = document.get("_connectorId")
        return owner not in {None, token.connector_id} and kind not in _NEVER_LOCKED


def forbidden() -> Exception:
    """The refusal of what belongs to somebody else."""
    return refused(403, "access_restricted", "The token does not reach this resource.")


def _owns(token: IssuedToken, document: Document) -> bool:
    return token.connector_id is None or document.get("_connectorId") == token.connector_id
