"""The contract of the state port, held by every adapter on every store."""

from __future__ import annotations

import pytest

from koogallery.adapters.limits import MAX_PARTITION_BYTES, MAX_SORT_BYTES, InvalidStateText
from koogallery.state import MAX_DOCUMENT_BYTES, Item, ItemTooLarge, Key, State

KEY = Key("order", "CS-1")
OTHER = Key("order", "CS-2")


def put(state: State, key: Key, document: str = "{}") -> Item:
    """An item that was just written."""
    assert state.put_if_absent(key, document)
    return Item(key, 1, document)


def sorts(items: list[Item]) -> list[str]:
    """Sort keys in the order of the answer."""
    return [item.key.sort for item in items]


def test_nothing_is_found_where_nothing_was_written(any_state: State) -> None:
    assert any_state.get(KEY) is None


def test_first_write_has_version_1(any_state: State) -> None:
    assert any_state.put_if_absent(KEY, '{"a": 1}')
    assert any_state.get(KEY) == Item(KEY, 1, '{"a": 1}')


def test_second_put_is_refused_and_changes_nothing(any_state: State) -> None:
    put(any_state, KEY, "first")
    assert not any_state.put_if_absent(KEY, "second")
    assert any_state.get(KEY) == Item(KEY, 1, "first")


def test_replacing_the_version_that_was_read_writes_the_next(any_state: State) -> None:
    put(any_state, KEY, "first")
    read = any_state.get(KEY)
    assert read is not None
    assert any_state.replace_if_version(read, "second")
    assert any_state.get(KEY) == Item(KEY, 2, "second")


def test_replacing_an_older_version_is_refused_and_changes_nothing(any_state: State) -> None:
    first = put(any_state, KEY, "first")
    assert any_state.replace_if_version(first, "second")
    assert not any_state.replace_if_version(first, "third")
    assert any_state.get(KEY) == Item(KEY, 2, "second")


def test_replacing_a_removed_item_is_refused_and_brings_nothing_back(any_state: State) -> None:
    item = put(any_state, KEY)
    any_state.delete(KEY)
    assert not any_state.replace_if_version(item, "again")
    assert any_state.get(KEY) is None


def test_replacing_an_item_that_was_removed_and_put_again_is_refused_unless_the_version_fits(any_state: State) -> None:
    first = put(any_state, KEY, "first")
    assert any_state.replace_if_version(first, "second")
    any_state.delete(KEY)
    put(any_state, KEY, "new life")
    assert not any_state.replace_if_version(Item(KEY, 2, "second"), "third")


def test_removing_twice_is_fine(any_state: State) -> None:
    put(any_state, KEY)
    any_state.delete(KEY)
    any_state.delete(KEY)
    assert any_state.get(KEY) is None


def test_keys_of_one_partition_are_different_items(any_state: State) -> None:
    put(any_state, KEY, "one")
    put(any_state, OTHER, "two")
    any_state.delete(KEY)
    assert any_state.get(OTHER) == Item(OTHER, 1, "two")


@pytest.mark.parametrize(
    "document",
    ['{"名": "云商店"}', "", 'quote " and \\ backslash', "line\nbreak\ttab", "\U0001f600 astral", "zero \x00 byte"],
    ids=["chinese", "empty", "quotes", "control", "astral", "zero"],
)
def test_documents_come_back_as_they_were_written(any_state: State, document: str) -> None:
    put(any_state, KEY, document)
    found = any_state.get(KEY)
    assert found is not None
    assert found.document == document


def test_keys_may_hold_any_text(any_state: State) -> None:
    key = Key("分区#'\";--", "排序/%_\U0001f600")
    put(any_state, key, "found")
    assert any_state.get(key) == Item(key, 1, "found")
    assert any_state.get_many([key]) == {key: Item(key, 1, "found")}
    assert any_state.query(key.partition, limit=1) == [Item(key, 1, "found")]


