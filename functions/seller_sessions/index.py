"""POST /seller/sessions, GET|POST|DELETE /seller/sessions/{id}: the seller's product takes over signed-in users."""

from __future__ import annotations

from koogallery.apig import Reply
from koogallery.initialization import make_clients
from koogallery.seller_interface import serve
from koogallery.use_cases.seller_sessions import check_session, confirm_session, end_session, exchange

ROUTES = {
    ("POST", "/seller/sessions"): exchange,
    ("GET", "/seller/sessions/[^/]+"): check_session,
    ("POST", "/seller/sessions/[^/]+"): confirm_session,
    ("DELETE", "/seller/sessions/[^/]+"): end_session,
}


def initializer(context: object) -> None:
    """Runs before the first call of an instance."""
    make_clients(context)


def handler(event: object, context: object) -> Reply:
    """APIG event in, a session document or problem+json out."""
    return serve(event, context, ROUTES, seconds=28)
