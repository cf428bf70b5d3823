"""The application that the environment describes, for WSGI servers other than ours."""

from __future__ import annotations

import atexit
import os
import signal
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ioplugins.configuration import tokens_from
from ioplugins.logs import configure_logging
from ioplugins.server.app import Application
from ioplugins.server.drain import Drain
from ioplugins.server.hosting import Hosting, log_stray_threads
from ioplugins.server.recipe import Recipe

TARGET: Final = "IOPLUGINS_TARGET"
CONNECTORS: Final = "IOPLUGINS_CONNECTORS"
LOG_FORMAT: Final = "IOPLUGINS_LOG_FORMAT"
_GUNICORN: Final = "gunicorn"


def app_from_env() -> Application:
    """The application that the environment describes, in a worker of another WSGI server.

    Under gunicorn all workers share one drain, and ``GET /stopServer`` ends its master.
    """
    tokens = tokens_from(os.environ)
    recipe = Recipe(
        target=os.environ.get(TARGET) or None,
        connectors=tuple(os.environ.get(CONNECTORS, "").split()),
        settings={"system_token": tokens} if tokens else {},
        log_format=os.environ.get(LOG_FORMAT, "text"),
    )
    configure_logging(recipe.log_format)
    log_stray_threads()
    cooked = recipe.load()
    name = _GUNICORN if "gunicorn" in os.environ.get("SERVER_SOFTWARE", "") else "wsgi"
    hosting = Hosting(name, cooked.configuration, cooked.plugins)
    hosting.startup()
    atexit.register(hosting.shutdown)
    stop: Callable[[], None] | None = None
    drain = Drain()
    if name == _GUNICORN:
        master = os.getppid()
        path = _state_of(master)
        drain = Drain(path) if path else drain
        stop = lambda: threading.Timer(0.1, os.kill, (master, signal.SIGTERM)).start()  # noqa: E731
    return Application(cooked.configuration, drain=drain, stop=stop)


def _state_of(master: int) -> Path | None:
    """A file that all workers of *master* know, and no later process of the same id.

    None where the system does not tell when a process started: each worker then drains alone.
    """
    try:
        status = Path(f"/proc/{master}/stat").read_text(encoding="utf-8")
    except OSError:
        return None
    started = status.rpartition(")")[2].split()[19]
    folder = Path(tempfile.gettempdir(), f"ioplugins-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        return None
    return folder / f"{master}-{started}.state"
