"""upgradeInstance, and changeInstanceCheck before a change at renewal."""

from __future__ import annotations

from koogallery.apig import Reply
from koogallery.callback import serve
from koogallery.initialization import make_clients
from koogallery.use_cases.upgrade_instance import change_instance_check, upgrade_instance

ACTIVITIES = {"upgradeInstance": upgrade_instance, "changeInstanceCheck": change_instance_check}


def initializer(context: object) -> None:
    """Runs before the first call of an instance."""
    make_clients(context)


def handler(event: object, context: object) -> Reply:
    """APIG event in, the marketplace's answer out."""
    return serve(event, context, ACTIVITIES)
