"""Entries of a bucket: ordered by their own stamps, and told by the sync they have their content from."""

from __future__ import annotations

from koogallery.directory.buckets import (
    BUCKETS,
    PRESENT,
    REMOVED,
    UNAUTHORIZED,
    Bucket,
    Change,
    Floor,
    bucket_key,
    bucket_of,
    changed_by,
    department_key,
    from_document,
    is_present,
    put,
    to_document,
    user_key,
    user_prefix,
)
from koogallery.directory.stamps import Stamp
from koogallery.encryption import Sealer

OPEN = Floor()
SEALER = Sealer("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")


def at(second: int, synced: int | None = None) -> Stamp:
    time = f"202611210000{second:02d}000"
    return Stamp(time if synced is None else f"202611210000{synced:02d}000", time, 0)


def apply(
    bucket: Bucket, sync: str, second: int, status: str = PRESENT, name: str = "n", floor: Floor = OPEN
) -> Bucket:
    return put(bucket, {"k": {"name": name}}, Change(status, at(second), sync), floor)


def told(bucket: Bucket, sync: str) -> list[str]:
    return [entry.how for entry in changed_by(bucket, sync, ["k"]).values()]


def test_a_new_entry_is_added_and_a_changed_one_modified() -> None:
    one = apply({}, "s1", 1)
    two = apply(one, "s2", 2, name="other")
    assert (told(one, "s1"), told(two, "s1"), told(two, "s2")) == (["added"], [], ["modified"])


def test_a_repeat_with_the_same_time_is_not_written() -> None:
    one = apply({}, "s1", 1)
    assert apply(one, "s2", 1) is one


def test_a_repeat_with_a_later_time_is_written_but_not_told() -> None:
    two = apply(apply({}, "s1", 1), "s2", 3)
    assert told(two, "s2") == []
    assert apply(two, "s3", 2, name="older") is two


def test_the_older_sync_is_ignored_also_as_a_removal() -> None:
    one = apply({}, "s1", 2)
    assert apply(one, "s2", 1, REMOVED) is one
    gone = apply(one, "s3", 3, REMOVED)
    assert apply(gone, "s4", 2, name="other") is gone


def test_currentSyncTime_decides_before_timeStamp() -> None:  # noqa: N802 - the word of the wire
    one = put({}, {"k": {"name": "new"}}, Change(PRESENT, at(1, synced=9), "s1"), OPEN)
    assert put(one, {"k": {"name": "old"}}, Change(PRESENT, at(2, synced=8), "s2"), OPEN) is one


def test_taken_up_again_a_sync_still_knows_what_it_changed() -> None:
    for status, how in ((PRESENT, "modified"), (REMOVED, "removed"), (UNAUTHORIZED, "unauthorized")):
        begun = apply(apply({}, "s1", 1), "s2", 2, status, "other")
        again = apply(begun, "s2", 2, status, "other")
        assert again is begun
        assert told(again, "s2") == [how]


def test_what_a_later_sync_has_overtaken_is_told_by_that_one_alone() -> None:
    later = apply(apply({}, "s1", 1), "s2", 2, name="other")
    again = apply(later, "s1", 1)
    assert (told(again, "s1"), told(again, "s2")) == ([], ["modified"])


def test_a_repeated_removal_leaves_the_first_one_to_be_told() -> None:
    gone = apply(apply(apply({}, "s1", 1), "s2", 2, REMOVED), "s3", 3, REMOVED)
    assert (told(gone, "s2"), told(gone, "s3")) == (["removed"], [])


def test_nothing_of_a_removed_entry_stays() -> None:
    gone = apply(apply({}, "s1", 1), "s2", 2, REMOVED)
    assert gone["k"].data == {}
    assert not is_present(gone["k"], OPEN)


def test_without_authorisation_the_account_is_kept() -> None:
    kept = apply(apply({}, "s1", 1, name="kept"), "s2", 2, UNAUTHORIZED, name="")
    assert (kept["k"].status, kept["k"].data) == (UNAUTHORIZED, {"name": "kept"})
    assert is_present(kept["k"], OPEN)
    assert apply(kept, "s3", 2, UNAUTHORIZED, name="x") is kept


def test_taking_away_from_the_unknown_tells_nothing_but_shuts_out_what_is_older() -> None:
    for status in (REMOVED, UNAUTHORIZED):
        bucket = apply({}, "s1", 2, status)
        assert told(bucket, "s1") == []
        assert apply(bucket, "s2", 1) is bucket


def test_below_the_floor_nothing_counts() -> None:
    one = apply({}, "s1", 1)
    floor = Floor(cleared=at(2).moment)
    assert not is_present(one["k"], floor)
    assert apply(one, "s2", 2, name="x", floor=floor) is one
    assert told(apply(one, "s3", 3, floor=floor), "s3") == ["added"]


def test_a_full_sync_is_a_floor_that_its_own_entries_stand_on() -> None:
    floor = Floor(since=at(2).moment)
    assert is_present(apply({}, "s1", 2)["k"], floor)
    assert not is_present(apply({}, "s1", 1)["k"], floor)


def test_a_bucket_survives_its_document_and_shows_nothing_there() -> None:
    bucket = put(
        {}, {user_key("zhang.san", "a"): {"user_name": "zhang.san", "n": 1}}, Change(PRESENT, at(1), "s"), OPEN
    )
    key = bucket_key("t/i", "users", 3)
    document = to_document(bucket, SEALER, key)
    assert from_document(document, SEALER, key) == bucket
    assert "zhang" not in document


def test_keys_tell_nobodys_name_and_spread_evenly() -> None:
    keys = [user_key(f"user{n}", "app") for n in range(6400)]
    counts = [0] * BUCKETS
    for key in keys:
        counts[bucket_of(key)] += 1
    assert min(counts) > 50
    assert max(counts) < 170
    assert len({*keys, *(department_key(f"user{n}") for n in range(6400))}) == 12800
    assert user_key("u", "a").startswith(user_prefix("u"))
