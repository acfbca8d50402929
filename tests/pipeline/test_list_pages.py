"""The pages of the list, put together, are the whole order: for every sort, either way round, values missing or not."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.access import reach_of
from crm.custom.actions import create_custom_field
from crm.models import User
from pipeline import listing
from pipeline.actions import lose_deal, revise_deal, win_deal
from pipeline.activities import plan_activity
from pipeline.cells import columns
from pipeline.listing import page_of
from pipeline.models import Deal
from pipeline.valuing import Valuing
from tests.cast import Cast

pytestmark = pytest.mark.django_db
EVERY = ["", *(f"{sign}{name}" for name in listing.SORTS for sign in ("", "-"))]


def make(cast: Cast, number: int) -> Deal:
    """Values are few, so that many deals are alike, and some are missing."""
    deal = cast.deal(
        f"Deal {number % 4}",
        owner=(cast.alice, cast.bob)[number % 2],
        stage=("Qualify", "Demo", "Solution")[number % 3],
        amount=None if number % 5 == 0 else Decimal(number % 3) + Decimal("0.004") * (number % 2),
        currency_id=("EUR", "USD", "GBP")[number % 3],  # no rate for the last
        company=None if number % 4 == 0 else (cast.acme, cast.globex)[number % 2],
        source=cast.referral if number % 3 == 0 else None,
        expected_close_on=None if number % 6 == 0 else cast.today + timedelta(days=number % 3),
        external_id=f"x{number}",
    )
    if number % 7 == 1:
        win_deal(deal, reason=cast.fit, by=cast.alice)
    elif number % 7 == 2:
        lose_deal(deal, reason=cast.competitor, competitor=("Aquasys", "")[number % 2], by=cast.alice)
    elif number % 7 == 3:
        revise_deal(deal, category_override="commit", probability_override=Decimal(number % 2 * 50), by=cast.alice)
        plan_activity(deal, subject="Call", due_on=cast.today + timedelta(days=number % 3), by=cast.alice)
    return deal


def walked(sort: str, deals: Any) -> list[int]:
    """Every page behind the one before."""
    found: list[int] = []
    while True:
        page = page_of(deals, sort, found[-1] if found else 0, Valuing.today())
        found += page[: listing.SIZE]
        if len(page) <= listing.SIZE:
            return found


@pytest.mark.parametrize("sort", EVERY)
def test_pages_put_together_are_the_whole_order(cast: Cast, sort: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        make(cast, number)
    deals = Deal.objects.visible_to(reach_of(cast.mia))
    whole = walked(sort, deals)
    assert sorted(whole) == sorted(deals.values_list("pk", flat=True))
    for size in (1, 4, 7):
        monkeypatch.setattr(listing, "SIZE", size)
        assert walked(sort, deals) == whole


@given(
    numbers=st.lists(st.integers(0, 41), min_size=1, max_size=12), size=st.integers(1, 5), sort=st.sampled_from(EVERY)
)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_deals(
    monkeypatch: pytest.MonkeyPatch, cast: Cast, numbers: list[int], size: int, sort: str
) -> None:
    Deal.objects.update(archived_at=timezone.now())
    Deal.objects.update(external_id="")
    for number in dict.fromkeys(numbers):
        make(cast, number)
    deals = Deal.objects.live()
    monkeypatch.setattr(listing, "SIZE", 1000)
    whole = walked(sort, deals)
    monkeypatch.setattr(listing, "SIZE", size)
    assert walked(sort, deals) == whole
    assert sorted(whole) == sorted(deals.values_list("pk", flat=True))


def order(sort: str) -> list[Any]:
    deals = Deal.objects.all()
    return page_of(deals, sort, 0, Valuing.today())


def test_what_has_no_value_comes_last_either_way(cast: Cast) -> None:
    low, none, high = (cast.deal(amount=amount) for amount in (Decimal(1), None, Decimal(3)))
    lone, soon = cast.deal(company=None, expected_close_on=None), cast.deal(company=cast.globex)
    assert order("amount")[:2] == [none.pk, low.pk]  # no amount is worth nothing
    assert order("-amount")[-1] == none.pk
    for sort in ("company", "-company", "close", "-close"):
        assert order(sort)[-1] == lone.pk, sort
    assert order("-company")[0] == soon.pk
    assert high.pk in order("amount")


def test_a_column_of_the_company_is_shown_and_sorted_by(cast: Cast) -> None:
    create_custom_field(noun="deal", key="region", label="Region", kind="text", by=cast.dana)
    second, first = cast.deal("Second"), cast.deal("First")
    for deal, region in ((second, "West"), (first, "East")):
        fields: dict[str, Any] = {"custom.region": region}
        revise_deal(deal, by=cast.alice, **fields)
    client = client_of(cast.alice)
    client.post("/deals/columns/", {"place": ["cf_region", "stage"], "column": ["cf_region"]})
    page = client.get("/deals/?sort=cf_region").content.decode()
    assert headings(page) == ["title", "cf_region"]
    assert re.findall(r"East|West", page) == ["East", "West"]
    assert f'href="/deals/{first.pk}/facts/cf_region/"' in page


# ── Columns ────────────────────────────────────────────────────────────────────────────────────


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def headings(page: str) -> list[str]:
    return re.findall(r'<th scope="col" data-col="(\w+)"', page)


def test_each_person_has_columns_of_their_own(cast: Cast) -> None:
    cast.deal()
    client = client_of(cast.alice)
    usual = ["title", "company", "stage", "amount", "chance", "close", "step", "days", "owner"]
    assert headings(client.get("/deals/").content.decode()) == usual
    client.post("/deals/columns/", {"place": ["owner", "amount", "stage"], "column": ["amount", "owner"]})
    assert headings(client.get("/deals/").content.decode()) == ["title", "owner", "amount"]
    assert headings(client_of(cast.bob).get("/deals/").content.decode()) == usual
    client.post("/deals/columns/", {"usual": "1"})
    assert headings(client.get("/deals/").content.decode()) == usual


def test_a_column_goes_up_and_down_before_anything_is_kept(cast: Cast) -> None:
    cast.deal()
    client = client_of(cast.alice)
    sent = {"place": ["stage", "amount", "owner"], "column": ["owner", "stage"]}
    form = client.post("/deals/columns/", sent | {"up": "owner"}).content.decode()
    assert re.findall(r'name="place" value="(\w+)"', form)[:3] == ["stage", "owner", "amount"]
    assert re.findall(r'name="column" value="(\w+)" checked', form) == ["stage", "owner"]
    form = client.post("/deals/columns/", sent | {"down": "stage"}).content.decode()
    assert re.findall(r'name="place" value="(\w+)"', form)[:3] == ["amount", "stage", "owner"]
    form = client.post("/deals/columns/", sent | {"up": "stage"}).content.decode()
    assert re.findall(r'name="place" value="(\w+)"', form)[:3] == ["stage", "amount", "owner"]
    assert len(headings(client.get("/deals/").content.decode())) == 9


def test_what_is_no_column_is_passed_over(cast: Cast) -> None:
    cast.deal()
    client = client_of(cast.alice)
    client.post("/deals/columns/", {"place": ["nonsense", "stage"], "column": ["nonsense", "stage"]})
    assert headings(client.get("/deals/").content.decode()) == ["title", "stage"]


def test_every_column_can_be_shown(cast: Cast) -> None:
    for number in range(8):
        make(cast, number)
    client = client_of(cast.dana)
    names = [name for name in columns() if name != "title"]
    client.post("/deals/columns/", {"place": names, "column": names})
    page = client.get("/deals/").content.decode()
    assert headings(page) == ["title", *names]
    for text in ("Commit", "Aquasys", "Chose a competitor", "Referral", "North", "not convertible", "Acme"):
        assert text in page


# ── Rows and sums ──────────────────────────────────────────────────────────────────────────────


def test_rows_are_asked_for_by_number(cast: Cast) -> None:
    mine, theirs = cast.deal("Mine"), cast.deal("Theirs", owner=cast.charlie)
    rows = client_of(cast.alice).get(f"/deals/rows/?deal={mine.pk}&deal={theirs.pk}&deal=x").content.decode()
    assert re.findall(r'<tr id="row-(\d+)"', rows) == [str(mine.pk)]
    assert f'<a class="cell-edit" href="/deals/{mine.pk}/facts/amount/" data-edit>€1,000</a>' in rows


def test_cells_of_deals_one_may_only_see_are_not_edited(cast: Cast) -> None:
    cast.deal(owner=cast.bob)
    page = client_of(cast.alice).get("/deals/").content.decode()
    assert "€1,000" in page
    assert "cell-edit" not in page


def test_many_are_summed_after_the_page(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(51):
        cast.deal(f"Deal {number}", amount=Decimal(10))
    monkeypatch.setattr(listing, "AT_ONCE", -1)
    client = client_of(cast.alice)
    page = client.get("/deals/?q=deal").content.decode()
    assert 'hx-get="/deals/sums/?q=deal" hx-trigger="load, penstock:sums' in page
    assert "€510" not in page
    assert "Show 50 more<" in page
    sums = client.get("/deals/sums/?q=deal").content.decode()
    assert "<strong>51</strong> deals · <strong>€510.00</strong>" in sums
    assert 'hx-trigger="penstock:sums' in sums
