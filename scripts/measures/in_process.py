"""Functions called in this process, over a state that is handed in."""

from __future__ import annotations

import json
from typing import Any

from koogallery import services as services_module
from koogallery.page_reader import PageReader
from koogallery.state import State
from measures import callbacks
from measures.bundle_context import Handler, context, load_handler

_handlers: dict[str, Handler] = {}
STATE_URL = "sqlite:////handed/in"


def hand_in(state: State, pages: PageReader | None = None) -> None:
    """Let every function of this process use ``state``: what STATE_URL names is already open, as in a warm function."""
    services_module._warm[("state", STATE_URL, "", "")] = state
    services_module._warm[("pages", STATE_URL)] = pages or PageReader()


def serve(function: str, event: dict[str, Any], state: State, pages: PageReader | None = None) -> dict[str, Any]:
    """Call a function; its JSON answer. A result code other than success or processing ends the bench."""
    hand_in(state, pages)
    handler = _handlers.setdefault(function, load_handler(function))
    reply = handler(event, context(bench_settings()))
    body: dict[str, Any] = json.loads(reply["body"])
    if reply["statusCode"] != 200 or body.get("resultCode", "000000") not in ("000000", "000003", "000004"):
        raise SystemExit(f"{function} answered {reply['statusCode']} {body}")
    return body


def bench_settings() -> dict[str, str]:
    """Settings of every function of the bench."""
    return {**callbacks.settings(), "STATE_URL": STATE_URL, "SELLER_API_KEYS": callbacks.KEY}
