"""The fixture functions that http.json describes, by their wire names in one table.

Plain functions and lambdas without a kind, so that they get the raw JSON of the options. Those
that *fail with* something or *answer twice* take Celigo's callback, because only a callback can
hand over a falsy error or an error that is no exception; the others return, raise or await.

``http.json`` has one sentence on each function under the same name.
"""

from __future__ import annotations

import array
import asyncio
import concurrent.futures
import datetime as dt
import decimal
import json
import re
import threading
import types
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

#: An extension function: called with the options, or with the options and a callback.
Function = Callable[..., Any]
#: Celigo's callback: an error (falsy for none) and a result.
Callback = Callable[..., None]

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
MISSING = object()


class Error(Exception):
    """JavaScript's plain error: a message, and whatever attributes the case wants."""

    def __init__(self, message: str = "", **attributes: object) -> None:
        super().__init__(message)
        for name, value in attributes.items():
            setattr(self, name, value)


class CustomFailure(Exception):
    """An error class of the author's own."""


class Gadget:
    """A class, which is not a function although it can be called."""

    def __init__(self, options: object = None, callback: object = None) -> None:
        self.size = 3


class Computed:
    """An object whose only field raises when it is read."""

    @property
    def x(self) -> object:
        raise Error("read")


class Items(list[Any]):
    """A list that can carry attributes."""


class Whole(int):
    """A boxed whole number."""


class Text(str):
    """A boxed text."""

    __slots__ = ()


class Holder:
    """What the function `bound` is bound to."""

    def __init__(self, v: str) -> None:
        self.v = v

    def give(self, options: object) -> str:
        return self.v


def describe(value: object) -> dict[str, Any]:
    """The kind of *value* as http.json names kinds, with its value when that is simple."""
    if value is MISSING:
        return {"kind": "missing"}
    if value is None:
        return {"kind": "null"}
    if isinstance(value, dt.datetime):
        return {
            "kind": "datetime",
            "epochMs": (value - EPOCH) // dt.timedelta(milliseconds=1),
        }
    if isinstance(value, list):
        return {"kind": "array"}
    if isinstance(value, dict):
        return {"kind": "object"}
    kind = (
        "boolean" if isinstance(value, bool) else "string" if isinstance(value, str) else "number"
    )
    return {"kind": kind, "value": value}


# ------------------------------------------------------------------------ functions of options


def echo(options: Any) -> Any:
    return options


def resp(options: Any) -> Any:
    return options.get("resp")


def repeat_text(options: Any) -> str:
    return str(options["unit"]) * int(options["times"])


def deep(options: Any) -> Any:
    as_list = options["kind"] == "list"
    value: Any = [] if as_list else {}
    for _ in range(options["depth"] - 1):
        value = [value] if as_list else {"n": value}
    return value


def mutate(options: Any) -> Any:
    options["touched"] = True
    options.pop("drop", None)
    return options


def dates(options: Any) -> dict[str, Any]:
    return {
        "last": describe(options.get("lastExportDateTime", MISSING)),
        "current": describe(options.get("currentExportDateTime", MISSING)),
    }


async def slow(options: Any) -> str:
    await asyncio.sleep(options["ms"] / 1000)
    return "slow"


async def slow_error(options: Any) -> None:
    await asyncio.sleep(options["ms"] / 1000)
    raise Error("late failure", code="late")


OF_OPTIONS: dict[str, Function] = {
    "echo": echo,
    "echoList": lambda options: [options],
    "resp": resp,
    "constant": lambda options: "ok",
    "kindOf": describe,
    "ownKeys": sorted,
    "lengthOf": lambda options: len(options["text"]),
    "repeatText": repeat_text,
    "deep": deep,
    "mutate": mutate,
    "dates": dates,
    "slow": slow,
    "slowError": slow_error,
}

# ------------------------------------------------------------------------------------- answers


def cycle_map() -> dict[str, Any]:
    value: dict[str, Any] = {}
    value["self"] = value
    return value


def cycle_list() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


