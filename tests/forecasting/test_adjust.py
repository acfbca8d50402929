"""Adjustments: who lays them over which line, what they make of the table, and their page."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from crm.access import reach_of
from crm.errors import Conflict, Refused
from crm.models import Event, ExchangeRate, Membership, Team, User
from crm.periods import Period, month_of, quarter_of, year_of
from crm.request import surroundings
from forecasting import workers
from forecasting.adjustments import Adjusted, Subject, standing
from forecasting.judging import adjust
from forecasting.judging_screen import judged
from forecasting.models import Adjustment
from forecasting.table import Table, forecast_table
from forecasting.weighting import Row
from pipeline.actions import revise_deal
from tests.cast import Cast

EVERYONE = ["alice", "bob", "mia", "charlie", "max", "dana", "ravi", "ira"]
LINES = ["alice", "mia", "charlie", "north", "company_team"]


@pytest.fixture
def quarter(cast: Cast) -> Period:
    return quarter_of(cast.today)


@pytest.fixture
def deals(cast: Cast) -> None:
    """Qualify weighs 10 %: Alice's line is raw 100, Bob's 50, Charlie's 30."""
    cast.deal()
    cast.deal(owner=cast.bob, amount=Decimal(500))
    cast.deal(owner=cast.charlie, amount=Decimal(300))
    workers.refresh_all()


def table_of(user: User, period: Period, **narrowed: Any) -> Table:
    workers.refresh_all()
    return forecast_table(reach_of(user), period, **narrowed)


def row_of(table: Table, name: str) -> Row:
    return next(row for row in table.rows if row.name == name)


def forecasts(table: Table) -> dict[str, tuple[int, int]]:
    """Raw and as adjusted."""
    return {
        row.name: (
            int(row.static_forecast),
            int(row.adjusted["forecast"].amount if row.adjusted else row.static_forecast),
        )
        for row in table.rows
    }


def line(cast: Cast, name: str) -> dict[str, Any]:
    """How the verb is told a line of the cast."""
    who = getattr(cast, name)
    if isinstance(who, Team):
        return {"team": who}
    return {"owner": who, "team": Membership.objects.get(user=who).team}


def say(cast: Cast, name: str, amount: int | None, by: User, period: Period, **more: Any) -> Adjustment | None:
    by = User.objects.get(pk=by.pk)
    value = None if amount is None else Decimal(amount)
    return adjust(**line(cast, name), **{"period": period, "measure": "forecast", "amount": value, "by": by, **more})


# ── The verb ───────────────────────────────────────────────────────────────────────────────────────


def test_a_managers_judgement_counts_on_the_line_and_above_it(cast: Cast, quarter: Period, deals: None) -> None:
    say(cast, "alice", 185, cast.mia, quarter, note="They sign before Christmas")
    table = table_of(cast.dana, quarter)
    assert forecasts(table) == {
        "Penstock": (180, 265), "North": (150, 235), "Alice": (100, 185), "Bob": (50, 50),
        "South": (30, 30), "Charlie": (30, 30),
    }  # fmt: skip
    cell: Adjusted = row_of(table, "Alice").adjusted["forecast"]
    assert cell.standing is not None
    assert (cell.standing.by_name, cell.standing.note) == ("Mia", "They sign before Christmas")
    assert (cell.raw, cell.drift, cell.difference) == (100, 0, 85)
    above: Adjusted = row_of(table, "North").adjusted["forecast"]
    assert (above.standing, above.difference) == (None, 85)


def test_it_changes_no_deal(cast: Cast, quarter: Period) -> None:
    deal = cast.deal()
    before = deal.version
    say(cast, "alice", 185, cast.mia, quarter)
    deal.refresh_from_db()
    assert (deal.amount, deal.version, deal.changes.count()) == (1000, before, 1)


def test_the_raw_figure_drifts_and_the_adjusted_one_stays(cast: Cast, quarter: Period) -> None:
    deal = cast.deal()
    workers.refresh_all()
    say(cast, "alice", 185, cast.mia, quarter)
    revise_deal(deal, amount=Decimal(700), by=cast.alice)
    cell = row_of(table_of(cast.mia, quarter), "Alice").adjusted["forecast"]
    assert (cell.raw, cell.drift, cell.amount) == (70, -30, 185)


def test_the_one_adjusted_sees_it_with_who_and_why(cast: Cast, quarter: Period, deals: None) -> None:
    say(cast, "alice", 185, cast.mia, quarter, note="Spoke to their CFO")
    cell = row_of(table_of(cast.alice, quarter), "Alice").adjusted["forecast"]
    assert (cell.raw, cell.amount, cell.standing.by_name, cell.standing.note) == (100, 185, "Mia", "Spoke to their CFO")


