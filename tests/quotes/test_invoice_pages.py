"""The pages of invoices: a list, a draft that is changed, what is issued, paid, credited and sent."""

from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from crm.models import User
from quotes.actions import draft_invoice, record_payment, reverse_payment
from quotes.models import Invoice, Payment, Sending
from tests.cast import Cast
from tests.quotes.billing import accepted, buyer, issued, seller

pytestmark = pytest.mark.django_db
D = Decimal
HTMX = {"HX-Request": "true"}


def page(client: Client, user: User, path: str) -> str:
    client.force_login(user)
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def draft(cast: Cast) -> Invoice:
    return draft_invoice(accepted(cast), by=cast.alice)


def test_the_list_is_narrowed(cast: Cast, client: Client) -> None:
    open_, paid = issued(cast), issued(cast)
    record_payment(paid, amount=D(1190), by=cast.alice)
    everything = page(client, cast.alice, "/invoices/")
    assert open_.number in everything
    assert paid.number in everything
    owing = page(client, cast.alice, "/invoices/?status=owing")
    assert open_.number in owing
    assert paid.number not in owing
    assert paid.number in page(client, cast.alice, f"/invoices/?q={paid.number}&status=paid")
    assert "No invoice matches" in page(client, cast.alice, f"/invoices/?due_until={cast.today}")
    assert "No invoices yet" in page(client, cast.charlie, "/invoices/")


