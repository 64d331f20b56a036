"""Every instance and every meter of the state, side by side, a few at a time.

All slots are walked together, in the order of the ids: ids that are neighbours are billed in the same batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import merge

from koogallery.instances.instance import Instance
from koogallery.ledger.meter import Meter
from koogallery.slots import SLOTS, instance_partition, meter_partition
from koogallery.state import Item, State

METERS_AT_ONCE = 8
"""Read in one call of each of the slots; a meter has up to 350 KB."""
INSTANCES_AT_ONCE = 50


def all_accounts(state: State) -> Iterator[tuple[str, Instance | None, Meter | None]]:
    """Instance id, instance, meter; either of them may be missing."""
    instances = _merged(state, instance_partition, INSTANCES_AT_ONCE)
    meters = _merged(state, meter_partition, METERS_AT_ONCE)
    for id_, instance, meter in _side_by_side(instances, meters):
        yield (
            id_,
            Instance.from_document(instance.document) if instance else None,
            Meter.from_document(meter.document) if meter else None,
        )


def all_instances(state: State) -> Iterator[Instance]:
    """Every instance."""
    for item in _merged(state, instance_partition, INSTANCES_AT_ONCE):
        yield Instance.from_document(item.document)


def _merged(state: State, partition: Callable[[int], str], page_size: int) -> Iterator[Item]:
    slots = (_items(state, partition(slot), page_size) for slot in range(SLOTS))
    return merge(*slots, key=lambda item: item.key.sort.encode())


def _side_by_side(instances: Iterator[Item], meters: Iterator[Item]) -> Iterator[tuple[str, Item | None, Item | None]]:
    """Both come in the order of their UTF-8 bytes."""
    instance, meter = next(instances, None), next(meters, None)
    while instance is not None or meter is not None:
        ids = [item.key.sort for item in (instance, meter) if item is not None]
        first = min(ids, key=str.encode)
        has_instance = instance is not None and instance.key.sort == first
        has_meter = meter is not None and meter.key.sort == first
        yield first, instance if has_instance else None, meter if has_meter else None
        instance = next(instances, None) if has_instance else instance
        meter = next(meters, None) if has_meter else meter


def _items(state: State, partition: str, page_size: int) -> Iterator[Item]:
    after = ""
    while True:
        page = state.query(partition, after=after, limit=page_size)
        yield from page
        if len(page) < page_size:
            return
        after = page[-1].key.sort
