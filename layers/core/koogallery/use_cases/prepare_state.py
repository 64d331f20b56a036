"""prepare_state: the table is made and proved, and what the bundle has to reach is tried, from inside the VPC.

Run by a deployment; running it again does the same again. Every part is tried whatever became of the others, and the
reply names what is wrong without quoting a setting.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta

from koogallery import times
from koogallery.errors import KoogalleryError, SettingsError
from koogallery.http import AddressInvalid, HttpError, HttpLimits, HttpRequest, HttpResponseTooLarge, parse_address
from koogallery.marketplace import hosts
from koogallery.services import Services
from koogallery.state import Item, Key, State

READY, REACHABLE, WRITABLE, NOT_SET = "ready", "reachable", "writable", "not set"
PROBES = "probes"
PROBE_OBJECT = "probes/prepare_state.json"
LIMITS = HttpLimits(connect_seconds=5.0, read_seconds=5.0, total_seconds=5.0, max_response_bytes=65_536)
LEFT_BEHIND = timedelta(hours=1)
"""Probes older than this are of runs that died: they are removed."""
MAX_REMOVED = 100


def prepare_state(services: Services) -> Mapping[str, str]:
    """``{"table", "marketplace", "webhook", "archive"}``: the good word of each, or what is wrong with it."""
    return {
        "table": _told(lambda: _table(services)),
        "marketplace": _told(lambda: _marketplace(services)),
        "webhook": _told(lambda: _webhook(services)),
        "archive": _told(lambda: _archive(services)),
    }


def nothing_tried(error: KoogalleryError) -> dict[str, str]:
    """The reply when the settings cannot even be read."""
    return dict.fromkeys(("table", "marketplace", "webhook", "archive"), _problem(error))


def _told(attempt: Callable[[], str]) -> str:
    try:
        return attempt()
    except KoogalleryError as error:
        return _problem(error)


def _problem(error: KoogalleryError) -> str:
    """Code and text of an error of ours: neither quotes a value."""
    return str(error) if isinstance(error, SettingsError) else f"{error.code}: {error}"


def _table(services: Services) -> str:
    """The first use makes the table; then every call the bundle leans on is tried with an item of its own."""
    state, now = services.state, services.clock.now()
    left = state.query(PROBES, up_to=times.iso_millis(now - LEFT_BEHIND), limit=MAX_REMOVED)
    state.delete_many([item.key for item in left])
    key = Key(PROBES, f"{times.iso_millis(now)}#{secrets.token_hex(6)}")
    try:
        return _proved(state, key)
    finally:
        state.delete(key)


def _proved(state: State, key: Key) -> str:
    if not state.put_if_absent(key, '"first"'):
        return "a new item was refused"
    if state.put_if_absent(key, '"again"'):
        return "an item was overwritten although it was there: conditions are ignored"
    read = state.get(key)
    if read != Item(key, 1, '"first"'):
        return "an item was not read as it was written"
    if not state.replace_if_version(read, '"second"') or state.replace_if_version(read, '"third"'):
        return "the condition of a write was not honoured"
    state.delete(key)
    return READY if state.get(key) is None else "an item was read after it was deleted"


def _marketplace(services: Services) -> str:
    endpoint = services.settings.require("MARKETPLACE_ENDPOINT")
    *others, last = hosts.addresses(endpoint)
    for address in others:
        if _reach(services, address) == REACHABLE:
            return REACHABLE
    return _reach(services, last)


def _webhook(services: Services) -> str:
    url = services.settings.seller_webhook_url
    return _reach(services, url) if url else NOT_SET


def _reach(services: Services, url: str) -> str:
    """Any HTTP answer will do. Only the host's root is asked for: a path may carry a token, or do something."""
    try:
        address = parse_address(url)
        root = f"{address.scheme}://{address.host_header}/"
        services.http.send(HttpRequest("GET", root, {"Accept": "*/*"}), LIMITS)
    except HttpResponseTooLarge:
        return REACHABLE
    except HttpError as error:
        return f"{error.code}: {error.kind}"
    except AddressInvalid as error:
        return f"{error.code}: {error}"
    return REACHABLE


def _archive(services: Services) -> str:
    """The same object every time: the archive is never asked to remove anything."""
    if services.archive is None:
        return NOT_SET
    services.archive.put(PROBE_OBJECT, json.dumps({"at": times.iso(services.clock.now())}).encode())
    return WRITABLE
