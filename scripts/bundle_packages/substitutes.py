"""Modules of third-party packages whose only work in the cloud is to be imported, and short ones in their place.

Each of them pulls in what no function ever uses, at every cold start. A module is replaced only while its source
is what is known of it; the replacement says what it is, as the licences ask.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bundle_packages.sources import Distribution

_NOTICE = "# Put by the packaging of koogallery-functions in the place of the module of this name: {why}\n"


@dataclass(frozen=True)
class Substitute:
    """``known``: texts that the original has when it is what the replacement was written for."""

    path: str
    why: str
    known: tuple[str, ...]
    source: str = ""


SUBSTITUTES = (
    Substitute(
        "botocore/docs/__init__.py",
        "the generator of documentation is left out, as the documentation in the models is.",
        ("from botocore.docs.service import ServiceDocumenter", "def generate_docs("),
    ),
    Substitute(
        "botocore/docs/docstring.py",
        "methods of clients have no documentation.",
        ("class ClientMethodDocstring(", "class WaiterDocstring(", "class PaginatorDocstring("),
        """

class LazyLoadedDocstring(str):
    def __new__(cls, *args, **kwargs):
        return super().__new__(cls)


ClientMethodDocstring = WaiterDocstring = PaginatorDocstring = LazyLoadedDocstring
""",
    ),
    Substitute(
        "urllib3/http2/__init__.py",
        "HTTP/2 needs the package h2, which is left out.",
        ("from importlib.metadata import version", "def inject_into_urllib3(", "def extract_from_urllib3("),
    ),
)


def substituted(distribution: Distribution) -> Distribution:
    """The distribution with its replaced modules."""
    changed = {
        one.path: (_NOTICE.format(why=one.why) + one.source).encode()
        for one in SUBSTITUTES
        if _is_known(one, distribution.files.get(one.path, b"").decode())
    }
    return replace(distribution, files={**distribution.files, **changed})


def _is_known(one: Substitute, source: str) -> bool:
    return all(text in source for text in one.known)
