"""From a release to the arrays that lenses look at: read once, only the columns needed."""

from __future__ import annotations

import numpy as np

from forestall.errors import ForestallError
from forestall.evidence.catalogue import Release
from forestall.evidence.places import Places, load_places
from forestall.evidence.queries.events import Events, load
from forestall.evidence.schemas import CELL_METRES
from forestall.sara.scanning.field import Field

BASE = ("force", "month", "crime_type", "x", "y", "area", "location")
TIMES = ("start", "weekday", "hour")
#: Keys whose patterns may be counted by place. Offenders are not among them: no lens looks at offenders.
KEYS = ("victim", "premises", "caller")


def read_fields(release: Release, force: str | None = None) -> list[Field]:
    """One field for each force of the release (or the one named), in order of code."""
    if force is not None and force not in release.forces:
        raise ForestallError(
            f"There are no records of {force!r} in this release.",
            f"Choose one of: {', '.join(release.forces)}.",
        )
    keys = [k for k in KEYS if k in release.manifest.get("has_keys", [])]
    times = list(TIMES) if release.manifest.get("has_times") else []
    events = load(release, [*BASE, *times, *keys], force=force)
    places = load_places(release)
    forces = events.codes("force")
    wanted = [force] if force else release.forces
    found = []
    for name in sorted(wanted):
        if name not in forces.names:
            continue
        here = forces.codes == forces.names.index(name)
        part = events if here.all() else events.take(here)
        if part.n:
            found.append(field_of(name, part, places, bool(times), keys))
    return found


def field_of(force: str, events: Events, places: Places, times: bool, keys: list[str]) -> Field:
    """The arrays of one force's events."""
    month, months = _used(events, "month", ordered=True)
    crime_type, types = _used(events, "crime_type", ordered=True)
    area, areas = _used(events, "area", ordered=True)
    location, locations = _used(events, "location", ordered=False)
    above = {code: places.ancestor(code, "beat") for code in areas}
    beats = tuple(sorted({b.code for b in above.values() if b is not None}))
    position = {b: i for i, b in enumerate(beats)}
    beat_of = np.array([position[b.code] if (b := above[a]) else -1 for a in areas], dtype=np.int64)
    named = [*areas, *beats, *{p.code for a in areas for p in places.ancestors(a)}]
    return Field(
        force=force,
        months=months,
        types=types,
        crime_type=crime_type,
        month=month,
        x=np.asarray(events["x"], dtype=np.float64),
        y=np.asarray(events["y"], dtype=np.float64),
        area=area,
        areas=areas,
        beat_of=beat_of,
        beats=beats,
        location=location,
        locations=locations,
        names={code: places.name(code) for code in named},
        population={c: p for c in (*areas, *beats) if (p := places.population(c)) is not None},
        boundaries={c: places.shapes[c] for c in (*areas, *beats) if c in places.shapes},
        cell_metres=float(CELL_METRES),
        start=events["start"] if times else None,
        hour_of_week=_hour_of_week(events) if times else None,
        keys={k: events.codes(k).codes for k in keys},
    )


def _used(events: Events, column: str, *, ordered: bool) -> tuple[np.ndarray, tuple[str, ...]]:
    """Codes and names of a column, with only the names that occur, in alphabetical order if asked."""
    codes = events.codes(column)
    seen = np.flatnonzero(np.bincount(codes.codes[codes.codes >= 0], minlength=len(codes.names)))
    if ordered:
        seen = np.array(sorted(seen, key=lambda i: codes.names[i]), dtype=np.int64)
    back = np.full(len(codes.names) + 1, -1, dtype=np.int64)
    back[seen] = np.arange(len(seen))
    return back[codes.codes], tuple(codes.names[i] for i in seen)


def _hour_of_week(events: Events) -> np.ndarray:
    weekday, hour = events["weekday"], events["hour"]
    return np.where((weekday >= 0) & (hour >= 0), weekday * 24 + hour, -1)
