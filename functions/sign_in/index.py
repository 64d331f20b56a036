"""GET /login, /login/callback, GET|POST /login/refresh, /logout: browsers sign in through their tenant."""

from __future__ import annotations

from koogallery.apig import Reply
from koogallery.initialization import make_clients
from koogallery.sign_in.browser import serve
from koogallery.use_cases.sign_in import callback, login, logout, refresh

ROUTES = {
    "/login": (("GET",), login),
    "/login/callback": (("GET",), callback),
    "/login/refresh": (("GET", "POST"), refresh),
    "/logout": (("GET", "POST"), logout),
}


def initializer(context: object) -> None:
    """Runs before the first call of an instance."""
    make_clients(context)


def handler(event: object, context: object) -> Reply:
    """APIG event in, a page or a redirect out."""
    return serve(event, context, ROUTES, seconds=28)
