"""refreshLicenseCode, updateLicenseCodeStatus, releaseLicenseCode: what happens to an authorization code."""

from __future__ import annotations

import json
from collections.abc import Callable

from koogallery import times
from koogallery.answers import Answer
from koogallery.callback import Call
from koogallery.licenses import authorization_code as codes
from koogallery.licenses.authorization_code import AuthorizationCode, Callback, Outcome
from koogallery.messages.licenses import RefreshLicenseCode, ReleaseLicenseCode, UpdateLicenseCodeStatus
from koogallery.outbox import Outbox
from koogallery.outbox_owners import LICENSE_CODE, OwnerRef, tell
from koogallery.result_codes import NOT_FOUND
from koogallery.services import Services

Transition = Callable[[AuthorizationCode, Callback], Outcome]


def refresh_license_code(services: Services, call: Call) -> Answer:
    """Key: code, scene, order, order line."""
    message: RefreshLicenseCode = call.message
    key = f"refresh {message.scene} {message.order_id} {message.order_line_id}"
    data = {
        "scene": message.scene,
        "order_id": message.order_id,
        "order_line_id": message.order_line_id,
        "expire_time": times.iso(times.parse_wire(message.expire_time)),
    }
    if message.product_id:
        data["product_id"] = message.product_id
    return _apply(services, call, message.license, lambda code, callback: codes.renew(code, key, data, callback))


def update_license_code_status(services: Services, call: Call) -> Answer:
    """Key: code, status."""
    message: UpdateLicenseCodeStatus = call.message
    return _apply(
        services, call, message.license, lambda code, callback: codes.change_status(code, message.status, callback)
    )


def release_license_code(services: Services, call: Call) -> Answer:
    """Key: code."""
    message: ReleaseLicenseCode = call.message
    order = {"order_id": message.order_id, "order_line_id": message.order_line_id}
    data = {name: value for name, value in order.items() if value}
    return _apply(services, call, message.license, lambda code, callback: codes.release(code, data, callback))


def _apply(services: Services, call: Call, license_: str, transition: Transition) -> Answer:
    """At most two writes; none for a repetition."""
    code_id = codes.code_id(license_)
    callback = Callback(call.request, services.sealer.seal(json.dumps({"license": license_}), code_id))
    result = ""

    def change(before: Outbox | None) -> Outbox:
        nonlocal result
        known = before if isinstance(before, AuthorizationCode) else AuthorizationCode(code_id=code_id)
        outcome = transition(known, callback)
        result = outcome.result_code
        return outcome.code

    tell(services.state, OwnerRef(LICENSE_CODE, code_id), change, now=call.request.now)
    return Answer(result, "the authorization code is released" if result == NOT_FOUND else "success")
