"""The manager's table: what each line says, who sees which lines, and that every number is the sum of its deals."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from crm.access import reach_of
from crm.actions import join_team
from crm.models import ExchangeRate, Membership, Role, Team, User
from crm.periods import Period, add_months, month_of, month_start, parse, quarter_of, year_of
from crm.request import surroundings
from forecasting import workers
from forecasting.actions import set_quota
from forecasting.authority import may_set_quota
from forecasting.models import ForecastCell
from forecasting.screen import opening_of
from forecasting.table import Table, forecast_table
from forecasting.weighting import Figures, Row
from pipeline.actions import hand_over_deal, open_deal, win_deal
from pipeline.models import Pipeline
from pipeline.processes import TEMPLATES
from pipeline.structure import create_pipeline
from tests.cast import LONG_AGO, Cast, person
from tests.forecasting.world import listed, populate

pytestmark = pytest.mark.django_db


@pytest.fixture
def quarter(cast: Cast) -> Period:
    return quarter_of(cast.today)


def table(who: User, period: Period, **narrowed: Any) -> Table:
    workers.refresh_all()
    return forecast_table(reach_of(User.objects.get(pk=who.pk)), period, **narrowed)


def names(found: Table) -> list[str]:
    return [row.name for row in found.rows]


def named(found: Table, name: str) -> Row:
    (row,) = [row for row in found.rows if row.name == name]
    return row


# ── Every number is the sum of the deals it opens ──────────────────────────────────────────────────

PERIODS: list[Callable[[Cast], Period]] = [
    lambda cast: quarter_of(cast.today),
    lambda cast: month_of(cast.today),
    lambda cast: parse(f"{add_months(cast.today, -4):%Y-%m}..{add_months(cast.today, 3):%Y-%m}"),
]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("who", ["dana", "mia", "alice", "ravi"])
def test_every_number_is_the_sum_of_the_deals_it_opens(cast: Cast, who: str, seed: int) -> None:
    populate(cast, Random(seed))
    _move(cast.alice, cast.south, cast)
    for period_of in PERIODS:
        found = table(getattr(cast, who), period_of(cast))
        for row in found.rows:
            assert_it_opens_its_deals(row, found, getattr(cast, who))


def assert_it_opens_its_deals(row: Row, found: Table, who: User, pipeline: int | None = None) -> None:
    to, figures, reach = opening_of(row, found.period, pipeline), row.figures, reach_of(who)
    won, still_open = listed(to.won, reach), listed(to.open, reach)
    assert (won.value, won.count) == (figures.won, figures.won_deals), row.name
    assert (still_open.value, still_open.count) == (figures.open, figures.open_deals), row.name
    assert still_open.weighted == figures.weighted, row.name
    assert listed(to.to("commit"), reach).value == figures.cumulative_commit, row.name
    assert listed(to.to("best_case"), reach).value == figures.cumulative_best_case, row.name
    assert listed(to.forecast, reach).weighted == row.static_forecast, row.name
    assert listed(to.unconverted, reach).count == figures.not_convertible, row.name


@pytest.mark.parametrize("narrowed", ["team", "owner", "pipeline"])
def test_so_it_is_when_narrowed(cast: Cast, quarter: Period, narrowed: str) -> None:
    populate(cast, Random(7))
    other = create_pipeline(template=TEMPLATES["renewal"], by=cast.dana)
    first = other.stages.order_by("position")[0]
    open_deal(title="Renewal", owner=cast.bob, stage=first, amount=Decimal(5), expected_close_on=cast.today, by=None)
    pks = {"team": cast.north.pk, "owner": cast.bob.pk, "pipeline": other.pk}
    found = table(cast.dana, quarter, **{narrowed: pks[narrowed]})
    assert found.total.figures.open_deals > 0
    for row in found.rows:
        assert_it_opens_its_deals(row, found, cast.dana, other.pk if narrowed == "pipeline" else None)


@pytest.mark.parametrize("who", ["dana", "mia", "alice"])
def test_what_is_in_no_period_and_what_is_overdue_open_their_deals_too(cast: Cast, quarter: Period, who: str) -> None:
    populate(cast, Random(3))
    reader = getattr(cast, who)
    found, reach = table(reader, quarter), reach_of(reader)
    to = opening_of(found.total, quarter, None)
    undated = listed(to.undated, reach)
    assert (undated.count, undated.value) == (found.undated.deals, found.undated.amount)
    assert undated.missing == found.undated.not_convertible
    assert listed(to.overdue(cast.today), reach).count == found.overdue


@pytest.mark.parametrize("who", ["dana", "mia"])
def test_lines_add_up(cast: Cast, quarter: Period, who: str) -> None:
    populate(cast, Random(11))
    found = table(getattr(cast, who), quarter)
    for row in found.rows:
        below = [child for child in found.rows if child.parent == row.key]
        if row.kind != "person":
            summed = Figures()
            for child in below:
                summed.include(child.figures)
            assert summed == row.figures


# ── One line ───────────────────────────────────────────────────────────────────────────────────────


def test_categories_are_cumulative(cast: Cast, quarter: Period) -> None:
    """Pipeline 200, best case 150, commit 100, closed 50."""
    for amount, category in ((200, "pipeline"), (150, "best_case"), (100, "commit"), (999, "omitted")):
        cast.deal(amount=Decimal(amount), category_override=category)
    win_deal(cast.deal(amount=Decimal(50)), reason=cast.fit, by=cast.alice)
    figures = named(table(cast.mia, quarter), "Alice").figures
    assert (figures.open, figures.cumulative_best_case, figures.cumulative_commit, figures.won) == (450, 300, 150, 50)


def test_attainment_is_never_clamped(cast: Cast, quarter: Period) -> None:
    set_quota(owner=cast.alice, period=quarter, amount=Decimal(100), by=cast.mia)
    win_deal(cast.deal(amount=Decimal(137)), reason=cast.fit, by=cast.alice)
    row = named(table(cast.mia, quarter), "Alice")
    assert (row.attainment, row.gap, row.is_covered, row.coverage) == (Decimal("1.37"), -37, True, None)


def test_a_quota_of_nothing_has_no_attainment(cast: Cast, quarter: Period) -> None:
    set_quota(owner=cast.alice, period=quarter, amount=Decimal(0), by=cast.mia)
    row = named(table(cast.mia, quarter), "Alice")
    assert (row.quota, row.gap, row.attainment, row.is_covered, row.coverage) == (0, 0, None, True, None)


def test_without_a_quota_there_is_no_gap(cast: Cast, quarter: Period) -> None:
    cast.deal()
    row = named(table(cast.mia, quarter), "Alice")
    assert (row.quota, row.gap, row.attainment, row.coverage) == (None, None, None, None)
    assert row.figures.open == 1000


def test_coverage_is_what_is_open_over_the_gap(cast: Cast, quarter: Period) -> None:
    set_quota(owner=cast.alice, period=quarter, amount=Decimal(1500), by=cast.mia)
    win_deal(cast.deal(amount=Decimal(500)), reason=cast.fit, by=cast.alice)
    cast.deal(amount=Decimal(2500))
    assert named(table(cast.mia, quarter), "Alice").coverage == Decimal("2.5")


def test_the_golden_quota_of_the_maven_data(cast: Cast) -> None:
    """1.10 × won of the quarter before, rounded to cents, against what was won."""
    this = quarter_of(cast.today)
    before = this.shift(-1)
    for amount, day in ((2_982_255, before.start), (2_802_496, this.start)):
        win_deal(cast.deal(amount=Decimal(amount)), reason=cast.fit, closed_on=day, by=cast.alice)
    won_before = named(table(cast.mia, before), "Alice").figures.won
    set_quota(
        owner=cast.alice, period=this, amount=(won_before * Decimal("1.10")).quantize(Decimal("0.01")), by=cast.mia
    )
    row = table(cast.mia, this).total
    assert (row.quota, row.gap) == (Decimal("3280480.50"), Decimal("477984.50"))
    assert row.attainment is not None
    assert round(row.attainment, 6) == Decimal("0.854294")


# ── Quotas of teams ────────────────────────────────────────────────────────────────────────────────


def test_a_team_without_a_quota_owes_the_sum_of_its_members(cast: Cast, quarter: Period) -> None:
    set_quota(owner=cast.alice, period=quarter, amount=Decimal(100), by=cast.mia)
    set_quota(owner=cast.bob, period=quarter, amount=Decimal(50), by=cast.mia)
    north = named(table(cast.dana, quarter), "North")
    assert (north.quota, north.own_quota, north.quota_mismatch) == (150, None, None)


@pytest.mark.parametrize(("own", "signed"), [(200, -50), (120, 30), (150, 0)])
def test_the_mismatch_is_signed(cast: Cast, quarter: Period, own: int, signed: int) -> None:
    """Negative when the team owes more than its members do together."""
    set_quota(owner=cast.alice, period=quarter, amount=Decimal(100), by=cast.mia)
    set_quota(owner=cast.bob, period=quarter, amount=Decimal(50), by=cast.mia)
    set_quota(team=cast.north, period=quarter, amount=Decimal(own), by=cast.dana)
    found = table(cast.dana, quarter)
    assert (named(found, "North").quota, named(found, "North").quota_mismatch) == (own, signed)
    assert found.total.quota == own


def test_where_a_team_has_no_quota_of_its_own_its_members_count(cast: Cast) -> None:
    """Its own for one quarter says nothing about the other three, and is held only against theirs of that quarter."""
    year = year_of(cast.today)
    quarters = year.parts()
    for quarter in quarters:
        set_quota(owner=cast.alice, period=quarter, amount=Decimal(100), by=cast.mia)
    set_quota(team=cast.north, period=quarters[3], amount=Decimal(130), by=cast.dana)
    north = named(table(cast.dana, year), "North")
    assert (north.quota, north.own_quota, north.quota_mismatch) == (430, 130, -30)


def test_months_make_a_quarter_unless_it_has_a_quota_of_its_own(cast: Cast, quarter: Period) -> None:
    for first in quarter.months:
        set_quota(owner=cast.alice, period=month_of(first), amount=Decimal(10), by=cast.mia)
    assert named(table(cast.mia, quarter), "Alice").quota == 30
    assert named(table(cast.mia, month_of(quarter.start)), "Alice").quota == 10
    set_quota(owner=cast.alice, period=quarter, amount=Decimal(25), by=cast.mia)
    assert named(table(cast.mia, quarter), "Alice").quota == 25
    assert named(table(cast.mia, month_of(quarter.start)), "Alice").quota == 10


def test_a_quota_in_another_currency_counts_at_its_plan_rate(cast: Cast, quarter: Period) -> None:
    """The rate of the quarter's first day, whatever came after."""
    set_quota(owner=cast.alice, period=quarter, amount=Decimal(1000), currency="USD", by=cast.mia)
    ExchangeRate.objects.create(
        currency_id="USD", base_id="EUR", on=quarter.start + timedelta(days=1), rate=Decimal("0.5")
    )
    assert named(table(cast.mia, quarter), "Alice").quota == 900


