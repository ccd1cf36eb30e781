"""Outcomes to crimes: by identifier, the latest word on each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forestall.evidence import identity, tabular
from forestall.evidence.sources.police_uk.values import stage

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = {"crime_id": "text", "month": "dictionary", "outcome": "dictionary"}


@dataclass(frozen=True)
class Joined:
    """Outcomes held and new, without repeats."""

    table: pa.Table  # crime_id, month, outcome: sorted, no two rows alike
    exact_copies: int  # whole-row copies among the new
    added: int


def join(old: pa.Table | None, new: pa.Table | None) -> Joined | None:
    """All outcomes known, oldest first. new: with `rest`, by which whole-row copies are told."""
    import pyarrow as pa

    if old is None and new is None:
        return None
    exact = 0
    parts = [tabular.conform(t, COLUMNS) for t in (old, new) if t is not None]
    if new is not None:
        whole = identity.contents(new, np.arange(new.num_rows), ("crime_id", "month", "outcome", "rest"))
        exact = new.num_rows - len(np.unique(whole))
    table = tabular.in_one(pa.concat_tables(parts))
    content = identity.contents(table, np.arange(table.num_rows), tuple(COLUMNS))
    _, first = np.unique(content, return_index=True)
    table = tabular.conform(table.take(pa.array(np.sort(first))), COLUMNS)
    table = tabular.canonical(table, COLUMNS, sort_by=("month",))
    return Joined(table, exact, table.num_rows - (old.num_rows if old is not None else 0))


@dataclass(frozen=True)
class Linked:
    """Crimes with the latest outcome, and how many outcome identifiers found one."""

    events: pa.Table
    matched: int
    unmatched: int


def link(events: pa.Table, outcomes: pa.Table) -> Linked:
    """Give each crime the latest outcome that its identifier has in the outcomes.

    Latest by month, then by how far the case has come. A crime whose own row already tells of a later stage
    (a sentence, where the outcomes stop at the charge) keeps that. Only for police.uk identifiers.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    month = tabular.sorted_codes(outcomes["month"])[0]
    word, words = tabular.codes_and_names(outcomes["outcome"])
    reached = np.array([stage(w) for w in words] + [-1])
    encoded = tabular.one_array(outcomes["crime_id"].dictionary_encode())
    crime = encoded.indices.to_numpy()
    order = np.lexsort((np.arange(len(crime)), reached[word], month, crime))
    last = order[np.r_[crime[order][1:] != crime[order][:-1], True]] if len(order) else order
    latest = word[last]  # one entry for each identifier, in the order of the dictionary
    found = pc.fill_null(pc.index_in(events["crime_id"], value_set=encoded.dictionary), -1)
    found = found.to_numpy().astype(np.int64)
    source, sources = tabular.codes_and_names(events["source"])
    found = np.where(np.array([s == "police.uk" for s in [*sources, ""]])[source], found, -1)
    hit = found >= 0
    own, own_words = tabular.codes_and_names(events["outcome"])
    own_stage = np.array([stage(w) for w in own_words] + [-1])[own]
    words_all = [*own_words, *words]
    codes = own.copy()
    better = hit & (reached[latest[found]] >= own_stage) if len(latest) else hit
    codes[better] = latest[found[better]] + len(own_words)
    position = events.column_names.index("outcome")
    merged, names = tabular.sorted_codes(tabular.coded(codes, words_all))
    matched = len(np.unique(found[hit]))
    return Linked(
        events.set_column(position, "outcome", pa.chunked_array([tabular.coded(merged, names)])),
        matched,
        len(latest) - matched,
    )
