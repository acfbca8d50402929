"""record_payment, reverse_payment, credit_invoice, and the states they make."""

from datetime import timedelta
from decimal import Decimal

import pytest

from crm.errors import Refused
from crm.models import Currency, Event
from quotes.actions import Item, credit_invoice, draft_invoice, issue_invoice, record_payment, reverse_payment
from quotes.models import Invoice, Payment, State
from tests.cast import Cast
from tests.quotes.billing import accepted, issued

pytestmark = pytest.mark.django_db
D = Decimal


def state(cast: Cast, invoice: Invoice, days: int = 0) -> str:
    """As the row and as the list have it."""
    invoice.refresh_from_db()
    day = cast.today + timedelta(days=days)
    found = [each for each in State if Invoice.objects.filter(pk=invoice.pk).in_state(each, day).exists()]
    assert found == [invoice.state_on(day)]
    return str(found[0])


def test_it_is_paid_in_two_parts(cast: Cast) -> None:
    invoice = issued(cast)
    assert state(cast, invoice) == "issued"
    record_payment(invoice, amount=D(500), by=cast.alice)
    assert (state(cast, invoice), invoice.owed) == ("part", D(690))
    record_payment(invoice, amount=D(690), reference="RF18", by=cast.bob)
    assert (state(cast, invoice), invoice.owed) == ("paid", D(0))
    told = Event.objects.filter(kind="invoice.paid").order_by("id").values_list("data__owed", flat=True)
    assert [D(owed) for owed in told] == [690, 0]


def test_it_is_overdue_from_the_day_after(cast: Cast) -> None:
    invoice = issued(cast, payment_days=7)
    assert (state(cast, invoice, 7), state(cast, invoice, 8)) == ("issued", "overdue")
    record_payment(invoice, amount=D(1), by=cast.alice)
    assert (state(cast, invoice, 7), state(cast, invoice, 8)) == ("part", "overdue")
    record_payment(invoice, amount=D(1189), by=cast.alice)
    assert state(cast, invoice, 8) == "paid"


def test_more_than_is_owed_has_to_be_meant(cast: Cast) -> None:
    invoice = issued(cast)
    with pytest.raises(Refused, match=r"Only €1,190.00 is owed"):
        record_payment(invoice, amount=D("1190.01"), by=cast.alice)
    record_payment(invoice, amount=D(1200), overpays=True, by=cast.alice)
    assert (state(cast, invoice), invoice.owed) == ("paid", D(-10))
    with pytest.raises(Refused, match=r"Only €10.00 was paid too much"):
        record_payment(invoice, amount=D(-11), by=cast.alice)
    record_payment(invoice, amount=D(-10), by=cast.alice)
    invoice.refresh_from_db()
    assert invoice.owed == 0
    with pytest.raises(Refused, match="Nothing is owed"):
        record_payment(invoice, amount=D(1), by=cast.alice)


@pytest.mark.parametrize("amount", [D(0), D("1.005"), D("1e15"), D(-5)])
def test_amounts_are_money(cast: Cast, amount: Decimal) -> None:
    with pytest.raises(Refused):
        record_payment(issued(cast), amount=amount, by=cast.alice)


def test_not_before_it_came(cast: Cast) -> None:
    with pytest.raises(Refused):
        record_payment(issued(cast), amount=D(1), paid_on=cast.today + timedelta(days=1), by=cast.alice)


def test_a_draft_is_not_paid(cast: Cast) -> None:
    with pytest.raises(Refused):
        record_payment(draft_invoice(accepted(cast), by=cast.alice), amount=D(1), by=cast.alice)


def test_a_payment_is_reversed_once(cast: Cast) -> None:
    invoice = issued(cast)
    payment = record_payment(invoice, amount=D(1190), by=cast.alice)
    assert state(cast, invoice) == "paid"
    reversal = reverse_payment(payment, reference="Bounced", by=cast.alice)
    assert (reversal.amount, state(cast, invoice), invoice.owed) == (D(-1190), "issued", D(1190))
    for each in (payment, reversal):
        with pytest.raises(Refused):
            reverse_payment(each, by=cast.alice)
    assert Payment.objects.count() == 2


