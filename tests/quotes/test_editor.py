"""The page of a quote: what is typed into it, with scripts and without."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pipeline.actions import Line, set_lines
from pipeline.models import TaxClass
from quotes.actions import Item, ask_approval, cancel_quote, draft_quote, save_quote
from quotes.models import LineItem, Quote
from tests.cast import Cast

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def quote(cast: Cast) -> Quote:
    """Two pumps and a sensor, as Alice's deal has them."""
    deal = cast.deal()
    set_lines(deal, [Line(cast.pump, Decimal(2)), Line(cast.sensor)], feed_amount=True, by=cast.alice)
    return draft_quote(deal, by=cast.alice)


def alice(client: Client, cast: Cast) -> Client:
    client.force_login(cast.alice)
    return client


def as_shown(quote: Quote) -> dict[str, Any]:
    """What the form of the quote sends when nothing was typed."""
    sent: dict[str, Any] = {
        "lock": quote.lock, "title": quote.title, "language": quote.language, "rounding": quote.rounding,
        "prices": f"{quote.currency_id}:{quote.book_id or ''}", "includes_tax": str(int(quote.includes_tax)),
        "quoted_on": quote.quoted_on, "valid_until": quote.valid_until, "payment_days": quote.payment_days,
        "contact": "", "address": quote.address, "introduction": "", "terms": quote.terms, "discount": "", "row": [],
    }  # fmt: skip
    for line in quote.lines.all():
        sent["row"].append(str(line.pk))
        facts = {
            "id": line.pk, "kind": line.kind, "bundle": line.bundle_id or "", "product": line.product_id or "",
            "name": line.name, "description": line.description, "quantity": line.quantity, "unit": line.unit,
            "unit_price": line.unit_price, "discount": "", "tax_class": line.tax_class_id or "",
        }  # fmt: skip
        sent |= {f"{line.pk}.{name}": value for name, value in facts.items()}
    return sent


def post(client: Client, quote: Quote, said: Mapping[str, Any], **more: Any) -> Any:
    return client.post(f"/quotes/{quote.pk}/", {**as_shown(quote), **said}, **more)


def lines(quote: Quote) -> list[tuple[str, Decimal, Decimal, Decimal]]:
    rows = LineItem.objects.filter(quote=quote)
    return [(line.name, line.quantity, line.unit_price, line.net) for line in rows]


def test_it_shows_the_lines_and_what_they_come_to(client: Client, cast: Cast, quote: Quote) -> None:
    page = alice(client, cast).get(f"/quotes/{quote.pk}/").content.decode()
    for line in quote.lines.all():
        assert f'name="{line.pk}.quantity"' in page
    assert quote.number in page
    assert "Computed by the server" in page


def test_nothing_typed_changes_nothing(client: Client, cast: Cast, quote: Quote) -> None:
    before = lines(quote), quote.lock
    assert post(alice(client, cast), quote, {}).status_code == 302
    quote.refresh_from_db()
    assert (lines(quote), quote.lock) == before


def untouched(quote: Quote, *touched: LineItem) -> dict[str, Any]:
    """What the page sends of it when only these lines were typed into: of the others that they are there."""
    keys = {str(line.pk) for line in touched}
    sent = as_shown(quote).items()
    return {
        name: value for name, value in sent if "." not in name or name.endswith(".id") or name.split(".")[0] in keys
    }


def test_of_lines_that_nobody_touched_only_their_place_is_sent_and_drawn(
    client: Client, cast: Cast, quote: Quote
) -> None:
    pumps, sensor = quote.lines.all()
    sent = untouched(quote, pumps) | {f"{pumps.pk}.quantity": "3", "row": [str(sensor.pk), str(pumps.pk)]}
    answer = alice(client, cast).post(f"/quotes/{quote.pk}/", sent, headers=HTMX)
    assert lines(quote) == [("Sensor", 1, Decimal("99.90"), Decimal("99.90")), ("Pump", 3, 250, 750)]
    page = answer.content.decode()
    assert f'<tr id="row-{sensor.pk}" data-id="{sensor.pk}" data-same></tr>' in page
    assert f'name="{pumps.pk}.quantity"' in page


