"""When did it happen: text in a declared form to local and UTC seconds, or a reason why not.

Nothing is guessed. A form is declared once for the file; 03/04/2026 is 3 April where day-first is declared
and refused where it is not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forestall.errors import ForestallError
from forestall.evidence.localtime import zone

if TYPE_CHECKING:
    import pyarrow as pa

#: Named forms that a mapping may declare. Anything with a % is a pattern of its own.
FORMS = ("iso", "day-first", "excel")
FIRST_YEAR = 1900

_CLOCK = r"(?:[T ]+(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,]\d+)?)?\s*(?P<z>Z|[+-]\d{2}:?\d{2})?)?"
_ISO = rf"^(?P<Y>\d{{4,5}})-(?P<m>\d{{2}})-(?P<d>\d{{2}}){_CLOCK}$"
_DAY_FIRST = rf"^(?P<d>\d{{1,2}})[/.\-](?P<m>\d{{1,2}})[/.\-](?P<Y>\d{{4}}){_CLOCK}$"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PATTERN_PARTS = {
    "%Y": r"(?P<Y>\d{4})",
    "%m": r"(?P<m>\d{1,2})",
    "%d": r"(?P<d>\d{1,2})",
    "%H": r"(?P<H>\d{1,2})",
    "%I": r"(?P<I>\d{1,2})",
    "%M": r"(?P<M>\d{1,2})",
    "%S": r"(?P<S>\d{1,2})",
    "%p": r"(?P<p>[AaPp][Mm])",
    "%b": r"(?P<b>[A-Za-z]{3})",
    "%B": r"(?P<b>[A-Za-z]{3,9})",
    "%y": r"(?P<y>\d{2})",
    "%z": r"(?P<z>Z|[+-]\d{2}:?\d{2})",
    "%f": r"\d{1,9}",
    "%%": "%",
}


@dataclass(frozen=True)
class Times:
    """One entry a row. Where `reason` is set or `empty` is true the other arrays mean nothing.

    utc, local: int64 seconds (local: on the clock of the declared zone).
    whole_day: only a date was given. whole_month: only a year and month.
    twice: the local time happened twice (clocks back); taken as the first.
    reason: index into `reasons`, 0 = none.
    """

    utc: np.ndarray
    local: np.ndarray
    whole_day: np.ndarray
    whole_month: np.ndarray
    twice: np.ndarray
    empty: np.ndarray
    reason: np.ndarray


#: Why a time was refused, and what to do about it. Index 0 is "no reason".
REASONS: tuple[tuple[str, str], ...] = (
    ("", ""),
    ("not a date in the declared form", "Mend the cell, or declare the form of the file's dates: `dates:`."),
    ("no such day in the calendar", "Mend the date. Day-first files must say so: `dates: day-first`."),
    ("no such time of day", "Hours go from 00 to 23, minutes and seconds from 00 to 59."),
    (
        "this hour did not exist: the clocks went forward",
        "Correct the time, or give it with its offset (Z, +01:00).",
    ),
    ("only a year is given", "Give at least year and month, such as 2026-05."),
    ("the year has two digits", "Write the year with four digits, or declare a pattern with %y."),
    ("before 1900, or after 9998", "Mend the year."),
    ("in the future", "Mend the date; an incident cannot be recorded before it happens."),
    ("offset from UTC is more than 14 hours", "Mend the offset at the end of the time."),
    ("empty", "Fill the cell: every incident needs a start."),
    ("end is before start", "Correct the start or the end, or empty the end."),
)
(
    NOT_A_DATE, NO_SUCH_DAY, NO_SUCH_TIME, NO_SUCH_HOUR, ONLY_YEAR, TWO_DIGITS, OUT_OF_RANGE, FUTURE,
    BAD_OFFSET, EMPTY, END_BEFORE_START,
) = range(1, 12)  # fmt: skip


def parse(text: pa.Array, form: str, zone_name: str, now: int) -> Times:
    """Times of a whole column.

    text: trimmed text, null or "" where empty. form: one of FORMS or a strptime-like pattern.
    zone_name: the zone of times without an offset, and of "local". now: UTC seconds; later is refused.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pc.fill_null(text, "")
    empty = pc.equal(text, "").to_numpy(zero_copy_only=False)
    parts = _fixed(text, form)
    reason, whole_month = np.zeros(len(text), dtype=np.int8), np.zeros(len(text), dtype=bool)
    odd = np.flatnonzero(~parts["ok"] & ~empty)
    if len(odd):
        closer, reason[odd], whole_month[odd] = _look_closer(text.take(pa.array(odd)), form)
        for name, values in closer.items():
            parts[name][odd] = values
    return _assemble(parts, reason, whole_month, empty, zone_name, now)


