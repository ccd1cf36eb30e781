"""When: month, start, end, weekday and hour of each incident."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forestall.evidence.sources.incidents import times as tm
from forestall.evidence.sources.incidents.work import Work
from forestall.evidence.spans import month_name

if TYPE_CHECKING:
    import pyarrow as pa


def times(work: Work) -> dict[str, pa.Array]:
    """month, start, end, weekday and hour, with what is wrong with them marked."""
    import pyarrow as pa

    start, end = _parsed(work, work.mapping.start), None
    _mark_times(work, start, work.mapping.start)
    work.mark(start.empty, work.mapping.start[0], *_time_reason(tm.EMPTY))
    if work.mapping.end:
        end = _parsed(work, work.mapping.end)
        _mark_times(work, end, work.mapping.end)
    known = (work.fault == 0) & ~start.whole_month
    finish, has_end = _ends(start, end, known)
    early = has_end & (finish < start.utc) & known
    at = (work.mapping.end or work.mapping.start)[0]
    work.mark(early, at, *_time_reason(tm.END_BEFORE_START))
    _tell_times(work, start, known)
    days = np.floor_divide(start.local, 86_400)
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    no_clock = ~known | start.whole_day
    return {
        "month": _months(months, work.fault == 0),
        "start": pa.array(start.utc, pa.int64(), mask=~known).cast(pa.timestamp("s")),
        "end": pa.array(finish, pa.int64(), mask=~has_end | ~known).cast(pa.timestamp("s")),
        "weekday": pa.array(((days + 3) % 7).astype(np.int8), mask=~known),
        "hour": pa.array((start.local % 86_400 // 3600).astype(np.int8), mask=no_clock),
    }


def _parsed(work: Work, titles: tuple[str, ...]) -> tm.Times:
    import pyarrow.compute as pc

    text = work.text(titles[0])
    if len(titles) > 1:
        text = pc.utf8_trim_whitespace(pc.binary_join_element_wise(text, work.text(titles[1]), " "))
    return tm.parse(text, work.mapping.dates, work.mapping.timezone, work.now)


def _mark_times(work: Work, when: tm.Times, titles: tuple[str, ...]) -> None:
    for why in np.unique(when.reason[when.reason > 0]).tolist():
        work.mark(when.reason == why, titles[0], *_time_reason(why))


def _time_reason(why: int) -> tuple[str, str]:
    reason, next_step = tm.REASONS[why]
    return f"{reason[0].upper()}{reason[1:]}.", next_step


def _tell_times(work: Work, start: tm.Times, known: np.ndarray) -> None:
    if n := int((start.twice & known).sum()):
        lines = ", ".join(map(str, work.table.lines[np.flatnonzero(start.twice & known)[:10]].tolist()))
        work.tell(
            f"{n} start times happened twice, in the hour when the clocks go back; taken as the first of the "
            f"two (lines {lines}{', ...' if n > 10 else ''})."
        )
    if n := int((start.whole_month & (work.fault == 0)).sum()):
        work.tell(f"{n} rows give only a month; they count in their month and have no start.")
    if n := int((start.whole_day & known).sum()):
        work.tell(
            f"{n} rows give a date without a time; they have no hour, and count as some time in that day."
        )
    clock = known & ~start.whole_day
    midnight = int((clock & (start.local % 86_400 == 0)).sum())
    if midnight > 20 and midnight > 0.05 * clock.sum():
        work.tell(
            f"{midnight} of {int(clock.sum())} times are exactly 00:00, far more than chance would give: "
            "perhaps the time was not known. Hours of the day will show a false peak at midnight."
        )


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
