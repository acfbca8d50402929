"""Open a deal."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from contacts.models import Contact
from crm.errors import Refused
from crm.models import Team, User
from pipeline.actions.rules import (
    Line,
    check_fields,
    day_of,
    effect,
    lines_of,
    links_of,
    require_fields,
    set_fields,
    team_of,
)
from pipeline.ledger import writing
from pipeline.models import (
    Deal,
    DealChange,
    DealContact,
    DealLine,
    Outcome,
    Pipeline,
    Stage,
)
from pipeline.pricing import lines_total

Verb = DealChange.Verb


def open_deal(
    *,
    title: str,
    owner: User,
    stage: Stage | None = None,
    pipeline: Pipeline | None = None,
    team: Team | None = None,
    lines: Sequence[Line] = (),
    people: Sequence[tuple[Contact, str]] = (),
    by: User | None,
    at: datetime | None = None,
    has_full_history: bool = True,
    **fields: Any,
) -> Deal:
    """A new deal on top of its stage (by default the first open one of the default pipeline).

    `fields` are any of REVISABLE, or `custom.<key>`. Raises Refused for bad fields, NeedsFields for what the stage
    requires.
    """
    with writing() as ledger:
        stage = stage or _first_stage(pipeline)
        if not stage.is_open:
            raise Refused(stage=_("A new deal starts in an open stage; win or lose it afterwards."))
        at = effect(ledger, at)
        if "currency" not in fields:
            fields.setdefault("currency_id", ledger.workspace.currency_id)
        deal = Deal(
            title=title.strip(),
            owner=owner,
            team=team or team_of(owner, day_of(ledger, at)),
            pipeline_id=stage.pipeline_id,
            stage=stage,
            opened_at=at,
            stage_since=at,
            created_at=ledger.now,
            has_full_history=has_full_history,
        )
        set_fields(deal, fields, is_new=True)
        new_lines = lines_of(deal, lines)
        if lines and deal.amount is None:
            deal.amount_from_lines = True
        if deal.amount_from_lines:
            deal.amount = lines_total(line.total for line in new_lines)
        check_fields(deal)
        links = links_of(deal, people)
        ledger.add(deal)
        ledger.relate(DealLine, deal, new_lines)
        ledger.relate(DealContact, deal, links)
        require_fields(ledger, deal, stage)
        ledger.note(deal, Verb.OPENED, by=by, at=at)
    return deal


def _first_stage(pipeline: Pipeline | None) -> Stage:
    stages = Stage.objects.filter(kind=Outcome.OPEN).order_by("position", "id")
    stage = (stages.filter(pipeline=pipeline) if pipeline else stages.filter(pipeline__is_default=True)).first()
    if stage is None:
        raise Refused(stage=_("There is no open stage to start in. Add one in the pipeline’s settings."))
    return stage
