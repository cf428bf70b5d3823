"""The Granian host: what ``ioplugins serve`` runs in production."""

from __future__ import annotations

import gc
import multiprocessing.util
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Final

from attrs import field, frozen
from granian.constants import Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.server import MPServer
from granian.server.mp import WorkerProcess

from ioplugins.errors import PluginError
from ioplugins.logs import LOGGER, LogLine, configure_logging
from ioplugins.server.app import Application
from ioplugins.server.drain import Drain
from ioplugins.server.hosting import Hosting, log_stray_threads
from ioplugins.server.listening import listen
from ioplugins.server.memory import Allocator
from ioplugins.server.recipe import Recipe
from ioplugins.turns import Turns

_BACKLOG: Final = 4096
#: Bytes that are read from a connection ahead of what was asked for, or held back when they are
#: written: as much as a body is read at a time.
_BUFFER: Final = 64 * 1024
#: Blocking threads are made on demand: as many calls may wait side by side in a worker.
DEFAULT_THREADS: Final = 1024
#: What is left of a call's limit for the way in and out, before a worker is killed.
_GRACE_SECONDS: Final = 10
#: How often a worker that does not end is told again, and how long one without a call may take.
_REMIND_SECONDS: Final = 1.0
_IDLE_SECONDS: Final = 30.0


@frozen
class Serving:
    """How Granian serves.

    Attributes:
        workers: Processes; each loads the functions by itself or gets them by fork.
        threads: Calls that may run side by side in a worker.
        pinned: Whether each worker stays on a core of its own; where the system can do that.
        unix_socket: A path to listen on in place of host and port.
        certificate: Path of the TLS certificate; None for plain HTTP.
        key: Path of its key.
        tls_1_2: Whether TLS 1.2 is spoken as well as 1.3.
        drain_seconds: How long the probes answer 503 before new connections are refused.
        ready: Called once when all workers answer, with the base URL.
    """

    workers: int = 1
    threads: int = DEFAULT_THREADS
    pinned: bool = False
    unix_socket: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    tls_1_2: bool = False
    drain_seconds: float = 0.25
    ready: Callable[[str], None] = field(default=print, repr=False)


def serve(recipe: Recipe, serving: Serving) -> None:
    """Serve what *recipe* loads until SIGTERM, SIGINT or ``GET /stopServer``.

    Running calls are finished first. The modules are imported once, here; workers get them by
    fork where the system forks, so that an import that fails is an error of the command.

    Raises:
        ConfigurationError: The port is taken.
    """
    Allocator().keep()  # here already: workers that are forked have it from their first thread on
    settings = recipe.load().configuration.settings
    with listen(settings.host, settings.port, serving.unix_socket) as listener:
        # Granian's workers share a port even with strangers; this tells a taken one.
        port = settings.port if serving.unix_socket else listener.getsockname()[1]
    if serving.unix_socket:
        serving.unix_socket.unlink()
    with tempfile.TemporaryDirectory(prefix="ioplugins-") as folder:
        state = Path(folder, "state")
        host = _Host(
            _Loader(recipe, state, os.getpid()),
            Drain(state),
            serving,
            host=settings.host,
            port=port,
            headers_timeout=settings.headers_timeout,
            call_limit=settings.call_limit,
        )
        # Before workers are forked: they share what no collector touches, and need not look again.
        gc.collect()
        gc.freeze()
        host.run()


class _Loader:
    """Makes the application in a worker process; picklable, for systems that do not fork."""

    def __init__(self, recipe: Recipe, state: Path, main_pid: int) -> None:
        self._recipe = recipe
        self._state = state
        self._main_pid = main_pid

    def __call__(self) -> Application:
        configure_logging(self._recipe.log_format)
        log_stray_threads()
        loaded = self._recipe.load()
        configuration = loaded.configuration
        drain = Drain(self._state)
        hosting = Hosting("granian", configuration, loaded.plugins)
        try:
            hosting.startup()
        except PluginError as error:
            LOGGER.error(LogLine("pluginFailed", {"plugin": error.plugin, "error": str(error)}))
            raise SystemExit(2) from None  # multiprocessing would print a stack trace
        # A worker process ends without atexit; multiprocessing's own finalizers are run.
        multiprocessing.util.Finalize(None, hosting.shutdown, exitpriority=10)
        drain.announce()
        # Everything loaded lives as long as the process: the collector need not look at it
        # again, and pages of records are many containers that die young.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        allocator = Allocator()
        allocator.keep()
        turns = Turns(parsed=allocator.hold, ended=allocator.used)
        return Application(configuration, drain=drain, stop=self._stop, turns=turns)

    def _stop(self) -> None:
        """End the whole host once the answer to /stopServer is on its way."""
        threading.Timer(0.1, os.kill, (self._main_pid, signal.SIGTERM)).start()


def _on_core(core: int, load: Callable[[], Application]) -> Application:
    """Load in a worker that stays on *core*, with all the threads it makes from now on."""
    os.sched_setaffinity(0, {core})
    return load()


class _Watched(threading.Event):
    """An event whose wait looks up from time to time.

    A signal that comes just before a wait without an end sets Python's flag and wakes nobody.
    """

    def wait(self, timeout: float | None = None) -> bool:
        """Wait as an event does; without *timeout* in short pieces."""
        if timeout is not None:
            return super().wait(timeout)
        while not super().wait(0.5):
            pass
        return True