def test_an_untouched_line_is_drawn_when_saving_changes_it(client: Client, cast: Cast, quote: Quote) -> None:
    cast.pump.translations = {"de": {"name": "Pumpe"}}
    cast.pump.save()
    _pumps, sensor = quote.lines.all()
    sent = untouched(quote) | {"language": "de"}
    page = alice(client, cast).post(f"/quotes/{quote.pk}/", sent, headers=HTMX).content.decode()
    assert 'value="Pumpe"' in page
    assert f'data-id="{sensor.pk}" data-same' in page


def test_an_untouched_line_that_is_refused_is_drawn_with_what_is_wrong(
    client: Client, cast: Cast, quote: Quote
) -> None:
    pumps, sensor = quote.lines.all()
    LineItem.objects.filter(pk=pumps.pk).update(name="x" * 200, unit="x" * 40, unit_price=Decimal("9e14"))
    sent = untouched(quote, sensor) | {f"{sensor.pk}.quantity": "2"}
    answer = alice(client, cast).post(f"/quotes/{quote.pk}/", sent, headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'name="{pumps.pk}.quantity"' in page
    assert "This amount is too large." in page


def test_500_lines_are_saved_by_a_form_without_scripts(client: Client, cast: Cast, quote: Quote) -> None:
    rows = [Item(name=f"Line {number}", unit_price=Decimal(1)) for number in range(500)]
    quote = save_quote(quote, lines=rows, by=cast.alice)
    first = quote.lines.all()[0]
    assert post(alice(client, cast), quote, {f"{first.pk}.quantity": "3"}).status_code == 302
    assert Quote.objects.get(pk=quote.pk).net == 502


def test_a_number_and_a_discount_are_saved(client: Client, cast: Cast, quote: Quote) -> None:
    first = quote.lines.all()[0]
    said = {f"{first.pk}.quantity": "1,200.5", f"{first.pk}.unit_price": "10.00", f"{first.pk}.discount": "8%"}
    answer = post(alice(client, cast), quote, said, headers=HTMX)
    assert answer.status_code == 200
    first.refresh_from_db()
    assert (first.quantity, first.unit_price, first.discount_kind, first.discount) == (
        Decimal("1200.5"), Decimal(10), "percent", 8)  # fmt: skip
    assert first.net == Decimal("11044.60")
    assert "11,044.60" in answer.content.decode()


def test_an_amount_off_the_whole(client: Client, cast: Cast, quote: Quote) -> None:
    post(alice(client, cast), quote, {"discount": "−100"})
    quote.refresh_from_db()
    assert (quote.discount_kind, quote.discount, quote.discount_total) == ("amount", 100, 100)


def test_what_is_no_number_is_kept_and_named(client: Client, cast: Cast, quote: Quote) -> None:
    first = quote.lines.all()[0]
    answer = post(alice(client, cast), quote, {f"{first.pk}.quantity": "many"}, headers=HTMX)
    assert answer.status_code == 422
    assert 'value="many"' in answer.content.decode()
    assert "Enter a number" in answer.content.decode()


@pytest.mark.parametrize("typed", ["nan", "-Infinity", "1e400", "1,0e400", "s,NaN"])
@pytest.mark.parametrize("name", ["quantity", "unit_price", "discount"])
def test_a_number_that_nothing_has_is_none(client: Client, cast: Cast, quote: Quote, name: str, typed: str) -> None:
    first = quote.lines.all()[0]
    answer = post(alice(client, cast), quote, {f"{first.pk}.{name}": typed, "discount": typed}, headers=HTMX)
    assert (answer.status_code, answer.content.decode().count("Enter a number")) == (422, 2)


@pytest.mark.parametrize("typed", [{"discount": "1e15"}, {"unit_price": "1e14", "quantity": "9.9999"}])
def test_what_is_larger_than_any_sum_is_refused(
    client: Client, cast: Cast, quote: Quote, typed: dict[str, str]
) -> None:
    said = {f"{line.pk}.{name}": text for line in quote.lines.all() for name, text in typed.items()}
    answer = post(alice(client, cast), quote, said, headers=HTMX)
    assert (answer.status_code, "This amount is too large." in answer.content.decode()) == (422, True)


def test_what_no_keyboard_writes_is_left_out(client: Client, cast: Cast, quote: Quote) -> None:
    first = quote.lines.all()[0]
    post(alice(client, cast), quote, {f"{first.pk}.name": "Pu\0mp", f"{first.pk}.description": "Red\r\n\0Blue"})
    first.refresh_from_db()
    assert (first.name, first.description) == ("Pump", "Red\nBlue")


def test_a_product_is_added_by_its_name(client: Client, cast: Cast, quote: Quote) -> None:
    """As without scripts: typed, and the button pressed."""
    post(alice(client, cast), quote, {"add": "found", "find": cast.sensor.name.lower()})
    assert [name for name, *_rest in lines(quote)] == [cast.pump.name, cast.sensor.name, cast.sensor.name]
    assert lines(quote)[-1][2] == cast.sensor.unit_price


@pytest.mark.parametrize("typed", ["\0", "\0valve"])
def test_a_product_is_looked_for_whatever_was_typed(client: Client, cast: Cast, quote: Quote, typed: str) -> None:
    assert alice(client, cast).get(f"/quotes/{quote.pk}/products/", {"find": typed}).status_code == 200
    assert post(client, quote, {"add": "found", "find": typed}).status_code == 302


def test_what_the_catalogue_does_not_have_becomes_a_free_line(client: Client, cast: Cast, quote: Quote) -> None:
    post(alice(client, cast), quote, {"add": "found", "find": "Travel"})
    assert lines(quote)[-1] == ("Travel", 1, 0, 0)


def test_a_heading_is_added_and_moved_up(client: Client, cast: Cast, quote: Quote) -> None:
    post(alice(client, cast), quote, {"add": "heading", "find": "Hardware"})
    quote.refresh_from_db()
    heading = quote.lines.get(kind="heading")
    post(client, quote, {"up": str(heading.pk)})
    assert [name for name, *_rest in lines(quote)] == [cast.pump.name, "Hardware", cast.sensor.name]


def test_the_order_is_that_of_the_rows(client: Client, cast: Cast, quote: Quote) -> None:
    post(alice(client, cast), quote, {"row": as_shown(quote)["row"][::-1]})
    assert [name for name, *_rest in lines(quote)] == [cast.sensor.name, cast.pump.name]


def test_a_line_is_removed(client: Client, cast: Cast, quote: Quote) -> None:
    post(alice(client, cast), quote, {"remove": as_shown(quote)["row"][0]})
    assert [name for name, *_rest in lines(quote)] == [cast.sensor.name]


def test_an_optional_line_is_in_parentheses_and_not_in_the_total(client: Client, cast: Cast, quote: Quote) -> None:
    first, second = quote.lines.all()
    answer = post(alice(client, cast), quote, {f"{first.pk}.is_optional": "on"}, headers=HTMX)
    quote.refresh_from_db()
    assert quote.net == second.net
    assert f"({first.net:,.2f})" in answer.content.decode()


def test_a_new_row_keeps_the_handle_that_its_page_gave_it(client: Client, cast: Cast, quote: Quote) -> None:
    """So that who types in it goes on typing."""
    page = post(alice(client, cast), quote, {"add": "item", "find": "Travel"}, headers=HTMX).content.decode()
    made = quote.lines.get(name="Travel")
    assert f'name="n0.id" value="{made.pk}"' in page
    assert 'data-focus="n0"' in page


def test_who_comes_second_is_told_and_overwrites_nothing(client: Client, cast: Cast, quote: Quote) -> None:
    stale = as_shown(quote)
    post(alice(client, cast), quote, {"title": "First"})
    answer = client.post(f"/quotes/{quote.pk}/", {**stale, "title": "Second"}, headers=HTMX)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Keep mine" in page
    assert 'value="Second"' in page
    assert Quote.objects.get().title == "First"


def test_who_types_into_what_was_sent_meanwhile_is_told_and_keeps_their_words(
    client: Client, cast: Cast, quote: Quote
) -> None:
    """Another tab sent it: the row that is only in this one has no sums yet."""
    stale = as_shown(quote)
    cancel_quote(quote, by=cast.alice)
    row = {"row": [*stale["row"], "n0"], "n0.kind": "item", "n0.name": "A spare impeller", "n0.quantity": "2"}
    answer = alice(client, cast).post(f"/quotes/{quote.pk}/", {**stale, **row}, headers=HTMX)
    assert answer.status_code == 409
    assert "A spare impeller" in answer.content.decode()
    insisting = client.post(f"/quotes/{quote.pk}/", {**stale, **row, "insist": "1"}, headers=HTMX)
    assert insisting.status_code == 422
    assert "This quote is “Cancelled”." in insisting.content.decode()
    assert "A spare impeller" in insisting.content.decode()


def test_who_insists_overwrites_also_what_the_other_took_away(client: Client, cast: Cast, quote: Quote) -> None:
    stale = as_shown(quote)
    post(alice(client, cast), quote, {"remove": stale["row"][0]})
    assert client.post(f"/quotes/{quote.pk}/", {**stale, "insist": "1"}).status_code == 302
    assert [name for name, *_rest in lines(quote)] == [cast.pump.name, cast.sensor.name]


def test_the_catalogue_answers_with_prices(client: Client, cast: Cast, quote: Quote) -> None:
    page = alice(client, cast).get(f"/quotes/{quote.pk}/products/", {"find": cast.pump.name[:3]}).content.decode()
    assert f'value="{cast.pump.pk}"' in page
    assert "Free line" in page


def test_what_waits_for_approval_is_only_read(client: Client, cast: Cast, quote: Quote) -> None:
    post(alice(client, cast), quote, {"discount": "50%"})
    quote.refresh_from_db()
    ask_approval(quote, by=cast.alice)
    page = client.get(f"/quotes/{quote.pk}/").content.decode()
    assert 'name="title"' not in page
    assert "Withdraw" in page
    quote.refresh_from_db()
    assert post(client, quote, {}).status_code == 422


def test_a_manager_approves(client: Client, cast: Cast, quote: Quote) -> None:
    post(alice(client, cast), quote, {"discount": "50%"})
    quote.refresh_from_db()
    asked = ask_approval(quote, remark="They buy again", by=cast.alice)
    client.force_login(cast.mia)
    assert "They buy again" in client.get("/quotes/approvals/").content.decode()
    assert "Approve" in client.get(f"/quotes/{quote.pk}/").content.decode()
    said = {"decision": "grant", "remark": "Go", "lock": asked.lock}
    assert client.post(f"/quotes/{quote.pk}/approval/", said).status_code == 302
    assert quote.approvals.get().granted is True
    assert "Nothing waits" in client.get("/quotes/approvals/").content.decode()


def test_nobody_approves_their_own(client: Client, cast: Cast, quote: Quote) -> None:
    post(alice(client, cast), quote, {"discount": "50%"})
    quote.refresh_from_db()
    ask_approval(quote, by=cast.alice)
    answer = client.post(f"/quotes/{quote.pk}/approval/", {"decision": "grant"})
    assert answer.status_code == 422
    assert quote.approvals.get().granted is None


def test_a_quote_is_drafted_on_its_deal_and_stays_there(client: Client, cast: Cast) -> None:
    deal = cast.deal()
    page = alice(client, cast).post(f"/deals/{deal.pk}/quotes/", headers=HTMX)
    assert page.status_code == 200
    assert deal.quotes.get().number in page.content.decode()


def test_another_team_finds_nothing(client: Client, cast: Cast, quote: Quote) -> None:
    client.force_login(cast.charlie)
    assert client.get(f"/quotes/{quote.pk}/").status_code == 404
    assert client.get(f"/quotes/{quote.pk}/products/").status_code == 404
    assert post(client, quote, {}).status_code == 404


def test_more_lines_cost_no_more_queries(client: Client, cast: Cast, quote: Quote) -> None:
    alice(client, cast).get(f"/quotes/{quote.pk}/")
    set_lines(quote.deal, [Line(cast.pump), Line(cast.sensor)] * 10, feed_amount=True, by=cast.alice)
    many = draft_quote(quote.deal, by=cast.alice)
    with CaptureQueriesContext(connection) as of_two:
        client.get(f"/quotes/{quote.pk}/")
    with CaptureQueriesContext(connection) as of_twenty:
        client.get(f"/quotes/{many.pk}/")
    assert len(of_two) == len(of_twenty) <= 32


def test_one_list_of_taxes_serves_all_lines(client: Client, cast: Cast, quote: Quote) -> None:
    """Without scripts it is set for the line that was picked."""
    classes = [TaxClass.objects.create(name=f"Class {number}") for number in range(3)]
    first, line = quote.lines.all()
    answer = post(alice(client, cast), quote, {"tax": "", "line": line.pk, "taxed": classes[2].pk})
    assert answer.status_code == 302
    assert [each.tax_class for each in quote.lines.all()] == [first.tax_class, classes[2]]
    page = client.get(f"/quotes/{quote.pk}/").content.decode()
    assert [page.count(f">{each.name}</option>") for each in classes] == [1, 1, 2]
