"""The seal: a note that everything was read in full and found as desired.

Lists give no dependency versions, subnets or policy backends; reading those takes one call a function and a route,
more than twice what a plan may cost. But lists do give the time of every function's and route's last change. So an
apply ends by listing, then reading everything in full, and when all is as desired it notes a digest of both, the
times listed and the desired state, in the API group's remark. While the digest still fits, nothing was touched and
nothing else is wanted, and lists are enough. When it does not fit, everything is read in full. Changes made by hand
within the second of the apply's own would be missed; ``plan --full`` reads everything whatever the seal says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from deployment.names import digest_of
from deployment.resources import Function, Publication, Resource

_LENGTH = 16


def stamp_of(functions: Iterable[Mapping[str, Any]], apis: Iterable[Mapping[str, Any]]) -> str:
    """A digest of when every listed function and route was last changed; empty when a list does not say so."""
    changed = [[row["func_urn"], row.get("last_modified")] for row in functions]
    changed += [[row["id"], row.get("update_time"), row.get("publish_id")] for row in apis]
    if any(time is None for _, time, *_ in changed):
        return ""
    return digest_of(sorted(changed), _LENGTH)


def seal_of(stamp: str, desired: Iterable[Resource]) -> str:
    """The seal of a desired state over rows as listed."""
    wanted = [[one.kind, one.name, _plain(one)] for one in desired if not isinstance(one, Publication)]
    return digest_of([stamp, sorted(wanted, key=lambda entry: entry[:2])], _LENGTH) if stamp else ""


def _plain(resource: Resource) -> Any:
    # A release moves aliases, which are read one by one in any case.
    return resource.version if isinstance(resource, Function) else repr(sorted(resource.facts().items()))
