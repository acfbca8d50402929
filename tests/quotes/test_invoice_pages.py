"""The pages of invoices: a list, a draft that is changed, what is issued, paid, credited and sent."""

from decimal import Decimal
from io import BytesIO

import pytest
from django.test import Client
from pypdf import PdfReader

from crm.models import User
from quotes.actions import draft_invoice, record_payment
from quotes.models import Invoice, Payment, Sending
from tests.cast import Cast
from tests.quotes.billing import accepted, buyer, issued, seller

pytestmark = pytest.mark.django_db
D = Decimal


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


def test_a_draft_is_changed_on_its_page(cast: Cast, client: Client) -> None:
    invoice = draft(cast)
    line = invoice.lines.get()
    assert f'value="{line.name}"' in page(client, cast.alice, f"/invoices/{invoice.pk}/")
    sent = {
        "title": "Pumps", "payment_days": "10", "lock": str(invoice.lock), "address": "Acme\nStendal",
        f"line-{line.pk}-name": "Pump", f"line-{line.pk}-quantity": "3", f"line-{line.pk}-unit_price": "250",
        "line-new-name": "Freight", "line-new-quantity": "", "line-new-unit_price": "9.90",
    }  # fmt: skip
    assert client.post(f"/invoices/{invoice.pk}/", sent).status_code == 302
    invoice.refresh_from_db()
    assert (invoice.title, invoice.payment_days, invoice.net) == ("Pumps", 10, D("759.90"))
    wrong = client.post(f"/invoices/{invoice.pk}/", sent | {"lock": "", f"line-{line.pk}-quantity": "many"})
    assert wrong.status_code == 422
    assert 'value="many"' in wrong.content.decode()
    stale = client.post(f"/invoices/{invoice.pk}/", sent)
    assert stale.status_code == 422
    assert "in the meantime" in stale.content.decode()


def test_it_is_issued_paid_and_the_payment_reversed(cast: Cast, client: Client) -> None:
    invoice = draft(cast)
    client.force_login(cast.alice)
    client.post(f"/invoices/{invoice.pk}/issue/", {"lock": invoice.lock})
    invoice.refresh_from_db()
    assert invoice.number
    dialog = page(client, cast.alice, f"/invoices/{invoice.pk}/payments/")
    assert 'value="1190.000"' in dialog or 'value="1190.00"' in dialog
    payment = {"amount": "500", "paid_on": str(cast.today), "method": "transfer"}
    assert client.post(f"/invoices/{invoice.pk}/payments/", payment).status_code == 302
    too_much = client.post(f"/invoices/{invoice.pk}/payments/", payment | {"amount": "690.01"})
    assert (too_much.status_code, "is owed" in too_much.content.decode()) == (422, True)
    assert "690.00" in page(client, cast.alice, f"/invoices/{invoice.pk}/")
    assert client.post(f"/payments/{Payment.objects.get().pk}/reverse/").status_code == 302
    invoice.refresh_from_db()
    assert invoice.owed == 1190


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
    assert client.get(f"/invoices/{invoice.pk}/page/").headers["Content-Type"] == "image/png"


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