def test_the_largest_document_is_kept(any_state: State) -> None:
    document = "云" * (MAX_DOCUMENT_BYTES // 3)
    put(any_state, KEY, document)
    found = any_state.get(KEY)
    assert found is not None
    assert found.document == document


@pytest.mark.parametrize("document", ["x" * (MAX_DOCUMENT_BYTES + 1), "云" * (MAX_DOCUMENT_BYTES // 3 + 1)])
def test_a_document_over_the_limit_is_refused_in_bytes_not_characters(any_state: State, document: str) -> None:
    item = put(any_state, KEY)
    with pytest.raises(ItemTooLarge) as raised:
        any_state.put_if_absent(OTHER, document)
    assert raised.value.code == "item_too_large"
    with pytest.raises(ItemTooLarge):
        any_state.replace_if_version(item, document)
    assert any_state.get(OTHER) is None
    assert any_state.get(KEY) == item


@pytest.mark.parametrize(
    "key",
    [
        Key("", "sort"),
        Key("partition", ""),
        Key("p" * (MAX_PARTITION_BYTES + 1), "sort"),
        Key("partition", "云" * (MAX_SORT_BYTES // 3 + 1)),
        Key("partition", "half \ud800"),
    ],
    ids=["no partition", "no sort", "long partition", "long sort", "surrogate"],
)
def test_keys_that_a_table_would_refuse_are_refused_everywhere(any_state: State, key: Key) -> None:
    with pytest.raises(InvalidStateText):
        any_state.get(key)
    with pytest.raises(InvalidStateText):
        any_state.get_many([KEY, key])
    with pytest.raises(InvalidStateText):
        any_state.put_if_absent(key, "{}")
    with pytest.raises(InvalidStateText):
        any_state.replace_if_version(Item(key, 1, "{}"), "{}")
    with pytest.raises(InvalidStateText):
        any_state.delete(key)
    with pytest.raises(InvalidStateText):
        any_state.delete_many([KEY, key])


def test_the_longest_keys_are_kept(any_state: State) -> None:
    key = Key("p" * MAX_PARTITION_BYTES, "s" * MAX_SORT_BYTES)
    put(any_state, key)
    assert any_state.get(key) is not None


def test_a_document_that_is_not_text_is_refused_without_quoting_it(any_state: State) -> None:
    with pytest.raises(InvalidStateText) as raised:
        any_state.put_if_absent(KEY, "secret \ud800")
    assert "secret" not in str(raised.value)
    assert raised.value.__suppress_context__


def test_many_items_are_read_at_once_and_missing_ones_left_out(any_state: State) -> None:
    first, second = put(any_state, KEY, "one"), put(any_state, OTHER, "two")
    assert any_state.get_many([KEY, Key("order", "none"), OTHER]) == {KEY: first, OTHER: second}


def test_reading_no_keys_reads_nothing(any_state: State) -> None:
    assert any_state.get_many([]) == {}


def test_a_key_that_is_asked_for_twice_is_read_once(any_state: State) -> None:
    item = put(any_state, KEY)
    assert any_state.get_many([KEY, KEY]) == {KEY: item}


@pytest.mark.parametrize("count", [100, 101])
def test_more_keys_than_a_page_are_read(any_state: State, count: int) -> None:
    keys = [Key(f"instance#{number}", "item") for number in range(count)]
    for key in keys:
        put(any_state, key, key.partition)
    found = any_state.get_many(keys)
    assert {key: item.document for key, item in found.items()} == {key: key.partition for key in keys}


@pytest.mark.parametrize("count", [25, 26])
def test_more_keys_than_a_page_are_removed(any_state: State, count: int) -> None:
    keys = [Key("queue", f"{number:03}") for number in range(count)]
    for key in [*keys, KEY]:
        put(any_state, key)
    any_state.delete_many([*keys, keys[0], Key("queue", "never there")])
    assert any_state.query("queue", limit=count) == []
    assert any_state.get(KEY) is not None


def test_removing_no_keys_removes_nothing(any_state: State) -> None:
    any_state.delete_many([])


def test_items_come_in_the_order_of_their_utf8_bytes(any_state: State) -> None:
    # Where UTF-16 orders differently: U+FF5E sorts after U+1F600 there.
    ordered = ["A", "B", "a", "é", "云", "\uff5e", "\U0001f600"]
    for sort in reversed(ordered):
        put(any_state, Key("p", sort))
    assert sorts(any_state.query("p", limit=10)) == ordered
    assert sorts(any_state.query("p", after="\uff5e", limit=10)) == ["\U0001f600"]
    assert sorts(any_state.query("p", after="B", up_to="云", limit=10)) == ["a", "é", "云"]


def test_a_query_sees_its_own_partition_only(any_state: State) -> None:
    put(any_state, Key("p", "1"))
    put(any_state, Key("pp", "2"))
    assert sorts(any_state.query("p", limit=10)) == ["1"]
    assert any_state.query("other", limit=10) == []


@pytest.mark.parametrize(
    ("after", "up_to", "found"),
    [
        ("", None, ["b", "d", "f"]),
        ("b", None, ["d", "f"]),
        ("c", None, ["d", "f"]),
        ("f", None, []),
        ("", "d", ["b", "d"]),
        ("", "a", []),
        ("b", "d", ["d"]),
        ("a", "e", ["b", "d"]),
        ("b", "b", []),
        ("d", "b", []),
        ("b", "c", []),
        ("", "", []),
    ],
)
def test_the_lower_bound_is_exclusive_and_the_upper_inclusive(
    any_state: State, after: str, up_to: str | None, found: list[str]
) -> None:
    for sort in "bdf":
        put(any_state, Key("p", sort))
    assert sorts(any_state.query("p", after=after, up_to=up_to, limit=10)) == found


@pytest.mark.parametrize(("after", "up_to"), [("", None), ("", "9"), ("0", None), ("0", "9")])
@pytest.mark.parametrize("limit", [0, 1, 2, 3, 4])
def test_the_limit_is_kept_from_the_front(any_state: State, after: str, up_to: str | None, limit: int) -> None:
    for sort in "0123":
        put(any_state, Key("p", sort))
    expected = ["0", "1", "2", "3"] if not after else ["1", "2", "3"]
    assert sorts(any_state.query("p", after=after, up_to=up_to, limit=limit)) == expected[:limit]


def test_results_over_one_megabyte_are_complete(any_state: State) -> None:
    document = "x" * 300_000
    for number in range(8):
        put(any_state, Key("p", str(number)), document)
    found = any_state.query("p", after="0", up_to="7", limit=7)
    assert sorts(found) == ["1", "2", "3", "4", "5", "6", "7"]
    assert all(item.document == document for item in found)


def test_a_bound_that_a_table_would_refuse_is_refused_everywhere(any_state: State) -> None:
    with pytest.raises(InvalidStateText):
        any_state.query("", limit=1)
    with pytest.raises(InvalidStateText):
        any_state.query("p", after="a" * (MAX_SORT_BYTES + 1), limit=1)
    with pytest.raises(InvalidStateText):
        any_state.query("p", up_to="\udfff", limit=1)


def test_walking_a_partition_page_by_page_meets_every_item_once(any_state: State) -> None:
    ordered = [f"{number:02}" for number in range(11)]
    for sort in ordered:
        put(any_state, Key("p", sort))
    walked: list[str] = []
    while page := any_state.query("p", after=walked[-1] if walked else "", up_to="99", limit=4):
        walked += sorts(page)
    assert walked == ordered


def test_large_items_are_read_at_once(any_state: State) -> None:
    keys = [Key("large", str(number)) for number in range(60)]
    document = "x" * 340_000
    for key in keys:
        put(any_state, key, document)
    assert any_state.get_many(keys).keys() == set(keys)