def test_it_is_credited_wholly(cast: Cast) -> None:
    invoice = issued(cast, discount=D(5))
    credit = credit_invoice(invoice, by=cast.alice)
    assert state(cast, invoice) == "issued"  # the note is a draft
    credit = issue_invoice(credit, by=cast.alice)
    assert (credit.number, credit.total) == (f"C-{cast.today.year}-0001", invoice.total)
    assert (state(cast, invoice), state(cast, credit), invoice.owed) == ("credited", "issued", D(0))
    with pytest.raises(Refused, match="credited already"):
        credit_invoice(invoice, by=cast.alice)


def test_it_is_credited_partly_and_never_more_than_asked(cast: Cast) -> None:
    invoice = issued(cast)
    first, second = (credit_invoice(invoice, share=D(60), by=cast.alice) for _ in range(2))
    issue_invoice(first, by=cast.alice)
    assert (state(cast, invoice), invoice.owed) == ("part", D(476))
    with pytest.raises(Refused, match=r"Only €476.00 of the invoice is left to credit"):
        issue_invoice(second, by=cast.alice)
    record_payment(invoice, amount=D(476), by=cast.alice)
    assert state(cast, invoice) == "paid"


def test_what_was_credited_may_be_invoiced_again(cast: Cast) -> None:
    invoice = issued(cast)
    assert invoice.quote is not None
    with pytest.raises(Refused):
        draft_invoice(invoice.quote, by=cast.alice)
    issue_invoice(credit_invoice(invoice, by=cast.alice), by=cast.alice)
    assert draft_invoice(invoice.quote, by=cast.alice).total == 1190


def test_what_was_paid_before_a_credit_is_owed_back(cast: Cast) -> None:
    invoice = issued(cast)
    record_payment(invoice, amount=D(1190), by=cast.alice)
    issue_invoice(credit_invoice(invoice, share=D(10), by=cast.alice), by=cast.alice)
    assert (state(cast, invoice), invoice.owed) == ("paid", D(-119))
    record_payment(invoice, amount=D(-119), by=cast.alice)
    invoice.refresh_from_db()
    assert invoice.owed == 0


def test_what_was_paid_back_is_owed_again_when_the_payment_bounces(cast: Cast) -> None:
    invoice = issued(cast)
    payment = record_payment(invoice, amount=D(1200), overpays=True, by=cast.alice)
    record_payment(invoice, amount=D(-10), by=cast.alice)
    assert (state(cast, invoice), invoice.owed) == ("paid", D(0))
    reverse_payment(payment, by=cast.alice)
    assert (state(cast, invoice), invoice.paid, invoice.owed) == ("issued", D(-10), D(1200))
    record_payment(invoice, amount=D(1200), by=cast.alice)
    assert (state(cast, invoice), invoice.owed) == ("paid", D(0))


def test_a_payment_after_a_credit_note_is_for_what_is_left(cast: Cast) -> None:
    invoice = issued(cast)
    issue_invoice(credit_invoice(invoice, share=D(50), by=cast.alice), by=cast.alice)
    with pytest.raises(Refused, match=r"Only €595.00 is owed"):
        record_payment(invoice, amount=D(1190), by=cast.alice)
    payment = record_payment(invoice, amount=D(595), by=cast.alice)
    assert state(cast, invoice) == "paid"
    issue_invoice(credit_invoice(invoice, share=D(50), by=cast.alice), by=cast.alice)
    assert (state(cast, invoice), invoice.owed) == ("credited", D(-595))
    reverse_payment(payment, by=cast.alice)
    assert (state(cast, invoice), invoice.owed) == ("credited", D(0))


def test_currencies_without_cents_are_paid_without(cast: Cast) -> None:
    yen = Currency.objects.get(pk="JPY")
    lines = [Item(name="Pump", unit_price=D(1001))]
    invoice = issued(cast, lines, deal=cast.deal(currency=yen))
    assert invoice.total == 1191
    with pytest.raises(Refused, match="at most 0 decimals"):
        record_payment(invoice, amount=D("0.5"), by=cast.alice)
    record_payment(invoice, amount=D(1191), by=cast.alice)
    assert state(cast, invoice) == "paid"
