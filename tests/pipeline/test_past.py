"""As of an instant: what the tables said then, whatever was done or recorded since."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crm.errors import Conflict, Refused
from crm.models import ExchangeRate, Workspace
from crm.moment import Moment
from crm.past import looking_back
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
from pipeline.models import Activity, Deal, DealContact, DealLine, Pipeline, Stage
from pipeline.structure import add_stage, delete_stage, revise_pipeline, revise_stage
from tests.cast import Cast

pytestmark = pytest.mark.django_db
TABLES = (Deal, Stage, Pipeline, ExchangeRate)


def moment(at: datetime) -> Moment:
    return Moment(at.astimezone(Workspace.current().zone), at.isoformat())


def tables() -> dict[str, Any]:
    """All that is remembered, to the last column."""
    found: dict[str, Any] = {model.__name__: list(model._default_manager.order_by("pk").values()) for model in TABLES}
    lines = DealLine.objects.filter(deal__in=Deal.objects.all()).order_by("deal", "position", "id")
    found["lines"] = list(lines.values_list("deal", "product", "quantity", "unit_price", "discount", "total"))
    people = DealContact.objects.filter(deal__in=Deal.objects.all()).order_by("deal", "contact")
    found["people"] = list(people.values_list("deal", "contact", "role"))
    return found


# ── Random histories ───────────────────────────────────────────────────────────────────────────────


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


def live_on(cast: Cast, random: Random, count: int) -> Iterable[datetime]:
    """One thing after the other, and the instant after each."""
    for _number in range(count):
        deal = random.choice(list(Deal.objects.order_by("pk")))
        try:
            with transaction.atomic():
                random.choice(steps(cast, random))(deal)
        except (Refused, Conflict, IndexError, Stage.DoesNotExist):
            continue
        yield timezone.now()


class Rolled(Exception):
    pass


@pytest.mark.django_db
@given(st.integers(0, 10**9))
@settings(max_examples=4, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_is_what_the_tables_said_then(cast: Cast, seed: int) -> None:
    try:
        with transaction.atomic():
            _check_history(cast, Random(seed))
            raise Rolled
    except Rolled:
        pass


def assert_same(expected: list[Any], found: list[Any], where: str) -> None:
    """With what differs named."""
    differing = [
        {key: (was, row[key]) for key, was in before.items() if was != row[key]}
        if isinstance(before, dict)
        else (before, row)
        for before, row in zip(expected, found, strict=False)
        if before != row
    ]
    assert (differing, len(found)) == ([], len(expected)), where


def _check_history(cast: Cast, random: Random) -> None:
    for number in range(4):
        cast.deal(f"Deal {number}", amount=Decimal(100 * number))
    seen = {at: tables() for at in live_on(cast, random, 20)}
    for at, then in seen.items():
        with looking_back(moment(at)):
            now = tables()
        for name, rows in then.items():
            assert_same(rows, now[name], f"{name} at {at}")
