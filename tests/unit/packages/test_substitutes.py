"""Modules that only cost time are replaced, and only while they are what is known of them."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import pytest

from bundle_packages.sources import Distribution
from bundle_packages.substitutes import SUBSTITUTES, Substitute, substituted
from tests.support.packages import distribution


def _installed(name: str) -> Distribution:
    paths = {one.path for one in SUBSTITUTES}
    return distribution(
        name,
        {
            path.as_posix(): Path(str(path.locate())).read_bytes()
            for path in importlib.metadata.files(name) or ()
            if path.as_posix() in paths
        },
    )


@pytest.mark.parametrize("one", SUBSTITUTES, ids=lambda one: one.path)
def test_the_pinned_packages_have_what_is_replaced_and_the_copy_says_so(one: Substitute) -> None:
    before = _installed(one.path.partition("/")[0])
    after = substituted(before)
    assert after.files[one.path] != before.files[one.path]
    assert after.files[one.path].startswith(b"# Put by the packaging of koogallery-functions")
    compile(after.files[one.path], one.path, "exec")


@pytest.mark.parametrize("one", SUBSTITUTES, ids=lambda one: one.path)
def test_a_module_that_has_become_another_stays_as_it_is(one: Substitute) -> None:
    changed = distribution("changed", {one.path: "\n".join(one.known[:-1])})
    assert substituted(changed) == changed


def test_other_files_are_left_alone() -> None:
    other = distribution("other", {"other/__init__.py": "x = 1", "other/fast.so": b"\x7fELF\xff"})
    assert substituted(other) == other
