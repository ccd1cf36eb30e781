"""Load the shipped entries, and correct them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from forestall.errors import ForestallError
from forestall.records.audit import actions as audit
from forestall.records.knowledge.models import Intervention, Technique
from forestall.records.knowledge.permissions import require_edit
from forestall.records.knowledge.rules import Effect, check_quality
from forestall.records.organisations.models import User

DATA = Path(__file__).parent / "data"
_EDITABLE = (
    "name",
    "effect",
    "what",
    "mechanism",
    "note",
    "sides",
    "techniques",
    "crime_types",
    "cost",
    "source",
)


def _read(name: str) -> dict[str, Any]:
    import yaml  # 30 ms that no page needs

    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))


@transaction.atomic
def load_shipped(*, by: User | str) -> int:
    """Put the shipped interventions and techniques in; entries that a person has edited stay as they are.

    Safe to run again: nothing is doubled. Returns how many interventions were added or renewed.
    """
    for row in _read("techniques.yaml")["techniques"]:
        Technique.objects.update_or_create(number=row["number"], defaults=row)
    shipped = _read("interventions.yaml")
    edited = set(Intervention.objects.filter(edited_at__isnull=False).values_list("key", flat=True))
    before = {i.key: i for i in Intervention.objects.all()}
    changed = 0
    for row in shipped["interventions"]:
        if row["key"] in edited:
            continue
        values = {**row, "edition": shipped["edition"]}
        if row["key"] in before and all(getattr(before[row["key"]], k) == v for k, v in values.items()):
            continue
        Intervention.objects.update_or_create(key=row["key"], defaults=values)
        changed += 1
    if changed:
        audit.record(
            by=by,
            action="intervention.loaded",
            object_kind="intervention",
            object_id="shipped",
            details={"edition": shipped["edition"], "changed": changed},
        )
    return changed


def edit_intervention(
    *, by: User, intervention: Intervention, values: Mapping[str, Any], expected_version: int
) -> bool:
    """Correct an entry. From then on it is the organisation's own: loading leaves it alone."""
    require_edit(by)
    unknown = [name for name in values if name not in _EDITABLE]
    if unknown:
        raise ForestallError(f"{', '.join(unknown)} cannot be edited here.", "Leave it out.")
    if "effect" in values and values["effect"] not in list(Effect):
        raise ForestallError(
            f"{values['effect']!r} is not a step of the effect scale.", "Choose one of the eight."
        )
    wrong = check_quality(intervention.quality)
    if wrong:
        raise ForestallError(wrong[0], "Correct the rating.")
    return audit.change(
        by=by,
        action="intervention.edited",
        target=intervention,
        values={**values, "edited_at": timezone.now()},
        expected_version=expected_version,
    )
