"""One file of incidents on its way: its columns, the faults found so far, and what to tell the reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forestall.evidence.sources.incidents.mapping import Mapping
from forestall.evidence.sources.text_table import TextTable

if TYPE_CHECKING:
    import pyarrow as pa

_LONGEST = 1000


class Work:
    """A file and its mapping. Of the faults of a row, the first that is found counts."""

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

    def constant(self, word: str) -> pa.Array:
        from forestall.evidence.tabular import coded

        return coded(np.zeros(self.table.rows, dtype=np.int32), [word])

    def rejects(self) -> list:
        return [
            self.table.reject(row, *self.said[self.fault[row]]) for row in np.flatnonzero(self.fault).tolist()
        ]