def check_form(form: str) -> None:
    """Refuse a declared form that cannot be read."""
    if form not in FORMS:
        _pattern(form)


#: Form -> layouts of fixed width that are read without a pattern: ten times as fast for a million rows.
_LAYOUTS = {
    "iso": ("YYYY-mm-dd", "YYYY-mm-dd HH:MM", "YYYY-mm-dd HH:MM:SS"),
    "day-first": ("dd/mm/YYYY", "dd/mm/YYYY HH:MM", "dd/mm/YYYY HH:MM:SS"),
}


def _fixed(text: pa.Array, form: str) -> dict[str, np.ndarray]:
    """The parts of every time that is written in a layout of the form; `ok` is false for the others."""
    n = len(text)
    parts = {name: np.zeros(n, dtype=np.int64) for name in ("Y", "m", "d", "seconds", "offset")}
    parts |= {name: np.zeros(n, dtype=bool) for name in ("ok", "has_clock", "bad_clock", "has_offset")}
    if not n or form not in _LAYOUTS:
        return parts
    _, offset_buffer, data_buffer = text.buffers()
    if data_buffer is None:
        return parts
    offsets = np.frombuffer(offset_buffer, dtype=np.int32)[text.offset : text.offset + n + 1]
    data = np.frombuffer(data_buffer, dtype=np.uint8)
    lengths = np.diff(offsets)
    for layout in _LAYOUTS[form]:
        at = np.flatnonzero(lengths == len(layout))
        if len(at):
            _fill(parts, at, data[offsets[at][:, None] + np.arange(len(layout), dtype=np.int32)], layout)
    return parts


def _fill(parts: dict[str, np.ndarray], at: np.ndarray, signs: np.ndarray, layout: str) -> None:
    """Write the parts of rows `at`, whose bytes are the rows of `signs`, where they fit the layout."""
    fits = np.ones(len(at), dtype=bool)
    numbers = {name: np.zeros(len(at), dtype=np.int64) for name in "YmdHMS"}
    for i, mark in enumerate(layout):
        sign = signs[:, i]
        if mark in numbers:
            fits &= (sign >= 48) & (sign <= 57)
            numbers[mark] = numbers[mark] * 10 + sign - 48
        else:
            fits &= (sign == ord(mark)) | ((mark == " ") & (sign == ord("T")))
    at, numbers = at[fits], {name: values[fits] for name, values in numbers.items()}
    bad = (numbers["H"] > 23) | (numbers["M"] > 59) | (numbers["S"] > 59)
    seconds = numbers["H"] * 3600 + numbers["M"] * 60 + numbers["S"]
    parts["ok"][at], parts["has_clock"][at], parts["bad_clock"][at] = True, "H" in layout, bad
    parts["seconds"][at] = np.where(bad, 0, seconds)
    for name in "Ymd":
        parts[name][at] = numbers[name]


def _look_closer(text: pa.Array, form: str) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """The parts of times in any layout of the form, why not, and which are a month only."""
    parts = _excel(text) if form == "excel" else _fields(text, _regex(form))
    reason = np.where(parts["ok"], 0, NOT_A_DATE).astype(np.int8)
    whole_month = np.zeros(len(text), dtype=bool)
    for i in np.flatnonzero(~parts["ok"]):
        reason[i] = _why_not(text[i].as_py(), form)
    if form == "iso":
        months = _fields(text, r"^(?P<Y>\d{4})-(?P<m>\d{2})$")
        whole_month = months["ok"]
        for name in ("Y", "m", "d", "has_clock", "seconds"):
            parts[name] = np.where(whole_month, months[name], parts[name])
        reason[whole_month] = 0
    return parts, reason, whole_month


