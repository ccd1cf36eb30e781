"""Clauses and what serves them agree."""

from __future__ import annotations

import importlib.util

import pytest

from forestall.cli.main import COMMANDS
from forestall.strategy.clauses import CLAUSES, Part, clause

#: Clauses that nothing serves yet. Take one out when something does; never add one.
NOT_YET = set(
    "O2 O3 O4 CD2.1 CD2.2 CD3.1 CD4.1 CD4.2 CD4.3 EF1.1 EF1.2 EF1.3 EF2.1 EF2.2 EF2.3 EF2.4 EF3.1 EF3.2.1"
    " EF3.2.2 EF3.2.3 EF3.3 EF3.4 R1.1 R1.2 R1.3 R1.4 R1.5 R1.6 R2.1 R2.2 VFM1.1 VFM1.2 VFM2.1 VFM2.2"
    " VFM2.3 VFM2.4".split()
)


def test_every_clause_once() -> None:
    ids = [c.id for c in CLAUSES]
    assert len(ids) == len(set(ids)) == 43
    assert {c.part for c in CLAUSES} == set(Part)


def test_what_is_not_served_is_listed_and_nothing_else() -> None:
    assert {c.id for c in CLAUSES if not c.served} == NOT_YET


@pytest.mark.parametrize("served", [(c.id, s) for c in CLAUSES for s in c.serves], ids=str)
def test_what_serves_a_clause_exists(served: tuple[str, str]) -> None:
    kind, _, name = served[1].partition(":")
    if kind == "command":
        assert name in COMMANDS
    elif kind == "module":
        assert importlib.util.find_spec(f"forestall.{name}")
    else:
        from django.urls import get_resolver

        namespace, _, view = name.rpartition(":")
        resolver = get_resolver()
        found = resolver.namespace_dict[namespace][1] if namespace else resolver
        assert view in found.reverse_dict


def test_an_unknown_clause_is_an_error() -> None:
    assert clause("CD1.2").label
    with pytest.raises(KeyError):
        clause("CD9")
