"""What a command is given becomes a target: template, parameters, settings, credentials."""

from __future__ import annotations

from pathlib import Path

import pytest

from bundle_template import PROJECT_TEMPLATE, read_template
from deployment.inputs import Target
from deployment.session import Options, read_target

KEYS = dict.fromkeys(("HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_PROJECT_ID"), "given")


def target(folder: Path, settings: str = "", region: str = "ap-southeast-3", **around: str) -> Target:
    """The project's template with these lines of settings, and variables of the environment."""
    needed = [name for name, one in read_template().parameters.items() if one.default is None]
    (folder / "parameters").write_text("".join(f"{name}=given\n" for name in needed) + f"region={region}\n")
    (folder / "settings").write_text(settings)
    options = Options(PROJECT_TEMPLATE, folder / "parameters", folder / "settings", "prod", ())
    return read_target(options, {**KEYS, **around})


def test_a_setting_without_a_value_has_the_templates_default(tmp_path: Path) -> None:
    read = target(tmp_path).settings
    assert read["CES_ENDPOINT"] == "https://ces.ap-southeast-3.myhuaweicloud.com"
    assert read["CSMS_ENDPOINT"] == "https://kms.ap-southeast-3.myhuaweicloud.com"


@pytest.mark.parametrize(
    ("lines", "around", "seen"),
    [
        ("CES_ENDPOINT=https://a.example\n", {"CES_ENDPOINT": "https://b.example"}, "https://a.example"),
        ("", {"CES_ENDPOINT": "https://b.example"}, "https://b.example"),
        ("CES_ENDPOINT=\n", {}, "https://ces.ap-southeast-3.myhuaweicloud.com"),
    ],
    ids=["file before environment", "environment before default", "empty is no value"],
)
def test_what_is_given_comes_before_the_default(tmp_path: Path, lines: str, around: dict[str, str], seen: str) -> None:
    assert target(tmp_path, lines, **around).settings["CES_ENDPOINT"] == seen
