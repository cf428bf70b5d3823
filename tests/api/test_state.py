"""State: a mapping on `Client`, awaited methods on `AsyncClient`."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ioplugins.api import ApiError, AsyncClient, Client
from ioplugins.api.fake import FakeAPI

json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


def test_a_mapping(fake: FakeAPI) -> None:
    """It reads, writes, deletes, iterates and counts like one."""
    with Client(fake.token(), base_url=fake.base_url) as client:
        state = client.state()
        assert ({"apple": 1}, 1) == (dict(state), len(state))
        state["banana"] = {"message": "Don't slip!"}
        state["banana"] = [None]
        assert {"apple": 1, "banana": [None]} == fake.store.state[""]
        assert ["apple", "banana"] == list(state)
        assert [None] == state["banana"]
        assert "banana" in state
        assert "cherry" not in state
        assert "none" == state.get("cherry", "none")
        del state["apple"]
        assert [None] == state.pop("banana")
        assert [] == list(state)
        with pytest.raises(KeyError, match="cherry"):
            state["cherry"]
        with pytest.raises(KeyError, match="cherry"):
            del state["cherry"]
        assert "<State /state>" == repr(state)


def test_of_a_resource(fake: FakeAPI) -> None:
    """Each resource has its own; the account's is another."""
    with Client(fake.token(), base_url=fake.base_url) as client:
        state = client.state("/integrations/n1/")
        assert {"names": {"1": "Ada"}} == dict(state)
        state["more"] = 1
        assert ["apple"] == list(client.state())
        assert {"names": {"1": "Ada"}, "more": 1} == fake.store.state["integrations/n1"]
        del state["more"]
        state.clear()
        assert {} == dict(state)
        assert {"apple": 1} == dict(client.state())


def test_clear_is_one_request(fake: FakeAPI) -> None:
    """Not one for each key."""
    with Client(fake.token(), base_url=fake.base_url) as client:
        client.state().update({"a": 1, "b": 2})
        before = len(fake.requests)
        client.state().clear()
        assert 1 == len(fake.requests) - before
        assert 0 == len(client.state())


def test_awaited(fake: FakeAPI) -> None:
    """The same, awaited."""

    async def use() -> None:
        async with AsyncClient(fake.token(), base_url=fake.base_url) as client:
            state = client.state("integrations/n1")
            assert {"1": "Ada"} == await state.get("names")
            assert "none" == await state.get("other", "none")
            await state.set("other", None)
            assert await state.get("other", "none") is None
            assert ["names", "other"] == await state.keys()
            await state.delete("other")
            with pytest.raises(KeyError, match="other"):
                await state.delete("other")
            await state.clear()
            assert [] == await state.keys()

    asyncio.run(use())


def test_other_errors_are_no_missing_keys(fake: FakeAPI) -> None:
    """What is not a 404 is what it is."""
    with Client("wrong", base_url=fake.base_url) as client:
        for do in (lambda: client.state()["a"], lambda: client.state().__delitem__("a")):
            with pytest.raises(ApiError, match="401"):
                do()


def test_state_may_hold_asterisks(fake: FakeAPI) -> None:
    """It is the author's own data, and never masked."""
    with Client(fake.token(), base_url=fake.base_url) as client:
        client.state()["stars"] = "******"
        assert "******" == client.state()["stars"]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=st.text(min_size=1, max_size=8), value=json_values)
def test_any_key_and_any_value(fake: FakeAPI, key: str, value: Any) -> None:
    """Slashes, blanks, dots, question marks: what was written is read."""
    with Client(fake.token(), base_url=fake.base_url) as client:
        state = client.state()
        if key in {".", ".."}:
            with pytest.raises(ValueError, match="not empty"):
                state[key] = value
            return
        state[key] = value
        assert value == state[key]
        assert key in list(state)
