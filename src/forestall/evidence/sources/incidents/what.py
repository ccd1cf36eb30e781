"""What and who: identifier, type, force and keys of each incident."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from forestall.evidence.sources.incidents.mapping import KEYS
from forestall.evidence.sources.incidents.work import Work

if TYPE_CHECKING:
    import pyarrow as pa

#: Force code of incidents whose mapping names none.
NO_FORCE = "not-stated"
_SPREADSHEET_ID = r"^\d(\.\d+)?[eE]\+\d+$"
_LOOKS_LIKE_A_NAME = r"^[\p{L}'’.\-]+( [\p{L}'’.\-]+)+$"


def ids(work: Work) -> pa.Array | None:
    import pyarrow.compute as pc

    if "id" not in work.mapping.columns:
        work.tell("the mapping names no identifier: rows that come again in another file cannot be told.")
        return None
    title = work.mapping.columns["id"]
    column = work.text(title)
    mangled = pc.match_substring_regex(column, _SPREADSHEET_ID).to_numpy(zero_copy_only=False)
    work.mark(
        mangled,
        title,
        "The identifier was turned into a number by a spreadsheet.",
        "Take it from the system that it came from.",
    )
    empty = pc.equal(column, "")
    if n := pc.sum(empty).as_py():
        work.tell(f"{n} rows have no identifier; each counts as an incident of its own.")
    return pc.if_else(empty, None, column)


def types(work: Work) -> pa.Array:
    """Crime types in our words."""
    from forestall.evidence.sources.police_uk.values import crime_type
    from forestall.evidence.tabular import coded, codes_and_names

    mapping = work.mapping
    if mapping.type_constant is not None:
        word = mapping.type_constant
        return work.constant(mapping.types.get(word.casefold()) or crime_type(word) or word)
    title = mapping.columns["type"]
    codes, words = codes_and_names(work.text(title))
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
    work.mark(empty[codes], title, "The type is empty.", "Fill it in.")
    work.mark(
        np.isin(codes, refused),
        title,
        "The type is not in the mapping's list of types.",
        'Add it to `types:` in the mapping, or say what the others become: `"*": keep`.',
    )
    _tell_kept(work, Counter({words[i]: int((codes == i).sum()) for i in kept}))
    return coded(codes, ours)


def _tell_kept(work: Work, kept: Counter[str]) -> None:
    if kept:
        top = ", ".join(f"{w[:60]} ({n})" for w, n in kept.most_common(8))
        work.tell(
            f"{len(kept)} types are not police.uk crime types and keep their own names: {top}. They have no "
            "harm weight; translate them with `types:` in the mapping."
        )


def force(work: Work) -> pa.Array:
    from forestall.evidence import forces
    from forestall.evidence.tabular import coded, codes_and_names

    if "force" in work.mapping.columns:
        title = work.mapping.columns["force"]
        codes, words = codes_and_names(work.text(title))
        empty = np.array([not w for w in words], dtype=bool)
        work.mark(empty[codes], title, "No force is named.", "Fill it in.")
    else:
        words = [work.mapping.force_constant or ""]
        codes = np.zeros(work.table.rows, dtype=np.int32)
        if not words[0]:
            work.tell(f"the mapping names no force; its incidents stand under {NO_FORCE!r}.")
    resolved = [forces.resolve(w) or NO_FORCE if w else NO_FORCE for w in words]
    strange = sorted({w for w, code in zip(words, resolved, strict=True) if w and not forces.is_known(code)})
    if strange:
        work.tell(f"not a force of England and Wales that is known here: {', '.join(strange[:10])}.")
    return coded(codes, resolved)


def plain(work: Work, ours: str) -> pa.Array | None:
    """A column of text as it is; null where empty."""
    import pyarrow.compute as pc

    if ours not in work.mapping.columns:
        return None
    column = work.text(work.mapping.columns[ours])
    column = pc.if_else(pc.equal(column, ""), None, column)
    return column.dictionary_encode() if ours in ("location", "outcome") else column


def keys(work: Work) -> tuple[str, ...]:
    return tuple(k for k in KEYS if k in work.mapping.columns)


def names_in_keys(work: Work) -> bool:
    """True when keys that are said to be pseudonymous look like people's names."""
    import pyarrow.compute as pc

    found = []
    for key in keys(work):
        column = work.text(work.mapping.columns[key])
        given = column.filter(pc.not_equal(column, ""))
        like = pc.sum(pc.match_substring_regex(given, _LOOKS_LIKE_A_NAME)).as_py() or 0
        if like > 0.2 * len(given):
            found.append(key)
    if found:
        work.tell(
            f"the mapping calls its keys pseudonymous, but {', '.join(found)} look like names: all keys were "
            "turned into codes that cannot be read back."
        )
    return bool(found)


def rest(work: Work) -> pa.Array | None:
    """The whole row as text, where its identifier comes again: only then may it be a copy."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if "id" not in work.mapping.columns or not work.table.rows:
        return None
    ids = work.text(work.mapping.columns["id"])
    counts = ids.value_counts()
    again = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
    repeated = pc.is_in(ids, again).to_numpy(zero_copy_only=False)
    if not repeated.any():
        return None
    at = pa.array(np.flatnonzero(repeated))
    joined = pc.binary_join_element_wise(*(work.table.columns[i].take(at) for i in work.table.kept()), "\x1f")
    out = np.full(work.table.rows, "", dtype=object)
    out[repeated] = joined.to_numpy(zero_copy_only=False)
    return pa.array(out, pa.string()).dictionary_encode()
