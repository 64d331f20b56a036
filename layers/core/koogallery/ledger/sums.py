"""Sums by package (empty: none), as a meter keeps them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TypeAlias

from koogallery.ledger.quantity import ZERO, add, plain

Sums: TypeAlias = "dict[str, Decimal]"


def add_to(sums: Sums, package: str, quantity: Decimal) -> None:
    """Add to a sum, exactly."""
    sums[package] = add(sums.get(package, ZERO), quantity)


def summed(pairs: Iterable[tuple[str, Decimal]]) -> Sums:
    """The sums of pairs of package and quantity."""
    sums: Sums = {}
    for package, quantity in pairs:
        add_to(sums, package, quantity)
    return sums


def dump_sums(sums: Sums) -> dict[str, str]:
    """JSON form."""
    return {package: plain(quantity) for package, quantity in sums.items()}


def load_sums(fields: Mapping[str, str]) -> Sums:
    """Read ``dump_sums``."""
    return {package: Decimal(quantity) for package, quantity in fields.items()}


def read_used(document: str) -> Sums:
    """``used`` of a meter's JSON text: a hundred busy meters are asked for it in one callback, so none is built."""
    return load_sums(json.loads(document)["used"])