def _regex(form: str) -> str:
    return {"iso": _ISO, "day-first": _DAY_FIRST}.get(form) or _pattern(form)


def _assemble(
    parts: dict[str, np.ndarray],
    reason: np.ndarray,
    whole_month: np.ndarray,
    empty: np.ndarray,
    zone_name: str,
    now: int,
) -> Times:
    year, month, day = parts["Y"], parts["m"], parts["d"]

    def mark(mask: np.ndarray, why: int) -> None:
        reason[mask & (reason == 0)] = why

    mark((year < FIRST_YEAR) | (year > 9998), OUT_OF_RANGE)
    good_month = (month >= 1) & (month <= 12)
    mark(~good_month, NO_SUCH_DAY)
    safe_year, safe_month = np.clip(year, FIRST_YEAR, 9998), np.where(good_month, month, 1)
    first = (((safe_year - 1970) * 12 + safe_month - 1).astype("datetime64[M]")).astype("datetime64[D]")
    after = ((safe_year - 1970) * 12 + safe_month).astype("datetime64[M]").astype("datetime64[D]")
    mark((day < 1) | (day > (after - first).astype(np.int64)), NO_SUCH_DAY)
    mark(parts["bad_clock"], NO_SUCH_TIME)
    mark(np.abs(parts["offset"]) > 14 * 3600, BAD_OFFSET)
    local = (first.astype(np.int64) + np.clip(day, 1, 31) - 1) * 86_400 + parts["seconds"]
    used = safe_year[reason == 0]
    clock = zone(zone_name, int(used.min()), int(used.max())) if len(used) else zone(zone_name, 2000, 2000)
    aware = parts["has_offset"]
    utc, missing, twice = clock.to_utc(local)
    # Midnight itself may not exist where a zone changes at midnight; a date is still a date.
    mark(missing & parts["has_clock"] & ~aware, NO_SUCH_HOUR)
    utc = np.where(aware, local - parts["offset"], utc)
    twice = twice & ~aware & parts["has_clock"] & (reason == 0)
    local = np.where(aware, clock.to_local(utc), local)
    mark(utc > now, FUTURE)
    reason[empty] = 0
    return Times(utc, local, ~parts["has_clock"] & ~whole_month, whole_month, twice, empty, reason)


