"""Lives of a few deals at random: what is done to them and around them, and the instant after each step."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.db import transaction
from django.utils import timezone

from crm.errors import Conflict, Refused
from crm.models import ExchangeRate, Workspace
from crm.moment import Moment
from pipeline.actions import (
    Line,
    archive_deal,
    clone_deal,
    hand_over_deal,
    lose_deal,
    merge_deals,
    move_deal,
    open_deal,
    reopen_deal,
    restore_deal,
    revise_deal,
    set_lines,
    set_people,
    undo_change,
    win_deal,
)
from pipeline.activities import complete_activity, plan_activity
from pipeline.models import Activity, Deal, Stage
from pipeline.structure import add_stage, delete_stage, revise_pipeline, revise_stage
from tests.cast import Cast


def moment(at: datetime) -> Moment:
    return Moment(at.astimezone(Workspace.current().zone), at.isoformat())


def steps(cast: Cast, random: Random) -> list[Callable[[Deal], Any]]:
    """What can be done to a deal, or around it."""
    # What was planned on a merged deal stands on the other one for ever: those are not merged here.
    unplanned = Deal.objects.filter(activities=None).order_by("pk")
    by, stage = cast.dana, random.choice([each for each in Stage.objects.order_by("pk") if each.is_open])
    yesterday = cast.today - timedelta(days=random.randint(0, 40))
    return [
        lambda deal: move_deal(deal, to=stage, by=by),
        lambda deal: move_deal(deal, to=stage, by=by, at=timezone.now() - timedelta(hours=1)),
        lambda deal: win_deal(deal, reason=cast.fit, closed_on=yesterday, by=by),
        lambda deal: lose_deal(deal, reason=cast.price, competitor="Rival", note="dear", by=by),
        lambda deal: reopen_deal(deal, by=by),
        lambda deal: revise_deal(deal, amount=random.choice([None, Decimal(random.randrange(10**6))]), by=by),
        lambda deal: revise_deal(deal, title=f"Title {random.random()}", company=cast.globex, by=by),
        lambda deal: revise_deal(deal, currency_id=random.choice(["USD", "GBP", "EUR"]), by=by),
        lambda deal: revise_deal(deal, expected_close_on=random.choice([None, yesterday]), by=by),
        lambda deal: revise_deal(deal, probability_override=Decimal(7), category_override="commit", by=by),
        lambda deal: hand_over_deal(deal, to=random.choice([cast.alice, cast.charlie]), by=by),
        lambda deal: archive_deal(deal, by=by),
        lambda deal: restore_deal(deal, by=by),
        lambda deal: set_lines(deal, [Line(cast.pump, Decimal(random.randint(1, 9))), Line(cast.sensor)], by=by),
        lambda deal: set_lines(deal, [], by=by),
        lambda deal: set_people(deal, random.choice([[], [(cast.carol, "decides")]]), by=by),
        lambda deal: undo_change(deal, version=deal.version, by=by),
        lambda deal: clone_deal(deal, by=by),
        lambda deal: merge_deals(deal, other=random.choice(unplanned), by=by),
        lambda deal: plan_activity(deal, subject="Call", due_on=yesterday, by=by),
        lambda deal: complete_activity(Activity.objects.filter(deal=deal).order_by("pk")[0], by=by),
        lambda deal: revise_stage(stage, probability=Decimal(random.randint(1, 99)), category="best_case", by=by),
        lambda deal: revise_stage(stage, name=f"Stage {random.random()}"[:20], by=by),
        lambda deal: add_stage(deal.pipeline, name=f"More {random.random()}"[:20], probability=Decimal(5), by=by),
        lambda deal: delete_stage(stage, move_to=Stage.objects.get(name="Proposal"), by=by),
        lambda deal: revise_pipeline(deal.pipeline, name=f"{random.random()}", by=by),
        lambda deal: ExchangeRate.objects.create(
            currency_id="USD", base_id="EUR", on=yesterday, rate=Decimal(random.randint(1, 9))
        ),
        lambda deal: open_deal(title="New", owner=cast.bob, amount=Decimal(5), by=by),
    ]


def done(step: Callable[[Deal], Any], deal: Deal) -> bool:
    """Whether it was allowed."""
    try:
        with transaction.atomic():
            step(deal)
    except (Refused, Conflict, IndexError, Stage.DoesNotExist):
        return False
    return True


def live_on(cast: Cast, random: Random, count: int) -> Iterable[datetime]:
    """One thing after the other, and the instant after each."""
    for _number in range(count):
        deal = random.choice(list(Deal.objects.order_by("pk")))
        if done(random.choice(steps(cast, random)), deal):
            yield timezone.now()
