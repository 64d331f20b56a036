"""Which route a request meets. A whole path wins over one with parameters, that one over a prefix."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from bundle_template.bundle import Route


@dataclass(frozen=True)
class Match:
    """A route, and what its path stands for: ``{name}`` → value; a prefix's rest has the empty name."""

    route: Route
    path_parameters: dict[str, str]


def find_route(routes: Iterable[Route], method: str, path: str) -> tuple[Match | None, bool]:
    """The best match, and whether the path alone is known (then the method is wrong)."""
    found: list[tuple[tuple[int, int, int], Match]] = []
    known = False
    for route in routes:
        parameters = _match(route, path)
        if parameters is None:
            continue
        known = True
        if route.method in (method, "ANY"):
            found.append((_rank(route), Match(route, parameters)))
    best = max(found, key=lambda pair: pair[0])[1] if found else None
    return best, known


def _match(route: Route, path: str) -> dict[str, str] | None:
    if route.match_mode == "SWA":
        prefix = route.path.rstrip("/")
        if path != prefix and not path.startswith(prefix + "/"):
            return None
        return {"": unquote(path[len(prefix) + 1 :])}
    wanted, given = route.path.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    parameters: dict[str, str] = {}
    for want, part in zip(wanted, given, strict=True):
        if want.startswith("{") and part:
            parameters[want[1:-1]] = unquote(part)
        elif want != unquote(part):
            return None
    return parameters


def _rank(route: Route) -> tuple[int, int, int]:
    literal = sum(not part.startswith("{") for part in route.path.split("/"))
    return (route.match_mode == "NORMAL", literal, route.method != "ANY")
