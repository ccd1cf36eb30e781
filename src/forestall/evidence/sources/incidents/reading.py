"""Incidents of any make: rows of a CSV or Parquet file to events, by a mapping.

Every row becomes an event or a reject with its line, its column, the reason and the next step.
"""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from forestall.errors import ForestallError
from forestall.evidence.sources.incidents import points as pt
from forestall.evidence.sources.incidents import times as tm
from forestall.evidence.sources.incidents.mapping import KEYS, Mapping, read_mapping
from forestall.evidence.sources.protocol import Item, SourceRows
from forestall.evidence.sources.text_table import TextTable, is_parquet, read_text
from forestall.evidence.spans import month_name

if TYPE_CHECKING:
    import pyarrow as pa

_ENDINGS = (".csv", ".tsv", ".txt", ".parquet", ".pq")
#: Force code of incidents whose mapping names none.
NO_FORCE = "not-stated"
_LONGEST = 1000
_SPREADSHEET_ID = r"^\d(\.\d+)?[eE]\+\d+$"
_LOOKS_LIKE_A_NAME = r"^[\p{L}'’.\-]+( [\p{L}'’.\-]+)+$"


def sniff(item: Item, mapping: Path | None) -> bool:
    """True for any CSV or Parquet file. Ask the other sources first: this one takes what they leave."""
    return item.name.lower().endswith(_ENDINGS) or is_parquet(item)


def read(item: Item, mapping: Path | None) -> SourceRows:
    """The incidents in one file.

    Raises ForestallError where there is no mapping (with one to start from), or it does not fit the file.
    """
    if mapping is None:
        from forestall.evidence.sources.incidents.starter import starter

        raise ForestallError(
            f"{item.name} is not a file that police.uk publishes, and no mapping says what its columns are.",
            f"Save this as mapping.yaml, mend it, and import again with --mapping mapping.yaml:\n\n{starter(item)}",
        )
    table = read_text(item)
    return read_table(table, read_mapping(mapping, table.header))


def read_table(table: TextTable, mapping: Mapping, now: int | None = None) -> SourceRows:
    """As `read`, from text columns. now: UTC seconds, for "in the future"; the machine's clock if None."""
    import pyarrow as pa

    work = _Work(table, mapping, int(time.time()) if now is None else now)
    work.check_text()
    when = work.times()
    where = work.points()
    columns = {
        "crime_id": work.ids(),
        "source": work.constant("incidents"),
        "force": work.force(),
        "month": when.pop("month"),
        "crime_type": work.types(),
        **where,
        "area": work.area(),
        "location": work.plain("location"),
        "outcome": work.plain("outcome"),
        **when,
        **{key: work.plain(key) for key in KEYS},
        "line": pa.array(table.lines, pa.int32()),
        "rest": work.rest(),
    }
    good = pa.array(work.fault == 0)
    events = pa.table({k: v for k, v in columns.items() if v is not None}).filter(good)
    kept = mapping.pseudonymous and not work.names_in_keys()
    rejects = sorted([*table.rejects, *work.rejects()], key=lambda r: r.line)
    return SourceRows(
        "incidents",
        rows=table.rows + len(table.rejects),
        events=events,
        area_names=work.area_names(),
        rejects=rejects,
        notices=[*table.notices, *work.notices],
        keys_to_hash=() if kept else work.keys(),
        force=work.single("force", events),
        month=work.single("month", events),
    )


