"""The same by hand as a function of Google's functions-framework."""

from __future__ import annotations

import functions_framework
from flask import Request, Response

from benchmarks.contestants.by_flask import call, healthy


@functions_framework.http
def extension(request: Request) -> Response:
    """Routes everything that comes, as the framework hands it over."""
    return call() if request.path == "/function" else healthy()
