"""FunctionGraph's rules for functions, as the SDK's client meets them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import huaweicloudsdkfunctiongraph.v2 as model
import pytest
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from tests.fake_cloud import FakeCloud
from tests.fake_cloud.examples import create_dependency, create_function, update_code, update_config, zip_of

Refused = Callable[[int], Any]


def test_a_function_is_shown_as_it_was_made(functiongraph: Any, urn: str) -> None:
    shown = functiongraph.show_function_config(model.ShowFunctionConfigRequest(urn))
    assert (shown.func_name, shown.memory_size, shown.user_data, shown.version) == (
        "new_instance",
        512,
        '{"A":"1"}',
        "latest",
    )


def test_the_digest_of_a_row_is_the_sha512_of_the_code(functiongraph: Any, urn: str) -> None:
    (row,) = functiongraph.list_functions(model.ListFunctionsRequest()).functions
    assert row.digest == hashlib.sha512(zip_of()).hexdigest()


def test_a_row_keeps_dependency_versions_to_itself(functiongraph: Any) -> None:
    dependency = functiongraph.create_dependency_version(create_dependency())
    created = functiongraph.create_function(create_function(depend_version_list=[dependency.id]))
    (row,) = json.loads(functiongraph.list_functions(model.ListFunctionsRequest()).raw_content)["functions"]
    shown = functiongraph.show_function_config(model.ShowFunctionConfigRequest(created.func_urn))
    assert "depend_version_list" not in row
    assert shown.depend_version_list == [dependency.id]


def test_code_never_comes_back(functiongraph: Any, urn: str) -> None:
    shown = functiongraph.show_function_code(model.ShowFunctionCodeRequest(urn))
    assert shown.func_code.file is None


def test_encrypted_settings_never_come_back(cloud: FakeCloud, functiongraph: Any) -> None:
    created = functiongraph.create_function(create_function(encrypted_user_data='{"KEY":"made-up-secret"}'))
    replies = [
        created,
        functiongraph.show_function_config(model.ShowFunctionConfigRequest(created.func_urn)),
        functiongraph.list_functions(model.ListFunctionsRequest()),
    ]
    assert not any(b"made-up-secret" in reply.raw_content or b"KEY" in reply.raw_content for reply in replies)
    assert cloud.functions["new_instance"].latest.encrypted_user_data == '{"KEY":"made-up-secret"}'


def test_a_function_is_of_type_v1_unless_told(cloud: FakeCloud, functiongraph: Any) -> None:
    functiongraph.create_function(create_function(type=None))
    assert cloud.functions["new_instance"].latest.config["type"] == "v1"


def test_a_name_is_taken_once(functiongraph: Any, urn: str, refused: Refused) -> None:
    with refused(409):
        functiongraph.create_function(create_function())


def test_the_runtime_cannot_change(functiongraph: Any, urn: str, refused: Refused) -> None:
    with refused(400):
        functiongraph.update_function_config(update_config(urn, runtime="Python3.12"))


def test_a_settings_update_leaves_code_and_dependency_versions(cloud: FakeCloud, functiongraph: Any) -> None:
    dependency = functiongraph.create_dependency_version(create_dependency())
    created = functiongraph.create_function(create_function(depend_version_list=[dependency.id]))
    strategy = model.StrategyConfig(concurrency=400, concurrent_num=1)
    functiongraph.update_function_config(update_config(created.func_urn, timeout=20, strategy_config=strategy))
    latest = cloud.functions["new_instance"].latest
    assert latest.config["timeout"] == 20
    assert latest.config["strategy_config"] == {"concurrency": 400, "concurrent_num": 1}
    assert (latest.code, latest.depend_version_list) == (zip_of(), [dependency.id])


@pytest.mark.parametrize(("clears", "left"), [(False, '{"A":"1"}'), (True, None)])
def test_what_an_update_leaves_out_stays_or_goes_as_the_site_says(
    cloud: FakeCloud, functiongraph: Any, urn: str, clears: bool, left: str | None
) -> None:
    cloud.site.clears_left_out = clears
    functiongraph.update_function_config(update_config(urn))
    config = cloud.functions["new_instance"].latest.config
    assert config.get("user_data") == left
    assert config["code_filename"] == "index.zip"


def test_dependency_versions_move_with_the_code(cloud: FakeCloud, functiongraph: Any, urn: str) -> None:
    dependency = functiongraph.create_dependency_version(create_dependency())
    functiongraph.update_function_code(update_code(urn, "new", depend_version_list=[dependency.id]))
    latest = cloud.functions["new_instance"].latest
    assert (latest.code, latest.depend_version_list) == (zip_of("new"), [dependency.id])


@pytest.mark.parametrize(
    "members",
    [
        {"timeout": 2},
        {"memory_size": 500},
        {"handler": "handler"},
        {"runtime": "Python3.11"},
        {"func_name": "ends_"},
        {"type": "v3"},
        {"initializer_handler": "index.initializer"},
        {"code_filename": None},
        {"func_code": model.FuncCode(file="bm8gemlw")},
        {"func_code": model.FuncCode(file="*")},
        {"user_data": '{"1A":"x"}'},
        {"user_data": '{"A":1}'},
        {"user_data": "A=1"},
        {"user_data": json.dumps({f"A{number}": "" for number in range(21)})},
        {"encrypted_user_data": json.dumps({"A": "x" * 4090})},
        {"tags": "{}"},
        {"func_vpc": model.FuncVpc(vpc_id="vpc-1", subnet_id="net-1")},
        {"log_config": model.FuncLogConfig(group_id="no", stream_id="no")},
        {"timeout": "10"},
        {"initializer_handler": "index.initializer", "initializer_timeout": True},
        {"func_vpc": model.FuncVpc(vpc_id="vpc-1", subnet_id=None), "xrole": "fg-config"},
        {"timeout": None},
        {"depend_version_list": "all"},
    ],
)
def test_a_wrong_setting_is_refused(
    cloud: FakeCloud, functiongraph: Any, members: dict[str, Any], refused: Refused
) -> None:
    with refused(400):
        functiongraph.create_function(create_function(**members))
    assert not cloud.functions


def test_a_member_that_the_model_does_not_know_is_refused(
    cloud: FakeCloud, functiongraph: Any, refused: Refused
) -> None:
    body = {"strategy_config": {"concurrency": 1, "concurrent_num": 1}}
    with refused(400):
        functiongraph.create_function(model.CreateFunctionRequest(body))
    assert "has no member strategy_config" in _refusal(functiongraph, body)


def _refusal(functiongraph: Any, body: dict[str, Any]) -> str:
    with pytest.raises(ClientRequestException) as raised:
        functiongraph.create_function(model.CreateFunctionRequest(body))
    assert raised.value.error_code == "FSS.0400"
    assert raised.value.request_id
    return str(raised.value.error_msg)


def test_an_agency_must_exist_where_the_site_knows_them(cloud: FakeCloud, functiongraph: Any, refused: Refused) -> None:
    cloud.site.agencies = frozenset({"fg-config"})
    functiongraph.create_function(create_function("known", xrole="fg-config"))
    with refused(400):
        functiongraph.create_function(create_function("unknown", xrole="other"))


def test_functions_come_in_pages(cloud: FakeCloud, functiongraph: Any) -> None:
    for number in range(5):
        cloud.add_function(f"function_{number}")
    pages = [
        functiongraph.list_functions(model.ListFunctionsRequest(marker=marker, maxitems="2"))
        for marker in ("0", "2", "4")
    ]
    names = [row.func_name for page in pages for row in page.functions]
    assert names == [f"function_{number}" for number in range(5)]
    assert [(page.next_marker, page.count) for page in pages] == [(2, 5), (4, 5), (5, 5)]
    cloud.site.page_size = 3
    assert len(functiongraph.list_functions(model.ListFunctionsRequest()).functions) == 3


def test_a_function_is_found_by_a_part_of_its_name(cloud: FakeCloud, functiongraph: Any) -> None:
    cloud.add_function("koogallery_prod_a")
    cloud.add_function("other")
    found = functiongraph.list_functions(model.ListFunctionsRequest(func_name="prod")).functions
    assert [row.func_name for row in found] == ["koogallery_prod_a"]


def test_a_function_is_deleted_as_a_whole(cloud: FakeCloud, functiongraph: Any, urn: str, refused: Refused) -> None:
    with refused(400):
        functiongraph.delete_function(model.DeleteFunctionRequest(f"{urn}:latest"))
    functiongraph.delete_function(model.DeleteFunctionRequest(urn))
    assert not cloud.functions
    with refused(404):
        functiongraph.show_function_config(model.ShowFunctionConfigRequest(urn))


def test_the_account_has_a_number_of_functions(cloud: FakeCloud, functiongraph: Any, refused: Refused) -> None:
    cloud.site.functions = 1
    functiongraph.create_function(create_function("first"))
    with refused(409):
        functiongraph.create_function(create_function("second"))


def test_the_cap_of_instances_is_a_setting_of_its_own(cloud: FakeCloud, functiongraph: Any, urn: str) -> None:
    body = model.UpdateFunctionMaxInstanceConfigRequestBody(max_instance_num=50)
    functiongraph.update_function_max_instance_config(model.UpdateFunctionMaxInstanceConfigRequest(urn, body))
    assert cloud.functions["new_instance"].latest.config["strategy_config"]["concurrency"] == 50


def test_code_in_the_record_of_calls_is_left_out(cloud: FakeCloud, functiongraph: Any) -> None:
    functiongraph.create_function(create_function(encrypted_user_data='{"KEY":"made-up-secret"}'))
    (call,) = cloud.calls
    assert (call.operation, call.path, call.status) == ("create_function", "/v2/{project_id}/fgs/functions", 200)
    assert call.body["encrypted_user_data"] == "<secret>"
    assert call.body["func_code"]["file"].endswith("characters>")