def test_ones_own_and_the_managers_stand_side_by_side(cast: Cast, quarter: Period, deals: None) -> None:
    say(cast, "alice", 120, cast.alice, quarter)
    say(cast, "alice", 90, cast.mia, quarter)
    cell = row_of(table_of(cast.dana, quarter), "Alice").adjusted["forecast"]
    assert (cell.amount, cell.standing.by_name, [other.by_name for other in cell.others]) == (90, "Mia", ["Alice"])
    say(cast, "alice", None, cast.mia, quarter)
    assert row_of(table_of(cast.dana, quarter), "Alice").adjusted["forecast"].amount == 120


def test_what_a_superior_said_is_not_undone_from_below(cast: Cast, quarter: Period, deals: None) -> None:
    say(cast, "alice", 90, cast.dana, quarter)
    say(cast, "alice", 150, cast.mia, quarter)
    say(cast, "alice", 160, cast.alice, quarter)
    cell = row_of(table_of(cast.mia, quarter), "Alice").adjusted["forecast"]
    assert (cell.amount, cell.standing.by_name) == (90, "Dana")
    say(cast, "alice", None, cast.alice, quarter)
    say(cast, "alice", None, cast.mia, quarter)
    assert row_of(table_of(cast.mia, quarter), "Alice").adjusted["forecast"].amount == 90


def test_every_word_is_kept(cast: Cast, quarter: Period, deals: None) -> None:
    say(cast, "alice", 185, cast.mia, quarter, note="First")
    say(cast, "alice", 170, cast.mia, quarter, note="Second")
    say(cast, "alice", None, cast.mia, quarter)
    kept = Adjustment.objects.order_by("id").values_list("amount", "note", "by__name", "raw", "raw_currency_id")
    assert list(kept) == [
        (185, "First", "Mia", 100, "EUR"), (170, "Second", "Mia", 100, "EUR"), (None, "", "Mia", 100, "EUR"),
    ]  # fmt: skip
    kinds = Event.objects.filter(kind__startswith="adjustment.").order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["adjustment.made", "adjustment.made", "adjustment.reset"]


def test_the_database_keeps_it_so(cast: Cast, quarter: Period, deals: None) -> None:
    said = say(cast, "alice", 185, cast.mia, quarter)
    assert said is not None
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL penstock.may_truncate = off")  # as in every session but that of the tests
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Adjustment.objects.filter(pk=said.pk).update(amount=1)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        said.delete()


def test_what_changes_nothing_leaves_nothing(cast: Cast, quarter: Period, deals: None) -> None:
    for _ in range(2):
        say(cast, "alice", 185, cast.mia, quarter, note="Same")
        say(cast, "bob", None, cast.mia, quarter)
    assert Adjustment.objects.count() == 1


def test_who_adjusts_which_line(cast: Cast, quarter: Period) -> None:
    cast.deal(owner=cast.mia)  # managers who sell nothing have no line of their own
    workers.refresh_all()
    may: dict[str, set[str]] = {name: set() for name in LINES}
    for name in LINES:
        for who in EVERYONE:
            with suppress(Refused):
                say(cast, name, 1, getattr(cast, who), quarter)
                may[name].add(who)
    assert may == {
        "alice": {"alice", "mia", "dana"},
        "mia": {"mia", "dana"},
        "charlie": {"charlie", "max", "dana"},
        "north": {"mia", "dana"},  # her own: the whole she answers for
        "company_team": {"dana"},
    }


def test_from_where_each_speaks(cast: Cast, quarter: Period, deals: None) -> None:
    said = [
        say(cast, "alice", 1, cast.alice, quarter), say(cast, "alice", 2, cast.mia, quarter),
        say(cast, "north", 3, cast.mia, quarter), say(cast, "north", 4, cast.dana, quarter),
    ]  # fmt: skip
    assert [(each.is_own, each.seat_id) for each in said if each] == [
        (True, None), (False, cast.north.pk), (True, None), (False, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"amount": Decimal(-1)}, "amount"),
        ({"amount": Decimal("1e15")}, "amount"),
        ({"measure": "won"}, "measure"),
        ({"currency": "XXX"}, "currency"),
        ({"period": Period(month_of(timezone.now().date()).start, year_of(timezone.now().date()).end)}, "period"),
        ({"owner": None, "team": None}, "owner"),
    ],
)
def test_it_refuses_nonsense(cast: Cast, quarter: Period, deals: None, sent: dict[str, Any], field: str) -> None:
    asked = {**line(cast, "alice"), "period": quarter, "measure": "forecast", "amount": Decimal(1), **sent}
    with pytest.raises(Refused) as refused:
        adjust(**asked, by=cast.mia)
    assert list(refused.value.errors) == [field]


def test_somebody_who_said_something_else_meanwhile_is_a_conflict(cast: Cast, quarter: Period, deals: None) -> None:
    said = say(cast, "alice", 185, cast.mia, quarter, version=0)
    assert said is not None
    with pytest.raises(Conflict) as conflict:
        say(cast, "alice", 190, cast.mia, quarter, version=0)
    assert conflict.value.current == said
    assert say(cast, "alice", 190, cast.mia, quarter, version=said.pk)
    say(cast, "alice", 1, cast.alice, quarter, version=0)  # another seat: nobody else's


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_from_one_seat_one_is_told(cast: Cast, quarter: Period) -> None:
    def one(amount: int) -> str:
        try:
            say(cast, "alice", amount, cast.mia, quarter, version=0)
        except Conflict:
            return "conflict"
        finally:
            connection.close()
        return "said"

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(one, [10, 20, 30, 40]))
    assert answers == ["conflict", "conflict", "conflict", "said"]
    assert Adjustment.objects.count() == 1


