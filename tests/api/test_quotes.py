"""/api/v1/quotes/"""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from quotes.actions import draft_quote, mark_sent
from quotes.models import Quote
from tests.api.conftest import Caller
from tests.cast import Cast
from tests.quotes.offers import drafted, german_vat

pytestmark = pytest.mark.django_db
As = Callable[..., Caller]


@pytest.fixture
def quote(cast: Cast) -> Quote:
    """Two pumps and a sensor with 19 % VAT."""
    german_vat()
    return drafted(cast)


def test_a_deal_becomes_a_quote(cast: Cast, as_user: As) -> None:
    answer = as_user(cast.alice).post("quotes/", {"deal": cast.deal().pk, "title": "Phase 1", "lines": [
        {"product": cast.pump.pk, "quantity": "2", "discount": "10"},
        {"name": "Freight", "unit_price": 50},
    ]})  # fmt: skip
    assert answer.status_code == 201
    told = answer.json()
    assert (told["title"], told["status"], told["revision"], told["net"]) == ("Phase 1", "draft", 1, "500.00")
    assert answer["ETag"] == f'"{told["version"]}"'
    assert answer["Location"].endswith(f"/quotes/{told['id']}/")


def test_who_may_not_change_the_deal_drafts_nothing(cast: Cast, as_user: As) -> None:
    deal = cast.deal()
    assert as_user(cast.bob).post("quotes/", {"deal": deal.pk}).status_code == 403
    answer = as_user(cast.charlie).post("quotes/", {"deal": deal.pk})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["deal"])


def test_it_is_seen_by_whoever_sees_the_deal(cast: Cast, as_user: As, quote: Quote) -> None:
    statuses = {
        name: as_user(getattr(cast, name)).get(f"quotes/{quote.pk}/").status_code
        for name in ("alice", "bob", "mia", "charlie", "max", "dana", "ravi")
    }
    assert statuses == {"alice": 200, "bob": 200, "mia": 200, "charlie": 404, "max": 404, "dana": 200, "ravi": 200}


def test_a_draft_is_saved_with_its_lines(cast: Cast, as_user: As, quote: Quote) -> None:
    api = as_user(cast.alice)
    lines = api.get(f"quotes/{quote.pk}/lines/").json()["results"]
    sent = [{"id": lines[1]["id"], "product": cast.sensor.pk, "quantity": "3", "unit_price": "99.90"}]
    answer = api.patch(f"quotes/{quote.pk}/", {"lines": sent, "discount": "10", "version": quote.lock})
    assert (answer.status_code, answer.json()["net"], answer.json()["total"]) == (200, "269.73", "320.98")
    (line,) = api.get(f"quotes/{quote.pk}/lines/").json()["results"]
    assert (line["id"], line["quantity"], line["net"]) == (lines[1]["id"], "3.000", "299.70")
    assert line["taxes"] == [{"name": "VAT", "rate": "19", "is_compound": False}]


def test_what_it_comes_to_is_told_by_rate(cast: Cast, as_user: As, quote: Quote) -> None:
    assert as_user(cast.bob).get(f"quotes/{quote.pk}/totals/").json() == {
        "lines_total": "599.90", "discount": "0.00", "net": "599.90", "tax": "113.98", "total": "713.88",
        "currency": "EUR",
        "tax_groups": [{"name": "VAT", "rate": "19", "is_compound": False, "base": "599.90", "tax": "113.98"}],
    }  # fmt: skip


def test_a_wrong_line_is_named(cast: Cast, as_user: As, quote: Quote) -> None:
    api = as_user(cast.alice)
    for line, field in (({"quantity": "0", "name": "x"}, "quantity"), ({}, "name"), ({"product": 0}, "product")):
        answer = api.put(f"quotes/{quote.pk}/lines/", {"lines": [line]})
        assert (answer.status_code, list(answer.json()["errors"])) == (422, [f"lines.0.{field}"])


def test_over_somebody_elses_change_it_says_what(cast: Cast, as_user: As, quote: Quote) -> None:
    api = as_user(cast.mia)
    api.patch(f"quotes/{quote.pk}/", {"title": "Mia’s"})
    answer = as_user(cast.alice).patch(f"quotes/{quote.pk}/", {"title": "Alice’s", "version": quote.lock})
    assert answer.status_code == 409
    assert (answer.json()["version"], answer.json()["changed"]) == (quote.lock + 1, ["title"])
    answer = as_user(cast.alice).patch(f"quotes/{quote.pk}/", {"title": "A"}, If_Match=f'"{quote.lock}"')
    assert (answer.status_code, answer.json()["version"]) == (412, quote.lock + 1)