def list_with_attribute() -> Items:
    value = Items([1])
    value.extra = "x"  # type: ignore[attr-defined]
    return value


def shared() -> dict[str, Any]:
    one = {"v": 1}
    return {"a": one, "b": one, "c": [one, one]}


def writes_itself() -> object:
    """Offers every method by which a lenient encoder would turn it into text."""
    return types.SimpleNamespace(
        toJSON=lambda: "text", to_json=lambda: "text", __json__=lambda: "text"
    )


#: Functions that always answer the same: made anew for each call.
ANSWERS: dict[str, Callable[[], Any]] = {
    "giveUndefined": lambda: None,
    "giveNull": lambda: None,
    "giveZero": lambda: 0,
    "giveInteger": lambda: 42,
    "giveNegativeZero": lambda: -0.0,
    "giveFloat": lambda: 3.25,
    "giveWholeFloat": lambda: 2.0,
    "giveTinyFloat": lambda: 1e-7,
    "giveBigFloat": lambda: 1e21,
    "giveBigPlainFloat": lambda: 123456789012345680000.0,
    "giveEmptyText": lambda: "",
    "giveText": lambda: "plain text",
    "giveTrue": lambda: True,
    "giveFalse": lambda: False,
    "giveEmptyList": list,
    "giveEmptyMap": dict,
    "giveNested": lambda: {
        "list": [1, "two", None, {"three": [True, False]}],
        "map": {"empty": {}, "none": None},
    },
    "giveUnicode": lambda: "h\u00e9llo \u4e16\u754c \U0001f600",
    "giveControls": lambda: '\x00\x01\b\t\n\f\r"\\/\x7f\u2028\u2029',
    "giveLoneSurrogate": lambda: "x\ud800y",
    "badDate": lambda: EPOCH,
    "badDateInside": lambda: {"when": EPOCH},
    "badInvalidDate": lambda: dt.date.min,
    "badFunction": lambda: echo,
    "badFunctionInside": lambda: {"run": lambda: 1},
    "badFunctionInList": lambda: [lambda: 1],
    "badCycle": cycle_map,
    "badCycleList": cycle_list,
    "badBigInt": lambda: decimal.Decimal(10),
    "badBigIntInside": lambda: {"n": decimal.Decimal(10)},
    "badSymbol": object,
    "badSymbolInside": lambda: {"s": object()},
    "badInstance": Gadget,
    "badInstanceInside": lambda: [{"g": Gadget()}],
    "badMap": lambda: types.MappingProxyType({"a": 1}),
    "badSet": lambda: {1},
    "badRegExp": lambda: re.compile("x"),
    "badError": lambda: ValueError("as a result"),
    "badErrorInside": lambda: {"e": ValueError("as a result")},
    "badBuffer": lambda: b"abc",
    "badTypedArray": lambda: array.array("B", [1, 2]),
    "badToJson": writes_itself,
    "badGetter": Computed,
    "badNoPrototype": lambda: {"a": 1},
    "badHasOwnProperty": lambda: {"hasOwnProperty": 1, "a": 2},
    "badBigAndBad": lambda: {"text": "a" * 6_000_000, "when": EPOCH},
    "oddNaN": lambda: float("nan"),
    "oddInfinity": lambda: float("inf"),
    "oddNegInfinity": lambda: float("-inf"),
    "oddNaNInside": lambda: {"a": float("nan"), "b": [float("inf"), float("-inf")]},
    "oddUndefinedInMap": lambda: {"a": 1},
    "oddUndefinedInList": lambda: [1, None, 2],
    "oddSparseList": lambda: [1, None, None, 4],
    "oddListWithProps": list_with_attribute,
    "oddBoxed": lambda: [Whole(5), Text("five"), True],
    "oddShared": shared,
    "oddEmptyNoPrototype": dict,
    "oddSymbolKey": lambda: {"a": 1},
    "oddFrozen": lambda: {"a": [1]},
    "oddNumericKeys": lambda: {"b": 1, "10": "ten", "9": "nine"},
    "arrow": lambda: "arrow",
    "name with space": lambda: "spaced",
    "dotted.name": lambda: "dotted",
    "\u00fcn\u00efcode": lambda: "unicode name",
    "7": lambda: "seven",
}

