"""The pages of the forecast and of the win and loss report."""

from datetime import timedelta
from decimal import Decimal
from html import unescape
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from crm.models import Membership, User
from crm.periods import Period, month_of, quarter_of, year_of
from forecasting import workers
from forecasting.actions import set_quota
from forecasting.charts import Mark, Words, bullet, card_bar, spread
from forecasting.models import StaleCell
from forecasting.screen import pace_of
from forecasting.weighting import Figures, Row
from pipeline.actions import lose_deal, win_deal
from tests.cast import Cast
from tests.forecasting.world import populate


@pytest.fixture
def quarter(cast: Cast) -> Period:
    return quarter_of(cast.today)


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(user: User, query: str = "", **headers: str) -> Any:
    workers.refresh_all()
    return sign_in(user).get(f"/forecast/{query}", headers=headers)


# ── The forecast ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "where", ["/forecast/", "/forecast/quotas/", "/forecast/quotas/history/", "/reports/win-loss/"]
)
def test_they_want_a_sign_in(client: Client, db: None, where: str) -> None:
    assert client.get(where)["Location"].startswith("/sign-in/")


def test_it_opens_on_this_quarter(cast: Cast, quarter: Period) -> None:
    assert page(cast.mia).context["screen"].table.period == quarter


@pytest.mark.parametrize("query", ["?period=nonsense", "?team=x&owner=-1", "?from=2026-12&to=2026-01", "?period=0000"])
def test_a_broken_link_opens_this_quarter(cast: Cast, quarter: Period, query: str) -> None:
    assert page(cast.mia, query).context["screen"].table.period == quarter


def test_it_shows_a_range_of_two_months(cast: Cast) -> None:
    assert page(cast.mia, "?from=2026-07&to=2026-12").context["screen"].table.period.key == "2026-07..2026-12"


@pytest.mark.parametrize("kind", ["month", "quarter", "year"])
def test_it_walks_to_the_neighbours_and_keeps_what_it_is_narrowed_to(cast: Cast, kind: str) -> None:
    period = {"month": month_of, "quarter": quarter_of, "year": year_of}[kind](cast.today)
    calendar = page(cast.dana, f"?period={period.key}&team={cast.north.pk}").context["screen"].calendar
    assert calendar.next.url == f"?period={period.shift(1).key}&team={cast.north.pk}"
    assert calendar.previous.url == f"?period={period.shift(-1).key}&team={cast.north.pk}"
    assert [step.is_current for step in calendar.switch] == [kind == each for each in ("month", "quarter", "year")]


@pytest.mark.parametrize("key", ["1900", "2199", "1900-01", "2199-12"])
def test_it_ends_where_the_calendar_does(cast: Cast, key: str) -> None:
    assert page(cast.mia, f"?period={key}").status_code == 200


def test_the_fiscal_start_is_honoured(cast: Cast) -> None:
    cast.workspace.fiscal_start = 2
    cast.workspace.save()
    assert page(cast.mia).context["screen"].table.period == quarter_of(cast.today, 2)


def test_another_teams_forecast_is_not_found(cast: Cast) -> None:
    assert page(cast.mia, f"?team={cast.south.pk}").status_code == 404
    assert page(cast.mia, f"?team={cast.north.pk}").status_code == 200


def test_every_figure_on_the_page_is_a_link_to_what_explains_it(cast: Cast, quarter: Period) -> None:
    populate(cast, Random(2), count=30)
    answer = page(cast.dana)
    for line in answer.context["screen"].lines:
        for name in ("won", "open", "weighted", "commit", "best_case", "forecast"):
            address = f"/forecast/cell/{line.row.key}/{name}/?period={quarter.key}"
            assert f'href="{address}"' in unescape(answer.content.decode())


