"""The signing layer's list of meaningful names covers what the messages of 1.0 read."""

from __future__ import annotations

from typing import Any

from koogallery.dialects.v1_facts import order_facts
from koogallery.messages.callbacks import MESSAGES_V1
from koogallery.messages.kit import KIT_MESSAGES
from koogallery.messages.licenses import GetLicense
from koogallery.messages.members import Message, camel_case
from koogallery_signing.v1_parameters import NAMES

MADE_BY_THE_DIALECT = {"expired", "orderLineId", "scene", "status"}
OF_2_0_ALONE = {"productInfo"}


class Noting(dict[str, str]):
    """Parameters that note what they are asked for."""

    def __init__(self) -> None:
        super().__init__(activity="newInstance")
        self.asked: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)


def test_every_member_of_a_message_is_known() -> None:
    models: list[type[Message]] = [*MESSAGES_V1.values(), GetLicense, *KIT_MESSAGES.values()]
    members = {camel_case(name) for model in models for name in model.members}
    assert members - MADE_BY_THE_DIALECT - OF_2_0_ALONE <= NAMES
    assert {"orgInfo", "name", "instanceStatus", "trialToFormal", "testFlag", "timeStamp", "activity"} <= NAMES


def test_everything_told_of_an_order_is_known() -> None:
    parameters = Noting()
    order_facts(parameters, "key")
    assert {"customerName", "trialFlag", "saasExtendParams"} <= parameters.asked <= NAMES