def _fields(text: pa.Array, regex: str) -> dict[str, np.ndarray]:
    """The numbers that a pattern finds in each text; zeros where it does not match."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.extract_regex(text, regex)
    ok = found.is_valid().to_numpy(zero_copy_only=False)
    n = len(text)
    groups = {f.name: pc.struct_field(found, f.name) for f in found.type}

    def number(name: str, default: int = 0) -> np.ndarray:
        if name not in groups:
            return np.full(n, default, dtype=np.int64)
        words = pc.if_else(pc.equal(pc.fill_null(groups[name], ""), ""), str(default), groups[name])
        return words.fill_null(str(default)).cast(pa.int64()).to_numpy(zero_copy_only=False)

    def given(name: str) -> np.ndarray:
        if name not in groups:
            return np.zeros(n, dtype=bool)
        return pc.not_equal(pc.fill_null(groups[name], ""), "").to_numpy(zero_copy_only=False)

    year = number("Y")
    if "y" in groups:
        short = number("y")
        year = np.where(short < 70, 2000 + short, 1900 + short)
    month = number("m", 1)
    if "b" in groups:
        heads = pc.utf8_slice_codeunits(pc.utf8_lower(groups["b"].fill_null("")), 0, 3)
        month = pc.index_in(heads, pa.array(_MONTHS)).fill_null(-1).to_numpy(zero_copy_only=False) + 1
    hour, bad = number("H"), np.zeros(n, dtype=bool)
    if "I" in groups:
        half = number("I")
        bad = (half < 1) | (half > 12)
        late = pc.equal(pc.utf8_lower(groups["p"].fill_null("")), "pm") if "p" in groups else None
        hour = half % 12 + (12 * late.to_numpy(zero_copy_only=False) if late is not None else 0)
    minute, second = number("M"), number("S")
    bad = (bad | (hour > 23) | (minute > 59) | (second > 59)) & ok
    return {
        "ok": ok,
        "Y": year,
        "m": month,
        "d": number("d", 1),
        "has_clock": given("H") | given("I"),
        "seconds": np.where(bad, 0, hour * 3600 + minute * 60 + second),
        "bad_clock": bad,
        "has_offset": given("z"),
        "offset": _offset(groups.get("z"), n),
    }


def _offset(column: pa.Array | None, n: int) -> np.ndarray:
    import pyarrow as pa
    import pyarrow.compute as pc

    if column is None:
        return np.zeros(n, dtype=np.int64)
    parts = pc.extract_regex(column.fill_null(""), r"^(?P<sign>[+-])(?P<h>\d{2}):?(?P<m>\d{2})$")

    def number(name: str) -> np.ndarray:
        return pc.struct_field(parts, name).fill_null("0").cast(pa.int64()).to_numpy(zero_copy_only=False)

    sign = pc.equal(pc.struct_field(parts, "sign").fill_null("+"), "-").to_numpy(zero_copy_only=False)
    seconds = number("h") * 3600 + number("m") * 60
    return np.where(sign, -seconds, seconds)


def _excel(text: pa.Array) -> dict[str, np.ndarray]:
    """Serial days of the 1900 system, from 1 March 1900 on: before, the system counts a day that never was."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ok = pc.match_substring_regex(text, r"^\d{2,7}(\.\d+)?$").to_numpy(zero_copy_only=False)
    days = pc.if_else(pa.array(ok), text, "0").cast(pa.float64()).to_numpy(zero_copy_only=False)
    ok = ok & (days >= 61) & (days < 2_900_000)
    seconds = np.rint(np.where(ok, days, 61) * 86_400).astype(np.int64) - 25_569 * 86_400
    date = seconds.astype("datetime64[s]").astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    clock = seconds - date.astype(np.int64) * 86_400
    false, zero = np.zeros(len(ok), dtype=bool), np.zeros(len(ok), dtype=np.int64)
    return {
        "ok": ok,
        "Y": date.astype("datetime64[Y]").astype(np.int64) + 1970,
        "m": month.astype(np.int64) % 12 + 1,
        "d": (date - month.astype("datetime64[D]")).astype(np.int64) + 1,
        "has_clock": clock > 0,
        "seconds": clock,
        "bad_clock": false,
        "has_offset": false,
        "offset": zero,
    }


def _why_not(text: str, form: str) -> int:
    if re.fullmatch(r"\d{4}", text):
        return ONLY_YEAR
    if form == "day-first" and re.fullmatch(r"\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2}(\D.*)?", text):
        return TWO_DIGITS
    return NOT_A_DATE


def _pattern(form: str) -> str:
    """A regular expression for a pattern of % codes."""
    out, at, seen = "", 0, set()
    while at < len(form):
        code = form[at : at + 2]
        if form[at] != "%":
            out += r"\s+" if form[at] == " " else re.escape(form[at])
            at += 1
            continue
        if code not in _PATTERN_PARTS or (code in seen and code != "%%"):
            raise ForestallError(
                f"The date form {form!r} has {code!r}, which is not a code that is known here (or stands twice).",
                f"Use {', '.join(FORMS)}, or a pattern of {' '.join(_PATTERN_PARTS)}.",
            )
        out += _PATTERN_PARTS[code]
        seen.add(code)
        at += 2
    if not (seen & {"%Y", "%y"} and seen & {"%m", "%b", "%B"} and "%d" in seen):
        raise ForestallError(
            f"The date form {form!r} does not say where year, month and day stand.",
            f"Use {', '.join(FORMS)}, or a pattern such as %d/%m/%Y %H:%M.",
        )
    return f"^{out}$"
