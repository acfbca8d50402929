"""The waterfall: what became of a period's open deals between two instants, deal by deal, to the cent."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crm.access import reach_of
from crm.models import ExchangeRate, User
from crm.moment import Moment
from crm.past import looking_back
from crm.periods import Period, add_months, month_of, quarter_of
from forecasting.movements import CAUSES, GAINS, LOSSES, Movement, ledger, slippage, waterfall
from pipeline.actions import (
    archive_deal,
    hand_over_deal,
    lose_deal,
    move_deal,
    reopen_deal,
    restore_deal,
    revise_deal,
    win_deal,
)
from pipeline.models import Deal
from pipeline.processes import TEMPLATES
from pipeline.structure import create_pipeline
from pipeline.valuing import Valuing, totals_of
from tests.cast import Cast
from tests.forecasting.histories import Told, Walk, live_through

pytestmark = pytest.mark.django_db


class Clock:
    """What happened since it was made, of the month of today."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.since = cast, timezone.now()

    def sums(self, who: User | None = None, **narrowed: Any) -> dict[str, tuple[int, Decimal]]:
        found = waterfall(self.asked(who, **narrowed))
        moved = sum((found.of(cause).value for cause in CAUSES), Decimal(0))
        assert found.start.value + moved == found.end.value
        return {cause: (each.deals, each.value) for cause, each in found.sums.items()}

    def asked(self, who: User | None = None, **narrowed: Any) -> Movement:
        reach = reach_of(who or self.cast.dana)
        return Movement(reach, month_of(self.cast.today), self.since, timezone.now(), **narrowed)


# ── Causes, one by one ─────────────────────────────────────────────────────────────────────────────


def test_each_cause_has_its_row(cast: Cast) -> None:
    later = add_months(cast.today, 2)
    won, lost, pushed, up, down, deleted, outside, was_lost, was_deleted = (cast.deal() for _number in range(9))
    revise_deal(outside, expected_close_on=later, by=cast.dana)
    lose_deal(was_lost, reason=cast.price, by=cast.dana)
    archive_deal(was_deleted, by=cast.dana)
    clock = Clock(cast)
    win_deal(won, reason=cast.fit, by=cast.dana)
    lose_deal(lost, reason=cast.price, by=cast.dana)
    revise_deal(pushed, expected_close_on=later, by=cast.dana)
    revise_deal(up, amount=Decimal(1300), by=cast.dana)
    revise_deal(down, amount=Decimal(900), by=cast.dana)
    archive_deal(deleted, by=cast.dana)
    revise_deal(outside, expected_close_on=cast.today, by=cast.dana)
    reopen_deal(was_lost, by=cast.dana)
    restore_deal(was_deleted, by=cast.dana)
    cast.deal(amount=Decimal(70))
    assert clock.sums() == {
        "start": (6, 6000), "created": (1, 70), "reopened": (1, 1000), "pulled_in": (1, 1000), "restored": (1, 1000),
        "up": (1, 300), "down": (1, -100), "pushed_out": (1, -1000), "lost": (1, -1000), "won": (1, -1000),
        "deleted": (1, -1000), "end": (6, 5270),
    }  # fmt: skip


def test_the_owner_is_the_owner_at_that_time(cast: Cast) -> None:
    deal = cast.deal()
    clock = Clock(cast)
    hand_over_deal(deal, to=cast.charlie, by=cast.dana)
    win_deal(deal, reason=cast.fit, by=cast.charlie)
    assert clock.sums(owner=cast.alice.pk) == {"start": (1, 1000), "owner_out": (1, -1000)}
    assert clock.sums(team=cast.north.pk) == {"start": (1, 1000), "owner_out": (1, -1000)}
    assert clock.sums(owner=cast.charlie.pk) == {"owner_in": (1, 1000), "won": (1, -1000)}
    assert clock.sums() == {"start": (1, 1000), "won": (1, -1000)}


def test_it_goes_as_far_as_the_reach(cast: Cast) -> None:
    clock = Clock(cast)
    hand_over_deal(cast.deal(), to=cast.charlie, by=cast.dana)
    assert clock.sums(cast.mia) == {"created": (1, 1000), "owner_out": (1, -1000)}
    assert clock.sums(cast.max) == {"owner_in": (1, 1000), "end": (1, 1000)}


