"""/invoices/: drafted, changed, issued, paid and credited by the verbs of the pages."""

from collections.abc import Callable
from datetime import timedelta

from lxml import etree

from quotes.models import Invoice
from tests.api.conftest import Caller
from tests.cast import Cast
from tests.quotes.billing import accepted, buyer, issued, seller

AsUser = Callable[..., Caller]


def test_from_a_quote_to_money(cast: Cast, as_user: AsUser) -> None:
    seller()
    buyer(cast.acme)
    quote, alice = accepted(cast), as_user(cast.alice)
    made = alice.post("invoices/", {"quote": quote.pk})
    assert made.status_code == 201
    body = made.json()
    assert (body["state"], body["number"], body["total"], body["owed"]) == ("draft", "", "1190.00", "1190.00")
    assert alice.post("invoices/", {"quote": quote.pk}).status_code == 422

    path = f"invoices/{body['id']}/"
    (line,) = alice.get(f"{path}lines/").json()["results"]
    assert (line["name"], line["net"], line["taxes"][0]["rate"]) == ("Pump", "1000.00", "19")
    changed = alice.patch(path, {"buyer_reference": "PO 7", "version": body["version"]})
    assert (changed.status_code, changed.json()["buyer_reference"]) == (200, "PO 7")
    assert alice.patch(path, {"terms": "x", "version": body["version"]}).status_code == 409
    assert alice.patch(path, {"number": "1"}).status_code == 422

    issued = alice.post(f"{path}issues/", {}).json()
    assert (issued["state"], issued["number"]) == ("issued", f"{cast.today.year}-0001")
    assert alice.patch(path, {"terms": "x"}).status_code == 422
    assert alice.delete(path).status_code == 422
    invoice = Invoice.objects.get()
    tree = etree.fromstring(alice.get(f"{path}ubl/").content)
    assert etree.QName(tree).localname == "Invoice"

    assert alice.post(f"{path}payments/", {"amount": "500"}).json()["state"] == "part"
    assert alice.post(f"{path}payments/", {"amount": "690.01"}).status_code == 422
    paid = alice.post(f"{path}payments/", {"amount": "690", "method": "card"}).json()
    assert (paid["state"], paid["paid"], paid["owed"]) == ("paid", "1190.00", "0.00")
    first, _second = alice.get(f"{path}payments/").json()["results"]
    reversed_ = alice.post(f"{path}reversals/", {"payment": first["id"], "reference": "Bounced"}).json()
    assert (reversed_["state"], reversed_["owed"]) == ("part", "500.00")

    note = alice.post(f"{path}credits/", {"share": "10"}).json()
    assert (note["kind"], note["corrects"], note["total"]) == ("credit", invoice.pk, "119.00")
    assert alice.post(f"invoices/{note['id']}/issues/", {}).json()["number"].startswith("C-")
    assert alice.get(path).json()["credited"] == "119.00"


def test_a_draft_is_charged_for_as_a_quote_is(cast: Cast, as_user: AsUser) -> None:
    alice = as_user(cast.alice)
    path = f"invoices/{alice.post('invoices/', {'quote': accepted(cast).pk}).json()['id']}/"
    (line,) = alice.get(f"{path}lines/").json()["results"]
    lines = [
        {"id": line["id"], "quantity": "2"},
        {"product": cast.sensor.pk, "discount": "10"},
        {"name": "Old pump", "quantity": "-1", "unit_price": "20", "unit_code": "C62"},
    ]
    changed = alice.patch(path, {"lines": lines, "discount_kind": "amount", "discount": "9.91"}).json()
    assert changed["net"] == "560.00"
    said = [(each["name"], each["quantity"], each["net"]) for each in alice.get(f"{path}lines/").json()["results"]]
    assert said == [("Pump", "2.000", "500.00"), ("Sensor", "1.000", "89.91"), ("Old pump", "-1.000", "-20.00")]
    assert alice.patch(path, {"lines": [{"name": "Pump", "quantity": "0"}]}).status_code == 422
    assert alice.patch(path, {"lines": [{"id": line["id"] + 99, "name": "Pump"}]}).status_code == 422


def test_it_is_listed_and_hidden(cast: Cast, as_user: AsUser) -> None:
    alice = as_user(cast.alice)
    body = alice.post("invoices/", {"quote": accepted(cast).pk, "share": "25"}).json()
    assert (body["share"], body["net"]) == ("25.00", "250.00")
    assert [each["id"] for each in alice.get("invoices/?kind=invoice").json()["results"]] == [body["id"]]
    assert alice.get("invoices/?kind=credit").json()["results"] == []
    assert as_user(cast.charlie).get("invoices/").json()["results"] == []
    assert as_user(cast.charlie).get(f"invoices/{body['id']}/").status_code == 404
    assert as_user(cast.bob).delete(f"invoices/{body['id']}/").status_code == 403
    assert alice.delete(f"invoices/{body['id']}/").status_code == 204


def test_the_customer_is_reminded(cast: Cast, as_user: AsUser) -> None:
    invoice, alice = issued(cast), as_user(cast.alice)
    path = f"invoices/{invoice.pk}/reminders/"
    assert alice.post(path, {"to": ["carol@acme.example"]}).status_code == 422
    Invoice.objects.update(due_on=cast.today - timedelta(days=2))
    assert list(alice.post(path, {}).json()["errors"]) == ["to"]
    said = {"tone": "last", "to": ["carol@acme.example"], "level": 1}
    answer = alice.post(path, said)
    assert (answer.status_code, answer.json()["level"], answer.json()["tone"]) == (201, 1, "last")
    assert alice.post(path, said).json() == answer.json()
    (kept,) = alice.get(path).json()["results"]
    assert (kept["by"], kept["tone"]) == (cast.alice.pk, "last")
    assert as_user(cast.bob).post(path, said).status_code == 403
