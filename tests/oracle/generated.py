"""What Hypothesis makes up: JSON as text, so that every spelling of a number is tried too."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from hypothesis import strategies as st

from .mirror import MODULE

#: All of Unicode, lone surrogates included.
texts = st.text(st.characters(), max_size=12).map(json.dumps)

numbers = st.one_of(
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    # Where JavaScript and Python begin to write exponents, and where doubles end.
    st.tuples(
        st.floats(1, 10, exclude_max=True), st.sampled_from([-8, -7, -6, -5, 14, 15, 16, 20, 21])
    ).map(lambda pair: repr(pair[0] * 10.0 ** pair[1])),
    st.integers(2**53 - 3, 2**53 + 3).map(str),
    st.integers(2**64 - 3, 2**64 + 3).map(str),
    st.integers(14, 22).flatmap(
        lambda digits: st.integers(10**digits - 2000, 10**digits + 2000).map(str)
    ),
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["", "-"]),
        st.integers(0, 999),
        st.sampled_from(["", ".0", ".50", ".000001", ".125"]),
        st.sampled_from(
            ["", "e0", "E2", "e+5", "e-7", "e20", "e21", "E300", "e308", "e400", "e-400"]
        ),
    ),
    st.sampled_from(["-0", "-0.0", "0.0", "1.0", "1e21", "123456789012345680000", "5e-324"]),
)

scalars = st.one_of(st.sampled_from(["null", "true", "false"]), texts, numbers)


def _list(items: list[str]) -> str:
    return f"[{','.join(items)}]"


def _object(pairs: list[tuple[str, str]]) -> str:
    return f"{{{','.join(f'{key}:{value}' for key, value in pairs)}}}"


def _containers(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    # An object from a list of pairs: keys may repeat, and then the last one counts.
    return st.one_of(
        st.lists(inner, max_size=5).map(_list),
        st.lists(st.tuples(texts, inner), max_size=5).map(_object),
    )


def _nested(depth: int, inner: str) -> str:
    """*inner*, *depth* levels down in lists and objects that take turns."""
    both = (("[", "]"), ('{"n":', "}"))
    opening = "".join(both[level % 2][0] for level in range(depth))
    closing = "".join(both[level % 2][1] for level in reversed(range(depth)))
    return opening + inner + closing


#: Any JSON value. Deep ones reach beyond what orjson writes (254) and stay below what the
#: recursion of JSON.stringify and of the Node packages' check can follow.
values = st.one_of(
    scalars,
    st.recursive(scalars, _containers, max_leaves=20),
    st.builds(_nested, st.integers(240, 400), scalars),
)

falsy = st.sampled_from(["null", "false", "0", "-0", "-0.0", '""', "0e5"])


def _named(*names: str) -> st.SearchStrategy[str]:
    return st.sampled_from(names).map(json.dumps)


def _mostly(likely: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Nine times in ten *likely*, else falsy or anything."""
    unlikely = st.one_of(falsy, values)
    return st.integers(0, 9).flatmap(lambda number: unlikely if number == 9 else likely)


sections = st.one_of(
    _named("hook", "wrapper", "setting", "utility", "installer", "uninstaller"),
    _named(*(name for name, held in MODULE.items() if not callable(held))),
    falsy,
)
functions = _named("echo", "resp", "twice", "fail", "resp", "where", "topLevel")
limits = st.one_of(
    falsy,
    st.integers(-2, 200).map(str),
    st.floats(-1, 200).map(repr),
    st.integers(1, 200).map(lambda units: json.dumps(str(units))),
    st.sampled_from(["1e1", "10.0", "1.5e1", "-1e21", "1e300"]),
)
options = st.one_of(
    st.builds('{{"resp":{}}}'.format, values),
    st.builds('{{"message":{},"code":{},"name":{}}}'.format, texts, values, texts),
)


@st.composite
def envelopes(draw: st.DrawFn) -> tuple[str, str]:
    """A configuration, and the body of a request to it: any field odd or absent."""
    configuration = draw(st.sampled_from(["diy", "connectors"]))
    fields = {
        "diy": _mostly(st.just("true") if configuration == "diy" else falsy),
        "_connectorId": _mostly(_named("main", "flat", "empty", "42", "Main")),
        "type": _mostly(sections),
        "function": _mostly(functions),
        "options": _mostly(options),
        "maxResponseSize": _mostly(limits),
        "access_token": values,
    }
    absent = draw(st.sets(st.sampled_from(sorted(fields)), max_size=2))
    pairs = [(json.dumps(name), draw(fields[name])) for name in fields if name not in absent]
    return configuration, _object(draw(st.permutations(pairs)))


def errors() -> st.SearchStrategy[str]:
    """Options for the function ``failWith``: anything that may be handed over as an error."""
    error = st.one_of(
        falsy,
        st.builds('{{"message":{},"code":{}}}'.format, texts, values),
        st.builds('{{"message":{},"name":{}}}'.format, texts, values),
        st.builds('{{"message":{},"code":{},"name":{},"more":1}}'.format, texts, values, values),
    )
    return error.map('{{"error":{}}}'.format)


def moments() -> st.SearchStrategy[str]:
    """ISO 8601 as ECMAScript reads it, and milliseconds, within the years 1 to 9999."""
    # Python ends at these years; a day inside, so that no offset leads out.
    days = st.dates(dt.date(1, 1, 2), dt.date(9999, 12, 30))
    date = days.map(str)
    time = st.times().map(lambda moment: moment.isoformat("milliseconds"))
    offset = st.sampled_from(["Z", "", "+00:00", "+05:30", "-08:00", "+14:00", "-00:01"])
    digits = st.sampled_from(["", "0", "9", "999", "123456"])
    return st.one_of(
        date.map(json.dumps),
        days.map(lambda day: json.dumps(str(day)[:7])),
        st.builds('"{}T{}{}{}"'.format, date, time, digits, offset),
        st.builds('"{}T{:%H:%M}{}"'.format, date, st.times(), offset),
        st.integers(-62_000_000_000_000, 253_000_000_000_000).map(str),
        st.floats(-62e12, 253e12).map(repr),
    )


def parsed(text: str) -> Any:
    """What the JSON *text* says, by the standard library."""
    return json.loads(text)
