"""Replaying a deal's history: what several tests hold the ledger to."""

from itertools import pairwise
from typing import Any

from pipeline.ledger import FIELDS, SILENT
from pipeline.models import Deal, DealChange

STATE = [field.attname for field in DealChange._meta.concrete_fields if field.attname in FIELDS and field.name != "id"]
FORGOTTEN = {"lost_from_id"}  # with the stage when that is deleted
Row = dict[str, Any]


def columns(deal: Deal) -> Row:
    """What a deal's history must lead to."""
    return {name: getattr(deal, name) for name in STATE if name != "version"}


def state(change: DealChange) -> Row:
    """The deal as this row of its history says it stood."""
    return {name: getattr(change, name) for name in STATE if name != "version"}


def assert_history_replays(deal: Deal) -> list[DealChange]:
    """Its newest row is the deal, folding `was` back gives each earlier one; no version is missing."""
    changes = list(deal.changes.order_by("version"))
    assert [change.version for change in changes] == list(range(1, deal.version + 1))
    assert changes == sorted(changes, key=lambda change: (change.effective_at, change.pk))
    assert state(changes[-1]) == columns(deal)
    assert changes[-1].is_archived == (deal.archived_at is not None)
    current: Row = {name: getattr(deal, name) for name in FIELDS if name not in SILENT}
    for earlier, change in reversed(list(pairwise(changes))):
        assert change.was
        for name in change.was.keys() & FIELDS.keys():
            before = FIELDS[name].to_python(change.was[name])
            assert before != current[name] or name in FORGOTTEN, f"{name} of version {change.version} is no change"
            current[name] = before
        assert {name: current[name] for name in STATE if name != "version"} == state(earlier)
    assert (changes[0].verb, changes[0].was) == ("opened", {})
    return changes
