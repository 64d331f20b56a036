"""Fixtures that several tests share: stores, their servers, and the guards around every test.

Servers start when a test first asks for them, once in each worker process, on free loopback ports. Tables and
buckets are new for every test.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import botocore
import pytest
from hypothesis import HealthCheck, settings

import koogallery.cold_start  # noqa: F401 - sets the thresholds that are set back below
from bundle_packages import FromEnvironment, Options, Target, build
from bundle_template import PROJECT_TEMPLATE, read_template
from koogallery.adapters.urls import open_state
from koogallery.state import State
from tests import gemini_guard
from tests.support import network_guard, servers
from tests.support.stores import new_bucket_url, new_table_url, open_table

# Nothing of the machine that runs the tests gets into them.
for name in [name for name in os.environ if name.startswith("AWS_") or name.lower().endswith("_proxy")]:
    del os.environ[name]
os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_EC2_METADATA_DISABLED="true")

# A function makes its few connections once, so it collects late; tests make and drop thousands.
gc.set_threshold(700, 10, 10)

network_guard.install()
# Every client that botocore makes in this process is guarded.
botocore.register_initializer(lambda session: gemini_guard.watch(session.get_component("event_emitter")))

settings.register_profile("same", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("new", parent=settings.get_profile("same"), derandomize=False)
# HYPOTHESIS_PROFILE=new looks for new examples; by default a run can be repeated.
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Stops the second tracer in tests marked no_cover.

    pytest-cov pauses its own there, but a worker of pytest-xdist runs two of them, one inside the other, and goes on
    with the outer one.
    """
    tracer = sys.gettrace() if item.get_closest_marker("no_cover") else None
    if tracer is not None:
        sys.settrace(None)
    try:
        yield
    finally:
        if tracer is not None:
            sys.settrace(tracer)


@pytest.fixture(autouse=True)
def stays_on_this_machine() -> Iterator[None]:
    """Fails a test that tried to leave the loopback interface, also when the code under test went on."""
    network_guard.take_refused()
    yield
    refused = network_guard.take_refused()
    assert not refused, f"left the machine: {refused}"


@pytest.fixture(scope="session")
def dynalite_endpoint() -> Iterator[str]:
    """DynamoDB's API without transactions, like GeminiDB; conditional writes hold under threads."""
    with servers.dynalite() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def moto_endpoint() -> Iterator[str]:
    """moto's DynamoDB and S3. Its conditional writes race: no test of concurrency may run on it."""
    with servers.moto_server() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def s3rver_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """S3's API that ignores conditions, like OBS."""
    with servers.s3rver(tmp_path_factory.mktemp("s3rver")) as endpoint:
        yield endpoint


@pytest.fixture
def sqlite_state_url(tmp_path: Path) -> str:
    """STATE_URL of a new SQLite file."""
    return f"sqlite:///{tmp_path}/state.db"


@pytest.fixture
def sqlite_state(sqlite_state_url: str) -> State:
    """An empty state in a SQLite file."""
    return open_state(sqlite_state_url)


@pytest.fixture
def dynalite_state_url(dynalite_endpoint: str) -> str:
    """STATE_URL of a new table in dynalite; goes with ACCESS_KEY and SECRET_KEY of ``tests.support.stores``."""
    return new_table_url(dynalite_endpoint)


@pytest.fixture
def dynalite_state(dynalite_state_url: str) -> State:
    """An empty state in dynalite."""
    return open_table(dynalite_state_url)


@pytest.fixture
def moto_state(moto_endpoint: str) -> State:
    """An empty state in moto."""
    return open_table(new_table_url(moto_endpoint))


@pytest.fixture(params=["sqlite", "dynalite", "moto"])
def any_state(request: pytest.FixtureRequest) -> State:
    """An empty state, once in each store."""
    state: State = request.getfixturevalue(f"{request.param}_state")
    return state


@pytest.fixture(params=["sqlite", "dynalite"])
def race_safe_state(request: pytest.FixtureRequest) -> State:
    """An empty state, once in each store whose conditional writes hold under concurrency."""
    state: State = request.getfixturevalue(f"{request.param}_state")
    return state


@pytest.fixture
def file_archive_url(tmp_path: Path) -> str:
    """ARCHIVE_URL of a new folder."""
    return f"file://{tmp_path}/archive"


@pytest.fixture
def s3rver_archive_url(s3rver_endpoint: str) -> str:
    """ARCHIVE_URL of a new bucket in s3rver."""
    return new_bucket_url(s3rver_endpoint)


@pytest.fixture
def moto_archive_url(moto_endpoint: str) -> str:
    """ARCHIVE_URL of a new bucket in moto."""
    return new_bucket_url(moto_endpoint)


@pytest.fixture(scope="session")
def project_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own packages, built for the running Python of what is installed beside it."""
    folder = tmp_path_factory.mktemp("project-packages")
    build(read_template(PROJECT_TEMPLATE), Target.here(), folder, Options(source=FromEnvironment()))
    return folder
