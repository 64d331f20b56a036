"""reconcile: proves that nothing was lost and nothing billed twice, and lists what waits for an operator.

    Σ events = Σ sealed + open + carried
    Σ sealed = delivered + pending + rejected + conflict + expired + abnormal + archived

for every meter and in total. A refused record that was reported again counts as what became of its new report. What
retention took out of the state counts as archived: the meter's own sums, which survive it, say how much that is.
Meter after meter is read; nothing is kept of one that is done but its sums and what was found.
"""

from __future__ import annotations

from datetime import datetime

from koogallery.instance_store import load_instance
from koogallery.instances.instance import Instance
from koogallery.ledger.accounts import balance
from koogallery.ledger.findings import DEAD_LETTER, Finding, Reconciliation
from koogallery.ledger.meter import Meter
from koogallery.ledger_store import load_meter
from koogallery.outbox_owners import INSTANCE
from koogallery.services import Services
from koogallery.spans import closing
from koogallery.use_cases.all_accounts import all_accounts
from koogallery.use_cases.check_account import AccountCheck
from koogallery.use_cases.replay_events import dead_letters
from koogallery.use_cases.usage_accounts import read_account
from koogallery.use_cases.usage_trails import TrailReader

LOOKS = 3
"""A meter that changes while it is read may look wrong: a fault is believed when it is seen this often in a row."""


def reconcile_usage(services: Services) -> Reconciliation:
    """Check every account in the state."""
    now = services.clock.now()
    result, trails = Reconciliation(), TrailReader(services, now)
    for instance_id, instance, meter in all_accounts(services.state):
        if instance is not None:
            result.instances += 1
        if meter is not None:
            _take_over(_check(services, trails, instance_id, (instance, meter), now), result)
    _dead_letters(services, result)
    return result


def _dead_letters(services: Services, result: Reconciliation) -> None:
    for kind, owner, event in dead_letters(services.state):
        why = f" ({event.last_failure})" if event.last_failure else ""
        text = f"event {event.id} {event.type} of {event.timestamp} was given up{why}; see events replay"
        result.add(Finding(DEAD_LETTER, owner if kind == INSTANCE else f"{kind} {owner}", "", "", "", text))


def _take_over(check: AccountCheck, result: Reconciliation) -> None:
    result.meters += 1
    result.balance = result.balance.plus(balance(check.meter))
    result.outcomes.take(check.outcomes)
    for finding in check.findings:
        result.add(finding)


def _check(
    services: Services, trails: TrailReader, instance_id: str, found: tuple[Instance | None, Meter], now: datetime
) -> AccountCheck:
    instance, meter = found
    check = _look(services, trails, instance_id, (instance, meter), now)
    for _ in range(LOOKS - 1):
        if not check.has_faults:
            break
        trails.forget()
        instance, _ = load_instance(services.state, instance_id)
        again, _ = load_meter(services.state, instance_id)
        check = _look(services, trails, instance_id, (instance, again or meter), now)
    return check


def _look(
    services: Services, trails: TrailReader, instance_id: str, found: tuple[Instance | None, Meter], now: datetime
) -> AccountCheck:
    instance, meter = found
    on_file = read_account(services.state, meter, trails.is_kept)
    ways = {
        record.metering_sn: trails.follow(instance, instance_id, part, record) for part, record in on_file.records()
    }
    check = AccountCheck(instance_id, instance, meter, on_file, ways, now)
    check.run(closing(services.settings))
    return check
