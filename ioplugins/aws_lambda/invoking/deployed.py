"""The deployed function: invoked through boto3, with the credentials of its usual places."""

from __future__ import annotations

from typing import Any

from ioplugins.aws_lambda.invoking import InvokingError
from ioplugins.aws_lambda.invoking.exchange import Reply, reply


def invoke(
    function_name: str, event: bytes, context: str, *, client: Any = None, region: str | None = None
) -> Reply:
    """Invoke a function and wait for its reply.

    Args:
        function_name: Its name or ARN.
        event: JSON.
        context: The client context, base64.
        client: A boto3 client for Lambda; made when left out.
        region: For the client that is made; from the ARN or the AWS settings when left out.

    Raises:
        InvokingError: boto3 is not installed, or AWS refuses the invocation.
    """
    try:
        import boto3  # noqa: PLC0415 - the extra "aws"
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as above
    except ImportError:
        raise InvokingError('boto3 is not installed: pip install "ioplugins[aws]".') from None
    try:
        client = client or boto3.client("lambda", region_name=region or _region(function_name))
        answer = client.invoke(FunctionName=function_name, ClientContext=context, Payload=event)
    except (BotoCoreError, ClientError) as error:
        raise InvokingError(f"AWS refuses to invoke {function_name}: {error}") from error
    return reply(answer["Payload"].read(), failed=bool(answer.get("FunctionError")))


def _region(function_name: str) -> str | None:
    """The region in an ARN; None in a name."""
    parts = function_name.split(":")
    return parts[3] if parts[0] == "arn" and len(parts) > 3 else None
