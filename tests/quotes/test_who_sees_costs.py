"""What things cost us and the margin of a quote are for managers and admins; others learn that a limit is passed.

The feed of events is in tests/api/test_events.py.
"""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from crm.access import reach_of
from pipeline.actions import Line, set_lines
from pipeline.catalogue import revise_product
from quotes.actions import ask_approval, draft_quote, withdraw
from quotes.models import Quote, QuoteSettings
from tests.api.conftest import Caller
from tests.cast import Cast

pytestmark = pytest.mark.django_db

COST, MARGIN, LIMIT = "123.457", "50.62", "61.5"  # of a pump at 250
MANAGING = pytest.mark.parametrize("name", ["mia", "dana"])
OTHERS = pytest.mark.parametrize("name", ["alice", "bob", "ravi", "ira"])


@pytest.fixture
def quote(cast: Cast) -> Quote:
    """A pump with too little margin, for which Alice asks."""
    QuoteSettings.objects.update_or_create(pk=1, defaults={"margin_limit": Decimal(LIMIT)})
    revise_product(cast.pump, cost=Decimal("77.125"), by=cast.dana)
    cast.pump = revise_product(cast.pump, code="P-1", cost=Decimal(COST), by=cast.dana)
    deal = cast.deal()
    set_lines(deal, [Line(cast.pump)], feed_amount=True, by=cast.alice)
    return ask_approval(draft_quote(deal, by=cast.alice), by=cast.alice)


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    return str((b"".join(answer.streaming_content) if answer.streaming else answer.content).decode())


def test_it_is_the_role_that_decides(cast: Cast) -> None:
    seeing = [user.name for user in vars(cast).values() if hasattr(user, "role") and reach_of(user).sees_costs]
    assert seeing == ["Mia", "Max", "Dana"]


# ── Pages and files ────────────────────────────────────────────────────────────────────────────────


@MANAGING
def test_who_manages_sees_cost_and_margin(client: Client, cast: Cast, quote: Quote, name: str) -> None:
    client.force_login(getattr(cast, name))
    for path in (f"/products/{cast.pump.pk}/", "/products/export/"):
        assert COST in text_of(client.get(path))
    assert f"{MARGIN}%" in text_of(client.get("/quotes/approvals/"))
    page = text_of(client.get(f"/quotes/{quote.pk}/"))
    assert f"margin {MARGIN}%, limit {LIMIT}%" in page
    assert f"<dt>Margin</dt><dd>{MARGIN}%</dd>" in page


@OTHERS
def test_others_see_neither(client: Client, cast: Cast, quote: Quote, name: str) -> None:
    client.force_login(getattr(cast, name))
    deal = quote.deal_id
    for path in (
        f"/products/{cast.pump.pk}/", "/products/", "/products/?sort=cost", "/products/export/", "/quotes/approvals/",
        "/quotes/", "/quotes/?sort=margin", f"/quotes/{quote.pk}/", f"/deals/{deal}/", f"/deals/{deal}/quotes/",
    ):  # fmt: skip
        text = text_of(client.get(path))
        assert [hidden for hidden in (COST, "123.46", MARGIN, LIMIT) if hidden in text] == [], path
    assert "needed: margin below the limit" in " ".join(text_of(client.get(f"/quotes/{quote.pk}/")).split())


def test_the_editor_tells_no_more(client: Client, cast: Cast, quote: Quote) -> None:
    path = f"/quotes/{withdraw(quote, by=cast.alice).pk}/"
    for name, is_told in {"alice": False, "mia": True}.items():
        client.force_login(getattr(cast, name))
        page, found = text_of(client.get(path)), text_of(client.get(f"{path}products/?find=pump"))
        assert "Pump" in found
        assert COST not in page + found
        assert (MARGIN in page, LIMIT in page, MARGIN in found) == (is_told, is_told, False)


def test_a_file_without_costs_comes_in_unchanged(client: Client, cast: Cast, quote: Quote) -> None:
    client.force_login(cast.alice)
    text = text_of(client.get("/products/export/"))
    assert "cost" not in text.splitlines()[0].split(",")
    report = Caller(cast.dana).post("products/files/products/", {"content": text}).json()
    assert report["counts"] == {"unchanged": 2}
    cast.pump.refresh_from_db()
    assert cast.pump.cost == Decimal(COST)


# ── The API ────────────────────────────────────────────────────────────────────────────────────────


def read(api: Caller, cast: Cast, quote: Quote) -> list[Any]:
    """Wherever the API tells costs and margins."""
    product, line = cast.pump.pk, api.get(f"quotes/{quote.pk}/lines/").json()["results"][0]
    return [
        api.get(f"products/{product}/").json()["cost"],
        api.get("products/", {"fields": "name,cost", "code": "P-1"}).json()["results"][0]["cost"],
        line["cost"],
        api.get(f"quotes/{quote.pk}/").json()["margin"],
        api.get("quotes/", {"fields": "margin"}).json()["results"][0]["margin"],
        "cost" in text_of(api.get("products/files/products/")).splitlines()[0].split(","),
    ]


@MANAGING
def test_the_api_tells_who_manages(cast: Cast, quote: Quote, name: str) -> None:
    told = read(Caller(getattr(cast, name)), cast, quote)
    assert told == [COST, COST, COST, MARGIN, MARGIN, True]


@OTHERS
def test_the_api_does_not_tell_others(cast: Cast, quote: Quote, name: str) -> None:
    assert read(Caller(getattr(cast, name)), cast, quote) == [None, None, None, None, None, False]


def test_nobody_narrows_or_orders_by_them(cast: Cast, quote: Quote) -> None:
    for name in ("alice", "dana"):
        api = Caller(getattr(cast, name))
        for path, query in (
            ("products/", "cost"), ("products/", "ordering"), ("products/", "sort"), ("quotes/", "margin"),
            ("quotes/", "margin__lt"), ("quotes/", "ordering"), ("quotes/", "sort"),
        ):  # fmt: skip
            assert api.get(path, {query: "1"}).status_code == 422, query


def test_a_cost_is_set_by_who_sees_it(cast: Cast, quote: Quote) -> None:
    """Else whoever writes a quote could lift its margin, and would need no approval."""
    quote = withdraw(quote, by=cast.alice)
    (line,) = quote.lines.all()
    sent = {"id": line.pk, "product": cast.pump.pk, "quantity": "2", "cost": "1"}
    refused = Caller(cast.alice).put(f"quotes/{quote.pk}/lines/", {"lines": [sent]})
    assert refused.status_code == 422
    assert refused.json()["errors"] == {"lines.0.cost": ["Only managers and admins set a cost."]}
    kept = Caller(cast.alice).put(f"quotes/{quote.pk}/lines/", {"lines": [sent | {"cost": None}]})
    assert (kept.status_code, kept.json()["margin"]) == (200, None)
    quote.refresh_from_db()
    assert (quote.net, quote.margin) == (500, Decimal("50.6172"))
    assert Caller(cast.mia).put(f"quotes/{quote.pk}/lines/", {"lines": [sent]}).json()["margin"] == "99.60"
