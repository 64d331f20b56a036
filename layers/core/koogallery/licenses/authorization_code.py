"""An authorization code: what the marketplace says of it, and the events that tell the seller's product.

The platform makes the codes and no call announces one, so a code is taken as known when it is first mentioned
(authorization code guide, idea and callbacks). Released is final. The code itself is as good as a key to the
software: it lies in the state encrypted, and its place is named by a hash.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

from koogallery import times
from koogallery.instances.lifecycle import Request
from koogallery.outbox import dump_owner, with_event
from koogallery.repetition import Repeatable, SeenNonce, read_repeatable, with_applied, with_nonce
from koogallery.result_codes import NOT_FOUND, SUCCESS

FREEZE, UNFREEZE = "FREEZE", "UNFREEZE"
RENEWED, FROZEN, UNFROZEN, RELEASED = "license.renewed", "license.frozen", "license.unfrozen", "license.released"
_STATUS_EVENTS = {FREEZE: FROZEN, UNFREEZE: UNFROZEN}


@dataclass(frozen=True, kw_only=True)
class AuthorizationCode(Repeatable):
    """``status`` is the marketplace's last word, FREEZE or UNFREEZE; empty before there was one."""

    code_id: str
    status: str = ""
    released_at: str = ""

    def to_document(self) -> str:
        """JSON text for the state."""
        return dump_owner(self)

    @staticmethod
    def from_document(document: str) -> AuthorizationCode:
        """Read what ``to_document`` wrote."""
        return AuthorizationCode(**read_repeatable(document))


@dataclass(frozen=True)
class Outcome:
    """The answer to the marketplace and the code as it is to be stored; the one handed in means nothing to write."""

    result_code: str
    code: AuthorizationCode


@dataclass(frozen=True)
class Callback:
    """What every callback about a code brings: the request around it, and the code, encrypted, for the event."""

    request: Request
    sealed: str


def code_id(license_: str) -> str:
    """The name of a code's place."""
    return "code-" + hashlib.sha256(license_.encode()).hexdigest()[:40]


def renew(code: AuthorizationCode, key: str, data: dict[str, Any], callback: Callback) -> Outcome:
    """refreshLicenseCode. ``key``: scene, order and order line."""
    refused = _refusal(code, callback)
    if refused:
        return refused
    if key in code.applied:
        return Outcome(SUCCESS, code)
    return _told(with_applied(code, key), RENEWED, data, callback)


def change_status(code: AuthorizationCode, status: str, callback: Callback) -> Outcome:
    """updateLicenseCodeStatus, ordered by the signed time: an older one changes nothing any more."""
    refused = _refusal(code, callback)
    if refused:
        return refused
    stamp = callback.request.stamp
    if stamp < code.status_stamp:
        return Outcome(SUCCESS, code)
    changed = replace(code, status=status, status_stamp=stamp)
    if status == code.status:
        return Outcome(SUCCESS, _remember(changed, callback))
    return _told(changed, _STATUS_EVENTS[status], {}, callback)


def release(code: AuthorizationCode, data: dict[str, Any], callback: Callback) -> Outcome:
    """releaseLicenseCode: final; again and again the same answer."""
    if code.released_at:
        return Outcome(SUCCESS, code)
    released = replace(code, released_at=times.iso_millis(callback.request.now))
    return _told(released, RELEASED, data, callback)


def _refusal(code: AuthorizationCode, callback: Callback) -> Outcome | None:
    earlier = code.earlier_code(callback.request.nonce)
    if earlier:
        return Outcome(earlier, code)
    return Outcome(NOT_FOUND, code) if code.released_at else None


def _told(code: AuthorizationCode, type_: str, data: dict[str, Any], callback: Callback) -> Outcome:
    request = callback.request
    told = with_event(code, code.code_id, type_, request.now, data, callback=request.callback, sealed=callback.sealed)
    return Outcome(SUCCESS, _remember(told, callback))


def _remember(code: AuthorizationCode, callback: Callback) -> AuthorizationCode:
    request = callback.request
    return with_nonce(code, SeenNonce(request.nonce, request.stamp, SUCCESS), request.now)
