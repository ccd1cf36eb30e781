"""Own files all the way: from a mapping, boundaries and look-ups to a release and its places."""

from __future__ import annotations

from pathlib import Path

import pytest

from forestall.errors import ForestallError
from forestall.evidence import catalogue
from forestall.evidence.importing import import_path, import_paths
from forestall.evidence.places import load_meeting_units, load_places
from forestall.evidence.queries.events import load

HEADER = "ref,from,e,n,kind,lsoa,who\n"
ROWS = [
    "R1,2026-01-05 21:30,458700,304500,Burglary,E01000001,Ann Smith",
    "R2,2026-01-06 21:30,458710,304510,Burglary,E01000001,Ann Smith",
    "R3,2026-02-06 09:00,458900,304700,Drugs,E01000002,",
    "R4,2026-02-30 09:00,458900,304700,Drugs,E01000002,",
]
MAPPING = "id: ref\nstart: from\nx: e\ny: n\ntype: kind\narea: lsoa\nvictim: who\nforce: leicestershire\n"
LOOK_UP = (
    "LSOA11CD,LSOA11NM,CHGIND,LSOA21CD,LSOA21NM\n"
    "E01000001,Leicester 001A,U,E01000001,Leicester 001A\n"
    "E01000002,Leicester 001B,S,E01000003,Leicester 001C\n"
    "E01000002,Leicester 001B,S,E01000004,Leicester 001D\n"
)
PEOPLE = "LSOA11CD,persons\nE01000001,1500\nE01000002,1600\n"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "own.csv").write_text(HEADER + "\n".join([*ROWS, ROWS[0]]) + "\n")
    (folder / "mapping.yaml").write_text(MAPPING)
    (folder / "lsoa11-lsoa21.csv").write_text(LOOK_UP)
    (folder / "census-2011.csv").write_text(PEOPLE)
    return folder


def test_own_incidents_with_their_places(files: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    report = import_paths([files], store=store, mapping=files / "mapping.yaml")
    assert report.rows_read == 5 == report.accepted + report.rejected + report.exact_duplicates
    assert (report.rejected, report.exact_duplicates, report.events) == (1, 1, 3)
    assert report.events == report.accepted - report.merged
    assert report.rejects[0].line == 5
    release = catalogue.live(store)
    assert release.manifest["has_times"]
    assert release.manifest["has_keys"] == ["victim"]
    places = load_places(release)
    assert [p.code for p in places.ancestors("E01000002")][:3] == [
        "n:leicester-001",
        "d:leicester",
        "f:leicestershire",
    ]
    assert places["E01000001"].population == 1500
    assert places["E01000001"].population_year == 2011
    units = load_meeting_units(release)
    assert units.unit["E01000004"] == "E01000002"
    again = import_path(files, store=store, mapping=files / "mapping.yaml")
    assert again.unchanged
    assert again.release == release.id


def test_keys_are_nowhere_in_the_release_as_they_were(files: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    import_paths([files], store=store, mapping=files / "mapping.yaml")
    release = catalogue.live(store)
    events = load(release, ["crime_id", "victim", "hour"])
    victims = events.codes("victim").values().tolist()
    assert victims[0] == victims[1] is not None
    assert victims[2] is None
    held = b"".join(p.read_bytes() for p in release.folder.iterdir())
    assert b"Ann Smith" not in held


def test_a_table_without_a_mapping_is_answered_with_one(files: Path, tmp_path: Path) -> None:
    with pytest.raises(ForestallError) as caught:
        import_path(files / "own.csv", store=tmp_path / "store")
    assert "start: from" in caught.value.next_step
    assert not catalogue.has_live(tmp_path / "store")


def test_a_wrong_mapping_leaves_the_store_as_it_was(files: Path, tmp_path: Path) -> None:
    (files / "mapping.yaml").write_text(MAPPING.replace("from", "when"))
    with pytest.raises(ForestallError, match="'when'"):
        import_path(files / "own.csv", store=tmp_path / "store", mapping=files / "mapping.yaml")
    assert not catalogue.has_live(tmp_path / "store")
