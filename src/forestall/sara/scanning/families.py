"""One family of tests: all places and crime types that a lens looked at in one force."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forestall.stats.multiplicity import false_discovery


def discoveries(families: Sequence[np.ndarray], rate: float) -> list[np.ndarray]:
    """Which tests can be called findings, if at most `rate` of those called may be false, of each type and of all?

    families: p values of each crime type, any shapes. Returns bool arrays of the same shapes. Both are asked for:
    fourteen types controlled one by one would each bring their own false findings, and controlled only together,
    a type full of true findings would buy allowance for false ones in the others.
    """
    if not families:
        return []
    together = false_discovery(np.concatenate([p.ravel() for p in families]), rate)
    cuts = np.cumsum([p.size for p in families])[:-1]
    return [
        part.reshape(p.shape) & false_discovery(p, rate)
        for part, p in zip(np.split(together, cuts), families, strict=True)
    ]
