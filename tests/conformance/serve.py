"""Serve a configuration of the fixture: ``python serve.py CONFIG PORT [--server granian]``.

It becomes the server (the process id stays), with TZ=UTC and the recorded token, so that a
replay client can start, watch and stop it. GET / answers when it is ready.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONFIGURATIONS = ("diy", "diy_flat", "diy_timeout", "connectors")
SERVERS = ("granian", "werkzeug", "gunicorn")
TOKEN = "vector-system-token"


def command(config: str, port: int, server: str) -> tuple[list[str], dict[str, str]]:
    """The command line that serves *config* on *port*, and the environment it needs."""
    target = f"{HERE / 'targets.py'}:{config}"
    environment = {**os.environ, "TZ": "UTC", "INTEGRATOR_EXTENSION_SYSTEM_TOKEN": TOKEN}
    if server == "gunicorn":
        environment["IOPLUGINS_TARGET"] = target
        return [
            sys.executable,
            *("-m", "gunicorn", "ioplugins.server:create_app_from_env()"),
            *("--bind", f"127.0.0.1:{port}", "--threads", "64", "--log-level", "warning"),
        ], environment
    return [
        sys.executable,
        *("-m", "ioplugins", "serve", target, "--server", server),
        *("--host", "127.0.0.1", "--port", str(port)),
    ], environment


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", choices=CONFIGURATIONS)
    parser.add_argument("port", type=int)
    parser.add_argument("--server", choices=SERVERS, default="granian")
    arguments = parser.parse_args()
    line, environment = command(arguments.config, arguments.port, arguments.server)
    os.execve(line[0], line, environment)


if __name__ == "__main__":
    main()