def test_set_quota_stands_where_there_is_none_and_one_may(cast: Cast, quarter: Period) -> None:
    cast.deal()
    where = f"/forecast/quotas/person-{cast.alice.pk}/{quarter.key}/"
    assert where in page(cast.mia).content.decode()
    assert where not in page(cast.alice).content.decode()
    set_quota(owner=cast.alice, period=quarter, amount=Decimal(100), by=cast.mia)
    assert where not in page(cast.mia).content.decode()


def test_a_rep_reads_their_own_quota_on_top(cast: Cast, quarter: Period) -> None:
    set_quota(owner=cast.alice, period=quarter, amount=Decimal(100), by=cast.mia)
    set_quota(owner=cast.bob, period=quarter, amount=Decimal(900), by=cast.mia)
    own, managers = page(cast.alice).context["screen"].headline, page(cast.mia).context["screen"].headline
    assert (own.is_own, own.row.quota) == (True, 100)
    assert (managers.is_own, managers.row.quota) == (False, 1000)


def test_it_tells_what_is_overdue_undated_and_not_convertible(cast: Cast, quarter: Period) -> None:
    cast.deal(expected_close_on=None, amount=Decimal(70))
    cast.deal(currency_id="JPY")
    text = page(cast.mia).content.decode()
    assert "1 open deal has no close date" in text
    assert "€70" in text
    assert "1 deal is not convertible" in text


def test_asked_by_htmx_it_answers_with_the_numbers_alone(cast: Cast) -> None:
    cast.deal()
    answer = page(cast.mia, **{"HX-Request": "true"})
    text = answer.content.decode()
    assert "<html" not in text
    assert 'id="fresh" hx-swap-oob="true"' in text
    assert "forecast-table" in text
    assert "HX-Request" in answer["Vary"]


def test_it_says_since_when_changes_wait(cast: Cast) -> None:
    cast.deal()
    workers.refresh_all()
    StaleCell.objects.create(owner_id=cast.alice.pk, month=None, marked_at=timezone.now() - timedelta(minutes=20))
    text = sign_in(cast.mia).get("/forecast/").content.decode()
    assert "fresh-late" in text
    assert "Changes wait since 20 min ago" in text


def test_a_long_table_begins_folded(cast: Cast, quarter: Period) -> None:
    for number in range(30):
        user = User.objects.create(email=f"p{number}@example.com", name=f"P {number:02}", password="!")
        team = [cast.north, cast.south][number % 2]
        Membership.objects.create(user=user, team=team, starts_on=quarter.start)
    lines = {line.row.name: line for line in page(cast.dana).context["screen"].lines}
    assert (lines["North"].folds, lines["South"].folds, lines["Penstock"].folds) == (False, True, False)
    assert ("P 00" in lines, "P 01" in lines, lines["P 00"].folds) == (True, False, None)


def test_a_folded_line_opens_by_its_link(cast: Cast, quarter: Period) -> None:
    for number in range(30):
        user = User.objects.create(email=f"p{number}@example.com", name=f"P {number:02}", password="!")
        Membership.objects.create(user=user, team=[cast.north, cast.south][number % 2], starts_on=quarter.start)
    lines = {line.row.name: line for line in page(cast.dana).context["screen"].lines}
    opened = page(cast.dana, lines["South"].open_url).context["screen"].lines
    assert {"P 00", "P 01"} <= {line.row.name for line in opened}


# ── The report ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "by", ["reason", "person", "team", "product", "sector", "month", "source", "country", "competitor", "nonsense"]
)
def test_the_report_opens_by_everything(cast: Cast, by: str) -> None:
    populate(cast, Random(1), count=20)
    answer = sign_in(cast.dana).get(f"/reports/win-loss/?by={by}")
    assert answer.status_code == 200
    assert answer.context["found"].by == (by if by != "nonsense" else "reason")
    assert answer.context["found"].total.closed_deals > 0


def test_the_report_says_when_nothing_closed(cast: Cast) -> None:
    text = sign_in(cast.mia).get("/reports/win-loss/").content.decode()
    assert "Nothing closed in" in text
    assert "Too few closed deals" in text


