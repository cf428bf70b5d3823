"""What a Python user would write by hand with Flask: one route, the token, a function table."""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
import time
from typing import Any

from flask import Flask, Response, request

TOKEN = os.environ["INTEGRATOR_EXTENSION_SYSTEM_TOKEN"]
logging.basicConfig(level=logging.INFO, format="%(levelname)s: %(message)s")
log = logging.getLogger("extension")
app = Flask(__name__)
app.json.sort_keys = False  # type: ignore[attr-defined]  # fields stay as the function gave them
app.json.ensure_ascii = False  # type: ignore[attr-defined]


def add_region(options: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"data": {**record, "region": "EU"}} for record in options["data"]]


def sleep(options: dict[str, Any]) -> list[dict[str, Any]]:
    time.sleep(1)
    return [{"data": record} for record in options["data"]]


def sleep_async(options: dict[str, Any]) -> list[dict[str, Any]]:
    asyncio.run(asyncio.sleep(1))  # as Flask itself runs async views: a loop for each call
    return [{"data": record} for record in options["data"]]


def burn(options: dict[str, Any]) -> list[dict[str, Any]]:
    end = time.thread_time() + 0.020
    while time.thread_time() < end:
        pass
    return [{"data": record} for record in options["data"]]


FUNCTIONS = {"addRegion": add_region, "sleep": sleep, "sleepAsync": sleep_async, "burn": burn}


def answer(document: object, status: int = 200) -> Response:
    text = app.json.dumps(document, separators=(",", ":"))
    return Response(text, status, mimetype="application/json")


@app.get("/")
def healthy() -> Response:
    return answer({"success": True})


@app.post("/function")
def call() -> Response:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), TOKEN.encode()):
        return answer({"errors": [{"code": "unauthorized", "message": "Invalid token."}]}, 401)
    body = request.get_json()
    log.info("call %s", body["function"])
    try:
        found = FUNCTIONS[body["function"]]
        return answer(found(body["options"]))
    except Exception as error:
        log.exception("failed")
        told = {"code": type(error).__name__, "message": str(error)}
        return answer({"errors": [told]}, 422)
