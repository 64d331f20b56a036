"""Dependency versions as replies show them."""

from __future__ import annotations

import hashlib

from tests.fake_cloud.site import Site
from tests.fake_cloud.state import DependencyVersion, Json


def dependency_row(site: Site, dependency: DependencyVersion, moment: int) -> Json:
    """Everything a reply may say about a version of a dependency package; ``etag`` is the MD5 of its zip."""
    return {
        "id": dependency.id,
        "dep_id": dependency.dep_id,
        "owner": dependency.owner,
        "link": f"https://obs.{site.region}.example.test/{dependency.id}.zip",
        "runtime": dependency.runtime,
        "etag": hashlib.md5(dependency.content, usedforsecurity=False).hexdigest(),
        "size": len(dependency.content),
        "name": dependency.name,
        "description": dependency.description,
        "file_name": f"{dependency.name}.zip",
        "version": dependency.version,
        "last_modified": moment,
    }
