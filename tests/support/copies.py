"""A world in which much has happened is made once, and copied for each of the many ways in which it goes on."""

from __future__ import annotations

import copyreg
import threading
from copy import deepcopy
from typing import TypeVar

from tests.support.world import World

AnyWorld = TypeVar("AnyWorld", bound=World)


def copy_of(world: AnyWorld) -> AnyWorld:
    """The same world with the same past; what happens in one from now on is not seen in the other."""
    return deepcopy(world)


# A copied object gets a lock of its own, which nobody holds.
copyreg.pickle(type(threading.Lock()), lambda _: (threading.Lock, ()))
copyreg.pickle(type(threading.RLock()), lambda _: (threading.RLock, ()))