def test_the_list_costs_the_same_however_long(cast: Cast, client: Client, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    issued(cast)
    client.force_login(cast.alice)
    client.get("/invoices/")
    with django_assert_num_queries(5):
        client.get("/invoices/")
    for _ in range(3):
        issued(cast)
    with django_assert_num_queries(5):
        client.get("/invoices/")


def as_shown(invoice: Invoice) -> dict[str, Any]:
    """What the form of the draft sends when nothing was typed."""
    same = ("lock", "title", "payment_days", "address", "buyer_reference", "introduction", "terms")
    sent: dict[str, Any] = {"contact": "", "delivered_on": "", "discount": "", "row": []}
    sent |= {name: getattr(invoice, name) for name in same}
    columns = ("kind", "name", "description", "quantity", "unit", "unit_price")
    for line in invoice.lines.all():
        sent["row"].append(str(line.pk))
        facts = {"id": line.pk, "bundle": "", "product": "", "discount": "", "tax_class": line.tax_class_id or ""}
        facts |= {name: getattr(line, name) for name in columns}
        sent |= {f"{line.pk}.{name}": value for name, value in facts.items()}
    return sent


def post(client: Client, invoice: Invoice, said: dict[str, Any], **more: Any) -> Any:
    return client.post(f"/invoices/{invoice.pk}/", {**as_shown(invoice), **said}, **more)


def lines(invoice: Invoice) -> list[tuple[str, Decimal, Decimal]]:
    return [(line.name, line.quantity, line.net) for line in invoice.lines.all()]


def test_a_draft_is_changed_on_its_page(cast: Cast, client: Client) -> None:
    invoice = draft(cast)
    line = invoice.lines.get()
    assert f'name="{line.pk}.quantity"' in page(client, cast.alice, f"/invoices/{invoice.pk}/")
    said = {
        "title": "Pumps", "payment_days": "10", "discount": "−9.90", f"{line.pk}.quantity": "3",
        f"{line.pk}.discount": "10%",
    }  # fmt: skip
    stale = as_shown(invoice)
    assert post(client, invoice, said).status_code == 302
    invoice.refresh_from_db()
    assert (invoice.title, invoice.payment_days, invoice.net) == ("Pumps", 10, D("665.10"))
    wrong = post(client, invoice, {f"{line.pk}.quantity": "many"})
    assert wrong.status_code == 422
    assert 'value="many"' in wrong.content.decode()
    overtaken = client.post(f"/invoices/{invoice.pk}/", stale | {"title": "Mine"}, headers=HTMX)
    assert overtaken.status_code == 409
    assert "in the meantime" in overtaken.content.decode()
    assert client.post(f"/invoices/{invoice.pk}/", stale | {"title": "Mine", "insist": "1"}).status_code == 302
    invoice.refresh_from_db()
    assert invoice.title == "Mine"


def test_lines_are_added_moved_and_removed(cast: Cast, client: Client) -> None:
    """As without scripts: the button pressed."""
    invoice = draft(cast)
    client.force_login(cast.alice)
    found = client.get(f"/invoices/{invoice.pk}/products/?find=sen").content.decode()
    assert "99.90" in found
    for said in ({"add": "found", "find": "sensor"}, {"add": "found", "find": "Freight"}, {"add": "heading"}):
        assert post(client, invoice, said).status_code == 302
        invoice.refresh_from_db()
    assert lines(invoice) == [("Pump", 4, 1000), ("Sensor", 1, D("99.90")), ("Freight", 1, 0), ("Heading", 1, 0)]
    post(client, invoice, {"up": str(invoice.lines.all()[2].pk)})
    invoice.refresh_from_db()
    post(client, invoice, {"remove": str(invoice.lines.all()[0].pk)})
    assert lines(invoice) == [("Freight", 1, 0), ("Sensor", 1, D("99.90")), ("Heading", 1, 0)]


def test_what_comes_back_is_the_form_as_the_server_sees_it(cast: Cast, client: Client) -> None:
    invoice = draft(cast)
    client.force_login(cast.alice)
    answer = post(client, invoice, {"discount": "3%"}, headers=HTMX).content.decode()
    for said in ('id="fresh"', "1,154.30", 'name="lock" value="2"', f"/invoices/{invoice.pk}/issue/"):
        assert said in answer
    assert post(client, invoice, {"row": [], "lock": "2"}, headers=HTMX).status_code == 200
    assert "No lines yet." in page(client, cast.alice, f"/invoices/{invoice.pk}/")


def test_a_draft_costs_the_same_however_long(cast: Cast, client: Client, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    invoice = draft(cast)
    client.force_login(cast.alice)
    client.get(f"/invoices/{invoice.pk}/")
    with django_assert_num_queries(11):
        client.get(f"/invoices/{invoice.pk}/")
    for _ in range(3):
        post(client, invoice, {"add": "found", "find": "sensor"})
        invoice.refresh_from_db()
    with django_assert_num_queries(11):
        client.get(f"/invoices/{invoice.pk}/")


def test_it_is_issued_paid_and_the_payment_reversed(cast: Cast, client: Client) -> None:
    invoice = draft(cast)
    client.force_login(cast.alice)
    client.post(f"/invoices/{invoice.pk}/issue/", {"lock": invoice.lock})
    invoice.refresh_from_db()
    assert invoice.number
    dialog = page(client, cast.alice, f"/invoices/{invoice.pk}/payments/")
    assert 'value="1,190.00"' in dialog
    payment = {"amount": "500", "paid_on": str(cast.today), "method": "transfer"}
    assert client.post(f"/invoices/{invoice.pk}/payments/", payment).status_code == 302
    too_much = client.post(f"/invoices/{invoice.pk}/payments/", payment | {"amount": "690.01"})
    assert (too_much.status_code, "is owed" in too_much.content.decode()) == (422, True)
    assert "690.00" in page(client, cast.alice, f"/invoices/{invoice.pk}/")
    assert client.post(f"/payments/{Payment.objects.get().pk}/reverse/").status_code == 302
    invoice.refresh_from_db()
    assert invoice.owed == 1190


def test_a_payment_is_typed_as_the_reader_writes_numbers(cast: Cast, client: Client) -> None:
    invoice = issued(cast)
    client.force_login(cast.alice)
    vietnamese = {"accept-language": "vi"}
    dialog = client.get(f"/invoices/{invoice.pk}/payments/", headers=vietnamese).content.decode()
    assert 'value="1.190,00"' in dialog
    payment = {"amount": "1.200,50", "paid_on": str(cast.today), "method": "transfer", "overpays": "on"}
    assert client.post(f"/invoices/{invoice.pk}/payments/", payment, headers=vietnamese).status_code == 302
    invoice.refresh_from_db()
    assert invoice.owed == D("-10.50")
    assert "€10.50 was paid too much" in page(client, cast.alice, f"/invoices/{invoice.pk}/payments/")
    reverse_payment(Payment.objects.get(), by=cast.alice)
    assert "<dt>Owed</dt><dd>1,190.00</dd>" in page(client, cast.alice, f"/invoices/{invoice.pk}/")


def test_a_payment_that_is_no_number_is_kept_and_named(cast: Cast, client: Client) -> None:
    invoice = issued(cast)
    client.force_login(cast.alice)
    payment = {"amount": "1,0e400", "paid_on": str(cast.today), "method": "transfer"}
    answer = client.post(f"/invoices/{invoice.pk}/payments/", payment)
    assert answer.status_code == 422
    assert 'value="1,0e400"' in answer.content.decode()
    assert "Enter an amount." in answer.content.decode()


def test_a_deposit_a_credit_and_a_dropped_draft(cast: Cast, client: Client) -> None:
    quote = accepted(cast)
    client.force_login(cast.alice)
    assert client.post(f"/quotes/{quote.pk}/invoice/", {"share": "40"}).status_code == 302
    deposit = Invoice.objects.get()
    assert deposit.net == 400
    assert client.post(f"/quotes/{quote.pk}/invoice/", {"share": "70"}).status_code == 422
    client.post(f"/invoices/{deposit.pk}/issue/")
    assert client.post(f"/invoices/{deposit.pk}/credit/", {"share": ""}).status_code == 302
    note = Invoice.objects.get(kind="credit")
    assert client.post(f"/invoices/{note.pk}/drop/").status_code == 302
    assert not Invoice.objects.filter(pk=note.pk).exists()


def test_the_pdf_says_what_the_page_says_and_stays(cast: Cast, client: Client) -> None:
    seller()
    invoice = issued(cast, discount=D(3), language="de")
    client.force_login(cast.alice)
    first = client.get(f"/invoices/{invoice.pk}/pdf/")
    text = PdfReader(BytesIO(first.content)).pages[0].extract_text().replace("\N{NO-BREAK SPACE}", " ")
    for said in ("Rechnung", invoice.number, "970,00", "184,30", "1.154,30", "DE123456789"):
        assert said in text
    Invoice.objects.update(title="Something else")
    assert client.get(f"/invoices/{invoice.pk}/pdf/").content == first.content
    assert client.get(f"/invoices/{invoice.pk}/pages/1/").headers["X-Pages"] == "1"


def test_the_xml_or_what_it_lacks(cast: Cast, client: Client) -> None:
    invoice = issued(cast)
    client.force_login(cast.alice)
    assert client.get(f"/invoices/{invoice.pk}/xml/").status_code == 422
    seller()
    buyer(cast.acme)
    good = issued(cast)
    answer = client.get(f"/invoices/{good.pk}/xml/")
    assert answer.headers["Content-Type"] == "application/xml"
    assert good.number in answer.content.decode()


def test_it_is_mailed_once(cast: Cast, client: Client) -> None:
    invoice = issued(cast)
    client.force_login(cast.alice)
    assert invoice.number in page(client, cast.alice, f"/invoices/{invoice.pk}/send/")
    sent = {"to": "carol@acme.example", "subject": "Invoice", "message": "Hello", "key": "k1"}
    for _ in range(2):
        assert client.post(f"/invoices/{invoice.pk}/send/", sent).status_code == 302
    sending = Sending.objects.get()
    assert (sending.to, sending.kind) == (["carol@acme.example"], "invoice")
    assert sending.documents.get() == Invoice.objects.get().document


def test_the_deals_page_shows_them(cast: Cast, client: Client) -> None:
    invoice = issued(cast)
    shown = page(client, cast.alice, f"/deals/{invoice.deal_id}/invoices/")
    assert invoice.number in shown
    assert "New invoice" in shown
    assert "Invoices" not in page(client, cast.alice, f"/deals/{cast.deal().pk}/invoices/")
    client.force_login(cast.charlie)
    assert client.get(f"/deals/{invoice.deal_id}/invoices/").status_code == 404
    assert client.get(f"/invoices/{invoice.pk}/").status_code == 404
