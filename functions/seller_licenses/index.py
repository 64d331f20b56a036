"""/seller/licenses…: authorization codes for the seller's software, licences from the seller's product."""

from __future__ import annotations

from koogallery.apig import Reply
from koogallery.initialization import make_clients
from koogallery.seller_interface import serve
from koogallery.use_cases.seller_given_licenses import get_given_license, put_given_license
from koogallery.use_cases.seller_licenses import activate, heartbeat, report_software_usage

ROUTES = {
    ("POST", "/seller/licenses/activate"): activate,
    ("POST", "/seller/licenses/heartbeat"): heartbeat,
    ("POST", "/seller/licenses/usage"): report_software_usage,
    ("GET", "/seller/licenses/[^/]+"): get_given_license,
    ("PUT", "/seller/licenses/[^/]+"): put_given_license,
}


def initializer(context: object) -> None:
    """Runs before the first call of an instance."""
    make_clients(context)


def handler(event: object, context: object) -> Reply:
    """APIG event in, licence documents or problem+json out."""
    return serve(event, context, ROUTES, seconds=18)
