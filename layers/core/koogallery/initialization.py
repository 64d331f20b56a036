"""Runs once in every instance of a function, before its first call; with warm instances before anybody waits."""

from __future__ import annotations

from contextlib import suppress

from koogallery.errors import KoogalleryError
from koogallery.services import Services
from koogallery.settings import Settings, from_context


def make_clients(context: object) -> None:
    """Read the settings and make the client of the state, which later calls find made.

    A failed initializer would keep the platform from calling the handler, which answers in the caller's form and logs
    the same fault: what is wrong is left to it.
    """
    with suppress(KoogalleryError):
        settings = Settings.load(from_context(context))
        _ = Services(settings, context=context).state