# -------------------------------------------------------------------------------------- errors


def error_from_options(options: Any) -> Error:
    message = options.get("message", "")
    attributes = {name: options[name] for name in ("name", "code") if name in options}
    return Error(message if isinstance(message, str) else json.dumps(message), **attributes)


def cyclic_message() -> dict[str, Any]:
    message: dict[str, Any] = {}
    message["m"] = message
    return {"message": message}


#: Functions that hand an error to the callback, made from the options.
ERRORS: dict[str, Callable[[Any], object]] = {
    "errorPlain": lambda _: Error("plain failure"),
    "errorName": lambda _: Error("named failure", name="my_name"),
    "errorCode": lambda _: Error("coded failure", code="my_code"),
    "errorBoth": lambda _: Error("both failure", code="the_code", name="the_name"),
    "errorNoMessage": lambda _: Error(),
    "errorEmptyMessage": lambda _: Error("", code="empty"),
    "errorTypeError": lambda _: TypeError("wrong type"),
    "errorSubclass": lambda _: CustomFailure("custom"),
    "errorNumericCode": lambda _: Error("numeric", code=42),
    "errorZeroCode": lambda _: Error("zero", code=0, name="fallback_name"),
    "errorEmptyCode": lambda _: Error("emptycode", code="", name="fallback_name"),
    "errorNullCode": lambda _: Error("nullcode", code=None, name="fallback_name"),
    "errorNoCodeNoName": lambda _: Error("bare", name=""),
    "errorObjectCode": lambda _: Error("structured", code={"area": "x", "n": [1]}),
    "errorText": lambda _: "just text",
    "errorNumber": lambda _: 7,
    "errorTrue": lambda _: True,
    "errorList": lambda _: ["a", "b"],
    "errorEmptyMap": lambda _: {},
    "errorMap": lambda _: {"message": "from a map", "code": "map_code", "extra": "dropped"},
    "errorMapNameOnly": lambda _: {"message": "from a map", "name": "map_name"},
    "errorMessageMap": lambda _: {"message": {"deep": [1, None]}, "code": "m"},
    "errorMessageNumber": lambda _: {"message": 5, "code": "m"},
    "errorMessageNull": lambda _: {"message": None, "code": "m"},
    "errorMessageMissing": lambda _: {"code": "only_code"},
    "errorUnicode": lambda _: Error('\u00e9\u4e16\U0001f600\x00\n"', code="uni\u00e9"),
    "errorExtra": lambda _: Error(
        "extra", code="x", statusCode=503, status=418, details={"a": 1}, errors=["no"]
    ),
    "errorHuge": lambda _: Error("a" * 6_000_000, code="huge"),
    "errorFromOptions": error_from_options,
    "errorBadCode": lambda _: Error("bad code", code=object()),
    "errorCyclicMessage": lambda _: cyclic_message(),
}

#: Functions that raise instead of calling back.
THROWS: dict[str, Callable[[], Exception]] = {
    "throwError": lambda: Error("thrown plainly"),
    "throwCoded": lambda: Error("thrown with code", code="thrown_code"),
    "throwNamed": lambda: Error("thrown with name", name="thrown_name"),
    "throwText": lambda: Exception("thrown text"),
    "throwNull": Exception,
    "throwUndefined": Exception,
    "throwRoute": lambda: Exception("route"),
    "throwRouter": lambda: Exception("router"),
    "throwHttp418": lambda: Error("teapot", status=418),
    "throwHttp200": lambda: Error("not an error status", status=200),
    "throwStatusCode503": lambda: Error("unavailable", statusCode=503),
    "throwHeaders": lambda: Error(
        "with headers", status=429, headers={"x-fixture": "leaked", "retry-after": "7"}
    ),
}

# ------------------------------------------------------------------------- calls back and waits


