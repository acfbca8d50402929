"""The ledger: one transaction, one history, whether verbs come alone or by the hundred."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.errors import Conflict, Refused
from crm.models import Event
from forecasting.models import StaleCell
from pipeline.actions import (
    Line,
    archive_deal,
    hand_over_deal,
    lose_deal,
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
from pipeline.ledger import writing
from pipeline.models import Deal, DealChange, Outcome
from pipeline.signals import DealChanged, deals_changed, facts_of
from tests.cast import Cast
from tests.pipeline.history import assert_history_replays

pytestmark = pytest.mark.django_db


@contextmanager
def listening() -> Iterator[list[DealChanged]]:
    heard: list[DealChanged] = []

    def hear(changes: list[DealChanged], **kwargs: Any) -> None:
        heard.extend(changes)

    deals_changed.connect(hear)
    try:
        yield heard
    finally:
        deals_changed.disconnect(hear)


# ── Several verbs in one ────────────────────────────────────────────────────────────────────────


def test_verbs_in_one_ledger_write_each_row_once(cast: Cast) -> None:
    deal = cast.deal()
    with (
        CaptureQueriesContext(
            connection,
        ) as queries,
        writing(),
    ):
        for stage in ("Demo", "Solution", "Quote and contract"):
            deal = move_deal(deal, to=cast.stages[stage], by=cast.alice)
        deal = win_deal(deal, reason=cast.fit, by=cast.alice)
    sent = " ".join(query["sql"] for query in queries)
    assert sent.count('UPDATE "pipeline_deal"') == sent.count('INSERT INTO "pipeline_dealchange"') == 1
    deal.refresh_from_db()
    changes = assert_history_replays(deal)
    assert [change.verb for change in changes] == ["opened", "moved", "moved", "moved", "won"]


def test_a_deal_opened_in_a_ledger_can_be_worked_on_in_it(cast: Cast) -> None:
    with writing():
        deal = cast.deal()
        deal = move_deal(deal, to=cast.stages["Demo"], by=cast.alice)
        deal = lose_deal(deal, reason=cast.price, by=cast.alice)
    deal = Deal.objects.get(pk=deal.pk)
    assert (deal.outcome, deal.lost_from, deal.version) == ("lost", cast.stages["Demo"], 3)
    assert_history_replays(deal)


def test_one_that_fails_undoes_all_of_them(cast: Cast) -> None:
    first, second = cast.deal("one"), cast.deal("two")

    def both() -> None:
        move_deal(first, to=cast.stages["Demo"], by=cast.alice)
        revise_deal(second, amount=Decimal(-1), by=cast.alice)

    with pytest.raises(Refused), writing():
        both()
    first.refresh_from_db()
    assert (first.stage, first.version) == (cast.stages["Qualify"], 1)
    assert not DealChange.objects.filter(version=2).exists()


def test_an_attempt_that_fails_leaves_no_trace(cast: Cast) -> None:
    deal = cast.deal()
    events = Event.objects.count()

    def spoil() -> None:
        revise_deal(deal, title="Half done", by=cast.alice)
        cast.deal("Half opened", lines=[Line(cast.pump)], people=[(cast.carol, "")])
        revise_deal(deal, amount=Decimal(-1), by=cast.alice)

    with writing() as ledger:
        revise_deal(deal, source=cast.referral, by=cast.alice)
        with pytest.raises(Refused), ledger.attempt():
            spoil()
        revise_deal(deal, competitor="Hydrolog", by=cast.alice)
    deal.refresh_from_db()
    assert (deal.title, deal.amount, deal.source, deal.competitor) == ("Pump station", 1000, cast.referral, "Hydrolog")
    assert list(Deal.objects.all()) == [deal]
    assert Event.objects.count() == events + 2
    assert_history_replays(deal)


def test_a_verb_that_fails_leaves_no_trace_in_a_ledger_of_many(cast: Cast) -> None:
    deal = cast.deal(lines=[Line(cast.pump)])
    with writing():
        move_deal(deal, to=cast.stages["Demo"], by=cast.alice)
        with pytest.raises(Refused):
            set_lines(deal, [Line(cast.pump, Decimal(1), Decimal(-5))], feed_amount=True, by=cast.alice)
        with pytest.raises(Refused):
            revise_deal(deal, title="Half done", amount=Decimal(-1), by=cast.alice)
        with pytest.raises(Refused):
            move_deal(deal, to=cast.stages["Won"], fields={"contact": cast.carol}, by=cast.alice)
    deal.refresh_from_db()
    assert (deal.stage, deal.version, deal.title) == (cast.stages["Demo"], 2, "Pump station")
    assert (deal.amount, deal.amount_from_lines, deal.people.count()) == (1000, False, 0)
    assert [line.total for line in deal.lines.all()] == [250]


def test_alone_or_together_the_history_is_the_same(cast: Cast) -> None:
    def work(title: str) -> None:
        deal = cast.deal(title, lines=[Line(cast.pump)])
        deal = move_deal(deal, to=cast.stages["Solution"], by=cast.mia)
        deal = revise_deal(deal, amount=Decimal("12.345"), expected_close_on=None, by=cast.alice)
        deal = hand_over_deal(deal, to=cast.charlie, by=cast.dana)
        win_deal(deal, reason=cast.fit, closed_on=cast.today - timedelta(days=1), by=cast.charlie)

    work("alone")
    with writing():
        work("together")
    skipped = {"id", "deal_id", "effective_at", "recorded_at", "known_at", "known_until", "was"}
    rows: dict[str, list[dict[str, Any]]] = {}
    for title in ("alone", "together"):
        deal = Deal.objects.get(title=title)
        rows[title] = [
            {name: value for name, value in row.items() if name not in skipped}
            | {"was": {name: old for name, old in row["was"].items() if name not in {"rank", "stage_since"}}}
            for row in deal.changes.order_by("version").values()
        ]
        assert_history_replays(deal)
    assert rows["alone"] == rows["together"]


def test_each_deal_is_announced_once_before_and_after(cast: Cast) -> None:
    deal = cast.deal()
    before = facts_of(deal)
    with listening() as heard, writing():
        move_deal(deal, to=cast.stages["Demo"], by=cast.alice)
        move_deal(deal, to=cast.stages["Solution"], by=cast.alice)
        opened = cast.deal("new")
    facts = {change.after.deal_id: change for change in heard}
    assert (len(heard), facts.keys()) == (2, {deal.pk, opened.pk})
    assert facts[deal.pk].before == before
    assert facts[deal.pk].after.stage_id == cast.stages["Solution"].pk
    assert facts[opened.pk].before is None


def test_a_listener_that_fails_undoes_the_change(cast: Cast) -> None:
    deal = cast.deal()
    marks = StaleCell.objects.count()

    def fail(**kwargs: Any) -> None:
        raise RuntimeError("the marks could not be written")

    deals_changed.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            move_deal(deal, to=cast.stages["Demo"], by=cast.alice)
    finally:
        deals_changed.disconnect(fail)
    deal.refresh_from_db()
    assert (deal.stage, deal.version) == (cast.stages["Qualify"], 1)
    assert StaleCell.objects.count() == marks


# ── Any sequence of verbs ───────────────────────────────────────────────────────────────────────


def any_verb(cast: Cast, random: Random) -> Callable[[Deal], Deal]:
    by = random.choice([cast.alice, cast.mia, cast.dana, None])
    stage = cast.stages[random.choice(["Qualify", "Demo", "Solution", "Quote and contract"])]
    back = cast.today - timedelta(days=random.randrange(60))
    at = random.choice([None, timezone.now() - timedelta(days=random.randrange(60))])
    fields: dict[str, Any] = random.choice(
        [
            {"amount": Decimal(random.randrange(10**6)) / 100},
            {"amount": None},
            {"currency_id": random.choice(["EUR", "USD", "JPY"])},
            {"expected_close_on": cast.today + timedelta(days=random.randrange(-90, 90))},
            {"probability_override": random.choice([None, Decimal(0), Decimal("12.5")])},
            {"category_override": random.choice(["", "commit", "omitted"])},
            {"title": f"Deal {random.randrange(100)}", "source": random.choice([None, cast.referral])},
            {"external_id": f"X{random.randrange(10**9)}"},
        ]
    )
    quantity = Decimal(random.randrange(1, 9))
    return random.choice(
        [
            lambda deal: move_deal(deal, to=stage, by=by, at=at),
            lambda deal: move_deal(deal, to=stage, fields={"contact": cast.carol, **fields}, by=by or cast.alice),
            lambda deal: win_deal(deal, reason=cast.fit, closed_on=back, by=by),
            lambda deal: lose_deal(deal, reason=cast.competitor, competitor="Hydrolog", by=by, at=at),
            lambda deal: reopen_deal(deal, by=by),
            lambda deal: revise_deal(deal, by=by, at=at, **fields),
            lambda deal: hand_over_deal(deal, to=random.choice([cast.alice, cast.charlie, cast.dana]), by=by),
            lambda deal: set_lines(deal, [Line(cast.pump, quantity)], by=by, feed_amount=random.choice([None, True])),
            lambda deal: set_people(deal, random.choice([[], [(cast.carol, "uses")]]), by=by),
            lambda deal: archive_deal(deal, by=by),
            lambda deal: restore_deal(deal, by=by),
            lambda deal: undo_change(deal, version=deal.version, by=by),
        ]
    )


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_history_replays_to_the_present(cast: Cast, seed: int, together: bool) -> None:
    random = Random(seed)
    deals = [open_deal(title=f"Deal {number}", owner=cast.alice, by=cast.alice) for number in range(4)]
    for _turn in range(12):
        with writing() if together else nullcontext():
            for _ in range(5):
                with suppress(Refused, Conflict):
                    any_verb(cast, random)(random.choice(deals))
        for deal in deals:
            deal.refresh_from_db()
    for deal in deals:
        assert_history_replays(deal)
        assert (deal.closed_on is None) == (deal.outcome == Outcome.OPEN)
    assert DealChange.objects.count() == Event.objects.filter(noun="deal").count()


# ── What it costs ───────────────────────────────────────────────────────────────────────────────


def test_a_move_costs_a_fixed_number_of_queries(cast: Cast, django_assert_max_num_queries: Any) -> None:
    deals = [cast.deal(f"{number}", stage="Demo") for number in range(30)]
    with django_assert_max_num_queries(16):
        move_deal(deals[3], to=cast.stages["Solution"], version=1, by=cast.alice)


def test_a_bulk_move_does_not_cost_as_many_times_more(cast: Cast, django_assert_max_num_queries: Any) -> None:
    deals = [cast.deal(f"{number}") for number in range(30)]
    with django_assert_max_num_queries(3 * 30 + 16), writing() as ledger:
        for deal in ledger.lock_all([deal.pk for deal in deals]):
            hand_over_deal(deal, to=cast.bob, by=cast.mia)
