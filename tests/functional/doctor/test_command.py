"""The command: files in, findings and an exit status out, no secret in either."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bundle_template.addresses import AddressRefused, read_endpoints
from doctor.cli import app
from doctor.inputs import read_credentials
from tests.fake_cloud import FakeCloud
from tests.support.deployed import CLOUD_SETTINGS, PARAMETERS, lines

CREDENTIALS = (
    "HUAWEICLOUD_SDK_AK",
    "HUAWEICLOUD_SDK_SK",
    "HUAWEICLOUD_SDK_PROJECT_ID",
    "HUAWEICLOUD_SDK_SECURITY_TOKEN",
)


def run(*arguments: object, environ: Mapping[str, str] = {}) -> Result:
    """The command in this process, without the credentials of whoever runs the tests."""
    blank: dict[str, str | None] = dict.fromkeys(CREDENTIALS)
    return CliRunner().invoke(app, [str(one) for one in arguments], env={**blank, **environ})


@pytest.fixture
def files(tmp_path: Path) -> list[object]:
    """Options with files of right parameters and settings; nobody listens at the address."""
    parameters, settings = tmp_path / "parameters.env", tmp_path / "settings.env"
    parameters.write_text(lines(PARAMETERS), encoding="utf-8")
    settings.write_text(lines({**CLOUD_SETTINGS, "MARKETPLACE_ENDPOINT": "https://127.0.0.1:9"}), encoding="utf-8")
    return ["--parameters", parameters, "--env", settings, "--address", "http://127.0.0.1:9"]


def test_without_anything_given_the_findings_say_what_to_give() -> None:
    result = run("--address", "http://127.0.0.1:9", environ={"MARKETPLACE_ENDPOINT": "https://127.0.0.1:9"})
    assert result.exit_code == 1
    assert "PROBLEM      parameters.given" in result.stdout
    assert "PROBLEM      settings.present" in result.stdout
    assert "set HUAWEICLOUD_SDK_AK" in result.stdout
    assert result.stdout.count("set HUAWEICLOUD_SDK_AK") == 1


def test_json_is_one_document_without_secrets(files: list[object]) -> None:
    result = run(*files, "--json")
    document = json.loads(result.stdout)
    verdicts = {one["check"]: one["verdict"] for one in document["findings"]}
    assert verdicts["settings.present"] == "ok"
    assert verdicts["account.credentials"] == "not checked"
    assert verdicts["outside.reachable"] == "problem"
    assert result.exit_code == 1
    for name, value in CLOUD_SETTINGS.items():
        if "KEY" in name or "SECRET" in name or name.endswith("_SK"):
            assert value not in result.stdout + result.stderr, name


def test_a_broken_template_is_a_finding(tmp_path: Path) -> None:
    file = tmp_path / "template.yaml"
    file.write_text("metadata: {}\n", encoding="utf-8")
    result = run("--template", file)
    assert result.exit_code == 1
    assert "PROBLEM      template.valid" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["--parameters", "/nowhere/parameters.env"],
        ["--stage", "Prod_1"],
        ["--endpoint", "functiongraph=http://example.com"],
        ["--endpoint", "nothing=https://example.com"],
        ["--address", "ftp://example.com"],
        ["--address", "https://example.com/saas"],
    ],
)
def test_wrong_arguments_end_with_status_2_and_say_why(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert not result.stdout


def test_with_credentials_the_account_is_asked(files: list[object]) -> None:
    with FakeCloud() as cloud:
        gateway = cloud.add_gateway("gw")
        parameters = files[1]
        assert isinstance(parameters, Path)
        parameters.write_text(lines({**PARAMETERS, "gatewayInstanceId": gateway.id}), encoding="utf-8")
        site = cloud.site
        environ = dict(zip(CREDENTIALS, (site.access_key, site.secret_key, site.project_id), strict=False))
        endpoints = [
            part for name in ("functiongraph", "apig", "lts", "ces", "csms", "obs") for part in _option(name, cloud)
        ]
        result = run(*files, *endpoints, "--json", environ=environ)
    found = {one["check"]: one for one in json.loads(result.stdout)["findings"]}
    assert found["account.credentials"]["verdict"] == "ok"
    assert found["gateway.running"]["verdict"] == "ok"
    assert found["quota.functions"]["verdict"] == "ok"
    assert found["quota.policies"]["verdict"] == "ok"
    assert found["functions.there"]["todo"].endswith("./scripts/deploy apply")
    assert site.secret_key not in result.output


def _option(service: str, cloud: FakeCloud) -> list[str]:
    return ["--endpoint", f"{service}={cloud.endpoint}"]


def test_credentials_are_whole_or_none() -> None:
    whole = {"HUAWEICLOUD_SDK_AK": "a", "HUAWEICLOUD_SDK_SK": "s", "HUAWEICLOUD_SDK_PROJECT_ID": "p"}
    found = read_credentials({**whole, "HUAWEICLOUD_SDK_SECURITY_TOKEN": "t"})
    assert found is not None
    assert (found.security_token, "s" in repr(found).split("(")[1]) == ("t", False)
    for name in whole:
        assert read_credentials({**whole, name: " "}) is None


def test_a_region_that_cannot_be_one_is_a_finding_and_no_crash(files: list[object], tmp_path: Path) -> None:
    (tmp_path / "parameters.env").write_text(lines({**PARAMETERS, "region": "no such region"}), encoding="utf-8")
    given = dict.fromkeys(CREDENTIALS[:3], "x")
    result = run(*files, environ=given)
    assert result.exit_code == 1
    assert "region is 'no such region'" in result.stdout


def test_endpoints_lose_their_slash_and_keep_their_port() -> None:
    assert read_endpoints(["apig=https://apig.example.com:8443/"]) == {"apig": "https://apig.example.com:8443"}
    with pytest.raises(AddressRefused):
        read_endpoints(["apig=https://user@apig.example.com"])
