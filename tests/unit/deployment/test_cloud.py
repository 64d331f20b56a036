"""Calls, pages and inputs, without a cloud."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from huaweicloudsdkcore.exceptions.exceptions import SdkError, ServerResponseException

from deployment.cloud import MARKED_PAGE, Cloud, Redactor
from deployment.diff import differences
from deployment.errors import InputError, Unavailable
from deployment.inputs import endpoints_of, read_credentials, region_of
from deployment.lock import default_owner
from deployment.render import show_plan, show_status
from deployment.resources import Function
from tests.support.deployments import MovableTime

ROWS = list(range(MARKED_PAGE + 5))


class Paged:
    """A list of FunctionGraph. ``counts``: what ``count`` says, of the page or of all."""

    def __init__(self, rows: list[int], of_page: bool) -> None:
        self.rows, self.of_page, self.calls = rows, of_page, 0

    def list_functions(self, request: Any) -> Any:
        self.calls += 1
        start = int(request.marker)
        page = self.rows[start : start + MARKED_PAGE]
        count = len(page) if self.of_page else len(self.rows)
        return {"functions": page, "next_marker": start + len(page), "count": count}


@pytest.mark.parametrize("of_page", [True, False])
@pytest.mark.parametrize("rows", [ROWS, ROWS[:MARKED_PAGE], ROWS[:3], []])
def test_all_rows_are_read_whatever_count_means(rows: list[int], of_page: bool) -> None:
    cloud = Cloud({"functiongraph": Paged(rows, of_page)})
    assert cloud.marked_pages("functiongraph", "list_functions", "functions") == rows


def test_a_short_page_that_has_all_is_the_last_one() -> None:
    paged = Paged(ROWS[:3], of_page=False)
    Cloud({"functiongraph": paged}).marked_pages("functiongraph", "list_functions", "functions")
    assert paged.calls == 1


def test_a_list_without_end_is_given_up() -> None:
    endless = SimpleNamespace(
        list_functions=lambda request: {
            "functions": [1],
            "next_marker": int(request.marker) + 1,
            "count": 10**9,
        },
        list_apis_v2=lambda request: {"apis": [1], "total": 10**9},
    )
    cloud = Cloud({"functiongraph": endless, "apig": endless})
    with pytest.raises(Unavailable, match="pages"):
        cloud.marked_pages("functiongraph", "list_functions", "functions")
    with pytest.raises(Unavailable, match="pages"):
        cloud.offset_pages("apig", "list_apis_v2", "apis", instance_id="g")


def test_a_person_is_told_when_a_service_keeps_a_command_waiting() -> None:
    def busy(_: Any) -> Any:
        raise ServerResponseException(503, SdkError("r", "FSS.0503", "busy"))

    told: list[str] = []
    time = MovableTime()
    cloud = Cloud({"functiongraph": SimpleNamespace(list_functions=busy)}, time.clock, report=told.append)
    with pytest.raises(Unavailable, match="functiongraph list_functions: 503"):
        cloud.call("functiongraph", "list_functions")
    assert told[0] == "functiongraph answers 503; trying again in 2 s"
    assert len(told) == sum(pause >= 2 for pause in time.slept)


def test_two_containers_of_one_name_are_two_owners_of_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getpid", lambda: 7)
    assert default_owner() != default_owner()


def test_temporary_keys_have_a_token() -> None:
    environ = {"HUAWEICLOUD_SDK_AK": "a", "HUAWEICLOUD_SDK_SK": "s", "HUAWEICLOUD_SDK_PROJECT_ID": "p"}
    assert read_credentials(environ).security_token is None
    temporary = read_credentials({**environ, "HUAWEICLOUD_SDK_SECURITY_TOKEN": "t"})
    assert temporary.security_token == "t"
    assert "'s'" not in repr(temporary)


@pytest.mark.parametrize(
    "url",
    [
        "https://u:p@host",
        "https://host?x=1",
        "https://host/path",
        "http://10.0.0.1",
        "ftp://127.0.0.1",
        "https:",
        "https://host:99999",
        "https://host:0",
        "https://[host",
    ],
)
def test_an_endpoint_is_scheme_host_and_port(url: str) -> None:
    with pytest.raises(InputError, match="--endpoint obs"):
        endpoints_of([f"obs={url}"])


@pytest.mark.parametrize("url", ["https://obs.example.test", "http://127.0.0.1:9000/", "http://localhost:1"])
def test_an_endpoint_is_https_or_on_this_machine(url: str) -> None:
    assert endpoints_of([f"obs={url}"]) == {"obs": url.rstrip("/")}


def test_without_a_region_nothing_can_be_deployed() -> None:
    bundle: Any = SimpleNamespace(parameters={})
    with pytest.raises(InputError, match="region"):
        region_of(bundle, {})


def test_a_terminal_gets_a_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    show_plan(differences([Function("new_instance")], {}), Redactor())
    text = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert re.search(r"\+\s+function\s+new_instance\s+is not there", text)
    assert "1 to create, 0 to update, 0 to delete" in text


def test_a_stage_that_is_not_confirmed_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    state: dict[str, Any] = {
        "stage": "prod",
        "release": None,
        "releases": [],
        "domains": [],
        "prepared": None,
        "confirmed": False,
        "functions": [{"name": "f", "version": None, "release": None, "reserved": 0, "timers": []}],
    }
    show_status(state)
    text = capsys.readouterr().out
    assert "the last apply did not end" in text
    assert "not published" in text