class _Host(MPServer):
    """Granian's server, which turns the probes to 503 before it refuses connections."""

    def __init__(
        self,
        loader: Callable[[], Application],
        drain: Drain,
        serving: Serving,
        *,
        host: str,
        port: int,
        headers_timeout: int,
        call_limit: float | None,
    ) -> None:
        super().__init__(
            "ioplugins",
            address=host,
            port=port,
            uds=serving.unix_socket,
            interface=Interfaces.WSGI,
            workers=serving.workers,
            blocking_threads=serving.threads,
            backlog=_BACKLOG,
            backpressure=_BACKLOG,
            # It bounds an idle connection too: above the idle limit of load balancers.
            http1_settings=HTTP1Settings(
                header_read_timeout=headers_timeout or 2**31, max_buffer_size=_BUFFER
            ),
            ssl_cert=serving.certificate,
            ssl_key=serving.key,
            ssl_protocol_min=SSLProtocols.tls12 if serving.tls_1_2 else SSLProtocols.tls13,
            workers_kill_timeout=int(call_limit + _GRACE_SECONDS) if call_limit else None,
            respawn_failed_workers=True,
            websockets=False,
            log_enabled=False,
        )
        self._loader = loader
        self._drain = drain
        self._serving = serving
        self._main_pid = os.getpid()
        self.main_loop_interrupt = _Watched()

    def run(self) -> None:
        """Serve until a signal."""
        threading.Thread(target=self._tell_ready, daemon=True).start()
        self.serve(target_loader=self._loader, wrap_loader=False)

    def _spawn_worker(  # type: ignore[override] # as MPServer has it, not its base
        self, idx: int, target: Callable[..., None], callback_loader: Callable[[], Application]
    ) -> WorkerProcess:
        """Make a worker; one that takes the place of another gets its core too."""
        if self._serving.pinned:
            cores = sorted(os.sched_getaffinity(0))
            callback_loader = partial(_on_core, cores[idx % len(cores)], callback_loader)
        worker: WorkerProcess = super()._spawn_worker(idx, target, callback_loader)
        return worker

    def signal_handler_interrupt(self, *_: int | FrameType | None) -> None:
        """Begin to drain; the second signal does not wait."""
        if os.getpid() != self._main_pid:
            # A worker that was forked a moment ago and has no handler of its own yet: with
            # this one it would take the signal and never end.
            os._exit(0)
        # A signal to the whole group ends workers too; none is to be made again.
        self.respawn_failed_workers = False
        again = self._drain.terminating
        self._drain.terminate()
        if again or not self._serving.drain_seconds:
            super().signal_handler_interrupt()  # type: ignore[no-untyped-call]
            return
        timer = threading.Timer(self._serving.drain_seconds, super().signal_handler_interrupt)
        timer.daemon = True  # the second signal must not wait for it
        timer.start()

    def _stop_workers(self) -> None:
        """End the workers; one that missed the signal (see `_Watched`) gets it again.

        A worker that was signalled within Granian's own start hangs in it for good: when no call
        has been running for a while, what is left is killed.
        """
        workers, stopped = list(self.wrks), threading.Event()

        def remind() -> None:
            idle = 0
            while not stopped.wait(_REMIND_SECONDS):
                idle = 0 if self._drain.running() else idle + 1
                for worker in workers:
                    if idle * _REMIND_SECONDS >= _IDLE_SECONDS and worker.is_alive():  # type: ignore[no-untyped-call]
                        worker.kill()  # type: ignore[no-untyped-call]
                    if worker.is_alive():  # type: ignore[no-untyped-call]
                        worker.terminate()  # type: ignore[no-untyped-call]

        threading.Thread(target=remind, daemon=True).start()
        super()._stop_workers()  # type: ignore[no-untyped-call]
        stopped.set()

    def shutdown(self, exit_code: int = 0) -> None:
        """End the workers; one that ended by itself is an error unless all are to end."""
        # A signal to the whole group ends workers while this begins to: no accident, however
        # late the threads that watch them tell.
        terminating = self._drain.terminating
        if self.interrupt_children and not terminating:
            LOGGER.error("A worker process ended unexpectedly, again and again.")
        try:
            super().shutdown(exit_code)  # type: ignore[no-untyped-call]
        except SystemExit:
            if exit_code or not terminating:
                raise

    def _tell_ready(self) -> None:
        while self._drain.started() < self._serving.workers:
            time.sleep(0.01)
        # A worker listens only after it said that it serves.
        while not self._answers():
            time.sleep(0.01)
        scheme = "https" if self._serving.certificate else "http"
        shown = f"[{self.bind_addr}]" if ":" in self.bind_addr else self.bind_addr
        where = self._serving.unix_socket
        self._serving.ready(f"unix:{where}" if where else f"{scheme}://{shown}:{self.bind_port}")

    def _answers(self) -> bool:
        path = self._serving.unix_socket
        anywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to knock
        host = anywhere.get(self.bind_addr, self.bind_addr)
        family = socket.AF_UNIX if path else socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as knock:
            return knock.connect_ex(str(path) if path else (host, self.bind_port)) == 0
