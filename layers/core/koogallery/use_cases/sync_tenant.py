"""tenantSync and applicationSync: one transition of the tenant aggregate each, its event in the same write."""

from __future__ import annotations

from collections.abc import Callable

from koogallery.answers import Answer
from koogallery.callback import Call
from koogallery.directory.binding import TenantFacts, bind, put_application, remove_application, unbind
from koogallery.directory.tenant import Application, Tenant, secret_purpose
from koogallery.encryption import Unreadable
from koogallery.messages.kit import ADD, MODIFY, ApplicationSync, KitMessage, TenantSync
from koogallery.outbox import Outbox
from koogallery.outbox_owners import TENANT, OwnerRef, tell
from koogallery.result_codes import SUCCESS
from koogallery.services import Services
from koogallery.use_cases.stamping import stamp_of


def sync_tenant(services: Services, call: Call) -> Answer:
    """tenantSync. Key: instance and tenant."""
    message: TenantSync = call.message
    stamp, now = stamp_of(call), call.request.now
    facts = TenantFacts(message.order_id, message.tenant_code, message.name, message.domain_name)

    def transition(before: Tenant) -> Tenant:
        if message.flag in (ADD, MODIFY):
            return bind(before, facts, stamp, now)
        return unbind(before, stamp, now)

    return _change(services, call, transition)


def sync_application(services: Services, call: Call) -> Answer:
    """applicationSync. Key: instance, tenant, application. The client secret comes decrypted and is stored sealed."""
    message: ApplicationSync = call.message
    stamp, now = stamp_of(call), call.request.now
    if message.flag not in (ADD, MODIFY):
        return _change(services, call, lambda before: remove_application(before, message.app_id, stamp, now))
    sealer = services.sealer

    def transition(before: Tenant) -> Tenant:
        purpose = secret_purpose(before.id, message.app_id)
        sealed = sealer.seal(message.client_secret, purpose)
        wanted = Application(message.app_id, message.client_id, stamp, sealed)
        known = before.applications.get(message.app_id)
        same = known is not None and _is_same(lambda: sealer.open(known.secret, purpose), message.client_secret)
        return put_application(before, wanted, same_secret=same, now=now)

    return _change(services, call, transition)


def _change(services: Services, call: Call, transition: Callable[[Tenant], Tenant]) -> Answer:
    message: KitMessage = call.message
    unknown = Tenant(tenant_id=message.tenant_id, instance_id=message.instance_id)

    def change(before: Outbox | None) -> Outbox | None:
        tenant = before if isinstance(before, Tenant) else unknown
        after = transition(tenant)
        return before if after is tenant else after

    tell(services.state, OwnerRef(TENANT, unknown.id), change, now=call.request.now)
    return Answer(SUCCESS, "success")


def _is_same(opened: Callable[[], str], secret: str) -> bool:
    try:
        return opened() == secret
    except Unreadable:
        # Sealed with a key that is gone: what has just come is stored, and told as a change.
        return False