def test_it_is_revised_and_compared(cast: Cast, as_user: As, quote: Quote) -> None:
    api = as_user(cast.alice)
    mark_sent(quote, by=cast.alice)
    new = api.post(f"quotes/{quote.pk}/revisions/").json()
    assert (new["number"], new["revision"], new["replaces"]) == (quote.number, 2, quote.pk)
    api.patch(f"quotes/{new['id']}/", {"discount": "5"})
    told = {each["what"]: (each["before"], each["after"]) for each in api.get(f"quotes/{new['id']}/comparison/").json()}
    assert told["discount"] == ("0.000", "5.000")
    assert told["net"] == ("599.900", "569.900")
    assert api.get(f"quotes/{new['id']}/comparison/?with={quote.pk}").status_code == 200
    assert api.get(f"quotes/{quote.pk}/comparison/").status_code == 404


def test_its_deal_follows_it(cast: Cast, as_user: As, quote: Quote) -> None:
    api = as_user(cast.alice)
    assert api.post(f"quotes/{quote.pk}/syncs/", {}).json()["is_synced"]
    deal = api.get(f"deals/{quote.deal_id}/").json()
    assert (deal["amount"], deal["amount_from_quote"]) == ("599.90", True)
    assert list(api.patch(f"deals/{quote.deal_id}/", {"amount": "1"}).json()["errors"]) == ["amount"]
    assert not api.post(f"quotes/{quote.pk}/unsyncs/", {}).json()["is_synced"]
    assert api.patch(f"deals/{quote.deal_id}/", {"amount": "1"}).status_code == 200


def test_an_approval_is_asked_and_granted(cast: Cast, as_user: As, quote: Quote) -> None:
    api, address = as_user(cast.alice), f"quotes/{quote.pk}"
    api.patch(f"{address}/", {"discount": "20"})
    assert api.post(f"{address}/approvals/", {"remark": "Please"}).json()["status"] == "waiting"
    assert api.post(f"{address}/grants/", {}).status_code == 422
    assert as_user(cast.mia).post(f"{address}/grants/", {"remark": "Once"}).json()["status"] == "draft"
    (approval,) = api.get(f"{address}/approvals/").json()["results"]
    assert (approval["why"], approval["granted"], approval["decided_by"]) == (["discount"], True, cast.mia.pk)


def test_prices_of_the_book_are_offered(cast: Cast, as_user: As, quote: Quote) -> None:
    api = as_user(cast.alice)
    cast.pump.unit_price = Decimal(260)
    cast.pump.save()
    (change,) = api.get(f"quotes/{quote.pk}/price-changes/").json()
    assert (change["name"], change["unit_price"], change["now"]) == ("Pump", "250.000", "260.000")
    assert api.post(f"quotes/{quote.pk}/price-changes/", {}).json()["net"] == "619.90"
    assert api.get(f"quotes/{quote.pk}/price-changes/").json() == []


def test_it_is_called_off(cast: Cast, as_user: As, quote: Quote) -> None:
    api = as_user(cast.alice)
    assert api.post(f"quotes/{quote.pk}/cancellations/", {}).json()["status"] == "cancelled"
    assert api.post(f"quotes/{quote.pk}/cancellations/", {}).status_code == 422


def test_the_list_is_narrowed(cast: Cast, as_user: As, quote: Quote) -> None:
    other = draft_quote(cast.deal(), by=cast.alice)
    mark_sent(quote, by=cast.alice)

    def found(query: str) -> list[int]:
        return [each["id"] for each in as_user(cast.mia).get(f"quotes/?{query}").json()["results"]]

    assert found("") == [other.pk, quote.pk]
    assert found("status=sent") == found(f"deal={quote.deal_id}") == found(f"number={quote.number}") == [quote.pk]
    assert found("synced=false") == [other.pk]
    assert as_user(cast.mia).get("quotes/?colour=red").status_code == 422


def test_its_queries_do_not_grow_with_the_list(cast: Cast, as_user: As, quote: Quote) -> None:
    counts = []
    for _more in range(2):
        drafted(cast)
        with CaptureQueriesContext(connection) as queries:
            as_user(cast.alice).get("quotes/?expand=deal,company")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_token_needs_the_scope(cast: Cast, as_user: As, quote: Quote) -> None:
    assert as_user(cast.alice, ["deals:write"]).get(f"quotes/{quote.pk}/").status_code == 403


def test_an_address_nobody_typed_is_in_the_quotes_language(cast: Cast, as_user: As, quote: Quote) -> None:
    assert as_user(cast.alice).patch(f"quotes/{quote.pk}/", {"language": "de"}).json()["address"] == "Acme\nDeutschland"
