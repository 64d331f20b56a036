"""How resources are called and known again."""

from __future__ import annotations

import pytest

from deployment.errors import InputError
from deployment.inputs import check_stage
from deployment.names import Names, digest_of, read_mark

NAMES = Names("prod", "cn-north-4", "p1")


def test_names_and_urns_carry_the_stage() -> None:
    assert NAMES.full("new_instance") == "koogallery_prod_new_instance"
    assert NAMES.alias_urn("f") == "urn:fss:cn-north-4:p1:function:default:koogallery_prod_f:!live"


@pytest.mark.parametrize(
    ("full", "short"),
    [
        ("koogallery_prod_new_instance", "new_instance"),
        ("koogallery_prod2_new_instance", None),
        ("koogallery_prod", None),
        ("mine", None),
    ],
)
def test_names_of_another_stage_are_not_ours(full: str, short: str | None) -> None:
    assert NAMES.short(full) == short


@pytest.mark.parametrize(
    ("urn", "name"),
    [
        (NAMES.urn("f"), "f"),
        (NAMES.urn("f", "latest"), "f"),
        (NAMES.alias_urn("f"), "f"),
        ("urn:fss:cn-north-4:p2:function:default:koogallery_prod_f", None),
        ("urn:fss:cn-north-4:p1:function:default:other", None),
        ("nonsense", None),
        (None, None),
    ],
)
def test_the_function_of_a_urn(urn: str | None, name: str | None) -> None:
    assert NAMES.of_urn(urn) == name


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("koogallery-bundle=prod", True),
        ("koogallery-bundle=prod secrets=abc", True),
        ("koogallery-bundle=production", False),
        ("koogallery-bundle=test", False),
        ("see koogallery-bundle=prod,", False),
        ("", False),
        (None, False),
    ],
)
def test_only_the_whole_mark_of_the_stage_counts(text: str | None, ours: bool) -> None:
    assert NAMES.owns(text) is ours


def test_a_mark_is_read_as_it_was_written_and_leaves_out_what_is_empty() -> None:
    assert read_mark(NAMES.mark(secrets="abc", seal="")) == {"koogallery-bundle": "prod", "secrets": "abc"}


def test_digests_do_not_follow_the_order_of_members() -> None:
    assert digest_of({"a": 1, "b": 2}, 12) == digest_of({"b": 2, "a": 1}, 12)
    assert len(digest_of({}, 8)) == 8


@pytest.mark.parametrize("stage", ["", "Prod", "1st", "a_b", "a" * 17, "prod\n"])
def test_a_stage_that_would_not_fit_into_names_is_refused(stage: str) -> None:
    with pytest.raises(InputError, match="--stage"):
        check_stage(stage)
