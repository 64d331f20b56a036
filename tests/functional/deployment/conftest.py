"""A small bundle in an account of its own; packages are made up once in a process."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fake_cloud import FakeCloud
from tests.support.deployments import SMALL_TEMPLATE, Rig


@pytest.fixture(scope="session")
def packages_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where made-up packages lie."""
    return tmp_path_factory.mktemp("packages")


@pytest.fixture
def cloud() -> Iterator[FakeCloud]:
    """An empty account."""
    with FakeCloud() as cloud:
        yield cloud


@pytest.fixture
def small(cloud: FakeCloud, packages_folder: Path) -> Rig:
    """The small bundle, not yet deployed."""
    return Rig(cloud, packages_folder, template=SMALL_TEMPLATE)


@pytest.fixture(scope="session")
def deployed_account(packages_folder: Path) -> bytes:
    """The account after the first apply of the small bundle."""
    with FakeCloud() as cloud:
        rig = Rig(cloud, packages_folder, template=SMALL_TEMPLATE)
        rig.apply()
        return pickle.dumps((cloud.state, rig.objects, rig.gateway))


@pytest.fixture
def deployed(cloud: FakeCloud, packages_folder: Path, deployed_account: bytes) -> Rig:
    """The small bundle, deployed; nothing is recorded yet."""
    cloud.state, objects, gateway = pickle.loads(deployed_account)  # noqa: S301 - our own state
    objects.writes.clear()
    return Rig(cloud, packages_folder, template=SMALL_TEMPLATE, objects=objects, gateway=gateway)


@pytest.fixture
def whole(cloud: FakeCloud, packages_folder: Path) -> Rig:
    """The project's own template."""
    return Rig(cloud, packages_folder)


def forget(rig: Rig) -> None:
    """Counting starts again."""
    rig.calls.clear()
    rig.cloud.calls.clear()
    rig.objects.writes.clear()
    rig.lines.clear()
