"""Many quotas at once: pasted, spread, copied forward; shown before they are set, taken back together."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.errors import Conflict, Refused
from crm.models import Event, User
from crm.money import apportion
from crm.periods import Period, month_of, quarter_of, year_of
from forecasting import workers
from forecasting.actions import set_quota, set_quotas, undo_quotas
from forecasting.models import Quota, QuotaBatch, QuotaChange
from forecasting.pasting import apart, block_of
from forecasting.proposals import copy_forward, spread
from forecasting.setting import Entry
from forecasting.types import COUNT, REVENUE, ForecastType
from pipeline.actions import win_deal
from tests.cast import Cast

As = Callable[[User], Client]
SENT = QuotaBatch.Kind.SENT


@pytest.fixture
def year(cast: Cast) -> Period:
    return year_of(cast.today)


@pytest.fixture
def months(year: Period) -> list[Period]:
    return [month_of(start) for start in year.months]


@pytest.fixture
def signed_in() -> As:
    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


def held() -> dict[tuple[str, str], Decimal]:
    rows = Quota.objects.select_related("owner", "team")
    return {(str((row.owner or row.team).name), row.period.key): row.amount for row in rows}  # type: ignore[union-attr]


# ── Set together, taken back together ──────────────────────────────────────────────────────────────


def test_they_are_set_and_taken_back_as_one(cast: Cast, months: list[Period]) -> None:
    set_quota(owner=cast.alice, period=months[0], amount=Decimal(5), by=cast.mia)
    entries = [Entry(who, month, Decimal(9), note="Plan") for who in (cast.alice, cast.bob) for month in months[:2]]
    batch = set_quotas(entries, kind=SENT, by=cast.mia)
    assert batch is not None
    assert set(held().values()) == {9}
    assert batch.changes.count() == 4
    assert Event.objects.filter(kind="quota.set").count() == 5

    undo = undo_quotas(batch, by=cast.mia)
    assert held() == {("Alice", months[0].key): 5}
    with pytest.raises(Refused, match="already"):
        undo_quotas(batch, by=cast.mia)
    undo_quotas(undo, by=cast.mia)
    assert set(held().values()) == {9}


def test_what_was_revised_since_stays(cast: Cast, months: list[Period]) -> None:
    batch = set_quotas([Entry(cast.alice, month, Decimal(9)) for month in months[:2]], kind=SENT, by=cast.mia)
    assert batch is not None
    set_quota(owner=cast.alice, period=months[0], amount=Decimal(10), by=cast.mia)
    undo_quotas(batch, by=cast.mia)
    assert held() == {("Alice", months[0].key): 10}
    other = set_quotas([Entry(cast.bob, months[0], Decimal(1))], kind=SENT, by=cast.mia)
    assert other is not None
    set_quota(owner=cast.bob, period=months[0], amount=Decimal(2), by=cast.mia)
    with pytest.raises(Refused, match="revised since"):
        undo_quotas(other, by=cast.mia)


def test_all_or_none(cast: Cast, months: list[Period]) -> None:
    entries = [Entry(cast.alice, months[0], Decimal(1)), Entry(cast.charlie, months[0], Decimal(1))]
    with pytest.raises(Refused) as refused:
        set_quotas(entries, kind=SENT, by=cast.mia)
    assert list(refused.value.errors) == ["1.owner"]
    with pytest.raises(Conflict):
        set_quotas([Entry(cast.alice, months[0], Decimal(1), version=3)], kind=SENT, by=cast.mia)
    with pytest.raises(Refused, match="twice"):
        set_quotas([entries[0], entries[0]], kind=SENT, by=cast.mia)
    assert not Quota.objects.exists()
    assert not QuotaBatch.objects.exists()


def test_what_changes_nothing_is_no_batch(cast: Cast, months: list[Period]) -> None:
    set_quota(owner=cast.alice, period=months[0], amount=Decimal(1), by=cast.mia)
    assert set_quotas([Entry(cast.alice, months[0], Decimal(1))], kind=SENT, by=cast.mia) is None
    assert not QuotaBatch.objects.exists()


def test_many_cost_as_many_queries_as_few(cast: Cast, months: list[Period], django_assert_max_num_queries: Any) -> None:
    entries = [Entry(who, month, Decimal(7)) for who in (cast.alice, cast.bob, cast.mia) for month in months]
    with django_assert_max_num_queries(30):
        set_quotas(entries, kind=SENT, by=cast.dana)
    assert len(held()) == 36


# ── Never undone from below ────────────────────────────────────────────────────────────────────────


def test_what_was_set_from_above_is_not_revised_from_below(cast: Cast, months: list[Period]) -> None:
    set_quota(owner=cast.alice, period=months[0], amount=Decimal(5), by=cast.mia)
    set_quota(owner=cast.alice, period=months[0], amount=Decimal(8), by=cast.dana)
    for amount in (Decimal(5), None):
        with pytest.raises(Refused, match="Dana set this from above you"):
            set_quota(owner=cast.alice, period=months[0], amount=amount, by=cast.mia)
    assert set_quota(owner=cast.alice, period=months[0], amount=Decimal(8), by=cast.mia) is not None
    set_quota(owner=cast.alice, period=months[0], amount=None, by=cast.dana)
    with pytest.raises(Refused, match="from above"):
        set_quota(owner=cast.alice, period=months[0], amount=Decimal(5), by=cast.mia)
    assert set_quota(owner=cast.alice, period=months[1], amount=Decimal(5), by=cast.mia) is not None


def test_taken_back_it_is_its_setters_again(cast: Cast, months: list[Period]) -> None:
    set_quota(owner=cast.alice, period=months[0], amount=Decimal(5), by=cast.mia)
    batch = set_quotas([Entry(cast.alice, months[0], Decimal(8))], kind=SENT, by=cast.dana)
    assert batch is not None
    undo_quotas(batch, by=cast.dana)
    assert set_quota(owner=cast.alice, period=months[0], amount=Decimal(6), by=cast.mia) is not None


# ── Types ──────────────────────────────────────────────────────────────────────────────────────────


def test_each_type_has_a_quota_of_its_own(cast: Cast, months: list[Period]) -> None:
    cast.pump.family = "Pumps"
    cast.pump.save()
    for kind, amount in ((REVENUE, 100), (COUNT, 7), (ForecastType("revenue", "Pumps"), 60)):
        set_quota(owner=cast.alice, period=months[0], amount=Decimal(amount), type=kind, by=cast.mia)
    kept = Quota.objects.order_by("amount").values_list("unit", "family", "amount", "currency_id")
    assert list(kept) == [("count", "", 7, None), ("revenue", "Pumps", 60, "EUR"), ("revenue", "", 100, "EUR")]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"type": COUNT, "amount": Decimal("1.5")}, "amount"),
        ({"type": COUNT, "amount": Decimal(1), "currency": "EUR"}, "currency"),
        ({"type": ForecastType("revenue", "Nothing of the kind"), "amount": Decimal(1)}, "type"),
    ],
)
def test_a_type_says_what_it_takes(cast: Cast, months: list[Period], sent: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        set_quota(owner=cast.alice, period=months[0], by=cast.mia, **sent)
    assert list(refused.value.errors) == [field]


@pytest.mark.parametrize("key", ["revenue", "count", "family-Pumps", "count-family-Насоси и клапани", "family-family-"])
def test_a_key_is_read_back(key: str) -> None:
    assert ForecastType.parse(key).key == key


# ── Spread ─────────────────────────────────────────────────────────────────────────────────────────

CENTS = st.decimals(min_value=0, max_value=10**9, places=2)


@settings(max_examples=200, deadline=None)
@given(total=CENTS, weights=st.lists(CENTS, min_size=1, max_size=12))
def test_what_is_spread_adds_up_to_the_cent(total: Decimal, weights: list[Decimal]) -> None:
    parts = apportion(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    if whole:
        exact = [total * weight / whole for weight in weights]
        assert all(abs(part - fair) <= Decimal("0.01") for part, fair in zip(parts, exact, strict=True))


def test_a_year_is_spread_evenly(cast: Cast, year: Period) -> None:
    entries = spread(cast.alice, year, Decimal("100.00"), type=REVENUE).entries
    assert [entry.amount for entry in entries[:3]] == [Decimal("8.33"), Decimal("8.34"), Decimal("8.33")]
    assert sum(entry.amount or 0 for entry in entries) == 100
    quarters = spread(cast.alice, year, Decimal(10), into="quarter", type=COUNT).entries
    assert [entry.amount for entry in quarters] == [3, 2, 3, 2]
    yen = spread(cast.alice, year, Decimal(1000), currency="JPY", type=REVENUE).entries
    assert sum(entry.amount or 0 for entry in yen) == 1000
    assert all(entry.amount == int(entry.amount or 0) for entry in yen)


def test_a_year_is_spread_as_the_last_was_won(cast: Cast, year: Period) -> None:
    last = year_of(year.start.replace(year=year.start.year - 1))
    for month, amount in ((0, 300), (5, 100)):
        day = last.months[month]
        deal = cast.deal(amount=Decimal(amount))
        win_deal(deal, reason=cast.fit, closed_on=day, by=cast.alice)
    workers.refresh_all()
    entries = spread(cast.alice, year, Decimal(1000), shape="won", type=REVENUE).entries
    assert [entry.amount for entry in entries] == [750, 0, 0, 0, 0, 250, 0, 0, 0, 0, 0, 0]
    by_count = spread(cast.alice, year, Decimal(10), into="quarter", shape="won", type=COUNT).entries
    assert [entry.amount for entry in by_count] == [5, 5, 0, 0]
    with pytest.raises(Refused, match="evenly"):
        spread(cast.bob, year, Decimal(1000), shape="won", type=REVENUE)


def test_a_year_is_spread_as_the_last_was_planned(cast: Cast, year: Period) -> None:
    last = year_of(year.start.replace(year=year.start.year - 1))
    set_quota(owner=cast.alice, period=quarter_of(last.months[0]), amount=Decimal(300), by=cast.mia)
    set_quota(owner=cast.alice, period=month_of(last.months[11]), amount=Decimal(100), by=cast.mia)
    entries = spread(cast.alice, year, Decimal(800), shape="quotas", type=REVENUE).entries
    assert [entry.amount for entry in entries] == [200, 200, 200, 0, 0, 0, 0, 0, 0, 0, 0, 200]


# ── Copied forward ─────────────────────────────────────────────────────────────────────────────────


def test_a_year_is_copied_forward_with_some_more(cast: Cast, year: Period, months: list[Period]) -> None:
    set_quota(owner=cast.alice, period=months[0], amount=Decimal("33.33"), currency="USD", by=cast.mia)
    set_quota(owner=cast.alice, period=quarter_of(year.start), amount=Decimal(100), by=cast.mia)
    set_quota(owner=cast.charlie, period=months[0], amount=Decimal(1), by=cast.dana)
    entries = copy_forward([cast.alice, cast.bob], year, percent=Decimal(10), type=REVENUE).entries
    assert [(entry.period.key, entry.amount, entry.currency) for entry in entries] == [
        (month_of(months[0].start.replace(year=year.start.year + 1)).key, Decimal("36.66"), "USD"),
        (quarter_of(year.start.replace(year=year.start.year + 1)).key, Decimal("110.00"), "EUR"),
    ]
    with pytest.raises(Refused, match="Nothing is set"):
        copy_forward([cast.bob], year, type=REVENUE)


# ── Pasted ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_block_knows_its_names_and_periods() -> None:
    def is_period(text: str) -> bool:
        return text in {"Jan", "Feb"}

    assert block_of("1\t2\n3\t4", is_period).rows == [["1", "2"], ["3", "4"]]
    block = block_of("\tJan\tFeb\r\nAlice\t1,000\t\r\nBob\t€2\t-\r\n", is_period)
    assert (block.names, block.heads) == (["Alice", "Bob"], ["Jan", "Feb"])
    assert block.rows == [["1,000", ""], ["€2", "-"]]
    only = block_of("Jan\tFeb\n1\t2", is_period)
    assert (only.names, only.heads, only.rows) == (None, ["Jan", "Feb"], [["1", "2"]])


@pytest.mark.parametrize(
    ("text", "number", "currency"),
    [("1,200.50", "1,200.50", ""), ("€1 200", "1 200", "EUR"), ("5 USD", "5", "USD"), ("$5", "$5", "")],
)
def test_an_amount_apart_from_its_currency(text: str, number: str, currency: str) -> None:
    assert apart(text) == (number, currency)


def pasted(client: Client, **sent: Any) -> Any:
    return client.post("/forecast/quotas/paste/", {"subject": "", "currency": "", "note": "", **sent})


def test_a_pasted_block_is_shown_then_set_then_taken_back(cast: Cast, months: list[Period], signed_in: As) -> None:
    client = signed_in(cast.mia)
    keys = [month.key for month in months[:2]]
    text = f"\t{keys[0]}\t{keys[1]}\nAlice\t1,000\tUSD 20\nbob\t€30\tmuch\nZoe\t1\t1\n"
    answer = pasted(client, text=text, period=keys[0])
    preview = answer.context["preview"]
    assert answer.status_code == 200
    assert [(step.entry.subject.name, step.entry.amount, step.currency) for step in preview.steps] == [
        ("Alice", 1000, "EUR"), ("Alice", 20, "USD"), ("Bob", 30, "EUR"),
    ]  # fmt: skip
    assert preview.unread == ["“Zoe” is nobody whose quota you set.", "“much” is not an amount."]
    assert not Quota.objects.exists()

    answer = pasted(client, text=text, period=keys[0], sure=preview.mark)
    assert answer.status_code == 302
    assert held() == {("Alice", keys[0]): 1000, ("Alice", keys[1]): 20, ("Bob", keys[0]): 30}
    batch = QuotaBatch.objects.get()
    assert client.get("/forecast/quotas/").context["last"] == batch
    assert signed_in(cast.dana).post(f"/forecast/quotas/batches/{batch.pk}/undo/").status_code == 404
    assert client.post(f"/forecast/quotas/batches/{batch.pk}/undo/").status_code == 302
    assert held() == {}
    assert client.get("/forecast/quotas/").context["last"] is None


def test_what_is_larger_than_any_quota_is_no_amount(cast: Cast, months: list[Period], signed_in: As) -> None:
    text = f"{'9' * 40}\tnan\t1,0e400\t{10**16}"
    answer = pasted(signed_in(cast.mia), text=text, subject=f"person-{cast.alice.pk}", period=months[0].key)
    assert answer.status_code == 200
    assert [text.split("”")[0] for text in answer.context["preview"].unread] == [f"“{'9' * 40}", "“nan", "“1,0e400"]
    assert not Quota.objects.exists()


def test_a_bare_block_is_laid_from_a_cell_on(cast: Cast, months: list[Period], signed_in: As) -> None:
    answer = pasted(signed_in(cast.mia), text="1\t2\n3\t4", subject=f"person-{cast.alice.pk}", period=months[10].key)
    steps = answer.context["preview"].steps
    assert [(step.entry.subject.name, step.entry.period.key, step.entry.amount) for step in steps] == [
        ("Alice", months[10].key, 1),
        ("Alice", months[11].key, 2),
        ("Bob", months[10].key, 3),
        ("Bob", months[11].key, 4),
    ]


def test_what_changed_since_it_was_looked_at_is_looked_at_again(
    cast: Cast, months: list[Period], signed_in: As
) -> None:
    client, where = signed_in(cast.mia), {"subject": f"person-{cast.alice.pk}", "period": months[0].key}
    mark = pasted(client, text="1\t2", **where).context["preview"].mark
    set_quota(owner=cast.alice, period=months[0], amount=Decimal(50), by=cast.mia)
    answer = pasted(client, text="1\t2", sure=mark, **where)
    assert "This is not what you looked at" in answer.content.decode()
    assert held() == {("Alice", months[0].key): 50}


def test_what_may_not_be_set_is_left_out(cast: Cast, months: list[Period], signed_in: As) -> None:
    set_quota(owner=cast.alice, period=months[0], amount=Decimal(50), by=cast.dana)
    client, where = signed_in(cast.mia), {"subject": f"person-{cast.alice.pk}", "period": months[0].key}
    preview = pasted(client, text="1\t2", **where).context["preview"]
    assert (preview.refused, len(preview.entries)) == (1, 1)
    assert pasted(client, text="1\t2", sure=preview.mark, **where).status_code == 302
    assert held() == {("Alice", months[0].key): 50, ("Alice", months[1].key): 2}


def test_spread_and_copy_have_their_pages(cast: Cast, year: Period, signed_in: As) -> None:
    client = signed_in(cast.mia)
    sent = {"subject": f"person-{cast.alice.pk}", "amount": "1,200", "into": "month", "shape": "even", "note": "Plan"}
    where = f"/forecast/quotas/spread/?period={year.key}"
    mark = client.post(where, sent).context["preview"].mark
    assert client.post(where, sent | {"sure": mark}).status_code == 302
    assert set(held().values()) == {100}
    assert set(QuotaChange.objects.values_list("note", flat=True)) == {"Plan"}

    copy, where = (
        {"period": year.key, "subject": "", "percent": "50", "note": ""},
        f"/forecast/quotas/copy/?period={year.key}",
    )
    mark = client.post(where, copy).context["preview"].mark
    assert client.post(where, copy | {"sure": mark}).status_code == 302
    assert Quota.objects.filter(amount=150).count() == 12
    refused = client.post(f"/forecast/quotas/copy/?period={year.key}", copy | {"period": "2026-Q9"})
    assert refused.status_code == 422


@pytest.mark.parametrize("who", ["alice", "ravi"])
@pytest.mark.parametrize("tool", ["spread", "copy", "paste"])
def test_whoever_sets_nobodys_is_sent_away(cast: Cast, signed_in: As, who: str, tool: str) -> None:
    assert signed_in(getattr(cast, who)).get(f"/forecast/quotas/{tool}/").status_code == 403
