"""Problems and the paths in them."""

from __future__ import annotations

import pytest

from ioplugins.errors import NotJSON
from ioplugins.jsonvalue import encode
from ioplugins.problems import step


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["data", 3, "when"], "$.data[3].when"),
        ([0, "odd key"], '$[0]["odd key"]'),
        (['say "hi"'], '$["say \\"hi\\""]'),
        (["é"], "$.é"),
        ([""], '$[""]'),
    ],
)
def test_paths(keys: list[str | int], expected: str) -> None:
    """A path is written as the encoder writes that of what is not JSON."""
    path = "$"
    for key in keys:
        path = step(path, key)
    assert expected == path
    value: object = {1, 2}
    for key in reversed(keys):
        value = {key: value} if isinstance(key, str) else [*([None] * key), value]
    with pytest.raises(NotJSON) as refused:
        encode(value)
    assert expected == refused.value.path
