"""Packages are the same byte for byte wherever they are built, keep their limits, and say what is wrong."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bundle_packages import Build, FromEnvironment, Options, Target, build, read_build, unpack
from bundle_packages.__main__ import app
from bundle_packages.bytecode import find_interpreter
from bundle_packages.errors import (
    BuildUnreadable,
    CompilationFailed,
    FilesCollide,
    LimitExceeded,
    ModuleMissing,
    SourceMissing,
)
from bundle_packages.limits import check_functions, check_layers
from bundle_template import PROJECT_TEMPLATE, read_template
from tests.support.packages import GREETINGS, INDEX, SOURCES, WORDS, other_python, write_sample

OPTIONS = Options(source=WORDS)
PARTS = ("template.yaml", "functions", "layers")


def made(root: Path, changes: Mapping[str, str] = {}, options: Options = OPTIONS) -> Build:
    """The sample bundle, built for the running Python."""
    root.mkdir(exist_ok=True)
    return build(read_template(write_sample(root, changes)), Target.here(), root / "out", options)


def names(file: Path) -> list[str]:
    with zipfile.ZipFile(file) as archive:
        return archive.namelist()


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def test_the_project_is_built_the_same_elsewhere_later_and_by_somebody_else(
    project_packages: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "a folder with another name"
    with umask(0o077):
        for file in (file for part in PARTS for file in _files(PROJECT_TEMPLATE.parent / part)):
            copy = elsewhere / file.relative_to(PROJECT_TEMPLATE.parent)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
            os.utime(copy, (1_000_000_000, 1_000_000_000))
        options = Options(source=FromEnvironment())
        again = build(read_template(elsewhere / "template.yaml"), Target.here(), tmp_path / "out", options)
    first = read_build(project_packages)
    for kind in ("functions", "layers"):
        shas = [{name: one.sha256 for name, one in getattr(one, kind).items()} for one in (first, again)]
        assert shas[0] == shas[1]


def _files(path: Path) -> list[Path]:
    found = [path] if path.is_file() else sorted(path.rglob("*"))
    return [file for file in found if file.is_file() and "__pycache__" not in file.parts]


def test_every_zip_is_plain_sorted_and_dateless(project_packages: Path) -> None:
    project = read_build(project_packages)
    for artifact in (*project.functions.values(), *project.layers.values()):
        with zipfile.ZipFile(artifact.path) as archive:
            entries = archive.infolist()
        assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
        assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.external_attr >> 16 for entry in entries} <= {0o100644, 0o100755}


def test_what_varies_or_is_of_no_use_stays_out_and_licences_stay_in(project_packages: Path) -> None:
    files = names(read_build(project_packages).layers["vendor"].path)
    assert not [name for name in files if name.endswith(("RECORD", "INSTALLER", "direct_url.json", ".pyi", ".gz.json"))]
    shipped = {name.split("/")[0] for name in files}
    assert not shipped & {"pydantic", "boto3", "requests", "pymongo", "bson", "simplejson", "yaml", "cffi"}
    for package in ("botocore", "cryptography", "huaweicloudsdkcore", "urllib3", "certifi", "standardwebhooks"):
        assert [name for name in files if name.startswith(f"licenses/{package}-")], package


def test_byte_code_is_there_for_every_source_and_is_never_checked(project_packages: Path) -> None:
    project = read_build(project_packages)
    assert project.has_byte_code
    tag = sys.implementation.cache_tag
    for artifact in (*project.functions.values(), *project.layers.values()):
        with zipfile.ZipFile(artifact.path) as archive:
            sources = [name for name in archive.namelist() if name.endswith(".py")]
            for name in sources:
                folder, _, file = name.rpartition("/")
                code = archive.read(f"{folder}/__pycache__/{file[:-3]}.{tag}.pyc".lstrip("/"))
                assert int.from_bytes(code[4:8], "little") == 0b01, name


def test_the_build_can_be_read_again_until_a_file_is_changed(tmp_path: Path) -> None:
    built = made(tmp_path)
    assert read_build(built.folder) == built
    zip_file = built.functions["hello"].path
    zip_file.write_bytes(zip_file.read_bytes() + b"!")
    with pytest.raises(BuildUnreadable, match=r"hello\.zip was changed"):
        read_build(built.folder)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"functions": {"../up": ""}, "layers": {}}'])
def test_a_folder_that_holds_no_build_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "build.json").write_text(content)
    with pytest.raises(BuildUnreadable):
        read_build(tmp_path)


def test_a_functions_code_does_not_change_with_the_code_of_others(tmp_path: Path) -> None:
    core = "from words import hello\n\ndef greet(event):\n    handler = 'handler'\n    return handler\n"
    one, other = made(tmp_path / "1"), made(tmp_path / "2", {GREETINGS: core})
    assert one.functions["hello"].sha256 == other.functions["hello"].sha256
    assert one.layers["core"].sha256 != other.layers["core"].sha256
    assert one.layers["vendor"].sha256 == other.layers["vendor"].sha256


def test_without_the_targets_interpreter_sources_are_shipped_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    said: list[str] = []
    bundle = read_template(write_sample(tmp_path))
    built = build(bundle, Target(other_python()), tmp_path / "out", Options(source=WORDS, say=said.append))
    assert not built.has_byte_code
    assert any(line.startswith("no byte-code") for line in said)
    assert names(built.functions["hello"].path) == ["index.py"]


def test_the_interpreter_that_compiles_has_to_be_the_targets(tmp_path: Path) -> None:
    assert find_interpreter(Target.here()) == Path(sys.executable)
    wrong = Options(source=WORDS, interpreter=Path(sys.executable))
    with pytest.raises(CompilationFailed, match="is no CPython"):
        build(read_template(write_sample(tmp_path)), Target(other_python()), tmp_path / "out", wrong)


def test_code_that_does_not_compile_is_named(tmp_path: Path) -> None:
    # The parser takes it, the compiler does not.
    with pytest.raises(CompilationFailed, match=r"greetings\.py"):
        made(tmp_path, {GREETINGS: "import words\nreturn 1\n"})


def test_a_front_door_carries_the_functions_that_the_routes_name(tmp_path: Path) -> None:
    bundle = read_template(PROJECT_TEMPLATE)
    door = replace(bundle.components["new_instance"], name="front_door", includes_functions=True)
    bundle = replace(bundle, components={**bundle.components, "front_door": door}, layers={})
    files = names(build(bundle, Target.here(), tmp_path, OPTIONS).functions["front_door"].path)
    named = {route.function for route in bundle.routes} | {
        policy.function for route in bundle.routes for policy in route.policies
    }
    assert {name for name in files if name.endswith(".py")} == {
        "index.py",
        *(f"functions/{name}/index.py" for name in named if name != "front_door"),
    }


def test_a_missing_folder_or_handler_is_named(tmp_path: Path) -> None:
    bundle = read_template(write_sample(tmp_path))
    (tmp_path / "functions/hello/index.py").rename(tmp_path / "functions/hello/other.py")
    with pytest.raises(SourceMissing, match=r"hello has no file .*index\.py"):
        build(bundle, Target.here(), tmp_path / "out", OPTIONS)
    (tmp_path / "functions/hello/other.py").unlink()
    (tmp_path / "functions/hello").rmdir()
    with pytest.raises(SourceMissing, match="there is no folder"):
        build(bundle, Target.here(), tmp_path / "out", OPTIONS)


def test_a_layer_must_not_hide_a_file_of_another(tmp_path: Path) -> None:
    template = SOURCES["template.yaml"].replace("requirements: requirements.txt", "codeUri: layers/more")
    with pytest.raises(FilesCollide, match=r"greetings\.py is in the layers core and vendor"):
        made(tmp_path, {"template.yaml": template, "layers/more/greetings.py": "", "layers/more/words.py": ""})


def test_an_import_that_nothing_ships_stops_the_build(tmp_path: Path) -> None:
    with pytest.raises(ModuleMissing, match="pydantic"):
        made(tmp_path, {GREETINGS: "import pydantic\n"})


def test_limits_of_size_hold(tmp_path: Path) -> None:
    built = made(tmp_path)
    size = built.functions["hello"].size
    check_functions(built.functions, size)
    with pytest.raises(LimitExceeded, match=f"hello is {size} bytes"):
        check_functions(built.functions, size - 1)
    total = sum(one.size for one in built.layers.values())
    check_layers(built.layers, total)
    with pytest.raises(LimitExceeded, match=f"together are {total} bytes"):
        check_layers(built.layers, total - 1)


def test_a_function_of_too_many_bytes_is_not_built(tmp_path: Path) -> None:
    noise = os.urandom(220_000).hex()
    with pytest.raises(LimitExceeded, match="hello"):
        made(tmp_path, {INDEX: f"def handler(event, context):\n    return '{noise}'\n"})
    assert not (tmp_path / "out" / "build.json").exists()


def test_limits_of_the_platform_hold(tmp_path: Path) -> None:
    bundle = read_template(write_sample(tmp_path))
    (tmp_path / "layers/core/kept~").write_text("")
    with pytest.raises(LimitExceeded, match="ends in ~"):
        build(bundle, Target.here(), tmp_path / "out", OPTIONS)


def test_the_project_keeps_its_limits(project_packages: Path) -> None:
    project = read_build(project_packages)
    assert max(one.size for one in project.functions.values()) <= 200 * 1024
    assert sum(one.size for one in project.layers.values()) <= 15 * 1024 * 1024


def test_packages_are_laid_out_as_the_platform_does(tmp_path: Path) -> None:
    unpacked = unpack(made(tmp_path), tmp_path / "root")
    assert (unpacked.working_directory("hello") / "code" / "index.py").is_file()
    assert (unpacked.layer("core") / "greetings.py").is_file()
    assert (unpacked.layer("vendor") / "words.py").is_file()


def test_the_command_lists_what_it_built(tmp_path: Path) -> None:
    template = write_sample(tmp_path)
    text = template.read_text().replace("  - {name: vendor, requirements: requirements.txt}\n", "")
    template.write_text(text.replace("[core, vendor]", "[core]"))
    (tmp_path / "layers/core/greetings.py").write_text("def greet(event):\n    return 'hello'\n")
    arguments = ["--template", str(template), "--out", str(tmp_path / "out"), "--target", "here"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "function  hello" in result.output
    assert "byte-code of CPython" in result.output
    assert set(json.loads((tmp_path / "out/build.json").read_text())["functions"]) == {"hello"}


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    template = write_sample(tmp_path)
    (tmp_path / "requirements.txt").unlink()
    result = CliRunner().invoke(app, ["--template", str(template), "--out", str(tmp_path / "out"), "--target", "here"])
    assert result.exit_code == 1
    assert "error: cannot read the requirements" in result.output
