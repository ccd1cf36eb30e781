"""Releases: immutable, listed, compared, rolled back to, removed; one writer at a time."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from forestall.errors import ForestallError
from forestall.evidence import catalogue, durable, store
from forestall.evidence.queries.differences import differences
from forestall.evidence.queries.events import load
from forestall.evidence.schemas import EVENT_COLUMNS


def events(months: list[str], **columns: list) -> pa.Table:
    n = len(months)
    plain = {"month": months, "force": ["kent"] * n, "crime_type": ["Burglary"] * n, "area": ["E01"] * n}
    return pa.table(plain | columns)


def publish(folder: Path, months: list[str], **columns: list) -> catalogue.Release:
    return store.publish(folder, events=events(months, **columns), places=None, files=[], quality={})


def test_a_release_says_what_is_in_it(tmp_path: Path) -> None:
    made = publish(tmp_path, ["2022-04", "2022-01", "2022-01"], victim=["a", None, None])
    assert (made.months, made.months_missing) == (["2022-01", "2022-04"], ["2022-02", "2022-03"])
    assert made.forces == ["kent"]
    assert (made.manifest["has_keys"], made.manifest["has_times"]) == (["victim"], False)
    assert pq.read_table(made.events_path).column_names == list(EVENT_COLUMNS)
    assert load(made, ["month"]).codes("month").values().tolist() == ["2022-01", "2022-01", "2022-04"]
    assert catalogue.live(tmp_path) == made


def test_missing_months_are_of_each_force(tmp_path: Path) -> None:
    made = publish(tmp_path, ["2022-01", "2022-02", "2022-03"], force=["kent", "essex", "kent"])
    assert made.months == ["2022-01", "2022-02", "2022-03"]
    assert made.manifest["months_missing_by_force"] == {"kent": ["2022-02"]}
    assert made.months_missing == ["2022-02"]


def test_equal_content_gives_equal_hash_in_any_order_of_chunks(tmp_path: Path) -> None:
    rows = events(["2022-01", "2022-02"], area=["b", "a"])
    first = publish(tmp_path, ["2022-01", "2022-02"], area=["b", "a"])
    cut = pa.concat_tables([rows.slice(0, 1), rows.slice(1)])
    second = store.publish(tmp_path, events=cut, places=None, files=[], quality={"x": 1})
    assert first.hash == second.hash
    assert first.id != second.id


def test_a_reader_keeps_its_release(tmp_path: Path) -> None:
    first = publish(tmp_path, ["2022-01"])
    reader = catalogue.live(tmp_path)
    publish(tmp_path, ["2022-01", "2022-02"])
    assert load(reader, ["month"]).n == 1
    assert reader == first
    assert catalogue.live(tmp_path).manifest["parent"] == first.id


def test_roll_back_and_return(tmp_path: Path) -> None:
    first, second = publish(tmp_path, ["2022-01"]), publish(tmp_path, ["2022-02"])
    store.roll_back(tmp_path, first.id)
    assert catalogue.live(tmp_path) == first
    store.roll_back(tmp_path, second.id)
    assert catalogue.live(tmp_path) == second
    assert [r.id for r in catalogue.releases(tmp_path)] == [second.id, first.id]


def test_a_damaged_release_is_not_rolled_back_to(tmp_path: Path) -> None:
    first, second = publish(tmp_path, ["2022-01"]), publish(tmp_path, ["2022-02"])
    with first.events_path.open("r+b") as stream:
        stream.seek(40)
        stream.write(b"\x00\x01\x02")
    with pytest.raises(ForestallError, match="is not what was written"):
        store.roll_back(tmp_path, first.id)
    assert catalogue.live(tmp_path) == second


def test_the_live_release_is_not_removed(tmp_path: Path) -> None:
    first, second = publish(tmp_path, ["2022-01"]), publish(tmp_path, ["2022-02"])
    with pytest.raises(ForestallError, match="is live"):
        store.remove(tmp_path, second.id)
    store.remove(tmp_path, first.id)
    assert [r.id for r in catalogue.releases(tmp_path)] == [second.id]
    with pytest.raises(ForestallError, match="no release"):
        store.remove(tmp_path, "../" + second.id)


def test_what_a_killed_writer_left_is_swept(tmp_path: Path) -> None:
    first = publish(tmp_path, ["2022-01"])
    (tmp_path / "incoming-x").mkdir()
    (tmp_path / "incoming-x" / "events.parquet").write_bytes(b"half")
    orphan = tmp_path / "releases" / "orphan"
    orphan.mkdir()
    (orphan / "manifest.json").write_text(json.dumps({"created": "2022", "id": "orphan"}))
    (tmp_path / "PENDING").write_text("orphan")
    with store.writing(tmp_path):
        pass
    assert sorted(p.name for p in tmp_path.iterdir()) == ["CURRENT", "LOCK", "releases"]
    assert [r.id for r in catalogue.releases(tmp_path)] == [first.id]


def test_a_second_writer_is_told_who_is_writing(tmp_path: Path) -> None:
    with store.writing(tmp_path), pytest.raises(ForestallError, match=r"Another import .*\(process \d+\)"):
        publish(tmp_path, ["2022-01"])
    publish(tmp_path, ["2022-01"])


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.ENOSPC, "no room left"), (errno.EACCES, "cannot be written"), (errno.EROFS, "cannot")],
)
def test_a_full_or_closed_disk_changes_nothing(tmp_path: Path, number: int, said: str) -> None:
    first = publish(tmp_path, ["2022-01"])

    def fail(step: str) -> None:
        if step == "sync manifest.json":
            raise OSError(number, "as the disk says")

    durable.watch(fail)
    try:
        with pytest.raises(ForestallError, match=said):
            publish(tmp_path, ["2022-02"])
    finally:
        durable.watch(None)
    assert catalogue.live(tmp_path) == first
    assert len(catalogue.releases(tmp_path)) == 1
    assert not list(tmp_path.glob("incoming-*"))  # its room is given back
    assert publish(tmp_path, ["2022-02"]) == catalogue.live(tmp_path)


def test_differences_of_two_releases(tmp_path: Path) -> None:
    first, second = publish(tmp_path, ["2022-01"] * 3), publish(tmp_path, ["2022-01", "2022-02"])
    found = differences(first, second)
    assert found["events"] == [3, 2]
    assert found["months_added"] == ["2022-02"]
    assert [(c["month"], c["before"], c["after"]) for c in found["changed"]] == [
        ("2022-01", 3, 1),
        ("2022-02", 0, 1),
    ]
    assert not found["same_content"]


def test_codes_under_nulls_never_point_outside() -> None:
    from forestall.evidence import tabular

    wild = pa.DictionaryArray.from_arrays(
        pa.array([7_000_000, 0, -5], pa.int32()).take(pa.array([None, 1, None])), pa.array(["a"])
    )
    column = pa.chunked_array(
        [wild, tabular.coded(tabular.np.array([-1, 0]), ["b"]), tabular.nulls(2, wild.type)]
    )
    joined = tabular.one_array(column)
    assert joined.to_pylist() == [None, "a", None, None, "b", None, None]
    raw = tabular.np.frombuffer(joined.indices.buffers()[1], dtype="int32")[: len(joined)]
    assert (raw >= 0).all()
    assert (raw < len(joined.dictionary)).all()
