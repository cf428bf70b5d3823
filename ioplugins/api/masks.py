"""Changing a document whose secrets are masked, without writing a mask or losing a field.

PUT replaces a whole resource: what is left out is erased, secrets too, and a mask that is written
back becomes the secret. Both are refused unless the author says which it shall be.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, Literal, Union

from ioplugins.api.errors import MaskedSecret
from ioplugins.jsonvalue import JSON, encode

#: A change: a JSON Merge Patch (RFC 7396: objects are merged, None removes), or a function that
#: changes the document it gets, or gives another.
Change = Union[Mapping[str, JSON], Callable[[dict[str, JSON]], JSON]]  # noqa: UP007 - evaluated

#: What to do with secrets that the API showed masked and the change leaves as they are.
Masks = Literal["refuse", "drop"]

Path = tuple[Union[str, int], ...]  # noqa: UP007 - evaluated

# The API's own documentation shows five, six and eight asterisks.
_MASK: Final = re.compile(r"\*{5,}")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_GIVE: Final = "Give the secret itself, or leave the field out (a PUT then erases it)."
_UPDATE: Final = (
    'Give the secrets in your change, or say masks="drop" to leave them out (a PUT then erases '
    "them)."
)


def is_mask(value: JSON) -> bool:
    """Whether *value* is what the API shows in place of a secret."""
    return isinstance(value, str) and _MASK.fullmatch(value) is not None


def mask_paths(value: JSON, path: Path = ()) -> Iterator[Path]:
    """Where masks stand in *value*."""
    if is_mask(value):
        yield path
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from mask_paths(item, (*path, key))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from mask_paths(item, (*path, index))


def refuse_masks(document: JSON) -> None:
    """Let no mask through.

    Raises:
        MaskedSecret: There is one in *document*.
    """
    found = [place(path) for path in mask_paths(document)]
    if found:
        raise MaskedSecret(found, _GIVE)


def changed(document: dict[str, JSON], change: Change) -> dict[str, JSON]:
    """*document* after *change*; the document itself stays as it is.

    Raises:
        TypeError: The function of the change gave no document.
    """
    if isinstance(change, Mapping):
        merged: dict[str, JSON] = _merged(document, change)
        return merged
    draft = copy.deepcopy(document)
    given = change(draft)
    wanted = draft if given is None else given
    if not isinstance(wanted, dict):
        name = type(wanted).__name__
        raise TypeError(f"a change gives the document (a dict) or nothing, not {name}")
    return wanted


def without_masks(
    before: dict[str, JSON], wanted: dict[str, JSON], masks: Masks
) -> dict[str, JSON]:
    """*wanted* as it may be written: no mask is in it.

    Args:
        before: The document as the API showed it.
        wanted: The document as it should be.
        masks: ``refuse`` any mask, or ``drop`` the fields that the API showed masked.

    Raises:
        MaskedSecret: A mask is not to be dropped, stands in a list by itself (without it, the
            others would move up), or was not there before.
    """
    shown = set(mask_paths(before))
    found = list(mask_paths(wanted))
    refused = [
        path
        for path in found
        if masks != "drop" or path not in shown or not isinstance(path[-1], str)
    ]
    if refused:
        raise MaskedSecret([place(path) for path in refused], _UPDATE)
    dropped: dict[str, JSON] = _dropped(wanted)
    return dropped


def ignored_fields(
    before: dict[str, JSON], wanted: dict[str, JSON], after: JSON
) -> tuple[str, ...]:
    """The fields that were to change and that the API answered unchanged.

    Masked fields do not tell, nor do fields that were removed: the API may have a default.
    """
    if not isinstance(after, dict):
        return ()
    return tuple(
        name
        for name in wanted
        if name in before
        and name in after
        and not same(wanted[name], before[name])
        and same(after[name], before[name])
        and not any(mask_paths(after[name]))
    )


def same(one: JSON, other: JSON) -> bool:
    """Whether both are the same JSON: true is not 1 there, and the order of keys tells nothing."""
    return encode(_ordered(one)) == encode(_ordered(other))


def place(path: Path) -> str:
    """*path* as text, such as ``$.headers[0].value``."""
    text = "$"
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _NAME.fullmatch(step):
            text += f".{step}"
        else:
            text += f"[{encode(step).decode()}]"
    return text


def _merged(target: JSON, patch: JSON) -> JSON:
    """RFC 7396, on copies."""
    if not isinstance(patch, Mapping):
        return copy.deepcopy(patch)
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(merged.get(key), value)
    return merged


def _dropped(value: JSON) -> JSON:
    if isinstance(value, Mapping):
        return {key: _dropped(item) for key, item in value.items() if not is_mask(item)}
    if isinstance(value, (list, tuple)):
        return [_dropped(item) for item in value]
    return value


def _ordered(value: JSON) -> JSON:
    if isinstance(value, Mapping):
        return {key: _ordered(value[key]) for key in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [_ordered(item) for item in value]
    return value
