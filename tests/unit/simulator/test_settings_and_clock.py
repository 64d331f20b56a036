"""Keys, settings files, clocks, violations."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from koogallery_simulator import (
    ImpatientClock,
    Keys,
    ShiftedClock,
    SimulatedClock,
    SystemClock,
    Violations,
    read_keys,
    read_settings_file,
)
from koogallery_simulator.errors import SettingsProblem
from koogallery_simulator.violations import MOST_KEPT
from tests.unit.simulator.tools import START

GOOD = {"MARKETPLACE_AK": "ak", "MARKETPLACE_SK": "sk", "MARKETPLACE_ACCESS_KEYS": " new , old ,"}


def test_key_lists_have_the_current_key_first_and_no_empty_part() -> None:
    keys = read_keys(GOOD)
    assert (keys.access, keys.notify) == (("new", "old"), ())
    assert read_keys({**GOOD, "MARKETPLACE_NOTIFY_KEYS": "n"}).notify == ("n",)


@pytest.mark.parametrize("name", GOOD)
def test_missing_key_is_named(name: str) -> None:
    with pytest.raises(SettingsProblem, match=name):
        read_keys({**GOOD, name: " , "})


def test_keys_are_never_shown() -> None:
    keys = read_keys(GOOD)
    assert "sk" not in repr(keys)
    assert "new" not in str(keys)
    with pytest.raises(SettingsProblem):
        Keys(ak="", sk="s", access=("a",))


def test_settings_file_has_one_name_and_value_a_line(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("# keys\n\nA=1\nB_2 = x=y \n", encoding="utf-8")
    assert read_settings_file(file) == {"A": "1", "B_2": "x=y"}


@pytest.mark.parametrize("text", ["secret", "export A=1", "1A=2", "a=1"])
def test_malformed_line_is_named_by_number_and_never_quoted(tmp_path: Path, text: str) -> None:
    file = tmp_path / "env"
    file.write_text(f"A=1\n{text}\n", encoding="utf-8")
    with pytest.raises(SettingsProblem, match="line 2") as caught:
        read_settings_file(file)
    assert text not in str(caught.value)


def test_unreadable_settings_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "large").write_text("A=" + "x" * 300_000, encoding="utf-8")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for name in ("large", "binary", "missing"):
        with pytest.raises(SettingsProblem, match=name):
            read_settings_file(tmp_path / name)


def test_simulated_clock_moves_only_forward_and_by_sleeping() -> None:
    clock = SimulatedClock(START)
    clock.sleep(1.5)
    assert (clock.now() - START, clock.monotonic()) == (timedelta(seconds=1.5), 1.5)
    with pytest.raises(ValueError, match="back"):
        clock.advance(-1)
    with pytest.raises(ValueError, match="aware"):
        SimulatedClock(datetime(2026, 1, 1))  # noqa: DTZ001  the naive moment is the point


def test_shifted_clock_runs_ahead_of_the_machine() -> None:
    clock = ShiftedClock()
    clock.advance(3600)
    clock.sleep(0)
    assert timedelta(minutes=59) < clock.now() - SystemClock().now() < timedelta(minutes=61)
    assert clock.monotonic() <= clock.monotonic()
    with pytest.raises(ValueError, match="back"):
        clock.advance(-1)


def test_impatient_clock_skips_its_pauses() -> None:
    clock = ImpatientClock()
    before = clock.monotonic()
    clock.sleep(3600)
    assert clock.monotonic() - before < 60
    assert abs(clock.now() - SystemClock().now()) < timedelta(minutes=1)


def test_violations_are_kept_up_to_a_bound() -> None:
    violations = Violations(SimulatedClock(START))
    for number in range(MOST_KEPT + 1):
        violations.add("rule", str(number))
    assert len(violations) == MOST_KEPT
    assert violations.all()[0].detail == "1"
    violations.clear()
    assert violations.rules() == set()
