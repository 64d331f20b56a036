"""Every callback of the matrix again, with every route of the marketplace through the front door."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.functional.paths import running as run
from tests.functional.paths.matrix import CODES, HAPPY, ROWS
from tests.functional.paths.rows import Row
from tests.functional.paths.running import Running
from tests.functional.paths.test_paths import test_code as check_code
from tests.functional.paths.test_paths import test_happy_path as check_happy_path
from tests.support.front_door import front_door_bundle

CALLBACKS = [row for row in ROWS if row.id.partition(".")[0] not in ("seller", "browser")]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "read_template", front_door_bundle)
        with run.run_bundle(tmp_path_factory.mktemp("paths")) as running:
            yield running


@pytest.mark.parametrize(("row", "address"), [one for one in HAPPY if one.values[0] in CALLBACKS])
def test_happy_path_through_the_front_door(running: Running, row: Row, address: str) -> None:
    check_happy_path(running, row, address)


@pytest.mark.parametrize(("row", "code"), [one for one in CODES if one.values[0] in CALLBACKS])
def test_code_through_the_front_door(running: Running, row: Row, code: str) -> None:
    check_code(running, row, code)
