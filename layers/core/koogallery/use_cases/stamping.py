"""The stamp of a sync, by which the directory orders it."""

from __future__ import annotations

from koogallery.callback import Call
from koogallery.directory.stamps import Stamp, stamp_time


def stamp_of(call: Call, synced: str = "") -> Stamp:
    """When the marketplace made a sync; ``synced`` is its currentSyncTime."""
    sent = stamp_time(call.message.time_stamp, call.request.now)
    return Stamp(stamp_time(synced, call.request.now) if synced else "", sent, call.request.stamp)
