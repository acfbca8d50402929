"""The invoices' part of the table in tests/test_matrix.py, and the objects it asks about."""

from decimal import Decimal
from typing import Any

from quotes.actions import record_payment
from quotes.models import Reminder
from tests.cast import Cast
from tests.quotes.billing import issued

INVOICES = """
GET    quotes:invoices            302 200 200 200 200 200 200 200 302
GET    quotes:invoice             302 200 200 200 404 404 200 200 302
POST   quotes:invoice             302 422 404 422 404 404 422 404 302
GET    quotes:invoice-pdf         302 200 200 200 404 404 200 200 302
GET    quotes:invoice-page        302 200 200 200 404 404 200 200 302
GET    quotes:invoice-products    302 200 404 200 404 404 200 404 302
GET    quotes:invoice-reminder    302 200 200 200 404 404 200 200 302
GET    quotes:invoice-reminders   302 200 404 200 404 404 200 404 302
POST   quotes:invoice-reminders   302 200 404 200 404 404 200 404 302
GET    quotes:invoice-xml         302 422 422 422 404 404 422 422 302
GET    quotes:invoice-issue       302 405 405 405 405 405 405 405 302
POST   quotes:invoice-issue       302 302 404 302 404 404 302 404 302
GET    quotes:invoice-drop        302 405 405 405 405 405 405 405 302
POST   quotes:invoice-drop        302 422 404 422 404 404 422 404 302
GET    quotes:invoice-credit      302 200 404 200 404 404 200 404 302
POST   quotes:invoice-credit      302 200 404 200 404 404 200 404 302
GET    quotes:invoice-payments    302 200 404 200 404 404 200 404 302
POST   quotes:invoice-payments    302 200 404 200 404 404 200 404 302
GET    quotes:invoice-send        302 200 404 200 404 404 200 404 302
POST   quotes:invoice-send        302 200 404 200 404 404 200 404 302
GET    quotes:payment-reverse     302 405 405 405 405 405 405 405 302
POST   quotes:payment-reverse     302 302 404 302 404 404 302 404 302
GET    quotes:quote-invoice       302 200 404 200 404 404 200 404 302
POST   quotes:quote-invoice       302 200 404 200 404 404 200 404 302
GET    quotes:invoices-of-deal    302 200 200 200 404 404 200 200 302

GET    api:invoices-list          401 200 200 200 200 200 200 200 200
POST   api:invoices-list          401 422 422 422 422 422 422 403 422
GET    api:invoices-detail        401 200 200 200 404 404 200 200 200
PATCH  api:invoices-detail        401 422 403 422 404 404 422 403 422
DELETE api:invoices-detail        401 422 403 422 404 404 422 403 422
GET    api:invoices-lines         401 200 200 200 404 404 200 200 200
GET    api:invoices-issues        401 405 405 405 405 405 405 405 405
POST   api:invoices-issues        401 422 403 422 404 404 422 403 422
GET    api:invoices-credits       401 405 405 405 405 405 405 405 405
POST   api:invoices-credits       401 201 403 201 404 404 201 403 201
GET    api:invoices-payments      401 200 200 200 404 404 200 200 200
POST   api:invoices-payments      401 422 403 422 404 404 422 403 422
GET    api:invoices-reversals     401 405 405 405 405 405 405 405 405
POST   api:invoices-reversals     401 422 403 422 404 404 422 403 422
GET    api:invoices-pdf           401 200 200 200 404 404 200 200 200
GET    api:invoices-reminders     401 200 200 200 404 404 200 200 200
POST   api:invoices-reminders     401 422 403 422 404 404 422 403 422
GET    api:invoices-reminder-pdf  401 200 200 200 404 404 200 200 200
GET    api:invoices-ubl           401 422 422 422 404 404 422 422 422
"""


def invoice_objects(cast: Cast) -> dict[str, Any]:
    """Of Alice's: an issued invoice that is paid in part."""
    invoice = issued(cast)
    Reminder.objects.create(invoice=invoice, level=1, document=invoice.document)
    payment = record_payment(invoice, amount=Decimal(10), by=cast.alice)
    return {
        "invoice-page.number": 1, "invoice-reminder.level": 1,
        "invoices-reminder-pdf.level": 1, "invoice.pk": invoice.pk, "invoices.pk": invoice.pk, "payment.pk": payment.pk,
        "quote-invoice.pk": invoice.quote_id, "invoices-of-deal.pk": invoice.deal_id,
    }  # fmt: skip
