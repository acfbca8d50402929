"""Move, win, lose and reopen a deal."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from django.utils.translation import gettext as _

from crm.errors import Refused
from crm.models import User
from pipeline.actions.revising import enter_fields
from pipeline.actions.rules import (
    check_fields,
    day_of,
    effect,
    expect_same_stage,
    freeze_value,
    place_in_column,
    require_fields,
)
from pipeline.ledger import Ledger, writing
from pipeline.models import (
    Deal,
    DealChange,
    LossReason,
    Outcome,
    Stage,
    WinReason,
)

Verb = DealChange.Verb


def move_deal(
    deal: Deal,
    *,
    to: Stage,
    after: int | None = None,
    before: int | None = None,
    version: int | None = None,
    fields: Mapping[str, Any] | None = None,
    by: User | None,
    at: datetime | None = None,
) -> Deal:
    """Put the deal into an open stage, below the card `after` or else above `before`, else on top.

    `fields` fills in what the stage requires. Moving a closed deal reopens it. Raises NeedsFields; Refused for a won or
    lost stage (call win_deal or lose_deal); Conflict if the deal left the stage that `version` was seen in.
    """
    with writing() as ledger:
        deal = ledger.lock(deal)
        expect_same_stage(deal, version)
        if not to.is_open:
            raise Refused(stage=_("Say why: a deal is won or lost with a reason."))
        if fields:
            deal = enter_fields(deal, fields, by=by, at=at)
        if deal.stage_id != to.pk:
            require_fields(ledger, deal, to)
        put_into_stage(ledger, deal, to, after, before, by=by, at=at)
    return deal


def put_into_stage(
    ledger: Ledger,
    deal: Deal,
    stage: Stage,
    after: int | None = None,
    before: int | None = None,
    *,
    by: User | None,
    at: datetime | None = None,
) -> None:
    """Move a locked deal without asking for anything: what a stage requires is asked of people, not of its removal."""
    at = effect(ledger, at, deal)
    verb = Verb.MOVED if deal.is_open else Verb.REOPENED
    if deal.stage_id != stage.pk:
        _enter(deal, stage, at)
    place_in_column(ledger, deal, after, before)
    ledger.note(deal, verb, by=by, at=at)


def win_deal(
    deal: Deal,
    *,
    reason: WinReason | None,
    closed_on: date | None = None,
    note: str = "",
    version: int | None = None,
    fields: Mapping[str, Any] | None = None,
    by: User | None,
    at: datetime | None = None,
) -> Deal:
    """Close the deal as won on `closed_on` (default today): its value is frozen at that day's rate.

    People say why; who accepts a quote need not (None). A competitor named on the deal stays: whom we won against.
    """
    with writing() as ledger:
        deal = ledger.lock(deal)
        expect_same_stage(deal, version)
        if fields:
            deal = enter_fields(deal, fields, by=by, at=at)
        stage = ledger.closing_stage(deal, Outcome.WON)
        require_fields(ledger, deal, stage)
        deal.win_reason, deal.loss_reason, deal.closing_note = reason, None, note
        deal.lost_from = None
        _close(ledger, deal, stage, closed_on, at)
        ledger.note(deal, Verb.WON, by=by, at=_closing_instant(ledger, deal, at))
    return deal


def lose_deal(
    deal: Deal,
    *,
    reason: LossReason,
    competitor: str = "",
    closed_on: date | None = None,
    note: str = "",
    version: int | None = None,
    by: User | None,
    at: datetime | None = None,
) -> Deal:
    """Close the deal as lost on `closed_on` (default today). It keeps the amount it had when last open."""
    with writing() as ledger:
        deal = ledger.lock(deal)
        expect_same_stage(deal, version)
        stage = ledger.closing_stage(deal, Outcome.LOST)
        deal.lost_from = deal.stage if deal.is_open else deal.lost_from
        deal.loss_reason, deal.win_reason, deal.competitor, deal.closing_note = reason, None, competitor.strip(), note
        _close(ledger, deal, stage, closed_on, at)
        ledger.note(deal, Verb.LOST, by=by, at=_closing_instant(ledger, deal, at))
    return deal


def reopen_deal(deal: Deal, *, to: Stage | None = None, by: User | None, at: datetime | None = None) -> Deal:
    """Back into an open stage: by default the one it was closed from, else the pipeline's last open one."""
    with writing() as ledger:
        deal = ledger.lock(deal)
        if deal.is_open:
            raise Refused(stage=_("This deal is open already."))
        stage = to or _stage_before_closing(deal)
        return move_deal(deal, to=stage, by=by, at=at)


def _stage_before_closing(deal: Deal) -> Stage:
    last = deal.changes.filter(outcome=Outcome.OPEN).order_by("-version").values_list("stage_id", flat=True).first()
    stages = Stage.objects.filter(pipeline_id=deal.pipeline_id, kind=Outcome.OPEN)
    stage = (stages.filter(pk=last).first() if last else None) or stages.order_by("position", "id").last()
    if stage is None:
        raise Refused(stage=_("This pipeline has no open stage."))
    return stage


def _enter(deal: Deal, stage: Stage, at: datetime) -> None:
    deal.pipeline_id, deal.stage, deal.outcome, deal.stage_since = stage.pipeline_id, stage, stage.kind, at
    if stage.is_open:
        deal.closed_on = deal.base_amount = deal.base_rate = None
        deal.win_reason = deal.loss_reason = deal.lost_from = None
        deal.competitor = deal.closing_note = ""


def _close(ledger: Ledger, deal: Deal, stage: Stage, closed_on: date | None, at: datetime | None) -> None:
    today = ledger.workspace.today
    if closed_on and closed_on > today:
        raise Refused(closed_on=_("A deal cannot be closed in the future."))
    if closed_on is None:  # won again as won keeps its date
        closed_on = (
            deal.closed_on if deal.outcome == stage.kind and deal.closed_on else day_of(ledger, at or ledger.now)
        )
    if deal.stage_id != stage.pk:
        _enter(deal, stage, _closing_instant(ledger, deal, at, closed_on))
    deal.closed_on = closed_on
    check_fields(deal)
    freeze_value(ledger, deal)


def _closing_instant(ledger: Ledger, deal: Deal, at: datetime | None, closed_on: date | None = None) -> datetime:
    """When a close took effect: now, or noon of the day it is dated back to."""
    day = closed_on or deal.closed_on
    if at is not None or day is None or day == ledger.workspace.today:
        return effect(ledger, at, deal)
    return effect(ledger, datetime.combine(day, time(12), ledger.workspace.zone), deal)
