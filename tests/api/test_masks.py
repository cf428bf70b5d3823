"""Changes of documents with masked secrets: no mask is written, no field is lost."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioplugins.api import Bucket, MaskedSecret, Retries
from ioplugins.api.core import Core
from ioplugins.api.masks import (
    changed,
    ignored_fields,
    is_mask,
    mask_paths,
    place,
    refuse_masks,
    same,
    without_masks,
)
from ioplugins.api.token import Token

MASK = "******"

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=4), st.just("***")
)
keys = st.sampled_from(["a", "b", "name", "http", "token", "odd key", ""])


def documents(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Nested objects whose leaves are such."""
    values = st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)
        ),
        max_leaves=12,
    )
    return st.dictionaries(keys, values, max_size=5)


plain = documents(scalars)
with_masks = documents(st.one_of(scalars, st.sampled_from([MASK, "*****", "********"])))


def at(document: Any, path: tuple[Any, ...]) -> Any:
    """What is at *path*."""
    for step in path:
        document = document[step]
    return document


def leaves(value: Any, path: tuple[Any, ...] = ()) -> dict[tuple[Any, ...], Any]:
    """All scalars, and empty containers, by their paths."""
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    found = {p: leaf for key, item in items for p, leaf in leaves(item, (*path, key)).items()}
    return found or {path: value}


# ---------------------------------------------------------------------- the whole of update()


class Api:
    """One document behind GET and PUT: what is read is masked, what is written replaces."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.written: list[Any] = []

    def run(self, change: Any, masks: Any) -> Any:
        """update() against this document."""
        core = Core("https://x/v1", Token("t"), Bucket(), Retries())
        steps = core.update("/exports/e1", change, masks)
        step = next(steps)
        try:
            while True:
                if step.call.method == "PUT":
                    self.document = httpx.Response(200, content=step.call.content).json()
                    self.written.append(self.document)
                step = steps.send(httpx.Response(200, json=self.document))
        except StopIteration as stop:
            return stop.value


@given(
    shown=with_masks, key=keys, value=scalars.filter(lambda v: v is not None), drop=st.booleans()
)
def test_update_never_writes_a_mask_and_never_loses_a_field(
    shown: dict[str, Any], key: str, value: Any, drop: bool
) -> None:
    """Whatever the document: a written one has no mask, and but for the change it is the same."""
    api = Api(copy.deepcopy(shown))
    before = leaves(shown)

    def change(document: dict[str, Any]) -> None:
        document[key] = value

    try:
        api.run(change, "drop" if drop else "refuse")
    except MaskedSecret as error:
        assert [] == api.written
        remaining = {k: v for k, v in shown.items() if k != key}
        assert any(mask_paths(remaining))
        assert error.places
        if drop:
            assert any(isinstance(path[-1], int) for path in mask_paths(remaining))
        return
    for written in api.written:
        assert [] == list(mask_paths(written))
        after = leaves(written)
        kept = {p: v for p, v in before.items() if p and p[0] != key and not is_mask(v)}
        for path, leaf in kept.items():
            assert same(leaf, at(written, path))
        # Nothing has come in but the change (and objects that held only masks).
        news = set(after) - set(before) - {(key,)}
        assert all(after[path] == {} for path in news)
        assert same(value, written[key])
    if not api.written:
        assert key in shown
        assert same(shown[key], value)


@given(shown=with_masks, patch=plain)
def test_a_patch_changes_what_it_names(shown: dict[str, Any], patch: dict[str, Any]) -> None:
    """A JSON Merge Patch: each of its leaves is there afterwards, each None is gone."""
    before = copy.deepcopy(shown)
    wanted = changed(shown, patch)
    assert same(before, shown)

    def check(part: Any, patched: Any, was: Any) -> None:
        for name, value in part.items():
            if value is None:
                assert name not in patched
            elif isinstance(value, dict):
                old = was.get(name) if isinstance(was, dict) else None
                check(value, patched[name], old)
                if isinstance(old, dict):
                    untouched = {k: v for k, v in old.items() if k not in value}
                    assert all(same(v, patched[name][k]) for k, v in untouched.items())
            else:
                assert same(value, patched[name])

    check(patch, wanted, before)
    assert all(same(v, wanted[k]) for k, v in before.items() if k not in patch)


@given(shown=with_masks, patch=with_masks)
def test_a_mask_that_comes_in_is_refused(shown: dict[str, Any], patch: dict[str, Any]) -> None:
    """What the API did not show masked cannot be masked by a change, dropped or not."""
    wanted = changed(shown, patch)
    new = set(mask_paths(wanted)) - set(mask_paths(shown))
    try:
        written = without_masks(shown, wanted, "drop")
    except MaskedSecret as error:
        assert any(isinstance(p[-1], int) for p in mask_paths(wanted)) or new
        assert {place(path) for path in new} <= set(error.places)
    else:
        assert not new
        assert [] == list(mask_paths(written))


# ------------------------------------------------------------------------------- its parts


@pytest.mark.parametrize("text", ["*****", "******", "********"])
def test_masks(text: str) -> None:
    """Five asterisks and more, as the API's documentation shows them."""
    assert is_mask(text)


