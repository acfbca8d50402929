"""What comes in for an invoice, and what goes back."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from crm.errors import Refused
from crm.models import User, Workspace
from crm.money import round_to
from crm.templatetags.penstock import money_cents
from quotes.actions.bills import expect_issued, holding_invoice, note
from quotes.models import Invoice, Method, Payment
from quotes.owing import recount


def record_payment(
    invoice: Invoice,
    *,
    amount: Decimal,
    paid_on: date | None = None,
    method: str = Method.TRANSFER,
    reference: str = "",
    overpays: bool = False,
    by: User | None,
) -> Payment:
    """A payment, or part of one. More than is owed only if it `overpays` knowingly.

    Below zero it is money given back, never more than was paid too much.
    """
    with holding_invoice(invoice) as held:
        expect_issued(held)
        _check(held, amount, overpays)
        payment = Payment(
            invoice=held,
            amount=amount,
            paid_on=_day(held, paid_on),
            method=method,
            reference=reference.strip()[:140],
            made_by=by,
        )
        if method not in Method.values:
            raise Refused(method=_("There is no such way to pay."))
        payment.save()
        _count(held, payment, "paid" if amount > 0 else "paid_back", by)
    return payment


def reverse_payment(payment: Payment, *, on: date | None = None, reference: str = "", by: User | None) -> Payment:
    """It did not come in after all: bounced, or entered wrongly. Both stay to be seen."""
    with holding_invoice(payment.invoice) as held:
        payment = held.payments.select_for_update().get(pk=payment.pk)
        if payment.reverses_id or Payment.objects.filter(reverses=payment).exists():
            raise Refused(payment=_("This payment is reversed already."))
        reversal = Payment.objects.create(
            invoice=held,
            amount=-payment.amount,
            paid_on=_day(held, on),
            method=payment.method,
            reference=reference.strip()[:140] or payment.reference,
            reverses=payment,
            made_by=by,
        )
        _count(held, reversal, "payment_reversed", by)
    return reversal


def _count(invoice: Invoice, payment: Payment, verb: str, by: User | None) -> None:
    recount(invoice)
    note(invoice, verb, by=by, amount=str(payment.amount), currency=invoice.currency_id, owed=str(invoice.owed))


def _day(invoice: Invoice, day: date | None) -> date:
    today = Workspace.current().today
    if day is not None and day > today:
        raise Refused(paid_on=_("A payment is entered when it has come in, not before."))
    return day or today


def _check(invoice: Invoice, amount: Decimal, overpays: bool) -> None:
    digits = invoice.currency.digits
    if not amount or round_to(amount, digits) != amount:
        raise Refused(amount=_("Enter an amount with at most %(digits)d decimals.") % {"digits": digits})
    if abs(amount) >= Decimal("1e15"):
        raise Refused(amount=_("This amount is too large."))
    owed = {"amount": money_cents(abs(invoice.owed), invoice.currency_id)}
    if amount > 0 and amount > invoice.owed and not overpays:
        if invoice.owed <= 0:
            raise Refused(amount=_("Nothing is owed any more."))
        raise Refused(amount=_("Only %(amount)s is owed.") % owed)
    if amount < 0 and -amount > -invoice.owed:
        if invoice.owed >= 0:
            raise Refused(amount=_("Nothing was paid too much."))
        raise Refused(amount=_("Only %(amount)s was paid too much.") % owed)
