"""`FakeAPI`: an integrator.io API in this process, to test against."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ioplugins.api.fake.application import BASE, Application, Logged
from ioplugins.api.fake.clock import Clock
from ioplugins.api.fake.faults import Fault, Faults
from ioplugins.api.fake.limiting import PER_SECOND, SIZE, LeakyBucket
from ioplugins.api.fake.serving import Serving
from ioplugins.api.fake.store import Store
from ioplugins.api.fake.tokens import IssuedToken, Tokens
from ioplugins.api.fake.world import World
from ioplugins.errors import ConfigurationError, RequestRefused
from ioplugins.jsonvalue import JSON, parse

if TYPE_CHECKING:
    from typing_extensions import Self


class FakeAPI:
    """An integrator.io API on this machine; all in memory, for one account.

    ::

        with FakeAPI(seed={"exports": [...]}) as fake:
            client = Client(fake.token(), base_url=fake.base_url)

    Args:
        seed: What it holds from the start; see `Store.load`.
        port: The port to listen on; 0: a free one.
        size: How many requests its rate limit holds.
        per_second: How many of them drain a second.
        single_use: Whether a one-time token expires on use, as documented.

    Raises:
        ConfigurationError: The seed cannot be used.

    Attributes:
        store: What it holds: documents, state, records, what was imported.
        clock: Its clock; `advance` it to let tokens expire.
    """

    def __init__(
        self,
        seed: JSON = None,
        *,
        port: int = 0,
        size: int = SIZE,
        per_second: float = PER_SECOND,
        single_use: bool = True,
    ) -> None:
        self.clock = Clock()
        self.store = Store(self.clock)
        if seed is not None:
            self.store.load(seed)
        self._world = World(
            self.clock,
            self.store,
            Tokens(self.clock, single_use=single_use),
            LeakyBucket(size, per_second, self.clock),
            Faults(),
        )
        #: The WSGI application, for transports without a socket.
        self.app = Application(self._world)
        self._port = port
        self._serving: Serving | None = None

    @property
    def url(self) -> str:
        """Where its index page is."""
        port = self._serving.port if self._serving else self._port
        return f"http://127.0.0.1:{port}"

    @property
    def base_url(self) -> str:
        """What a client takes as *base_url*."""
        return self.url + BASE

    def token(self, value: str | None = None) -> str:
        """A token of the account; *value* chooses it."""
        with self.app.lock:
            return self._world.tokens.issue(value)

    def one_time_token(self, connector_id: str | None = None) -> str:
        """A one-time token; with *connector_id* for the resources of that integration app only."""
        with self.app.lock:
            return self._world.tokens.issue(one_time=True, connector_id=connector_id)

    def fail(self, **fault: Any) -> None:
        """Let something go wrong with the next request that fits; see `Fault`."""
        with self.app.lock:
            self._world.faults.add(Fault(**fault))

    @property
    def requests(self) -> Sequence[Logged]:
        """The latest requests to the API, the oldest first."""
        with self.app.lock:
            return list(self.app.log)

    @property
    def tokens(self) -> Sequence[IssuedToken]:
        """All tokens that were made."""
        with self.app.lock:
            return list(self._world.tokens)

    def start(self) -> None:
        """Listen, and answer on threads of their own until `stop`.

        Raises:
            ConfigurationError: The port is taken.
        """
        self._serving = Serving(self.app, self._port)

    def stop(self) -> None:
        """Close it; what it holds can still be looked at."""
        serving, self._serving = self._serving, None
        if serving is not None:
            serving.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<FakeAPI: {self.url if self._serving else 'stopped'}>"


def read_seed(path: Path) -> JSON:
    """The seed in a JSON file.

    Raises:
        ConfigurationError: It cannot be read, or is no JSON.
    """
    try:
        return parse(path.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}.", "invalid_field") from error
    except RequestRefused as error:
        reason = error.message.removeprefix("The body ")
        raise ConfigurationError(f"The seed {path} {reason}", "invalid_field") from error