@pytest.mark.parametrize("value", ["****", "***** ", "a******", "", None, 5, ["******"]])
def test_no_masks(value: object) -> None:
    """Anything else is a value of its own."""
    assert not is_mask(value)


def test_places() -> None:
    """Where a mask is, as a person writes it."""
    document = {"http": {"auth": {"token": MASK}}, "headers": [{"value": MASK}], "odd key": MASK}
    assert ["$.http.auth.token", "$.headers[0].value", '$["odd key"]'] == [
        place(path) for path in mask_paths(document)
    ]
    with pytest.raises(MaskedSecret) as caught:
        refuse_masks(document)
    assert ("$.http.auth.token", "$.headers[0].value", '$["odd key"]') == caught.value.places
    refuse_masks({"http": {"auth": {"token": "real"}}})


def test_dropping_in_lists() -> None:
    """An object in a list loses its masked field; a masked item of a list cannot go."""
    shown = {"headers": [{"name": "a", "value": MASK}, {"name": "b", "value": "1"}]}
    assert {"headers": [{"name": "a"}, {"name": "b", "value": "1"}]} == without_masks(
        shown, shown, "drop"
    )
    with pytest.raises(MaskedSecret, match=r"\$\.keys\[1\]"):
        without_masks({"keys": ["a", MASK]}, {"keys": ["a", MASK]}, "drop")


def test_refuse_is_told_how_to_go_on() -> None:
    """The message names the fields and both ways out."""
    with pytest.raises(MaskedSecret, match=r"\$\.token.*masks=\"drop\".*erases"):
        without_masks({"token": MASK}, {"token": MASK, "name": "new"}, "refuse")


def test_a_secret_that_the_change_gives() -> None:
    """Then there is no mask any more, and nothing to refuse."""
    shown = {"auth": {"user": "u", "token": MASK}}
    wanted = changed(shown, {"auth": {"token": "new"}})
    assert {"auth": {"user": "u", "token": "new"}} == without_masks(shown, wanted, "refuse")


def test_what_a_function_may_give() -> None:
    """The document it changed, another one, or neither; the document that was read stays."""
    shown = {"a": {"b": 1}}

    def in_place(document: dict[str, Any]) -> None:
        document["a"]["b"] = 2

    assert {"a": {"b": 2}} == changed(shown, in_place)
    assert {"c": 1} == changed(shown, lambda _: {"c": 1})
    assert {"a": {"b": 1}} == shown
    with pytest.raises(TypeError, match="not list"):
        changed(shown, lambda _: [])


@pytest.mark.parametrize(
    ("before", "wanted", "after", "ignored"),
    [
        ({"a": 1}, {"a": 2}, {"a": 1}, ("a",)),
        ({"a": 1}, {"a": 2}, {"a": 2}, ()),
        ({"a": 1}, {"a": True}, {"a": 1}, ("a",)),
        ({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 1, "b": 1}, ("a",)),
        ({"a": 1}, {"a": 2}, {"a": 3}, ()),
        ({"a": 1}, {}, {"a": 1}, ()),
        ({}, {"a": 1}, {}, ()),
        ({"a": 1}, {"a": 2}, None, ()),
        ({"a": {"p": MASK}}, {"a": {"p": "new"}}, {"a": {"p": MASK}}, ()),
        ({"a": {"x": 1, "y": 2}}, {"a": {"x": 2, "y": 2}}, {"a": {"y": 2, "x": 1}}, ("a",)),
    ],
)
def test_what_the_api_ignored(before: Any, wanted: Any, after: Any, ignored: Any) -> None:
    """A field that was to change and came back as it was; masks and removals do not tell."""
    assert ignored == ignored_fields(before, wanted, after)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": 1}, {"a": True}, False),
        ({"a": 0}, {"a": False}, False),
        ([1, 2], [2, 1], False),
        ((1, 2), [1, 2], True),
        ("1", 1, False),
        (None, None, True),
    ],
)
def test_same(one: Any, other: Any, equal: bool) -> None:
    """The same JSON, whatever Python takes for equal."""
    assert equal is same(one, other)


def test_update_asks_nothing_when_nothing_changes(play: Callable[..., Any]) -> None:
    """One GET, no PUT, and the document that was read; masks in it do not matter."""
    core = Core("https://x/v1", Token("t"), Bucket(), Retries())
    shown = {"_id": "e1", "name": "a", "token": MASK}
    played = play(core.update("/exports/e1", {"name": "a"}), httpx.Response(200, json=shown))
    assert (shown, ["GET"]) == (played.outcome, [sent.method for sent in played.sent])