def test_a_pipeline_that_a_deal_leaves_and_the_one_it_comes_to(cast: Cast) -> None:
    other = create_pipeline(template=next(iter(TEMPLATES.values())), name="Service", by=cast.dana)
    deal = cast.deal()
    clock = Clock(cast)
    move_deal(deal, to=other.stages.filter(kind="open")[0], by=cast.dana)
    assert clock.sums(pipeline=cast.pipeline.pk) == {"start": (1, 1000), "pipeline_out": (1, -1000)}
    assert clock.sums(pipeline=other.pk) == {"pipeline_in": (1, 1000), "end": (1, 1000)}
    assert clock.sums() == {"start": (1, 1000), "end": (1, 1000)}


def test_a_deal_that_is_worth_more_when_it_is_won_went_up_first(cast: Cast) -> None:
    deal = cast.deal()
    clock = Clock(cast)
    with transaction.atomic():
        revise_deal(deal, amount=Decimal(1200), by=cast.dana)
        win_deal(deal, reason=cast.fit, by=cast.dana)
    assert clock.sums() == {"start": (1, 1000), "up": (1, 200), "won": (1, -1200)}
    assert [(row.cause, row.value) for row in ledger(clock.asked())] == [("up", 200), ("won", -1200)]


def test_what_rates_did_is_told_apart_and_a_change_of_currency_is_up_or_down(cast: Cast) -> None:
    ExchangeRate.objects.filter(currency="USD").delete()
    ExchangeRate.objects.create(currency_id="USD", base_id="EUR", on=cast.today, rate=Decimal("0.5"))
    deal, other = cast.deal(currency_id="USD"), cast.deal(amount=Decimal(100))
    clock = Clock(cast)
    ExchangeRate.objects.create(currency_id="USD", base_id="EUR", on=cast.today, rate=Decimal("0.8"))
    revise_deal(other, currency_id="USD", by=cast.dana)
    lose_deal(deal, reason=cast.price, by=cast.dana)
    assert clock.sums() == {
        "start": (2, 600), "fx": (1, 300), "down": (1, -20), "lost": (1, -800), "end": (1, 80),
    }  # fmt: skip


def test_without_a_rate_a_deal_is_counted_and_in_no_sum_until_there_is_one(cast: Cast) -> None:
    cast.deal(currency_id="JPY", amount=Decimal(5000))
    clock = Clock(cast)
    before = waterfall(clock.asked())
    assert (before.start.deals, before.start.value, before.start.missing, before.end.missing) == (1, 0, 1, 1)
    ExchangeRate.objects.create(currency_id="JPY", base_id="EUR", on=cast.today, rate=Decimal("0.01"))
    after = waterfall(clock.asked())
    assert (after.start.value, after.of("fx").value, after.end.value, after.end.missing) == (0, 50, 50, 0)


def test_what_is_dated_back_afterwards_counts_from_when_it_was_learnt(cast: Cast) -> None:
    deal = cast.deal()
    clock = Clock(cast)
    move_deal(deal, to=cast.stages["Demo"], at=timezone.now() - timedelta(days=3), by=cast.dana)
    revise_deal(deal, amount=Decimal(1100), by=cast.dana)
    assert clock.sums() == {"start": (1, 1000), "up": (1, 100), "end": (1, 1100)}


def test_every_cause_is_a_gain_a_loss_or_the_rates(cast: Cast) -> None:
    assert {*GAINS, *LOSSES, "fx"} == set(CAUSES)


# ── Any history ────────────────────────────────────────────────────────────────────────────────────


def questions(cast: Cast, random: Random, other: int) -> Iterator[tuple[User, dict[str, Any]]]:
    yield cast.dana, {}
    yield cast.dana, {"owner": random.choice([cast.alice, cast.charlie]).pk}
    yield cast.dana, {"team": cast.north.pk}
    yield cast.dana, {"pipeline": random.choice([cast.pipeline.pk, other])}
    yield cast.mia, {}
    yield cast.alice, {"owner": cast.bob.pk, "pipeline": cast.pipeline.pk}


class Rolled(Exception):
    pass