def test_a_quota_without_a_rate_is_never_taken_as_one(cast: Cast, quarter: Period) -> None:
    set_quota(owner=cast.alice, period=quarter, amount=Decimal(1000), currency="JPY", by=cast.mia)
    assert named(table(cast.mia, quarter), "Alice").quota is None


# ── Who moves keeps the past where it was ──────────────────────────────────────────────────────────


def _move(who: User, team: Team, cast: Cast) -> None:
    join_team(who, team=team, by=cast.dana)


def test_whoever_moves_keeps_the_past_with_the_old_team(cast: Cast) -> None:
    before, now = month_of(add_months(cast.today, -1)), month_of(cast.today)
    win_deal(cast.deal(amount=Decimal(70)), reason=cast.fit, closed_on=before.start, by=cast.alice)
    _move(cast.alice, cast.south, cast)
    win_deal(cast.deal(amount=Decimal(30)), reason=cast.fit, closed_on=cast.today, by=cast.alice)
    past, present = table(cast.dana, before), table(cast.dana, now)
    assert (named(past, "North").figures.won, named(past, "South").figures.won) == (70, 0)
    assert named(present, "South").figures.won == 30


def test_a_quota_counts_once_for_the_team_it_began_in(cast: Cast, quarter: Period) -> None:
    set_quota(owner=cast.alice, period=quarter, amount=Decimal(100), by=cast.mia)
    cast.deal(amount=Decimal(10))
    _move(cast.alice, cast.south, cast)
    hand_over_deal(cast.deal(amount=Decimal(10), owner=cast.bob), to=cast.alice, by=cast.dana)
    found = table(cast.dana, quarter)
    lines = {row.team_id: row.quota for row in found.rows if row.name == "Alice"}
    began_in_north = quarter.start < cast.today
    assert lines == {cast.north.pk: 100 if began_in_north else None, cast.south.pk: None if began_in_north else 100}
    assert found.total.quota == 100
    whole = found.of_person(cast.alice.pk)
    assert whole is not None
    assert (whole.quota, whole.figures.open) == (100, 20)


