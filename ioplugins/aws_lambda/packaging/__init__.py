"""Packages for AWS Lambda: a zip with an author's functions, and the template that deploys it.

Only the command line imports this; none of it is in the zip.
"""

from __future__ import annotations

from ioplugins.errors import IopluginsError


class PackagingError(IopluginsError):
    """A package cannot be made; the text says why and what to do."""
