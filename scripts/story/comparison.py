"""Billed against used: the marketplace's bill and the product's own journal, which know nothing of each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from rich.table import Table

from koogallery_simulator import Bill
from story.product import Usage

ZERO = Decimal(0)
TOLERANCE = Decimal("0.0001")
"""Records carry four decimals; what is below goes into the next hour."""
BILLED_AFTER = timedelta(hours=1, minutes=1)
"""From the start of an hour to the first timer that bills it (template.yaml)."""


@dataclass(frozen=True)
class Row:
    """One hour of one instance. ``late`` is the part of ``used`` that was reported after its own hour was billed."""

    instance_id: str
    hour: str
    used: Decimal
    late: Decimal
    billed: Decimal
    records: int

    @property
    def agrees(self) -> bool:
        """To the fourth decimal?"""
        return abs(self.used - self.billed) < TOLERANCE


def compare(journal: Iterable[Usage], bill: Bill) -> list[Row]:
    """One row for each instance and hour in which something was used or billed."""
    used: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    late: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    billed: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for usage in journal:
        key = (usage.instance_id, _hour(_counts_at(usage)))
        used[key] += usage.quantity
        late[key] += usage.quantity if _counts_at(usage) != usage.time else ZERO
    for record in bill.records():
        billed[record.instance_id, _hour(record.begin)].append(record.value)
    return [
        Row(*key, used[key], late[key], sum(billed[key], ZERO), len(billed[key])) for key in sorted({*used, *billed})
    ]


def sum_up(rows: Iterable[Row]) -> list[Row]:
    """One row for each instance over all its hours; its ``hour`` is empty."""
    totals: dict[str, Row] = {}
    for row in rows:
        so_far = totals.get(row.instance_id, Row(row.instance_id, "", ZERO, ZERO, ZERO, 0))
        totals[row.instance_id] = Row(
            row.instance_id,
            "",
            so_far.used + row.used,
            so_far.late + row.late,
            so_far.billed + row.billed,
            so_far.records + row.records,
        )
    return list(totals.values())


def differences(rows: Sequence[Row]) -> list[str]:
    """Rows and totals that do not agree, in words."""
    return [
        f"{row.instance_id} {row.hour or 'in total'}: used {row.used:f}, billed {row.billed:f}"
        for row in (*rows, *sum_up(rows))
        if not row.agrees
    ]


def table(rows: Sequence[Row], names: Mapping[str, str]) -> Table:
    """For people; ``names`` says what the instances are."""
    shown = Table(title="Billed against used", title_justify="left")
    for heading in ("Instance", "Hour (UTC)"):
        shown.add_column(heading, no_wrap=True)
    for heading in ("Used", "of it late", "Billed", "Records"):
        shown.add_column(heading, justify="right", no_wrap=True)
    shown.add_column("Agrees")
    for total in sum_up(rows):
        for row in (one for one in rows if one.instance_id == total.instance_id):
            shown.add_row(*_cells(row, names))
        shown.add_section()
        shown.add_row(*_cells(total, names))
        shown.add_section()
    return shown


def _cells(row: Row, names: Mapping[str, str]) -> tuple[str, ...]:
    name = f"{names.get(row.instance_id, 'unknown')} {row.instance_id[:8]}"
    agrees = "[green]yes[/]" if row.agrees else "[bold red]NO[/]"
    late = f"{row.late:f}" if row.late else ""
    return (name, row.hour or "in total", f"{row.used:f}", late, f"{row.billed:.4f}", str(row.records), agrees)


def _counts_at(usage: Usage) -> datetime:
    """Its own time; when its hour was billed before it was reported, the time of the report."""
    billed_at = usage.time.replace(minute=0, second=0, microsecond=0) + BILLED_AFTER
    return usage.time if usage.reported_at < billed_at else usage.reported_at


def _hour(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H}"