def test_who_left_still_owes_what_they_owed(cast: Cast, quarter: Period) -> None:
    set_quota(owner=cast.bob, period=quarter, amount=Decimal(100), by=cast.mia)
    User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    assert table(cast.mia, quarter).total.quota == 100


# ── Who sees what ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("alice", {"North", "Alice", "Bob"}),
        ("mia", {"North", "Alice", "Bob"}),
        ("max", {"South", "Charlie"}),
        ("dana", {"Penstock", "North", "South", "Alice", "Bob", "Charlie"}),
        ("ravi", {"Penstock", "North", "South", "Alice", "Bob", "Charlie"}),
    ],
)
def test_another_teams_lines_are_invisible(cast: Cast, quarter: Period, who: str, seen: set[str]) -> None:
    for owner in (cast.alice, cast.charlie):
        cast.deal(owner=owner)
        set_quota(owner=owner, period=quarter, amount=Decimal(100), by=cast.dana)
    assert set(names(table(getattr(cast, who), quarter))) == seen


def test_another_team_asked_for_by_its_number_stays_invisible(cast: Cast, quarter: Period) -> None:
    cast.deal(owner=cast.charlie)
    for narrowed in ({"team": cast.south.pk}, {"owner": cast.charlie.pk}):
        found = table(cast.mia, quarter, **narrowed)
        assert "Charlie" not in names(found)
        assert found.total.figures.open == 0


