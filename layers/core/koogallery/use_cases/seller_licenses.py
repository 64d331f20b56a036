"""POST /seller/licenses/activate, /heartbeat, /usage: what the seller's software asks about authorization codes.

It never needs the AK/SK pair: the marketplace is asked here, and its codes become problems with stable codes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

from koogallery import times
from koogallery.errors import KoogalleryError, RetryableError
from koogallery.known_codes import KnownCode, change_code, forget_code, load_code
from koogallery.licenses.authorization_code import FREEZE, AuthorizationCode, code_id
from koogallery.marketplace import authorization_codes as marketplace
from koogallery.marketplace.errors import MarketplaceError
from koogallery.messages.seller_licenses import parse_code, parse_real_effect_time, parse_software_usage
from koogallery.outbox_owners import LICENSE_CODE, OwnerRef, load_owner
from koogallery.seller_interface import SellerCall
from koogallery.services import Services
from koogallery.use_cases.license_problems import AlreadyActivated, UnknownLicense, problem_of

MAX_CALL_SECONDS = 12.0
LEFT_SECONDS = 3.0
"""Time for what is stored and answered after the marketplace's answer."""
DEFAULT_GRACE_HOURS = 24
_TIMES = ("activate_time", "expire_time")
Result = TypeVar("Result")
_MEMBERS = ("status", "activate_time", "expire_time", "product_id", "order_id", "amount")


def activate(call: SellerCall) -> dict[str, Any]:
    """Activate a code; the repetition of an activation of ours is done already.

    The attempt is noted before it is made: when its answer is lost, the marketplace's "do not activate twice" on
    the repetition means done.
    """
    body, services = call.read_body(), call.services
    licence, effect = parse_code(body), parse_real_effect_time(body)
    place, now = code_id(licence), times.iso(services.clock.now())
    before = change_code(services.state, place, lambda known: known if known.attempted_at else _attempt(known, now))
    real_effect_time, seconds = times.wire(effect) if effect else None, _seconds(services)
    try:
        info = _ask(
            lambda: marketplace.activate(services.marketplace, licence, real_effect_time, timeout_seconds=seconds)
        )
    except KoogalleryError as error:
        if before.attempted_at and isinstance(error, AlreadyActivated):
            return {"license": licence, "already_activated": True, **before.info}
        if not before.attempted_at and not getattr(error, "fate_unknown", False):
            _take_back(services, place, error)
        raise
    shown = _shown(info)
    change_code(services.state, place, lambda known: replace(known, info=shown, info_at=now))
    return {"license": licence, "already_activated": False, **shown}


def _attempt(known: KnownCode, now: str) -> KnownCode:
    return replace(known, attempted_at=now)


def _take_back(services: Services, place: str, error: KoogalleryError) -> None:
    """The marketplace certainly did not activate the code for us."""
    if isinstance(error, UnknownLicense):
        forget_code(services.state, place)
    else:
        change_code(services.state, place, lambda known: replace(known, attempted_at=""))


def heartbeat(call: SellerCall) -> dict[str, Any]:
    """State and expiry of a code.

    While the marketplace cannot be asked, the last known state stands in for it, marked ``stale``, for the time that
    LICENSE_GRACE_HOURS says (authorization code guide: none is stated, *inferred*).
    """
    licence, services = parse_code(call.read_body()), call.services
    place = code_id(licence)
    seconds = _seconds(services)
    try:
        info = _ask(lambda: marketplace.query(services.marketplace, licence, timeout_seconds=seconds))
    except RetryableError:
        known = _within_grace(services, place)
        if known is None:
            raise
        return {"license": licence, "stale": True, "as_of": known.info_at, **known.info}
    shown, now = _shown(info), times.iso(services.clock.now())
    change_code(services.state, place, lambda known: replace(known, info=shown, info_at=now))
    return {"license": licence, "stale": False, "as_of": now, **shown}


def report_software_usage(call: SellerCall) -> dict[str, Any]:
    """Report who uses the software; ``failed`` is what the marketplace did not take, as it said it."""
    usage, services = parse_software_usage(call.read_body()), call.services
    seconds = _seconds(services)
    failed = _ask(lambda: marketplace.report_usage(services.marketplace, usage, timeout_seconds=seconds))
    return {"reported": len(usage), "failed": [_plain(item) for item in failed]}


def _ask(call: Callable[[], Result]) -> Result:
    """Call the marketplace; its refusals become problems of the seller interface."""
    try:
        return call()
    except MarketplaceError as error:
        problem = problem_of(error)
        if problem is error:
            raise
        raise problem from error


def _seconds(services: Services) -> float:
    """What the marketplace may take of this call's time."""
    return max(1.0, min(MAX_CALL_SECONDS, services.remaining_seconds() - LEFT_SECONDS))


def _within_grace(services: Services, place: str) -> KnownCode | None:
    """What is known of a code, when it may stand in for an answer: young enough, and nothing newer was told."""
    known = load_code(services.state, place)
    hours = int(services.settings.license_grace_hours or DEFAULT_GRACE_HOURS)
    if not known.info_at or services.clock.now() - times.parse_iso(known.info_at) > timedelta(hours=hours):
        return None
    told, _ = load_owner(services.state, OwnerRef(LICENSE_CODE, place))
    ended = isinstance(told, AuthorizationCode) and (told.released_at or told.status == FREEZE)
    return None if ended else known


def _shown(info: Mapping[str, Any]) -> dict[str, Any]:
    """The documented members, times as everywhere in the seller interface; ``data`` is everything that came."""
    shown = {name: _plain(info[name]) for name in _MEMBERS if info.get(name) is not None}
    for name in _TIMES:
        if name in shown:
            shown[name] = _time(str(shown[name]))
    return {**shown, "data": _plain(info)}


def _time(text: str) -> str:
    try:
        return times.iso(times.parse_wire(text))
    except ValueError:
        return text


def _plain(value: Any) -> Any:
    """JSON again: exact numbers as the text they were."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {str(name): _plain(member) for name, member in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
