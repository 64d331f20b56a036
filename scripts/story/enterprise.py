"""A joint product: an enterprise, its people, and how one of them signs in, stays and is shut out."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx

from koogallery_simulator import Browser, Page, TenantDesk, tenant_desk
from koogallery_simulator.joint_kit import JointKit
from story.sale import said
from story.stage import Stage
from story.verdict import Verdict
from story.voice import Voice
from story.whole_product import WholeProduct

DEPARTMENTS = 250
PEOPLE = ("admin.one", "user.two")
MOST_PAGES = 100


def enterprise(stage: Stage, voice: Voice, instance_id: str, verdict: Verdict) -> None:
    """The whole part."""
    with tenant_desk(stage.shops.kit, stage.clock, stage.addresses[1]) as desk:
        _bind(stage, voice, desk, instance_id, verdict)
        _sign_in(stage, voice, desk, verdict)
        _shut_out(stage, voice, desk, verdict)
        _old_generation(stage, voice, desk, verdict)


def _bind(stage: Stage, voice: Voice, desk: TenantDesk, instance_id: str, verdict: Verdict) -> None:
    voice.act(
        "The yearly product is a joint product: an enterprise binds it",
        "Enterprise, OAuth client, departments and users arrive by the five calls of the joint kit, signed anew.",
    )
    kit, tenant = desk.kit, desk.tenant
    tenant.grow(DEPARTMENTS)
    calls = [*kit.bind(tenant, instance_id), *kit.authorise(tenant, *PEOPLE)]
    for attempt in calls:
        voice.marketplace(f"{attempt.callback.activity}: {said(attempt)}")
    voice.marketplace(f"singleOrgSync: {said(kit.add_department(tenant, '00009999', '新部门', '00000001'))}")
    stage.timetable.wait(minutes=1)
    events = [event for event in stage.product.received.values() if "tenant_id" in event["data"]]
    voice.product(f"was told: {', '.join(event['type'] for event in events)}")
    path = f"/seller/tenants/{tenant.tenant_id}"
    departments = {one["org_code"]: one["org_name"] for one in _pages(stage, f"{path}/departments", "departments")}
    wanted = {code: one.name for code, one in tenant.departments.items()}
    verdict.agree(
        voice, f"the directory has all {len(wanted)} departments, as the enterprise has them", departments, wanted
    )
    users = {one["user_name"] for one in _pages(stage, f"{path}/users", "users")}
    verdict.agree(voice, "and the two users that its administrator has let in", users, set(PEOPLE))


def _sign_in(stage: Stage, voice: Voice, desk: TenantDesk, verdict: Verdict) -> None:
    voice.act(
        "One of its people signs in",
        "Browser, bundle, the enterprise's own OAuth server, product: tokens never leave the bundle.",
    )
    browser = Browser()
    page = browser.sign_in(_login(stage), desk.centre, PEOPLE[1])
    voice.bundle(f"sends the browser on to {page.location.partition('?')[0]} with a code that is good once")
    shown = browser.get(page.location)
    voice.product(f"exchanges the code at POST /seller/sessions and says: {shown.body.decode()}")
    session = _session(stage)
    verdict.agree(voice, "the session is his", session["user"]["user_name"], PEOPLE[1])
    verdict.agree(voice, "the code opens nothing a second time", browser.get(page.location).status, 403)
    stage.timetable.wait(hours=1, minutes=50)
    renewed = stage.product.call("POST", f"/seller/sessions/{session['session_id']}")
    voice.bundle("before the access token's two hours are over, gets new tokens from the OAuth server")
    lasts = renewed["expires_at"] > session["expires_at"]
    verdict.agree(voice, f"the session lasts until {renewed['expires_at'][11:16]}", lasts, True)
    gone = browser.visit(f"{stage.addresses[1]}/logout")
    browser.get(gone.location)
    voice.bundle("signs him out here, and sends the browser to the OAuth server to sign out there as well")
    verdict.agree(voice, "he is signed out at both ends", (desk.centre.logouts, _status(stage, session)), (1, 404))


def _shut_out(stage: Stage, voice: Voice, desk: TenantDesk, verdict: Verdict) -> None:
    voice.act("The administrator disables an account, and a stranger tries his luck")
    browser, page = _in(stage, desk, PEOPLE[0])
    browser.get(page.location)
    session = _session(stage)
    voice.product(f"has let {session['user']['user_name']} in")
    voice.marketplace(f"authSync, enable false: {said(desk.kit.disable(desk.tenant, PEOPLE[0]))}")
    verdict.agree(voice, "the session is over at once", _status(stage, session), 404)
    refused = [_in(stage, desk, name)[1].status for name in (PEOPLE[0], "user.three")]
    verdict.agree(voice, "neither the disabled user nor one nobody has authorised gets in", refused, [403, 403])


def _old_generation(stage: Stage, voice: Voice, desk: TenantDesk, verdict: Verdict) -> None:
    voice.act("The enterprise leaves", "The same calls exist in an older generation, and may come by it.")
    kit: JointKit = stage.shops.kit_v1
    voice.marketplace(f"kit 1.0, authSync: {said(kit.enable(desk.tenant, PEOPLE[0]))}, the answer signed")
    for attempt in kit.unbind(desk.tenant):
        voice.marketplace(f"kit 1.0, {attempt.callback.activity} with flag 0: {said(attempt)}")
    verdict.agree(voice, "nobody of it gets in any more", _in(stage, desk, PEOPLE[0])[1].status, 403)
    stage.timetable.wait(minutes=1)


def _in(stage: Stage, desk: TenantDesk, user_name: str) -> tuple[Browser, Page]:
    browser = Browser()
    return browser, browser.sign_in(_login(stage), desk.centre, user_name)


def _login(stage: Stage) -> str:
    return f"{stage.addresses[1]}/login"


def _session(stage: Stage) -> dict[str, Any]:
    """The session of whoever the product has let in last."""
    product = stage.product
    return product.sessions[-1] if isinstance(product, WholeProduct) else {}


def _status(stage: Stage, session: dict[str, Any]) -> int:
    try:
        stage.product.call("GET", f"/seller/sessions/{session['session_id']}")
    except httpx.HTTPStatusError as exc:
        return exc.response.status_code
    return 200


def _pages(stage: Stage, path: str, member: str) -> list[dict[str, Any]]:
    """All entries of a list, page by page."""
    found: list[dict[str, Any]] = []
    after = ""
    for _ in range(MOST_PAGES):
        page = stage.product.call("GET", f"{path}?after={quote(after)}" if after else path)
        found += page[member]
        after = page.get("after") or ""
        if not after:
            break
    return found
