"""The export commands write one document, or say why not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from exports.cli import app
from tests.support.deployed import DOMAIN, PARAMETERS, lines


def run(*arguments: object, project: str | None = None) -> tuple[int, str, str]:
    """Exit status, standard output, standard error."""
    environ = {"HUAWEICLOUD_SDK_PROJECT_ID": project}
    result = CliRunner().invoke(app, [str(one) for one in arguments], env=environ)
    return result.exit_code, result.stdout, result.stderr


def test_terraform_is_written_to_a_file(tmp_path: Path) -> None:
    file = tmp_path / "bundle.tf.json"
    status, output, errors = run("terraform", "--out", file)
    assert (status, output) == (0, "")
    assert errors == f"wrote {file}\n"
    assert "huaweicloud_fgs_function" in json.loads(file.read_text("utf-8"))["resource"]


def test_openapi_takes_domain_project_and_stage(tmp_path: Path) -> None:
    parameters = tmp_path / "parameters.env"
    parameters.write_text(lines(PARAMETERS), encoding="utf-8")
    status, output, _ = run("openapi", "--parameters", parameters, "--stage", "trial", project="p-1")
    document = json.loads(output)
    assert status == 0
    assert document["servers"][0]["variables"]["domain"]["default"] == DOMAIN
    endpoint = document["paths"]["/saas"]["post"]["x-apigateway-backend"]["functionEndpoints"]
    assert endpoint["function-urn"] == "urn:fss:cn-north-4:p-1:function:default:koogallery_trial_new_instance"


def test_openapi_without_an_account_has_a_placeholder() -> None:
    status, output, _ = run("openapi")
    assert status == 0
    assert "urn:fss:cn-north-4:PROJECT_ID:function" in output


def test_a_misspelt_parameter_is_named_and_an_empty_one_has_its_default(tmp_path: Path) -> None:
    parameters = tmp_path / "parameters.env"
    parameters.write_text("regoin=cn-east-3\n", encoding="utf-8")
    assert (
        run("openapi", "--parameters", parameters)[2] == f"error: {parameters}: the template has no parameter regoin\n"
    )
    parameters.write_text("region=\n", encoding="utf-8")
    assert "urn:fss:cn-north-4:" in run("openapi", "--parameters", parameters)[1]


@pytest.mark.parametrize(
    "arguments",
    [
        ["openapi", "--stage", "No_Stage"],
        ["openapi", "--parameters", "/nowhere/parameters.env"],
        ["terraform", "--out", "/nowhere/bundle.tf.json"],
        ["terraform", "--template", "/nowhere/template.yaml"],
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str]) -> None:
    found, output, errors = run(*arguments)
    assert (found, output) == (2, "")
    assert errors.startswith("error: ")
