"""What is in the account, as it is being read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from deployment.errors import ForeignResource
from deployment.resources import Key, Resource

Row = Mapping[str, Any]
R = TypeVar("R", bound=Resource)


@dataclass
class Found:
    """``resources`` that carry the mark, their ``ids``, and ``foreign`` ones of our names with what they are.

    ``package_versions``: ``name@digest`` to the id of that version. ``seal``: as noted, ``stamp``: of the rows now.
    ``prepared``: when ``prepare_state`` ran for the release that was published last. ``lock``: the remark of a lock.
    """

    resources: dict[Key, Resource] = field(default_factory=dict)
    ids: dict[Key, str] = field(default_factory=dict)
    foreign: dict[Key, str] = field(default_factory=dict)
    package_versions: dict[str, str] = field(default_factory=dict)
    seal: str = ""
    stamp: str = ""
    prepared: str = ""
    lock: str = ""

    def add(self, resource: Resource, identifier: str = "") -> None:
        """One of ours."""
        self.resources[resource.key] = resource
        self.ids[resource.key] = identifier

    def of(self, kind: type[R]) -> dict[str, R]:
        """Ours of one kind, by name."""
        return {one.name: one for one in self.resources.values() if isinstance(one, kind)}

    def id_of(self, kind: type[Resource], name: str) -> str:
        """The account's identifier; ``KeyError`` when there is none."""
        return self.ids[kind.kind, name]

    def name_of(self, kind: type[Resource], identifier: str | None) -> str | None:
        """The name behind an identifier."""
        return next((key[1] for key, one in self.ids.items() if key[0] == kind.kind and one == identifier), None)

    def refuse_foreign(self, wanted: Mapping[Key, Resource]) -> None:
        """Raise ``ForeignResource`` when a name that is wanted is taken by somebody else."""
        taken = [text for key, text in self.foreign.items() if key in wanted]
        if taken:
            raise ForeignResource(
                "not made by this bundle and stage, so it is not touched:\n  "
                + "\n  ".join(taken)
                + "\nrename or remove it, or deploy under another --stage"
            )
