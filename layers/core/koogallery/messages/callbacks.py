"""Messages of the callbacks as the use cases see them, whatever dialect they came in.

Field lengths after SaaS guide V2.0, one table per call. Unknown members are ignored (compatibility rule of the guides).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from koogallery import times
from koogallery.errors import PermanentError

MAX_QUERIED = 100
MAX_ID = 64
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f]+")


class IllegalParameter(PermanentError):
    """A member of a message is missing, too long or of another form. The text names the member, never its value."""

    code = "illegal_parameter"


def _id_list(value: object) -> object:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _wire_time(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("must be a text yyyyMMddHHmmss")
    times.parse_wire(value)
    return value


def _object(value: object) -> object:
    """productInfo comes as object, list of one object, or JSON text of either (SaaS guide, changeInstanceCheck)."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise ValueError("must be an object") from error
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _status(value: object) -> object:
    return "UNFREEZE" if value == "NORMAL" else value


def _optional_text(value: object) -> object:
    return "" if value is None else value


def _id(value: str) -> str:
    # Own checks instead of pydantic's constraints: those import a good part of pydantic at every cold start.
    if not 0 < len(value) <= MAX_ID or not _PRINTABLE.fullmatch(value):
        raise ValueError(f"must have 1 to {MAX_ID} printable characters")
    return value


def _short(value: str) -> str:
    if len(value) > MAX_ID:
        raise ValueError(f"must have at most {MAX_ID} characters")
    return value


def _few(value: list[str]) -> list[str]:
    if not 0 < len(value) <= MAX_QUERIED:
        raise ValueError(f"must hold 1 to {MAX_QUERIED} ids")
    return value


Id = Annotated[str, AfterValidator(_id)]
OptionalId = Annotated[str, BeforeValidator(_optional_text), AfterValidator(_short)]
WireTime = Annotated[str, BeforeValidator(_wire_time)]
Scene = Literal["TRIAL_TO_FORMAL", "RENEWAL", "UNSUBSCRIBE_RENEWAL_PERIOD", "RENEWAL_CHANGE"]


class Message(BaseModel):
    """Base: members are camelCase on the wire, unknown ones are ignored, no input in error texts."""

    model_config = ConfigDict(hide_input_in_errors=True, frozen=True, alias_generator=to_camel, defer_build=True)
    secret: ClassVar[frozenset[str]] = frozenset()
    """Fields that are left out of what is kept of a callback."""


class NewInstance(Message):
    """newInstance. ``productId`` is in no field table of 2.0, but belongs to the key when it is there.

    ``waits_for_access``: the instance is active once the seller's product has given access data.
    """

    waits_for_access: ClassVar[bool] = True
    business_id: Id
    order_id: Id
    order_line_id: Id
    product_id: OptionalId = ""


class QueryInstance(Message):
    """queryInstance: one id or up to 100 joined by commas."""

    instance_id: Annotated[list[Id], BeforeValidator(_id_list), AfterValidator(_few)]


class RefreshInstance(Message):
    """refreshInstance."""

    instance_id: Id
    scene: Scene
    order_id: Id
    order_line_id: Id
    expire_time: WireTime
    product_id: OptionalId = ""


class UpdateInstanceStatus(Message):
    """updateInstanceStatus; NORMAL is the 1.0 word for UNFREEZE."""

    instance_id: Id
    status: Annotated[Literal["FREEZE", "UNFREEZE"], BeforeValidator(_status)]


class ReleaseInstance(Message):
    """releaseInstance; the order is there when an unsubscription caused it."""

    instance_id: Id
    order_id: OptionalId = ""
    order_line_id: OptionalId = ""


class UpgradeInstance(Message):
    """upgradeInstance: the target is in the order."""

    instance_id: Id
    order_id: Id
    order_line_id: Id


class ChangeInstanceCheck(Message):
    """changeInstanceCheck; the members of productInfo are not published."""

    instance_id: Id
    product_info: Annotated[dict[str, Any], BeforeValidator(_object)]


class NewInstanceV1(NewInstance):
    """newInstance of 1.0: no order line; order and product are the key."""

    order_line_id: Literal[""] = ""
    product_id: Id


class RefreshInstanceV1(RefreshInstance):
    """refreshInstance of 1.0: no order line; the expiry belongs to the key."""

    order_line_id: Literal[""] = ""


class UpdateInstanceStatusV1(UpdateInstanceStatus):
    """expireInstance and instanceStatus of 1.0; ``expired`` tells the first from the second."""

    expired: bool = False


class UpgradeInstanceV1(UpgradeInstance):
    """upgrade of 1.0: no order line; the target is in the call."""

    order_line_id: Literal[""] = ""


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


def parse_message(activity: str, members: Mapping[str, Any], models: Mapping[str, type[Message]] = MESSAGES) -> Any:
    """The message of an activity, read as the model of its dialect; raises ``IllegalParameter``."""
    try:
        return models[activity].model_validate(members)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "body"
        raise IllegalParameter(f"{name}: {first['msg'].removeprefix('Value error, ')}"[:200]) from None


def expiry(message: RefreshInstance) -> datetime:
    """New expiry, UTC."""
    return times.parse_wire(message.expire_time)
