"""Messages of the callbacks as the use cases see them, whatever dialect they came in.

Field lengths after SaaS guide V2.0, one table per call. Unknown members are ignored (compatibility rule of the guides).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from koogallery import times
from koogallery.errors import PermanentError
from koogallery.messages.members import Member, Message, is_printable, list_of, one_of, text

MAX_QUERIED = 100
MAX_ID = 64
MAX_CUSTOMER_ID = 100


class IllegalParameter(PermanentError):
    """A member of a message is missing, too long or of another form. The text names the member, never its value."""

    code = "illegal_parameter"


def read_id(value: object) -> str:
    """1 to 64 printable characters."""
    return _printable(value, MAX_ID)


def _printable(value: object, longest: int) -> str:
    found = text(value)
    if not 0 < len(found) <= longest or not is_printable(found):
        raise ValueError(f"must have 1 to {longest} printable characters")
    return found


def _customer_id(value: object) -> str:
    return _printable(value, MAX_CUSTOMER_ID)


def read_optional_id(value: object) -> str:
    """At most 64 characters; null is empty."""
    found = "" if value is None else text(value)
    if len(found) > MAX_ID:
        raise ValueError(f"must have at most {MAX_ID} characters")
    return found


def read_wire_time(value: object) -> str:
    """``yyyyMMddHHmmss`` with or without milliseconds, as it was sent."""
    if not isinstance(value, str):
        raise ValueError("must be a text yyyyMMddHHmmss")
    times.parse_wire(value)
    return value


_read_ids = list_of(read_id, MAX_QUERIED)


def _ids(value: object) -> list[str]:
    parts: object = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
    if isinstance(parts, list) and not 0 < len(parts) <= MAX_QUERIED:
        raise ValueError(f"must hold 1 to {MAX_QUERIED} ids")
    return _read_ids(parts)


def _object(value: object) -> dict[str, Any]:
    """productInfo comes as object, list of one object, or JSON text of either (SaaS guide, changeInstanceCheck)."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise ValueError("must be an object") from None
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict):
        raise ValueError("Input should be a valid dictionary")
    return value


_known_status = one_of("FREEZE", "UNFREEZE")


def _status(value: object) -> str:
    return _known_status("UNFREEZE" if value == "NORMAL" else value)


def _truth(value: object) -> bool:
    """What the dialect itself has put into the message."""
    if not isinstance(value, bool):
        raise ValueError("Input should be a valid boolean")
    return value


_no_order_line = one_of("")
_SCENES = ("TRIAL_TO_FORMAL", "RENEWAL", "UNSUBSCRIBE_RENEWAL_PERIOD", "RENEWAL_CHANGE")


class NewInstance(Message):
    """newInstance. ``productId`` is in no field table of 2.0, but belongs to the key when it is there.

    ``waits_for_access``: the instance is active once the seller's product has given access data.
    """

    waits_for_access: ClassVar[bool] = True
    business_id = Member(read_id)
    order_id = Member(read_id)
    order_line_id = Member(read_id)
    product_id = Member(read_optional_id, default="")


class QueryInstance(Message):
    """queryInstance: one id or up to 100 joined by commas."""

    instance_id = Member(_ids)


class RefreshInstance(Message):
    """refreshInstance."""

    instance_id = Member(read_id)
    scene = Member(one_of(*_SCENES))
    order_id = Member(read_id)
    order_line_id = Member(read_id)
    expire_time = Member(read_wire_time)
    product_id = Member(read_optional_id, default="")


class UpdateInstanceStatus(Message):
    """updateInstanceStatus; NORMAL is the 1.0 word for UNFREEZE."""

    instance_id = Member(read_id)
    status = Member(_status)


class ReleaseInstance(Message):
    """releaseInstance; the order is there when an unsubscription caused it."""

    instance_id = Member(read_id)
    order_id = Member(read_optional_id, default="")
    order_line_id = Member(read_optional_id, default="")


class UpgradeInstance(Message):
    """upgradeInstance: the target is in the order."""

    instance_id = Member(read_id)
    order_id = Member(read_id)
    order_line_id = Member(read_id)


class ChangeInstanceCheck(Message):
    """changeInstanceCheck; the members of productInfo are not published, so nothing of it is kept."""

    secret: ClassVar[frozenset[str]] = frozenset({"product_info"})

    instance_id = Member(read_id)
    product_info = Member(_object)


class NewInstanceV1(NewInstance):
    """newInstance of 1.0: no order line; order and product are the key. Who bought is told with the order."""

    secret: ClassVar[frozenset[str]] = frozenset({"customer_id"})

    order_line_id = Member(_no_order_line, default="")
    product_id = Member(read_id)
    customer_id = Member(_customer_id)


class RefreshInstanceV1(RefreshInstance):
    """refreshInstance of 1.0: no order line; the expiry belongs to the key."""

    order_line_id = Member(_no_order_line, default="")


class UpdateInstanceStatusV1(UpdateInstanceStatus):
    """expireInstance and instanceStatus of 1.0; ``expired`` tells the first from the second."""

    expired = Member(_truth, default=False)


class UpgradeInstanceV1(UpgradeInstance):
    """upgrade of 1.0: no order line; the target is in the call."""

    order_line_id = Member(_no_order_line, default="")
    sku_code = Member(read_id)
    product_id = Member(read_id)


MESSAGES: dict[str, type[Message]] = {
    "newInstance": NewInstance,
    "queryInstance": QueryInstance,
    "refreshInstance": RefreshInstance,
    "updateInstanceStatus": UpdateInstanceStatus,
    "releaseInstance": ReleaseInstance,
    "upgradeInstance": UpgradeInstance,
    "changeInstanceCheck": ChangeInstanceCheck,
}


MESSAGES_V1: dict[str, type[Message]] = {
    **MESSAGES,
    "newInstance": NewInstanceV1,
    "refreshInstance": RefreshInstanceV1,
    "updateInstanceStatus": UpdateInstanceStatusV1,
    "upgradeInstance": UpgradeInstanceV1,
}


def parse_message(activity: str, members: dict[str, Any], models: Mapping[str, type[Message]] = MESSAGES) -> Any:
    """The message of an activity, read as the model of its dialect; raises ``IllegalParameter``."""
    try:
        return models[activity].read(members)
    except ValueError as error:
        raise IllegalParameter(str(error)[:200]) from None


def expiry(message: RefreshInstance) -> datetime:
    """New expiry, UTC."""
    return times.parse_wire(message.expire_time)
