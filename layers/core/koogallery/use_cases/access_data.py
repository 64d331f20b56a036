"""Access data in the state: sealed on the way in, opened for an answer."""

from __future__ import annotations

import json

from koogallery.app_info import app_info
from koogallery.encryption import Sealer
from koogallery.instances.instance import Instance
from koogallery.services import Services


def seal_access(sealer: Sealer, instance_id: str, access: dict[str, str]) -> str:
    """Access data by the seller's names as it lies in the state."""
    return sealer.seal(json.dumps(access), instance_id)


def open_access(services: Services, instance: Instance) -> dict[str, str]:
    """appInfo of an instance, in the clear."""
    return app_info(json.loads(services.sealer.open(instance.access, instance.instance_id)))
