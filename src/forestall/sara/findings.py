"""A Finding: one answer, with all that is needed to get the same answer again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any


def canonical(value: Any) -> bytes:
    """JSON with sorted keys, no spaces and no NaN: equal values give equal bytes."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode("utf-8")


@dataclass(frozen=True)
class Finding:
    """A question asked of one release by one method, and its answer.

    Holds no clock time and no machine fact, so recomputing it on the same release gives identical bytes.
    `parameters` and `answer` are plain JSON values.
    """

    question: str  # stable key: "scan.persistent_hot_spot", "assessment.effect"
    parameters: dict[str, Any]
    release: str
    release_hash: str
    method: str  # "Getis-Ord Gi*, analytic"
    method_version: str
    answer: dict[str, Any]
    seed: int | None = None
    caveats: tuple[str, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        return {
            "question": self.question,
            "parameters": self.parameters,
            "release": self.release,
            "release_hash": self.release_hash,
            "method": self.method,
            "method_version": self.method_version,
            "answer": self.answer,
            "seed": self.seed,
            "caveats": list(self.caveats),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Finding:
        return cls(**{**data, "caveats": tuple(data.get("caveats", ()))})

    @property
    def hash(self) -> str:
        """SHA-256 of its canonical bytes."""
        return hashlib.sha256(canonical(self.to_dict())).hexdigest()