# ── What they make of the table ────────────────────────────────────────────────────────────────────


def test_each_measure_and_each_view_is_a_figure_of_its_own(cast: Cast, quarter: Period, deals: None) -> None:
    """Changing between cumulative and single deletes nothing."""
    for amount, measure in enumerate(["forecast", "commit", "best_case", "commit_single", "best_case_single"], 1):
        say(cast, "alice", amount, cast.mia, quarter, measure=measure)
    adjusted = row_of(table_of(cast.mia, quarter), "Alice").adjusted
    assert {measure: int(cell.amount) for measure, cell in adjusted.items()} == {
        "forecast": 1, "commit": 2, "best_case": 3, "commit_single": 4, "best_case_single": 5,
    }  # fmt: skip


def test_each_period_has_its_own(cast: Cast, quarter: Period, deals: None) -> None:
    say(cast, "alice", 185, cast.mia, quarter)
    for other in (month_of(cast.today), quarter.shift(1), year_of(cast.today)):
        assert not table_of(cast.mia, other).has_adjustments


def test_a_table_of_one_pipeline_is_raw(cast: Cast, quarter: Period, deals: None) -> None:
    say(cast, "alice", 185, cast.mia, quarter)
    assert not table_of(cast.mia, quarter, pipeline=cast.pipeline.pk).has_adjustments


def test_a_part_of_a_line_is_raw(cast: Cast, quarter: Period, deals: None) -> None:
    """Judged was the whole of it: narrowed to a person, the team's line is theirs alone."""
    say(cast, "north", 700, cast.mia, quarter)
    table = table_of(cast.dana, quarter, owner=cast.alice.pk)
    assert not row_of(table, "North").adjusted
    assert row_of(table_of(cast.dana, quarter, team=cast.north.pk), "North").adjusted["forecast"].amount == 700


def test_it_counts_at_the_periods_rate_or_not_at_all(cast: Cast, quarter: Period, deals: None) -> None:
    ExchangeRate.objects.create(currency_id="GBP", base_id="EUR", on=quarter.start, rate=Decimal("1.2"))
    ExchangeRate.objects.create(currency_id="GBP", base_id="EUR", on=quarter.last_day, rate=Decimal("1.5"))
    say(cast, "alice", 100, cast.mia, quarter, currency="GBP")
    say(cast, "bob", 100, cast.mia, quarter, currency="JPY")
    table = table_of(cast.mia, quarter)
    assert row_of(table, "Alice").adjusted["forecast"].amount == 120
    unknown = row_of(table, "Bob").adjusted["forecast"]
    assert (unknown.amount, unknown.standing, unknown.others[0].set_amount) == (50, None, 100)


def test_it_can_be_read_as_it_stood(cast: Cast, quarter: Period, deals: None) -> None:
    first = say(cast, "alice", 185, cast.mia, quarter)
    say(cast, "alice", 170, cast.mia, quarter)
    assert first is not None
    assert [laid.amount for laid in standing(quarter, at=first.recorded_at)] == [185]
    assert standing(quarter, at=first.recorded_at - timedelta(seconds=1)) == []
    assert [laid.amount for laid in standing(quarter)] == [170]


def test_who_is_no_longer_anybodys_superior_is_still_heard(cast: Cast, quarter: Period, deals: None) -> None:
    say(cast, "alice", 185, cast.mia, quarter)
    Membership.objects.filter(user=cast.mia).update(ends_on=cast.today)
    assert row_of(table_of(cast.dana, quarter), "Alice").adjusted["forecast"].amount == 185


def test_all_adjustments_of_a_table_cost_one_query(
    cast: Cast, quarter: Period, deals: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for name in ("alice", "bob", "charlie", "north", "company_team"):
        say(cast, name, 5, cast.dana, quarter)
    with surroundings():
        assert len(standing(quarter)) == 5
        with django_assert_num_queries(1):
            standing(quarter)


def test_a_cells_views_tell_a_managers_own_deals_apart(cast: Cast, quarter: Period, deals: None) -> None:
    cast.deal(owner=cast.mia, amount=Decimal(2000))
    workers.refresh_all()
    say(cast, "mia", 250, cast.mia, quarter)
    say(cast, "alice", 185, cast.mia, quarter)
    say(cast, "north", 500, cast.mia, quarter)
    cell = judged(User.objects.get(pk=cast.mia.pk), Subject(None, cast.north.pk), quarter, "forecast")
    assert cell is not None
    assert [int(seen.amount) for seen in cell.seen] == [200, 350, 435, 500, 500]
