"""Secrets reach encrypted user data and nothing else; a key is changed without a gap."""

from __future__ import annotations

import io
import json
import logging
import pickle
import zipfile
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deployment import rotate_command
from deployment.apply import apply
from deployment.cloud import Cloud, Redactor
from deployment.errors import CloudError, InputError, Refused
from deployment.render import plan_document, show_plan, show_status
from deployment.rotate import with_new_key, without_old_keys, write_setting
from deployment.session import Options
from deployment.status import status
from tests.fake_cloud import FakeCloud
from tests.support.deployments import Rig

DOOR, PREPARE = "koogallery_prod_new_instance", "koogallery_prod_prepare_state"


def everything_readable(cloud: FakeCloud) -> str:
    """All that the account shows to somebody who may read it: names, descriptions, settings in the clear."""
    state = pickle.loads(pickle.dumps(cloud.state))  # noqa: S301 - our own state
    for function in state.functions.values():
        for version in function.versions.values():
            version.encrypted_user_data = ""
    return repr(state)


def test_no_secret_is_in_any_output_description_or_error(whole: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    seen = io.StringIO()
    with redirect_stdout(seen), redirect_stderr(seen):
        show_plan(whole.plan(), Redactor())
        whole.apply()
        whole.settings["MARKETPLACE_ACCESS_KEYS"] = "hush-another-key"
        changes = whole.plan()
        show_plan(changes, Redactor())
        seen.write(f"{plan_document(changes, Redactor())} {changes} {whole.desired} {whole.target}")
        show_status(status(whole.account))
    texts = [seen.getvalue(), "\n".join(whole.lines), everything_readable(whole.cloud), caplog.text]
    for text in texts:
        assert "hush-" not in text
    assert "hush-" in "".join(one.latest.encrypted_user_data for one in whole.cloud.state.functions.values())


def test_a_service_that_repeats_a_secret_in_its_error_is_not_believed(deployed: Rig) -> None:
    deployed.settings["MARKETPLACE_ACCESS_KEYS"] = "hush-" + "x" * 40
    deployed.cloud.site.settings_characters = 10
    account = deployed.account
    secret = deployed.settings["MARKETPLACE_ACCESS_KEYS"]
    with pytest.raises(CloudError) as caught:
        account.cloud.call("functiongraph", "show_function_config", secret, function_urn=f"urn:{secret}")
    assert "urn:***" in str(caught.value.problem)


@pytest.mark.parametrize(
    ("secret", "told"),
    [
        ("hush-current,hush-previous", "the key hush-previous is unknown"),
        ("-----BEGIN-----\nhush\n", json.dumps({"body": json.dumps({"KEY": "-----BEGIN-----\nhush\n"})})),
        ('hush-"ü"', json.dumps({"KEY": 'hush-"ü"'})),
        ('hush-"ü"', json.dumps({"KEY": 'hush-"ü"'}, ensure_ascii=False)),
    ],
    ids=["one key of a list", "JSON in JSON", "escaped", "as JSON"],
)
def test_a_secret_is_recognised_however_a_service_spells_it(secret: str, told: str) -> None:
    assert "hush" not in Redactor([secret])(told)


def test_only_functions_that_read_a_setting_change_with_it(deployed: Rig) -> None:
    deployed.settings["MARKETPLACE_ACCESS_KEYS"] = "hush-new"
    changed = [one.resource.name for one in deployed.plan() if one.resource.kind == "function"]
    assert changed == ["new_instance"]


def test_a_reference_to_a_secret_store_goes_into_the_encrypted_settings_as_it_is(deployed: Rig) -> None:
    deployed.settings["MARKETPLACE_ACCESS_KEYS"] = "csms:shop-keys"
    deployed.apply()
    encrypted = json.loads(deployed.cloud.function(DOOR).latest.encrypted_user_data)
    assert encrypted["MARKETPLACE_ACCESS_KEYS"] == "csms:shop-keys"


def test_settings_that_do_not_fit_are_refused_before_the_first_call(small: Rig) -> None:
    small.settings["MARKETPLACE_ACCESS_KEYS"] = "hush-" + "k" * 4096
    with pytest.raises(InputError, match=r"new_instance.*4\d+ characters.*csms:NAME") as caught:
        small.apply()
    assert "kkkk" not in str(caught.value)
    assert small.calls == []


def test_a_mandatory_setting_without_a_value_is_named_before_the_first_call(small: Rig) -> None:
    small.settings["STATE_URL"] = ""
    with pytest.raises(InputError, match="STATE_URL has no value"):
        small.apply()
    assert small.calls == []


@pytest.fixture
def settings_file(deployed: Rig, tmp_path: Path) -> Path:
    path = tmp_path / "shop.env"
    path.write_text("# ours\n" + "".join(f"{name}={value}\n" for name, value in deployed.settings.items()))
    return path


@pytest.fixture
def rotating(deployed: Rig, settings_file: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the command's own code over the fake account; the key comes from standard input."""

    def read_target(options: Options, environ: Any) -> Any:
        from local_cloud.settings_file import read_settings

        return replace(deployed.target, settings=read_settings(settings_file))

    monkeypatch.setattr(rotate_command, "read_target", read_target)
    monkeypatch.setattr(rotate_command, "open_account", lambda target: deployed.account)
    options = Options(deployed.template, None, settings_file, "prod", ())

    def run(key: str = "", finish: bool = False, setting: str = "MARKETPLACE_ACCESS_KEYS") -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{key}\n"))
        return rotate_command.rotate(options, setting, finish, {})

    return run


def zipped(code: bytes) -> bytes:
    """The one file of a made-up package."""
    with zipfile.ZipFile(io.BytesIO(code)) as archive:
        return archive.read("index.py")


def keys(rig: Rig) -> str:
    function = rig.cloud.function(DOOR)
    live = function.versions[function.aliases["live"].version]
    return str(json.loads(live.encrypted_user_data)["MARKETPLACE_ACCESS_KEYS"])


def test_a_key_is_rotated_in_two_steps_without_a_gap(deployed: Rig, rotating: Any, settings_file: Path) -> None:
    old, others = keys(deployed), deployed.cloud.function(PREPARE).aliases["live"].version
    code = deployed.cloud.function(DOOR).latest.code
    deployed.text = "built differently on this machine"
    assert "--finish" in rotating("hush-fresh")
    assert keys(deployed) == f"hush-fresh,{old}"
    assert f"MARKETPLACE_ACCESS_KEYS=hush-fresh,{old}\n" in settings_file.read_text()
    assert settings_file.stat().st_mode & 0o777 == 0o600
    rotating(finish=True)
    assert keys(deployed) == "hush-fresh"
    assert deployed.cloud.function(PREPARE).aliases["live"].version == others
    assert deployed.cloud.function(DOOR).latest.code == code


def test_a_rotation_cut_off_is_continued_with_the_same_key(deployed: Rig, rotating: Any) -> None:
    old = keys(deployed)
    deployed.cloud.faults.cut_after = 45
    with pytest.raises(CloudError):
        rotating("hush-fresh")
    deployed.cloud.faults.revive()
    rotating("hush-fresh")
    assert keys(deployed) == f"hush-fresh,{old}"


def test_a_rotation_does_not_bring_along_other_changes(deployed: Rig, rotating: Any, settings_file: Path) -> None:
    text = settings_file.read_text()
    settings_file.write_text(text.replace("STATE_URL=plain-state_url", "STATE_URL=elsewhere"))
    with pytest.raises(Refused, match="other changes are waiting"):
        rotating("hush-fresh")
    assert "hush-fresh" not in settings_file.read_text()


def test_a_rotation_that_waited_for_another_apply_does_not_take_it_back(
    deployed: Rig, rotating: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(*arguments: Any) -> Any:
        deployed.again(text="newer").apply()
        return apply(*arguments)

    monkeypatch.setattr(rotate_command, "apply", overtaken)
    with pytest.raises(Refused, match="other changes are waiting"):
        rotating("hush-fresh")
    assert b"newer" in zipped(deployed.cloud.function(DOOR).latest.code)


@pytest.mark.parametrize("setting", ["STATE_ENCRYPTION_KEY", "NO_SUCH"])
def test_only_lists_of_keys_are_rotated(rotating: Any, setting: str) -> None:
    with pytest.raises(InputError, match="there are MARKETPLACE_ACCESS_KEYS"):
        rotating("hush-fresh", setting=setting)


@pytest.mark.parametrize("key", ["", "two,keys", "with blank", "ключ", "k" * 513])
def test_what_cannot_be_a_key_is_refused_without_repeating_it(key: str) -> None:
    with pytest.raises(InputError, match="a key is 1 to 512") as caught:
        with_new_key("old", key)
    assert not key or key not in str(caught.value)


@pytest.mark.parametrize(
    ("current", "new", "expected"),
    [("a", "b", "b,a"), ("a,z", "b", "b,a"), ("b,a", "b", "b,a"), (" a , z ", "b", "b,a")],
)
def test_the_new_key_stands_in_front_of_the_current_one(current: str, new: str, expected: str) -> None:
    assert with_new_key(current, new) == expected


def test_finishing_keeps_the_key_in_front() -> None:
    assert without_old_keys("b,a") == "b"


def test_a_link_to_the_settings_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("A=1\n")
    (tmp_path / "link").symlink_to(tmp_path / "env")
    write_setting(tmp_path / "link", "A", "2")
    assert (tmp_path / "env").read_text() == "A=2\n"
    assert (tmp_path / "link").is_symlink()


def test_other_lines_of_the_settings_file_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "env"
    path.write_text("# a comment\nA=1\n\nB=x=y\nC=3")
    write_setting(path, "B", "new")
    assert path.read_text() == "# a comment\nA=1\n\nB=new\nC=3"


def test_errors_do_not_hold_what_is_secret_in_other_spellings() -> None:
    redact = Redactor(["line one\nline two", "ab"])
    assert "line" not in redact("a problem with line one\\nline two")
    assert isinstance(Cloud({}, redact=redact).redact("cab"), str)
