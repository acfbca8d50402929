"""The report on quotes: what was sent, what became of it, how soon, and what was given away."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from crm.access import reach_of
from crm.calendar import this
from crm.models import ExchangeRate, Team
from pipeline.actions import Line
from pipeline.models import Deal
from quotes import listing
from quotes.actions import draft_quote, mark_sent, revise_quote
from quotes.models import Quote, Status
from quotes.report import Report, quote_report
from quotes.report_screen import AskForm
from tests.api.conftest import Caller
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def noon(cast: Cast, days_ago: int) -> datetime:
    return datetime.combine(cast.today - timedelta(days=days_ago), time(12), cast.workspace.zone)


@pytest.fixture
def sent(cast: Cast) -> Callable[..., Quote]:
    def make(
        *lines: Line, days_ago: int = 0, status: str = Status.SENT, after: int = 0, discount: int = 0, **fields: Any
    ) -> Quote:
        """A quote sent that many days ago, and answered `after` days later."""
        owner = fields.get("owner") or cast.alice
        quote = draft_quote(cast.deal(lines=list(lines) or [Line(cast.pump)], **fields), by=owner)
        at = noon(cast, days_ago)
        answered = at + timedelta(days=after) if status != Status.SENT else None
        Quote.objects.filter(pk=quote.pk).update(sent_at=at, status=status, answered_at=answered)
        return Quote.objects.get(pk=quote.pk)

    return make


def period_of(cast: Cast) -> Any:
    """Long enough for whatever these tests do."""
    return AskForm({"period": f"{cast.today.year - 1}-01..{cast.today.year}-12"}).asked().period


def test_it_counts_what_was_sent_and_what_became_of_it(cast: Cast, sent: Callable[..., Quote]) -> None:
    sent(Line(cast.pump, Decimal(2)), days_ago=9)
    sent(Line(cast.pump), days_ago=9, status=Status.ACCEPTED, after=2)
    sent(Line(cast.sensor), days_ago=8, status=Status.ACCEPTED, after=5)
    sent(Line(cast.sensor), days_ago=8, status=Status.DECLINED, after=1)
    sent(Line(cast.sensor), days_ago=40, status=Status.EXPIRED, after=30)
    total = quote_report(reach_of(cast.alice), period_of(cast)).total
    assert (total.sent.quotes, total.sent.value) == (5, Decimal("1049.70"))
    assert (total.accepted.quotes, total.accepted.value) == (2, Decimal("349.90"))
    assert (total.declined.quotes, total.declined.value) == (1, Decimal("99.90"))
    assert (total.expired.quotes, total.expired.value) == (1, Decimal("99.90"))
    assert (total.acceptance, total.days) == (Decimal("0.5"), Decimal("3.5"))


def test_by_person_by_month_and_by_product_the_parts_are_the_whole(cast: Cast, sent: Callable[..., Quote]) -> None:
    sent(Line(cast.pump), Line(cast.sensor, Decimal(3)), days_ago=2)
    sent(Line(cast.pump), days_ago=40, status=Status.ACCEPTED, after=35)
    sent(Line(cast.sensor), owner=cast.bob)
    for by in ("person", "month", "product"):
        report = quote_report(reach_of(cast.mia), period_of(cast), by=by)
        assert sum(row.sent.value for row in report.rows) == report.total.sent.value == Decimal("899.60")
        assert sum(row.accepted.value for row in report.rows) == report.total.accepted.value == 250
        assert sum(row.listed for row in report.rows) == report.total.listed
    products = {
        row.label: row.sent.quotes for row in quote_report(reach_of(cast.mia), period_of(cast), by="product").rows
    }
    assert products == {"Pump": 2, "Sensor": 2}
    assert report.total.sent.quotes == 3


def test_one_sees_only_what_one_may(cast: Cast, sent: Callable[..., Quote]) -> None:
    sent(owner=cast.charlie)
    sent()
    assert [row.label for row in quote_report(reach_of(cast.alice), period_of(cast)).rows] == [cast.alice.name]
    assert quote_report(reach_of(cast.dana), period_of(cast)).total.sent.quotes == 2
    assert quote_report(reach_of(cast.dana), period_of(cast), owner=cast.charlie.pk).total.sent.quotes == 1
    assert quote_report(reach_of(cast.alice), period_of(cast), owner=cast.charlie.pk).rows == []


def test_a_quote_counts_once_by_its_newest_version_that_was_sent(cast: Cast) -> None:
    first = mark_sent(draft_quote(cast.deal(lines=[Line(cast.pump)]), by=cast.alice), by=cast.alice)
    second = revise_quote(first, by=cast.alice)
    assert list(Quote.objects.newest_sent()) == [first]
    mark_sent(second, by=cast.alice)
    assert list(Quote.objects.newest_sent()) == [second]
    assert quote_report(reach_of(cast.alice), this("quarter")).total.sent.quotes == 1


def test_a_discount_is_of_the_list_value(cast: Cast, sent: Callable[..., Quote]) -> None:
    quote = sent(Line(cast.pump, Decimal(4), discount=Decimal(10)), days_ago=1)
    Quote.objects.filter(pk=quote.pk).update(discount_total=90, net=810)
    for by in ("person", "product"):
        (row,) = quote_report(reach_of(cast.alice), period_of(cast), by=by).rows
        assert (row.listed, row.discount, row.given) == (1000, 190, Decimal("0.19"))


def test_each_event_has_the_rate_of_its_day(cast: Cast, sent: Callable[..., Quote]) -> None:
    ExchangeRate.objects.filter(currency="USD").delete()
    sent(Line(cast.pump, unit_price=Decimal(100)), days_ago=10, status=Status.ACCEPTED, after=6, currency_id="USD")
    assert quote_report(reach_of(cast.alice), period_of(cast)).total.missing == 2
    for rate, days in (("0.5", 20), ("0.8", 5)):
        ExchangeRate.objects.create(
            currency_id="USD", base_id="EUR", on=cast.today - timedelta(days=days), rate=Decimal(rate)
        )
    quote = Quote.objects.get()
    total = quote_report(reach_of(cast.alice), period_of(cast)).total
    assert (total.sent.value, total.accepted.value) == (quote.net * Decimal("0.5"), quote.net * Decimal("0.8"))


def test_only_the_periods_own_events_count(cast: Cast, sent: Callable[..., Quote]) -> None:
    sent(days_ago=400, status=Status.ACCEPTED, after=400)
    total = quote_report(reach_of(cast.alice), this("month")).total
    assert (total.sent.quotes, total.accepted.quotes) == (0, 1)


def test_every_number_opens_just_its_quotes(cast: Cast, client: Client, sent: Callable[..., Quote]) -> None:
    sent(Line(cast.pump), Line(cast.sensor), days_ago=9, status=Status.ACCEPTED, after=2)
    sent(Line(cast.pump), days_ago=8, status=Status.DECLINED, after=2)
    sent(Line(cast.sensor), days_ago=8, owner=cast.bob)
    client.force_login(cast.mia)
    for by in ("person", "team", "product", "month"):
        screen = client.get("/quotes/report/", {"by": by, "period": period_of(cast).key}).context["screen"]
        for line in [*screen.lines, screen.total]:
            for cell in (line.sent, line.accepted, line.declined, line.expired):
                assert client.get(cell.url).context["total"] == cell.count.quotes, cell.url
            assert client.get(line.answered).context["total"] == line.row.answered, line.answered


def teams(found: Report) -> list[tuple[int, str, int, Decimal]]:
    return [(row.depth, row.label, row.sent.quotes, row.sent.value) for row in found.rows]


def test_by_team_each_has_the_quotes_of_those_below_it(cast: Cast, client: Client, sent: Callable[..., Quote]) -> None:
    north, south = "North", "South"
    europe = Team.objects.create(name="Europe")
    Team.objects.filter(pk__in=[cast.north.pk, cast.south.pk]).update(parent=europe)
    sent(Line(cast.pump, Decimal(2)))
    sent(owner=cast.bob, status=Status.ACCEPTED)
    sent(owner=cast.charlie)
    found = quote_report(reach_of(cast.dana), period_of(cast), by="team")
    assert teams(found) == [(0, "Europe", 3, 1000), (1, north, 2, 750), (1, south, 1, 250)]
    assert (found.total.sent.quotes, found.total.sent.value) == (3, 1000)
    assert [row.above for row in found.rows] == ["", str(europe.pk), str(europe.pk)]
    found = quote_report(reach_of(cast.dana), period_of(cast), by="team", team=cast.north.pk)
    assert teams(found) == [(0, north, 2, 750)]
    assert teams(quote_report(reach_of(cast.mia), period_of(cast), by="team")) == [(0, north, 2, 750)]
    assert teams(quote_report(reach_of(cast.mia), period_of(cast), by="team", team=cast.south.pk)) == []
    client.force_login(cast.dana)
    screen = client.get("/quotes/report/", {"by": "team", "team": str(europe.pk)}).context["screen"]
    assert [client.get(line.sent.url).context["total"] for line in (*screen.lines, screen.total)] == [3, 2, 1, 3]
    text = b"".join(client.get("/quotes/report/quotes.csv", {"by": "team"})).decode("utf-8-sig")
    assert [line.split(",")[0] for line in text.splitlines()[1:]] == [
        "Europe", f"Europe › {north}", f"Europe › {south}", "All",
    ]  # fmt: skip


def test_a_quote_of_no_team_has_a_row_of_its_own(cast: Cast, client: Client, sent: Callable[..., Quote]) -> None:
    Deal.objects.filter(pk=sent().deal_id).update(team=None)
    sent(owner=cast.bob)
    found = quote_report(reach_of(cast.dana), period_of(cast), by="team")
    assert {row.label: row.sent.quotes for row in found.rows} == {"Without a team": 1, "Penstock": 1, "North": 1}
    client.force_login(cast.dana)
    screen = client.get("/quotes/report/", {"by": "team"}).context["screen"]
    assert [client.get(line.sent.url).context["total"] for line in screen.lines] == [1, 1, 1]


def test_a_broken_filter_is_left_out(cast: Cast, sent: Callable[..., Quote]) -> None:
    sent()
    asked = listing.FilterForm({"sent": "yesterday", "product": "x"}).chosen()
    assert (asked, listing.narrowed(Quote.objects.all(), asked).count()) == ({}, 1)


def test_it_is_made_in_a_fixed_number_of_queries(
    cast: Cast, sent: Callable[..., Quote], django_assert_num_queries: Any
) -> None:
    for owner in (cast.alice, cast.bob, cast.alice):
        sent(Line(cast.pump), Line(cast.sensor), owner=owner)
    reach, period = reach_of(cast.mia), period_of(cast)
    with django_assert_num_queries(4):
        quote_report(reach, period, by="product")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_it_goes_out_as_a_file(cast: Cast, client: Client, sent: Callable[..., Quote], form: str) -> None:
    sent()
    client.force_login(cast.alice)
    for name in ("quotes", "unpaid"):
        answer = client.get(f"/quotes/report/{name}.{form}")
        assert (answer.status_code, len(b"".join(answer)) > 40) == (200, True)
    assert client.get("/quotes/report/quotes.pdf").status_code == 404


def test_the_file_says_what_the_page_says(cast: Cast, client: Client, sent: Callable[..., Quote]) -> None:
    sent(status=Status.ACCEPTED, after=0)
    client.force_login(cast.alice)
    text = b"".join(client.get("/quotes/report/quotes.csv")).decode("utf-8-sig")
    rows = [line.split(",") for line in text.splitlines()]
    assert rows[1][:5] == [cast.alice.name, "1", "250.00", "1", "250.00"]
    assert rows[2][0] == "All"


def test_the_api_says_what_the_page_says(cast: Cast, client: Client, sent: Callable[..., Quote]) -> None:
    sent(status=Status.ACCEPTED)
    sent(Line(cast.sensor), owner=cast.bob)
    client.force_login(cast.mia)
    found = client.get("/quotes/report/").context["screen"].report
    api = Caller(cast.mia)
    answer = api.get("reports/quotes/").json()
    assert (answer["period"], answer["by"], answer["currency"]) == (found.period.key, "person", "EUR")
    assert answer["total"]["sent"] == {"quotes": 2, "value": "349.90"}
    assert [(row["label"], row["sent"]["value"], row["accepted"]["quotes"]) for row in answer["rows"]] == [
        (row.label, f"{row.sent.value:.2f}", row.accepted.quotes) for row in found.rows
    ]
    assert answer["unpaid_total"]["owed"] == "0.00"
    (north,) = api.get("reports/quotes/", {"by": "team", "team": cast.north.pk}).json()["rows"]
    assert (north["label"], north["above"], north["sent"]["quotes"]) == (cast.north.name, "", 2)
    assert api.get("reports/quotes/", {"by": "mood"}).json()["errors"].keys() == {"by"}
    assert Caller(cast.mia, ["deals:read"]).get("reports/quotes/").status_code == 403
