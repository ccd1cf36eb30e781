"""Where: coordinates and small area of each incident."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forestall.evidence.sources.incidents import points as pt
from forestall.evidence.sources.incidents.work import Work

if TYPE_CHECKING:
    import pyarrow as pa


def points(work: Work) -> dict[str, pa.Array]:
    """lon, lat, x and y, with what is wrong with them marked."""
    import pyarrow as pa

    columns = work.mapping.columns
    pair = ("x", "y") if "x" in columns else ("lon", "lat")
    if pair[0] not in columns:
        work.tell("the mapping names no coordinates: nothing of this file can be put on a map.")
        return {}
    titles = [columns[c] for c in pair]
    crs = work.mapping.crs if pair == ("x", "y") else None
    got = pt.locate(work.text(titles[0]), work.text(titles[1]), crs, work.mapping.anywhere)
    for why in np.unique(got.reason[got.reason > 0]).tolist():
        which, reason, next_step = pt.REASONS[why]
        work.mark(got.reason == why, titles[which], f"{reason[0].upper()}{reason[1:]}.", next_step)
    off_grid = np.isfinite(got.lon) & ~np.isfinite(got.x)
    if n := int(off_grid.sum()):
        work.tell(
            f"{n} points lie outside the British National Grid: kept in degrees only, on maps but in no grid "
            "cell, so hot spots and near repeats leave them out."
        )
    return {
        name: pa.array(getattr(got, name), mask=~np.isfinite(getattr(got, name)))
        for name in ("lon", "lat", "x", "y")
    }


def area(work: Work) -> pa.Array | None:
    import pyarrow.compute as pc

    if "area" not in work.mapping.columns:
        work.tell(
            "the mapping names no area: its incidents are in totals and on maps, but not in counts by beat or "
            "district."
        )
        return None
    title = work.mapping.columns["area"]
    column = work.text(title)
    fine = pc.match_substring_regex(column, r"^[A-Za-z0-9:._\-]{0,40}$").to_numpy(zero_copy_only=False)
    work.mark(~fine, title, "The area is not a code.", "Give the code of the small area (LSOA).")
    return pc.if_else(pc.equal(column, ""), None, column).dictionary_encode()


def area_names(work: Work) -> dict[str, str]:
    columns = work.mapping.columns
    if "area" not in columns or "area_name" not in columns:
        return {}
    pairs = zip(
        work.text(columns["area"]).to_pylist(), work.text(columns["area_name"]).to_pylist(), strict=True
    )
    return {code: name for code, name in dict.fromkeys(pairs) if code and name}
