"""What an alias remembers of the releases before."""

from __future__ import annotations

from deployment.names import Names
from deployment.releases import KEPT, live_release, read_history, release_before, version_at, with_live, write_history
from deployment.resources import LiveAlias

NAMES = Names("prod", "cn-north-4", "p1")
OLD, NEW = ("r00000001", "c000000000001"), ("r00000002", "c000000000002")
MOST_OF_A_DESCRIPTION = 512


def alias(name: str, *history: tuple[str, str]) -> LiveAlias:
    return LiveAlias(name, history[0][1], history[0][0], {}, history)


def test_a_history_is_read_as_it_was_written() -> None:
    assert read_history(write_history(NAMES, (NEW, OLD))) == (NEW, OLD)


def test_words_of_another_form_are_no_history() -> None:
    assert read_history("koogallery-bundle=prod releases=rubbish,r1:c2") == ()
    assert read_history(None) == ()


def test_the_longest_history_fits_into_a_description() -> None:
    history = [(f"r{number:08x}", f"c{number:012x}") for number in range(KEPT)]
    assert len(write_history(Names("a" * 16, "r", "p"), tuple(history))) < MOST_OF_A_DESCRIPTION


def test_the_live_release_stands_first_and_the_one_before_second() -> None:
    history = with_live((OLD,), *NEW)
    assert history == (NEW, OLD)
    assert with_live(history, *OLD) == (OLD, NEW)


def test_the_oldest_release_is_forgotten_when_there_are_too_many() -> None:
    history: tuple[tuple[str, str], ...] = ()
    for number in range(KEPT + 3):
        history = with_live(history, f"r{number:08x}", f"c{number:012x}")
    assert len(history) == KEPT
    assert history[-1][0] == "r00000003"


def test_functions_at_different_releases_have_none_in_common() -> None:
    assert live_release([alias("a", NEW, OLD), alias("b", NEW, OLD)]) == NEW[0]
    assert live_release([alias("a", NEW, OLD), alias("b", OLD)]) is None
    assert live_release([]) is None


def test_the_release_before_is_what_most_functions_remember() -> None:
    third = ("r00000003", "c000000000003")
    aliases = {"a": alias("a", NEW, OLD), "b": alias("b", NEW, OLD), "c": alias("c", NEW, third)}
    assert release_before(aliases) == OLD[0]
    assert release_before({"a": alias("a", NEW)}) is None


def test_the_version_a_function_had_then() -> None:
    assert version_at(alias("a", NEW, OLD), OLD[0]) == OLD[1]
    assert version_at(alias("a", NEW), OLD[0]) is None