def call_then_throw(options: object, callback: Callback) -> None:
    callback(None, "sent")
    raise Error("after the answer")


def twice_sync(options: object, callback: Callback) -> None:
    callback(None, "first")
    callback(None, "second")


def ok_then_error(options: object, callback: Callback) -> None:
    callback(None, "first")
    callback(Error("second", code="second"))


def error_then_ok(options: object, callback: Callback) -> None:
    callback(Error("first", code="first"))
    callback(None, "second")


async def async_echo(options: Any) -> Any:
    return options


async def async_callback(options: Any, callback: Callback) -> None:
    callback(None, options)


async def async_throw(options: object) -> None:
    raise Error("async failure", code="async_code")


def generator(options: object, callback: Callback) -> Any:
    callback(None, "from generator")
    yield


async def async_generator(options: object, callback: Callback) -> Any:
    callback(None, "from async generator")
    yield


async def never(options: object) -> None:
    await asyncio.Event().wait()


async def promised() -> dict[str, Any]:
    return {"promised": True}


async def rejected() -> None:
    raise Error("unhandled rejection")


def raise_late() -> None:
    raise Error("thrown from a timer")


async def late_throw(options: object) -> None:
    threading.Timer(0.005, raise_late).start()
    await never(options)


def late_reject(options: object) -> Awaitable[None]:
    return rejected()


async def twice_late(options: object, callback: Callback) -> None:
    await asyncio.sleep(0.005)
    twice_sync(options, callback)


async def late_bad_code(options: object, callback: Callback) -> None:
    await asyncio.sleep(0.005)
    callback(Error("late bad code", code=object()))


CALLS: dict[str, Function] = {
    "giveNothing": lambda options, callback: callback(),
    "badPromise": lambda options, callback: callback(None, concurrent.futures.Future()),
    "errorWithResult": lambda options, callback: callback(
        Error("wins", code="wins"), {"ignored": True}
    ),
    "falsyFalse": lambda options, callback: callback(False, "value"),
    "falsyZero": lambda options, callback: callback(0, "value"),
    "falsyText": lambda options, callback: callback("", "value"),
    "falsyUndefined": lambda options, callback: callback(None, "value"),
    "throwInside": lambda options: options["missing"]["property"],
    "callThenThrow": call_then_throw,
    "twiceSync": twice_sync,
    "okThenError": ok_then_error,
    "errorThenOk": error_then_ok,
    "asyncEcho": async_echo,
    "asyncCallback": async_callback,
    "asyncArrow": lambda options, callback: async_callback(options, callback),  # noqa: PLW0108
    "asyncThrow": async_throw,
    "generator": generator,
    "asyncGenerator": async_generator,
    "never": never,
    "returnsValue": lambda options: {"returned": True},
    "returnsPromise": lambda options: promised(),
    "lateThrow": late_throw,
    "lateReject": late_reject,
    "twiceLate": twice_late,
    "lateBadCode": late_bad_code,
    "bound": Holder("bound").give,
}

#: Entries of a section that are no functions; `notUndefined` has no counterpart and is left out.
NO_FUNCTIONS: dict[str, object] = {
    "aClass": Gadget,
    "notText": "text",
    "notNumber": 5,
    "notNull": None,
    "notMap": {},
    "notList": [],
    "notTrue": True,
}

# ------------------------------------------------------------------------------------- the table


def answering(make: Callable[[], Any]) -> Function:
    return lambda options: make()


def failing(make: Callable[[Any], object]) -> Function:
    return lambda options, callback: callback(make(options))


def throwing(make: Callable[[], Exception]) -> Function:
    def throw(options: object) -> None:
        raise make()

    return throw


TABLE: Mapping[str, object] = {
    **OF_OPTIONS,
    **{name: answering(make) for name, make in ANSWERS.items()},
    **{name: failing(make) for name, make in ERRORS.items()},
    **{name: throwing(make) for name, make in THROWS.items()},
    **CALLS,
    **NO_FUNCTIONS,
}