class _Work:
    """One file on its way: the faults found so far (the first of each row counts) and what to tell the reader."""

    def __init__(self, table: TextTable, mapping: Mapping, now: int) -> None:
        self.table, self.mapping, self.now = table, mapping, now
        self.fault = np.zeros(table.rows, dtype=np.int16)
        self.said: list[tuple[str, str, str]] = [("", "", "")]
        self.notices: list[str] = []
        self._texts: dict[str, pa.Array] = {}

    def mark(self, mask: np.ndarray, column: str, reason: str, next_step: str) -> None:
        """These rows are at fault, unless something was said of them before."""
        new = mask & (self.fault == 0)
        if new.any():
            if (column, reason, next_step) not in self.said:
                self.said.append((column, reason, next_step))
            self.fault[new] = self.said.index((column, reason, next_step))

    def tell(self, text: str) -> None:
        self.notices.append(f"{self.table.name}: {text}")

    def text(self, title: str) -> pa.Array:
        """A column of theirs, trimmed, "" for each word that the mapping calls empty."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if title not in self._texts:
            column = self.table.column(title)
            if self.mapping.empty:
                words = pa.array([w.casefold() for w in self.mapping.empty], pa.string())
                column = pc.if_else(pc.is_in(pc.utf8_lower(column), words), "", column)
            self._texts[title] = column
        return self._texts[title]

    def check_text(self) -> None:
        """NUL bytes and cells of absurd length, in the columns that are used."""
        import pyarrow.compute as pc

        for title in self.mapping.titles():
            column = self.text(title)
            long = pc.greater(pc.utf8_length(column), _LONGEST).to_numpy(zero_copy_only=False)
            self.mark(long, title, f"The cell is over {_LONGEST} characters long.", "Shorten it.")
            nul = pc.match_substring(column, "\x00").to_numpy(zero_copy_only=False)
            self.mark(nul, title, "The cell has a NUL byte, which is no text.", "Take it out.")

    def times(self) -> dict[str, pa.Array]:
        """month, start, end, weekday and hour, with what is wrong with them marked."""
        import pyarrow as pa

        start, end = self._parsed(self.mapping.start), None
        self._mark_times(start, self.mapping.start)
        self.mark(start.empty, self.mapping.start[0], *self._time_reason(tm.EMPTY))
        if self.mapping.end:
            end = self._parsed(self.mapping.end)
            self._mark_times(end, self.mapping.end)
        known = (self.fault == 0) & ~start.whole_month
        finish, has_end = _ends(start, end, known)
        early = has_end & (finish < start.utc) & known
        at = (self.mapping.end or self.mapping.start)[0]
        self.mark(early, at, *self._time_reason(tm.END_BEFORE_START))
        self._tell_times(start, known)
        days = np.floor_divide(start.local, 86_400)
        months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        no_clock = ~known | start.whole_day
        return {
            "month": _months(months, self.fault == 0),
            "start": pa.array(start.utc, pa.int64(), mask=~known).cast(pa.timestamp("s")),
            "end": pa.array(finish, pa.int64(), mask=~has_end | ~known).cast(pa.timestamp("s")),
            "weekday": pa.array(((days + 3) % 7).astype(np.int8), mask=~known),
            "hour": pa.array((start.local % 86_400 // 3600).astype(np.int8), mask=no_clock),
        }

    def _parsed(self, titles: tuple[str, ...]) -> tm.Times:
        import pyarrow.compute as pc

        text = self.text(titles[0])
        if len(titles) > 1:
            text = pc.utf8_trim_whitespace(pc.binary_join_element_wise(text, self.text(titles[1]), " "))
        return tm.parse(text, self.mapping.dates, self.mapping.timezone, self.now)

    def _mark_times(self, when: tm.Times, titles: tuple[str, ...]) -> None:
        for why in np.unique(when.reason[when.reason > 0]).tolist():
            self.mark(when.reason == why, titles[0], *self._time_reason(why))

    @staticmethod
    def _time_reason(why: int) -> tuple[str, str]:
        reason, next_step = tm.REASONS[why]
        return f"{reason[0].upper()}{reason[1:]}.", next_step

    def _tell_times(self, start: tm.Times, known: np.ndarray) -> None:
        if n := int((start.twice & known).sum()):
            lines = ", ".join(map(str, self.table.lines[np.flatnonzero(start.twice & known)[:10]].tolist()))
            self.tell(
                f"{n} start times happened twice, in the hour when the clocks go back; taken as the first of the "
                f"two (lines {lines}{', ...' if n > 10 else ''})."
            )
        if n := int((start.whole_month & (self.fault == 0)).sum()):
            self.tell(f"{n} rows give only a month; they count in their month and have no start.")
        if n := int((start.whole_day & known).sum()):
            self.tell(
                f"{n} rows give a date without a time; they have no hour, and count as some time in that day."
            )
        clock = known & ~start.whole_day
        midnight = int((clock & (start.local % 86_400 == 0)).sum())
        if midnight > 20 and midnight > 0.05 * clock.sum():
            self.tell(
                f"{midnight} of {int(clock.sum())} times are exactly 00:00, far more than chance would give: "
                "perhaps the time was not known. Hours of the day will show a false peak at midnight."
            )

    def points(self) -> dict[str, pa.Array]:
        """lon, lat, x and y, with what is wrong with them marked."""
        import pyarrow as pa

        columns = self.mapping.columns
        pair = ("x", "y") if "x" in columns else ("lon", "lat")
        if pair[0] not in columns:
            self.tell("the mapping names no coordinates: nothing of this file can be put on a map.")
            return {}
        titles = [columns[c] for c in pair]
        crs = self.mapping.crs if pair == ("x", "y") else None
        got = pt.locate(self.text(titles[0]), self.text(titles[1]), crs, self.mapping.anywhere)
        for why in np.unique(got.reason[got.reason > 0]).tolist():
            which, reason, next_step = pt.REASONS[why]
            self.mark(got.reason == why, titles[which], f"{reason[0].upper()}{reason[1:]}.", next_step)
        off_grid = np.isfinite(got.lon) & ~np.isfinite(got.x)
        if n := int(off_grid.sum()):
            self.tell(
                f"{n} points lie outside the British National Grid: kept in degrees only, on maps but in no grid "
                "cell, so hot spots and near repeats leave them out."
            )
        return {
            name: pa.array(getattr(got, name), mask=~np.isfinite(getattr(got, name)))
            for name in ("lon", "lat", "x", "y")
        }

    def ids(self) -> pa.Array | None:
        import pyarrow.compute as pc

        if "id" not in self.mapping.columns:
            self.tell("the mapping names no identifier: rows that come again in another file cannot be told.")
            return None
        title = self.mapping.columns["id"]
        column = self.text(title)
        mangled = pc.match_substring_regex(column, _SPREADSHEET_ID).to_numpy(zero_copy_only=False)
        self.mark(
            mangled,
            title,
            "The identifier was turned into a number by a spreadsheet.",
            "Take it from the system that it came from.",
        )
        empty = pc.equal(column, "")
        if n := pc.sum(empty).as_py():
            self.tell(f"{n} rows have no identifier; each counts as an incident of its own.")
        return pc.if_else(empty, None, column)

    def types(self) -> pa.Array:
        """Crime types in our words."""
        from forestall.evidence.sources.police_uk.values import crime_type
        from forestall.evidence.tabular import coded, codes_and_names

        mapping = self.mapping
        if mapping.type_constant is not None:
            word = mapping.type_constant
            return self.constant(mapping.types.get(word.casefold()) or crime_type(word) or word)
        title = mapping.columns["type"]
        codes, words = codes_and_names(self.text(title))
        ours: list[str] = []
        refused, kept = [], []
        for i, word in enumerate(words):
            known = mapping.types.get(word.casefold()) or crime_type(word)
            if known is None and word:
                if mapping.other_types == "refuse":
                    refused.append(i)
                elif mapping.other_types == "keep":
                    kept.append(i)
                else:
                    known = mapping.other_types
            ours.append(known or word)
        empty = np.array([not w for w in words], dtype=bool)
        self.mark(empty[codes], title, "The type is empty.", "Fill it in.")
        self.mark(
            np.isin(codes, refused),
            title,
            "The type is not in the mapping's list of types.",
            'Add it to `types:` in the mapping, or say what the others become: `"*": keep`.',
        )
        self._tell_kept(Counter({words[i]: int((codes == i).sum()) for i in kept}))
        return coded(codes, ours)

    def _tell_kept(self, kept: Counter[str]) -> None:
        if kept:
            top = ", ".join(f"{w[:60]} ({n})" for w, n in kept.most_common(8))
            self.tell(
                f"{len(kept)} types are not police.uk crime types and keep their own names: {top}. They have no "
                "harm weight; translate them with `types:` in the mapping."
            )

    def force(self) -> pa.Array:
        from forestall.evidence import forces
        from forestall.evidence.tabular import coded, codes_and_names

        if "force" in self.mapping.columns:
            title = self.mapping.columns["force"]
            codes, words = codes_and_names(self.text(title))
            empty = np.array([not w for w in words], dtype=bool)
            self.mark(empty[codes], title, "No force is named.", "Fill it in.")
        else:
            words = [self.mapping.force_constant or ""]
            codes = np.zeros(self.table.rows, dtype=np.int32)
            if not words[0]:
                self.tell(f"the mapping names no force; its incidents stand under {NO_FORCE!r}.")
        resolved = [forces.resolve(w) or NO_FORCE if w else NO_FORCE for w in words]
        strange = sorted(
            {w for w, code in zip(words, resolved, strict=True) if w and not forces.is_known(code)}
        )
        if strange:
            self.tell(f"not a force of England and Wales that is known here: {', '.join(strange[:10])}.")
        return coded(codes, resolved)

    def area(self) -> pa.Array | None:
        import pyarrow.compute as pc

        if "area" not in self.mapping.columns:
            self.tell(
                "the mapping names no area: its incidents are in totals and on maps, but not in counts by beat or "
                "district."
            )
            return None
        title = self.mapping.columns["area"]
        column = self.text(title)
        fine = pc.match_substring_regex(column, r"^[A-Za-z0-9:._\-]{0,40}$").to_numpy(zero_copy_only=False)
        self.mark(~fine, title, "The area is not a code.", "Give the code of the small area (LSOA).")
        return pc.if_else(pc.equal(column, ""), None, column).dictionary_encode()

    def area_names(self) -> dict[str, str]:
        columns = self.mapping.columns
        if "area" not in columns or "area_name" not in columns:
            return {}
        pairs = zip(
            self.text(columns["area"]).to_pylist(), self.text(columns["area_name"]).to_pylist(), strict=True
        )
        return {code: name for code, name in dict.fromkeys(pairs) if code and name}

    def plain(self, ours: str) -> pa.Array | None:
        """A column of text as it is; null where empty."""
        import pyarrow.compute as pc

        if ours not in self.mapping.columns:
            return None
        column = self.text(self.mapping.columns[ours])
        column = pc.if_else(pc.equal(column, ""), None, column)
        return column.dictionary_encode() if ours in ("location", "outcome") else column

    def keys(self) -> tuple[str, ...]:
        return tuple(k for k in KEYS if k in self.mapping.columns)

    def names_in_keys(self) -> bool:
        """True when keys that are said to be pseudonymous look like people's names."""
        import pyarrow.compute as pc

        found = []
        for key in self.keys():
            column = self.text(self.mapping.columns[key])
            given = column.filter(pc.not_equal(column, ""))
            like = pc.sum(pc.match_substring_regex(given, _LOOKS_LIKE_A_NAME)).as_py() or 0
            if like > 0.2 * len(given):
                found.append(key)
        if found:
            self.tell(
                f"the mapping calls its keys pseudonymous, but {', '.join(found)} look like names: all keys were "
                "turned into codes that cannot be read back."
            )
        return bool(found)

    def rest(self) -> pa.Array | None:
        """The whole row as text, where its identifier comes again: only then may it be a copy."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if "id" not in self.mapping.columns or not self.table.rows:
            return None
        ids = self.text(self.mapping.columns["id"])
        counts = ids.value_counts()
        again = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
        repeated = pc.is_in(ids, again).to_numpy(zero_copy_only=False)
        if not repeated.any():
            return None
        at = pa.array(np.flatnonzero(repeated))
        joined = pc.binary_join_element_wise(
            *(self.table.columns[i].take(at) for i in self.table.kept()), "\x1f"
        )
        out = np.full(self.table.rows, "", dtype=object)
        out[repeated] = joined.to_numpy(zero_copy_only=False)
        return pa.array(out, pa.string()).dictionary_encode()

    def constant(self, word: str) -> pa.Array:
        from forestall.evidence.tabular import coded

        return coded(np.zeros(self.table.rows, dtype=np.int32), [word])

    def rejects(self) -> list:
        return [
            self.table.reject(row, *self.said[self.fault[row]]) for row in np.flatnonzero(self.fault).tolist()
        ]

    @staticmethod
    def single(column: str, events: pa.Table) -> str | None:
        from forestall.evidence.tabular import sorted_codes

        names = sorted_codes(events.column(column))[1]
        return names[0] if len(names) == 1 else None


def _ends(start: tm.Times, end: tm.Times | None, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """UTC seconds of the end (exclusive), and where there is one.

    A date without a time stands for its whole day, so it ends with that day; a month-only end says nothing.
    """
    day = 86_400
    finish, has_end = start.utc + day, start.whole_day & known
    if end is not None:
        given = ~end.empty & ~end.whole_month
        finish = np.where(given, np.where(end.whole_day, end.utc + day, end.utc), finish)
        has_end = has_end | (given & known)
    return finish, has_end


def _months(months: np.ndarray, good: np.ndarray) -> pa.Array:
    from forestall.evidence.tabular import coded

    distinct, codes = np.unique(months, return_inverse=True)
    names = [month_name(int(m) + 1970 * 12) for m in distinct]
    return coded(np.where(good, codes, -1), names)
