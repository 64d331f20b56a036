"""The command as a seller runs it: files, environment, exit statuses; over the wire, with a real object store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner, Result

from bundle_packages import build as build_packages
from bundle_packages.building import MANIFEST
from bundle_packages.zips import write_zip
from deployment import cli, lock
from deployment.cli import app
from tests.fake_cloud import FakeCloud
from tests.support.deployments import SMALL_TEMPLATE, Rig, resolved

SECRET = "hush-marketplace_access_keys-7c1e"


class Shop:
    """A folder with the files of a seller and the command over it."""

    def __init__(self, cloud: FakeCloud, folder: Path, store: str, bucket: str) -> None:
        self.cloud, self.folder = cloud, folder
        rig = Rig(cloud, folder, template=SMALL_TEMPLATE)
        rig.parameters["bucketName"] = bucket
        self.bucket = bucket
        self._write("parameters", rig.parameters)
        self._write("settings", rig.settings)
        self.pack("1")
        services = ("functiongraph", "apig", "lts", "ces", "csms")
        endpoints = [f"{service}={cloud.endpoint}" for service in services] + [f"obs={store}"]
        self.endpoints = [text for endpoint in endpoints for text in ("--endpoint", endpoint)]
        site = cloud.site
        self.environment = {
            "HUAWEICLOUD_SDK_AK": site.access_key,
            "HUAWEICLOUD_SDK_SK": site.secret_key,
            "HUAWEICLOUD_SDK_PROJECT_ID": site.project_id,
        }

    def _write(self, name: str, values: dict[str, str]) -> None:
        (self.folder / name).write_text("".join(f"{key}={value}\n" for key, value in values.items()))

    def pack(self, text: str) -> None:
        """A build with the code ``text``."""
        out, bundle = self.folder / "packages", resolved(SMALL_TEMPLATE, self._parameters())
        made = {
            "functions": {name: self._zip(out / "functions" / name, text) for name in bundle.components},
            "layers": {name: self._zip(out / "layers" / name, "layer") for name in bundle.layers},
        }
        about = {"python": "3.10", "platform": "manylinux2014_x86_64", "byte_code": False}
        (out / MANIFEST).write_text(json.dumps({**about, **made}))

    def _parameters(self) -> tuple[tuple[str, str], ...]:
        lines = (self.folder / "parameters").read_text().splitlines()
        return tuple(sorted((name, value) for name, _, value in (line.partition("=") for line in lines)))

    @staticmethod
    def _zip(path: Path, text: str) -> str:
        return write_zip({"index.py": text.encode()}, path.with_suffix(".zip")).sha256

    def run(self, command: str, *arguments: str, environment: dict[str, str] | None = None, **more: Any) -> Result:
        """Run the command with all files."""
        files = ["--template", str(SMALL_TEMPLATE), "--parameters", str(self.folder / "parameters")]
        if command in {"plan", "apply", "rotate"}:
            files += ["--env", str(self.folder / "settings")]
        if command in {"plan", "apply"}:
            files += ["--packages", str(self.folder / "packages")]
        environment = self.environment if environment is None else environment
        return CliRunner().invoke(app, [command, *files, *self.endpoints, *arguments], env=environment, **more)


@pytest.fixture
def shop(cloud: FakeCloud, tmp_path: Path, moto_endpoint: str, request: pytest.FixtureRequest) -> Shop:
    name = f"archive-{abs(hash(request.node.name)) % 10**9}"
    return Shop(cloud, tmp_path, moto_endpoint, name)


@pytest.fixture
def store(shop: Shop, moto_endpoint: str) -> Any:
    """The object store as its owner sees it."""
    return boto3.client(
        "s3",
        endpoint_url=moto_endpoint,
        region_name="cn-north-4",
        aws_access_key_id=shop.cloud.site.access_key,
        aws_secret_access_key=shop.cloud.site.secret_key,
    )


@pytest.fixture
def applied(shop: Shop) -> Shop:
    """After the first apply."""
    assert shop.run("apply").exit_code == 0
    return shop


def test_from_an_empty_account_to_a_second_apply_that_finds_nothing(shop: Shop, store: Any) -> None:
    planned = shop.run("plan", "--detailed-exitcode")
    assert planned.exit_code == 2, planned.output
    assert "+ function new_instance: is not there" in planned.stdout
    first = shop.run("apply")
    assert first.exit_code == 0, first.output
    assert "[1/" in first.stderr
    assert shop.run("plan", "--detailed-exitcode").exit_code == 0
    again = shop.run("apply")
    assert "nothing to do" in again.stdout
    rules = store.get_bucket_lifecycle_configuration(Bucket=shop.bucket)["Rules"]
    assert [rule["Expiration"]["Days"] for rule in rules] == [400]
    assert all("hush-" not in result.output for result in (planned, first, again))


def test_back_to_the_release_before(applied: Shop) -> None:
    applied.pack("2")
    assert applied.run("apply").exit_code == 0
    told = json.loads(applied.run("status", "--json").stdout)
    assert len(told["releases"]) == 2
    back = applied.run("rollback")
    assert back.stdout == f"release {told['releases'][1]} is live\n"
    assert f"release {told['releases'][1]}" in applied.run("status").stdout


def test_the_status_of_an_empty_account_says_so(shop: Shop) -> None:
    assert shop.run("status").stdout == "nothing of stage prod is deployed\n"


def test_a_key_is_rotated_from_standard_input(applied: Shop) -> None:
    result = applied.run("rotate", "MARKETPLACE_ACCESS_KEYS", input="hush-fresh\n")
    assert result.exit_code == 0, result.output
    assert "hush-" not in result.output
    assert f"MARKETPLACE_ACCESS_KEYS=hush-fresh,{SECRET}" in (applied.folder / "settings").read_text()


def test_a_destroy_asks_and_takes_the_bucket_only_by_name(applied: Shop, store: Any) -> None:
    store.put_object(Bucket=applied.bucket, Key="kept", Body=b"1")
    refused = applied.run("destroy", input="no\n")
    assert refused.exit_code == 2
    assert "- function new_instance" in refused.stdout
    assert applied.cloud.functions
    assert applied.run("destroy", "--yes").exit_code == 0
    assert not applied.cloud.functions
    store.head_bucket(Bucket=applied.bucket)
    assert applied.run("destroy", "--yes", "--bucket", applied.bucket).exit_code == 0
    assert applied.bucket not in [one["Name"] for one in store.list_buckets()["Buckets"]]
    assert "nothing of stage prod is there" in applied.run("destroy").stdout


def test_a_destroy_that_nobody_can_answer_deletes_nothing(applied: Shop) -> None:
    unanswered = applied.run("destroy", input="")
    assert unanswered.exit_code == 2
    assert "nobody is there to answer; nothing was deleted" in unanswered.stderr
    assert applied.cloud.functions


def test_a_plan_for_machines_is_json(shop: Shop) -> None:
    result = shop.run("plan", "--json")
    assert result.exit_code == 0
    kinds = {change["kind"] for change in json.loads(result.stdout)["changes"]}
    assert {"function", "alias", "API", "timer", "bucket"} <= kinds


def test_without_credentials_the_text_says_what_to_set(shop: Shop) -> None:
    result = shop.run("plan", environment=dict.fromkeys(shop.environment, ""))
    assert result.exit_code == 2
    assert "HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK, HUAWEICLOUD_SDK_PROJECT_ID" in result.stderr


def test_a_wrong_key_is_told_as_such(shop: Shop) -> None:
    result = shop.run("plan", environment={**shop.environment, "HUAWEICLOUD_SDK_SK": "wrong"})
    assert result.exit_code == 1
    assert "check the access key" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--stage", "Prod"], "--stage is a lower-case letter"),
        (["--endpoint", "obs=http://obs.example.test"], "an https address is needed"),
        (["--endpoint", "mail=https://example.test"], "write service=URL"),
        (["--parameters", "/nowhere"], "cannot read the settings file"),
        (["--packages", "/nowhere"], "holds no build"),
        (["--endpoint", "apig=https://apig.example.test:99999"], "an https address is needed"),
    ],
)
def test_arguments_that_cannot_be_used_are_named(shop: Shop, arguments: list[str], text: str) -> None:
    result = shop.run("plan", *arguments)
    assert result.exit_code == 2
    assert text in result.stderr
    assert shop.cloud.calls == []
    assert shop.run("plan", "--detailed-exitcode", *arguments).exit_code == 1


@pytest.mark.parametrize(("member", "value"), [("python", "3.12"), ("platform", "here")])
def test_packages_for_another_python_or_machine_are_refused(shop: Shop, member: str, value: str) -> None:
    manifest = shop.folder / "packages" / MANIFEST
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), member: value}))
    result = shop.run("plan")
    assert result.exit_code == 2
    assert "build it again with --target 3.10" in result.stderr


@pytest.mark.parametrize(("kind", "name"), [("functions", "new_instance"), ("layers", "core")])
def test_a_build_that_lacks_a_package_is_refused(shop: Shop, kind: str, name: str) -> None:
    manifest = shop.folder / "packages" / MANIFEST
    content = json.loads(manifest.read_text())
    del content[kind][name]
    manifest.write_text(json.dumps(content))
    result = shop.run("plan")
    assert result.exit_code == 2
    assert f"has no package of {name}; build it again" in result.stderr


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("region=no such region", "region has to be a region such as cn-north-4"),
        ("tableName=a.b", "tableName has to be 3 to 48 letters"),
        ("regoin=cn-north-4", "unknown parameter 'regoin' (did you mean 'region'?)"),
    ],
)
def test_parameters_that_cannot_be_are_named_with_the_file_to_mend(shop: Shop, line: str, text: str) -> None:
    file = shop.folder / "parameters"
    kept = [one for one in file.read_text().splitlines() if one.partition("=")[0] != line.partition("=")[0]]
    file.write_text("\n".join([*kept, line]))
    result = shop.run("status")
    assert result.exit_code == 2
    assert text in result.stderr
    assert "the file given with --parameters" in result.stderr


def test_without_packages_they_are_built_first(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def build(bundle: Any, target: Any, out: Path, options: Any) -> Any:
        asked.append(target.python)
        raise OSError("no network")

    assert callable(build_packages)
    monkeypatch.setattr("bundle_packages.build", build)
    arguments = [*shop.endpoints, "--template", str(SMALL_TEMPLATE), "--parameters", str(shop.folder / "parameters")]
    settings = ["--env", str(shop.folder / "settings")]
    result = CliRunner().invoke(app, ["plan", *arguments, *settings], env=shop.environment)
    assert asked == ["3.10"]
    assert "the packages could not be built: no network" in result.stderr


def test_stopping_by_hand_says_how_to_go_on(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(lock.Lock, "acquire", interrupted)
    result = shop.run("apply")
    assert result.exit_code == 130
    assert "run the command again to go on" in result.stderr


@pytest.mark.parametrize("name", ["build", "doctor", "export"])
def test_other_commands_get_their_arguments_as_they_are(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, list[str], str]] = []
    monkeypatch.setattr(cli, "_forward", lambda *arguments: asked.append(arguments))
    assert CliRunner().invoke(app, [name, "--help", "x"]).exit_code == 0
    assert [(arguments[1], arguments[2]) for arguments in asked] == [(["--help", "x"], name)]
