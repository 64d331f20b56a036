"""applicationSync: the app credential of an enterprise; its secret comes encrypted and is kept encrypted."""

from __future__ import annotations

import os

from koogallery_signing.client_secret import decrypt, parse_private_keys
from measures.rival.common import SUCCESS, Answer, Event, Id, OptionalId, Reply, kit_message, respond, write
from measures.rival.directory import REMOVE, Flag, KitMessage, kit_key, remove
from measures.rival.idempotency import once
from measures.rival.sealing import sealed

PRIVATE_KEYS = parse_private_keys(os.environ["KIT_PRIVATE_KEY"])


class ApplicationSync(KitMessage):
    """The message."""

    app_id: Id
    client_id: OptionalId
    client_secret: str
    flag: Flag


@once("instance_id", "tenant_id", "app_id", "time_stamp")
def store(message: ApplicationSync) -> Answer:
    """A removal needs no secret that can be read."""
    key = kit_key("application", message, message.app_id)
    if message.flag == REMOVE:
        remove(key)
        return SUCCESS
    secret = decrypt(private_keys=PRIVATE_KEYS, client_secret=message.client_secret).plaintext
    write({"id": {"S": key}, "client": {"S": message.client_id}, "secret": sealed(secret, key)})
    return SUCCESS


def handler(event: Event, _: object) -> Reply:
    """APIG event in, the marketplace's answer out."""
    return respond(event, kit_message, ApplicationSync, store)
