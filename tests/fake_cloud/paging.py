"""Pages, the two ways the services have them. No list gives more rows than the site's ``page_size``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from tests.fake_cloud.errors import invalid
from tests.fake_cloud.site import Site
from tests.fake_cloud.state import Json

Row = TypeVar("Row")
FUNCTIONGRAPH_PAGE = 400
APIG_PAGE, APIG_DEFAULT = 500, 20


def marked(rows: Sequence[Row], site: Site, query: Json, size_name: str = "maxitems") -> tuple[list[Row], Json]:
    """FunctionGraph's pages: from position ``marker``; gives the rows and ``next_marker`` and ``count``.

    ``next_marker`` equals ``count`` when nothing follows.
    """
    start = _number(query.get("marker", "0") or "0", "marker")
    wanted = _number(query.get(size_name, "0") or "0", size_name)
    if start < 0 or wanted < 0:
        raise invalid(f"marker and {size_name} must not be negative")
    most = min(wanted if 0 < wanted <= FUNCTIONGRAPH_PAGE else FUNCTIONGRAPH_PAGE, site.page_size)
    page = list(rows[start : start + most])
    return page, {"next_marker": start + len(page), "count": len(rows)}


def offset(rows: Sequence[Row], site: Site, query: Json, default: int = APIG_DEFAULT) -> tuple[list[Row], Json]:
    """APIG's pages: ``offset`` and ``limit``; gives the rows and ``size`` and ``total``."""
    start = max(query.get("offset", 0), 0)
    limit = query.get("limit", default)
    most = min(limit if limit > 0 else default, APIG_PAGE, site.page_size)
    page = list(rows[start : start + most])
    return page, {"size": len(page), "total": len(rows)}


def _number(text: Any, name: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise invalid(f"{name} must be a number") from error