@given(st.integers(0, 10**9))
@settings(max_examples=5, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_reconciles_for_every_filter_as_a_slow_walk_does(cast: Cast, seed: int) -> None:
    random = Random(seed)
    try:
        with transaction.atomic():
            other = create_pipeline(template=next(iter(TEMPLATES.values())), name="Service", by=cast.dana).pk
            live_through(cast, random, other_pipeline=other)
            for who, narrowed in questions(cast, random, other):
                assert_it_reconciles(cast, random, who, narrowed)
            raise Rolled
    except Rolled:
        pass


def assert_it_reconciles(cast: Cast, random: Random, who: User, narrowed: dict[str, Any]) -> None:
    now = datetime.combine(cast.today, datetime.min.time(), cast.workspace.zone)
    since, until = sorted(now - timedelta(hours=random.randint(0, 100 * 24)) for _number in range(2))
    period = random.choice([month_of(cast.today), quarter_of(cast.today), month_of(add_months(cast.today, -1))])
    asked = Movement(reach_of(who), period, since, until, **narrowed)
    reads = asked.reach.reads
    teams = {cast.north.pk} if "team" in narrowed else None

    def mine(state: Any) -> bool:
        seen = reads is None or state.owner_id == who.pk or state.team_id in reads
        return (
            seen and (not teams or state.team_id in teams) and narrowed.get("owner", state.owner_id) == state.owner_id
        )

    def piped(state: Any) -> bool:
        return bool(narrowed.get("pipeline", state.pipeline_id) == state.pipeline_id)

    expected = Walk(period, since, until, mine, piped).rows()
    found = ledger(asked, ("start", *CAUSES, "end"), limit=10_000)
    assert {Told(row.deal_id, row.cause, row.value) for row in found if row.value or row.cause != "fx"} == expected
    sums = waterfall(asked)
    assert sums.start.value + sum((sums.of(cause).value for cause in CAUSES), Decimal(0)) == sums.end.value
    for cause, each in sums.sums.items():
        rows = [row for row in found if row.cause == cause]
        assert (each.deals, each.value) == (len(rows), sum(row.value for row in rows))
    assert_ends_are_the_lists_then(asked)


def assert_ends_are_the_lists_then(asked: Movement) -> None:
    """Start and end are what the list of deals added up to at those instants."""
    sums, period = waterfall(asked), asked.period
    for at, end in ((asked.since, sums.start), (asked.until, sums.end)):
        if asked.team:
            continue
        with looking_back(Moment(at.astimezone(), at.isoformat())):
            deals = Deal.objects.visible_to(asked.reach).live().filter(
                outcome="open", expected_close_on__gte=period.start, expected_close_on__lt=period.end,
                **({"owner": asked.owner} if asked.owner else {}),
                **({"pipeline": asked.pipeline} if asked.pipeline else {}),
            )  # fmt: skip
            totals = totals_of(deals, Valuing.today())
        assert (end.deals, end.value, end.missing) == (totals.count, totals.value, totals.missing)


# ── Slippage ───────────────────────────────────────────────────────────────────────────────────────


def test_slippage_is_of_the_deals_that_were_expected_at_the_beginning(cast: Cast) -> None:
    won, pushed, waiting, of_charlie = cast.deal(), cast.deal(), cast.deal(), cast.deal(owner=cast.charlie)
    clock = Clock(cast)
    win_deal(won, reason=cast.fit, by=cast.dana)
    later = cast.today + timedelta(days=40)
    revise_deal(pushed, expected_close_on=later, by=cast.dana)
    hand_over_deal(of_charlie, to=cast.bob, by=cast.dana)
    cast.deal()
    whole, *people = slippage(clock.asked())
    assert (whole.due, whole.slipped, whole.won, whole.share) == (4, 3, 1, Decimal("0.75"))
    assert (whole.pushes, whole.pushed, whole.pushed_days, whole.slipped_value) == (1, 1, 40, 3000)
    assert {row.owner: (row.due, row.slipped) for row in people} == {cast.alice.pk: (3, 2), cast.charlie.pk: (1, 1)}
    assert waiting.is_open


def test_nothing_expected_has_no_share(cast: Cast) -> None:
    (whole,) = slippage(Clock(cast).asked())
    assert (whole.share, whole.value_share, whole.days_a_push) == (None, None, None)


def test_a_period_is_its_months(cast: Cast) -> None:
    deal = cast.deal(expected_close_on=add_months(cast.today, 1))
    asked = Movement(
        reach_of(cast.dana),
        Period(month_of(cast.today).start, add_months(cast.today, 2)),
        deal.opened_at,
        timezone.now(),
    )
    assert waterfall(asked).end.value == 1000