def test_the_largest_loss_is_the_finding(cast: Cast) -> None:
    lose_deal(cast.deal(amount=Decimal(300)), reason=cast.price, by=cast.alice)
    lose_deal(cast.deal(amount=Decimal(100)), reason=cast.competitor, competitor="Hydrolog", by=cast.alice)
    workers.refresh_all()
    text = unescape(sign_in(cast.mia).get("/reports/win-loss/").content.decode())
    assert "“Price” costs most: 75% of what was lost" in text


# ── What they cost ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("where", "most"),
    [("/forecast/", 14), ("/reports/win-loss/", 20), ("/reports/win-loss/?by=person", 16)],
)
def test_they_cost_the_same_number_of_queries_whatever_their_size(
    cast: Cast, quarter: Period, where: str, most: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = sign_in(cast.dana)
    populate(cast, Random(4), count=25)
    client.get(where)
    with django_assert_max_num_queries(most) as before:
        client.get(where)
    populate(cast, Random(5), count=40)
    for person in (cast.alice, cast.bob, cast.charlie):
        set_quota(owner=person, period=quarter, amount=Decimal(100), currency="USD", by=cast.dana)
    with django_assert_max_num_queries(most) as after:
        client.get(where)
    assert len(after.captured_queries) == len(before.captured_queries)


# ── The drawings ───────────────────────────────────────────────────────────────────────────────────


def row_of(*, quota: int | None, won: int = 0, commit: int = 0, best: int = 0) -> Row:
    figures = Figures(won=Decimal(won), commit=Decimal(commit), best_case=Decimal(best), weighted=Decimal(best) / 2)
    return Row("person", 1, "Lena", 0, figures=figures, quota=None if quota is None else Decimal(quota))


def test_labels_keep_their_distance_and_stay_inside() -> None:
    labels = spread([Mark("Won", "1.00M", 0.97), Mark("Commit", "1.01M", 0.971), Mark("Quota", "1.02M", 0.972)])
    ends = [float(label.x.rstrip("%")) for label in labels]
    assert ends == sorted(ends)
    assert ends[-1] <= 100
    assert min(after - before for before, after in pairwise(ends)) > 7
    assert float(spread([Mark("Won", "0", 0.0)])[0].x.rstrip("%")) > 2


@pytest.mark.parametrize(("quota", "won"), [(None, 0), (0, 0), (100, 0), (100, 137), (100, 400), (None, 50)])
def test_bars_are_drawn_of_anything(quota: int | None, won: int) -> None:
    row = row_of(quota=quota, won=won, commit=10, best=5)
    words = Words(*[("Label", "1.00M")] * 6)
    drawn = bullet(row, Decimal(50) if quota else None, words)
    card = card_bar(row)
    for mark in (drawn.won, drawn.commit, drawn.best, drawn.forecast, card.won, card.commit, card.best):
        assert 0 <= float(mark.rstrip("%")) <= 100
    if quota == 100:
        assert card.quota == "66.67%"
        assert card.over == {0: "", 137: "24.67%", 400: "33.33%"}[won]


def test_the_pace_reaches_the_quota_on_the_last_day(cast: Cast) -> None:
    quota, period = Decimal(920), Period(cast.today, cast.today + timedelta(days=92), "quarter")
    assert pace_of(quota, period, period.start) == 10
    assert pace_of(quota, period, period.last_day) == 920
    assert pace_of(quota, period, period.end) is None


def test_winning_on_the_page_is_what_was_won(cast: Cast, quarter: Period) -> None:
    win_deal(cast.deal(amount=Decimal(1500)), reason=cast.fit, by=cast.alice)
    set_quota(owner=cast.alice, period=quarter, amount=Decimal(1000), by=cast.mia)
    text = page(cast.alice).content.decode()
    assert "150.0% of quota, 1 deal" in unescape(text)
    assert "covered" in text
    assert "−500" in text
