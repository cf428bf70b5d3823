"""Invoking a Lambda function as integrator.io does: a deployed one, or a zip on this machine.

Only the command line imports this; none of it is in a package.
"""

from __future__ import annotations

from ioplugins.errors import IopluginsError


class InvokingError(IopluginsError):
    """A function cannot be invoked; the text says why and what to do."""
