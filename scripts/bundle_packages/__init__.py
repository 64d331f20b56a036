"""Packages of the bundle for FunctionGraph: reproducible zips for a target's Python, whatever machine builds."""

from __future__ import annotations

from bundle_packages.building import Build, Options, build, read_build
from bundle_packages.errors import PackagingError
from bundle_packages.sources import FromEnvironment, FromIndex, Source
from bundle_packages.target import Target
from bundle_packages.unpacking import Unpacked, unpack
from bundle_packages.zips import Artifact

__all__ = [
    "Artifact",
    "Build",
    "FromEnvironment",
    "FromIndex",
    "Options",
    "PackagingError",
    "Source",
    "Target",
    "Unpacked",
    "build",
    "read_build",
    "unpack",
]
