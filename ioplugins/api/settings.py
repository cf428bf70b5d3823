"""Where the API is, and how one-time tokens are used: arguments, else environment variables.

Nothing in the options of a call tells the region of the account it came from, so a stack says it
once, in its environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from ipaddress import ip_address
from types import MappingProxyType
from typing import Final, Literal, cast, get_args
from urllib.parse import urlsplit

from ioplugins.errors import ConfigurationError

#: What to do about the second use of a one-time token, or one that is older than 15 minutes.
SingleUse = Literal["off", "warn", "strict"]

URL: Final = "IOPLUGINS_API_URL"
REGION: Final = "IOPLUGINS_API_REGION"
SINGLE_USE: Final = "IOPLUGINS_API_SINGLE_USE"
SHARE: Final = "IOPLUGINS_API_SHARE"

#: The base URL of each region; accounts live in one of them.
REGIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "na": "https://api.integrator.io/v1",
        "eu": "https://api.eu.integrator.io/v1",
        "au": "https://api.au.integrator.io/v1",
        "ca": "https://api.ca.integrator.io/v1",
    }
)


def base_url_of(base_url: str | None, region: str | None) -> str:
    """The API's base URL: *base_url*, that of *region*, or what the environment says; else na.

    Raises:
        ConfigurationError: Both are given, the region is unknown, or the URL is none that a
            token may be sent to.
    """
    if base_url is not None and region is not None:
        raise _invalid("base_url", "and region cannot both be given")
    if base_url is None and region is None:
        base_url, region = os.environ.get(URL) or None, os.environ.get(REGION) or None
    if base_url is not None:
        return _checked(base_url)
    if region is None:
        region = "na"
    if region not in REGIONS:
        raise _invalid("region", f"must be one of {', '.join(REGIONS)}, not {region!r}")
    return REGIONS[region]


def single_use_of(given: str | None) -> SingleUse:
    """The mode for one-time tokens: *given*, or what the environment says; else warn.

    Raises:
        ConfigurationError: There is no such mode.
    """
    mode = given or os.environ.get(SINGLE_USE) or "warn"
    if mode not in get_args(SingleUse):
        modes = ", ".join(get_args(SingleUse))
        raise _invalid("single_use", f"must be one of {modes}, not {mode!r}")
    return cast("SingleUse", mode)


def share_of_process() -> float:
    """The part of the account's rate limit that the one-time clients of this process may use.

    Raises:
        ConfigurationError: The environment gives no such number.
    """
    text = os.environ.get(SHARE) or "1"
    try:
        share = float(text)
    except ValueError:
        share = 0
    if not 0 < share <= 1:
        raise _invalid(SHARE, f"must be a number above 0 and up to 1, not {text!r}")
    return share


def _checked(url: str) -> str:
    example = "must be an https URL, such as https://api.integrator.io/v1"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise _invalid("base_url", example) from None
    if parts.scheme not in {"http", "https"} or not host:
        raise _invalid("base_url", example)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise _invalid("base_url", "must hold neither user, query nor fragment")
    # A token in clear text is everybody's on the way; a fake on this machine has no way.
    if parts.scheme == "http" and not _is_loopback(host):
        raise _invalid("base_url", "must be https: a token is not sent in clear text")
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _invalid(name: str, reason: str) -> ConfigurationError:
    return ConfigurationError(f"The {name} setting of the API client {reason}.", "invalid_field")
