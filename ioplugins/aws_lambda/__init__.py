"""The Lambda stack: a handler for AWS Lambda that serves what a server stack serves.

::

    # lambda_function.py; the function's handler is lambda_function.handler
    from ioplugins.aws_lambda import create_handler

    handler = create_handler("functions")

``ioplugins lambda package`` writes that file, and the zip around it.
"""

from __future__ import annotations

from ioplugins.aws_lambda.handler import Handler, create_handler

__all__ = ["Handler", "create_handler"]
