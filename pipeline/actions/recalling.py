"""Write down stages that a deal passed before Penstock knew of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from crm.errors import Refused
from crm.models import User
from pipeline.actions.rules import day_of
from pipeline.ledger import Ledger, writing
from pipeline.models import Deal, DealChange, Stage

Verb = DealChange.Verb


class Visit(NamedTuple):
    """From `at` on the deal was in `stage`."""

    at: datetime
    stage: Stage


def recall_stages(
    deal: Deal, visits: Sequence[Visit], *, by: User | None, changes: Sequence[DealChange] | None = None
) -> list[Visit]:
    """Add to the past of a deal that was imported without a full history. Returns the visits that were new.

    `visits` are in order and lie between the deal's beginning and its newest change; where it is now stays as it is.
    What had been assumed about the stage in between is overruled by rows of the same instant: history is only
    appended to. If the visits reach back to the opening, the history is full from then on. `changes` are the deal's,
    in order, if the caller has them. Raises Refused.
    """
    with writing() as ledger:
        deal = ledger.lock(deal)
        known = list(deal.changes.order_by("effective_at", "id") if changes is None else changes)
        there = {(change.effective_at, change.stage_id) for change in known}
        new = [visit for visit in visits if (visit.at, visit.stage.pk) not in there]
        if new:
            _check(ledger, deal, new)
            _write(ledger, deal, visits, new, known, by)
    return new


def _check(ledger: Ledger, deal: Deal, new: Sequence[Visit]) -> None:
    if deal.has_full_history:
        raise Refused(at=_("This deal’s history is complete: its past cannot be changed."))
    if any(visit.at > ledger.now for visit in new):
        raise Refused(at=_("This cannot have happened in the future."))


def _write(
    ledger: Ledger,
    deal: Deal,
    visits: Sequence[Visit],
    new: Sequence[Visit],
    known: Sequence[DealChange],
    by: User | None,
) -> None:
    overruled = [Visit(change.effective_at, stage) for change in known if (stage := _stage_at(visits, change))]
    rows = [(each.effective_at, each.pk, each.stage_id) for each in known]
    is_open = True
    later = known[-1].pk + 1
    for number, visit in enumerate(sorted([*new, *overruled], key=lambda each: each.at)):
        verb = _verb(visit.stage, is_open=is_open)
        ledger.remember(_change(ledger, deal, visit, verb, known, by))
        rows.append((visit.at, later + number, visit.stage.pk))
        is_open = visit.stage.is_open
    begins_on, opened_on = day_of(ledger, visits[0].at), day_of(ledger, deal.opened_at)
    if begins_on <= opened_on and visits[0].stage.is_open:
        deal.opened_at, deal.has_full_history = visits[0].at, True
    deal.stage_since = _since(sorted(rows), deal)
    ledger.note(deal, Verb.REVISED, by=by, history=None)


def _stage_at(visits: Sequence[Visit], change: DealChange) -> Stage | None:
    """The stage that a known change had wrong: what the visits around it say, if that is another one."""
    if change.effective_at > visits[-1].at or any(visit.at == change.effective_at for visit in visits):
        return None
    before = [visit.stage for visit in visits if visit.at < change.effective_at]
    return before[-1] if before and before[-1].pk != change.stage_id else None


def _verb(stage: Stage, *, is_open: bool) -> Verb:
    if stage.is_open:
        return Verb.MOVED if is_open else Verb.REOPENED
    return Verb.WON if stage.is_won else Verb.LOST


def _change(
    ledger: Ledger, deal: Deal, visit: Visit, verb: Verb, known: Sequence[DealChange], by: User | None
) -> DealChange:
    """The deal as it stood then: as the newest known change before says, but in that stage."""
    stage = visit.stage
    then = next((each for each in reversed(known) if each.effective_at <= visit.at), known[0])
    alike = [each for each in [then, *reversed(known)] if each.outcome == stage.kind]
    closed = alike[0] if alike and not stage.is_open else None
    return DealChange(
        deal=deal,
        version=deal.version + 1,
        verb=verb,
        by=by,
        effective_at=visit.at,
        recorded_at=ledger.now,
        known_at=visit.at if visit.at < deal.created_at else ledger.now,
        pipeline_id=stage.pipeline_id,
        stage_id=stage.pk,
        outcome=stage.kind,
        owner_id=then.owner_id,
        team_id=then.team_id,
        amount=then.amount,
        currency_id=then.currency_id,
        expected_close_on=then.expected_close_on,
        probability_override=then.probability_override,
        category_override=then.category_override,
        closed_on=None if stage.is_open else closed.closed_on if closed else day_of(ledger, visit.at),
        base_amount=closed.base_amount if closed else None,
        is_archived=then.is_archived,
    )


def _since(rows: Sequence[tuple[datetime, int, int]], deal: Deal) -> datetime:
    """When the deal came into the stage it is in, by all rows in order (instant, number, stage)."""
    last_of_instant = {at: stage for at, _number, stage in rows}
    since = deal.stage_since
    for at, stage in reversed(last_of_instant.items()):
        if stage != deal.stage_id:
            break
        since = at
    return since