def test_a_person_without_a_team_has_a_line_of_their_own(cast: Cast, quarter: Period) -> None:
    cast.deal(owner=cast.dana, amount=Decimal(10), by=None)
    cast.deal(amount=Decimal(5))
    found = table(cast.dana, quarter)
    assert (named(found, "Dana").depth, found.total.figures.open) == (1, 15)


@pytest.mark.parametrize("who", ["alice", "mia", "max", "dana", "ravi", "ira"])
def test_lines_say_whose_quota_the_reader_may_set(cast: Cast, quarter: Period, who: str) -> None:
    reader = getattr(cast, who)
    for owner in (cast.alice, cast.bob, cast.charlie, cast.mia, cast.max):
        cast.deal(owner=owner)
    for row in table(reader, quarter).rows:
        subject = User.objects.get(pk=row.id) if row.kind == "person" else Team.objects.get(pk=row.id)
        assert row.may_set_quota == may_set_quota(reader, subject), row.name


# ── What it costs ──────────────────────────────────────────────────────────────────────────────────


def test_it_costs_the_same_number_of_queries_whatever_its_size(
    cast: Cast, quarter: Period, django_assert_num_queries: Any
) -> None:
    def count() -> None:
        with surroundings(), django_assert_num_queries(8):
            forecast_table(reach, quarter)

    reach = reach_of(cast.dana)
    workers.refresh_all()
    count()
    _crowd(cast, people=40, months=3)
    count()


def _crowd(cast: Cast, people: int, months: int) -> list[User]:
    """Synthetic cells: five categories of each person and month."""
    pipeline = Pipeline.objects.get(is_default=True)
    users = User.objects.bulk_create(
        [User(email=f"p{number}@example.com", name=f"Person {number}", role=Role.REP) for number in range(people)]
    )
    teams = [cast.north, cast.south]
    Membership.objects.bulk_create(
        [Membership(user=user, team=teams[number % 2], starts_on=LONG_AGO) for number, user in enumerate(users)]
    )
    first = month_start(cast.today)
    ForecastCell.objects.bulk_create(
        [
            ForecastCell(
                owner=user, team=teams[number % 2], node=teams[number % 2], pipeline=pipeline,
                month=add_months(first, month - months // 2),
                currency_id="EUR", category=category, deals=3, amount=300, base_amount=300, base_weighted=100,
            )
            for number, user in enumerate(users)
            for month in range(months)
            for category in ("pipeline", "best_case", "commit", "omitted", "won")
        ],
        batch_size=5000,
    )  # fmt: skip
    return users


def test_a_new_rep_has_a_line_and_a_manager_without_deals_none(cast: Cast, quarter: Period) -> None:
    person("Zoe", team=cast.north)
    assert "Zoe" in names(table(cast.mia, quarter))
    assert "Mia" not in names(table(cast.mia, quarter))
