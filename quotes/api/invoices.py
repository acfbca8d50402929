"""Invoices in the API: drafted from accepted quotes, issued, paid, credited, and read by machines."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from crm.models import Workspace
from crm.rest.fields import Amount, Choice, Day, Flag, Instant, Ref, Text, Whole, day, instant, money, percent
from crm.rest.filters import choices, ids, text
from crm.rest.filters import day as day_filter
from crm.rest.guard import guarded
from crm.rest.lookup import MOST
from crm.rest.resource import Input, Row, Shape
from pipeline.api.inputs import contacts, seen_version
from pipeline.models import Product, TaxClass, TaxKind
from quotes import actions
from quotes.api.inputs import SEEN, SeenInput
from quotes.api.papers import WithPapers
from quotes.api.shapes import TaxPartShape, off
from quotes.lines import Item, invoice_rows_of, items_of
from quotes.models import LANGUAGES, DiscountKind, Invoice, InvoiceKind, LineKind, Method, Payment, Quote, State


class InvoiceShape(Shape):
    """What a customer owes, or is given back. Once it is issued nothing of it changes but what was paid."""

    id = Whole()
    deal = Whole()
    quote = Whole(allow_null=True)
    kind = Choice(InvoiceKind.choices)
    corrects = Whole(allow_null=True, help_text="Of a credit note: the invoice that it is against.")
    number = Text(help_text="Empty as long as it is a draft.")
    state = Choice(State.choices, help_text="As of today.")
    share = Text(allow_null=True, help_text="Percent of the quote, of a deposit.")
    title = Text()
    company = Whole(allow_null=True)
    contact = Whole(allow_null=True)
    address = Text()
    buyer_reference = Text()
    language = Choice(LANGUAGES)
    currency = Text()
    includes_tax = Flag()
    delivered_on = Day(allow_null=True)
    issued_on = Day(allow_null=True)
    due_on = Day(allow_null=True)
    payment_days = Whole()
    introduction = Text()
    terms = Text()
    net = Amount(min_value=None)
    tax = Amount(min_value=None)
    total = Amount(min_value=None)
    paid = Amount(min_value=None)
    credited = Amount(min_value=None)
    owed = Amount(min_value=None, help_text="Below zero: that much was paid too much.")
    created_at = Instant()
    changed_at = Instant()
    issued_at = Instant(allow_null=True)
    version = Whole(help_text="Counts its changes.")

    plain = (
        "id", "kind", "number", "title", "address", "buyer_reference", "language", "includes_tax", "payment_days",
        "introduction", "terms",
    )  # fmt: skip
    links = ("deal", "quote", "corrects", "company", "contact", "currency")
    sums = ("net", "tax", "total", "paid", "credited", "owed")
    days = ("delivered_on", "issued_on", "due_on")
    moments = ("created_at", "changed_at", "issued_at")
    columns = (*plain, *(f"{name}_id" for name in links), *sums, *days, *moments, "share", "lock")

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        currency, shape = row["currency_id"], InvoiceShape
        facts = Invoice(**{name: row[name] for name in ("kind", "issued_at", "due_on", *shape.sums)})
        values = {
            **{name: row[name] for name in shape.plain},
            **{name: row[f"{name}_id"] for name in shape.links},
            **{name: money(row[name], currency) for name in shape.sums},
            **{name: day(row[name]) for name in shape.days},
            **{name: instant(row[name]) for name in shape.moments},
            "state": facts.state_on(Workspace.current().today).value,
            "share": percent(row["share"]),
            "version": row["lock"],
        }
        return {name: values[name] for name in shape._declared_fields}


class InvoiceLineShape(Shape):
    id = Whole(max_value=MOST)
    kind = Choice(LineKind.choices)
    name = Text()
    description = Text()
    quantity = Amount(min_value=None)
    unit = Text()
    unit_code = Text()
    unit_price = Amount(min_value=None)
    discount_kind = Choice(DiscountKind.choices)
    discount = Text()
    tax_kind = Choice(TaxKind.choices)
    taxes = TaxPartShape(many=True)
    net = Amount(min_value=None)
    is_sparse = False

    plain = ("id", "kind", "name", "description", "unit", "unit_code", "discount_kind", "tax_kind", "taxes")
    columns = (*plain, "position", "quantity", "unit_price", "discount", "net", "invoice__currency_id")

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        currency = row["invoice__currency_id"]
        values = {name: row[name] for name in InvoiceLineShape.plain} | {
            "quantity": f"{row['quantity']:f}",
            "unit_price": f"{row['unit_price']:f}",
            "discount": off(row["discount_kind"], row["discount"], currency),
            "net": money(row["net"], currency),
        }
        return {name: values[name] for name in InvoiceLineShape._declared_fields}


class PaymentShape(Shape):
    """Money that came in; below zero, that went back."""

    id = Whole(max_value=MOST)
    amount = Amount(min_value=None)
    paid_on = Day()
    method = Choice(Method.choices)
    reference = Text()
    reverses = Whole(allow_null=True, help_text="The payment that did not come in after all.")
    created_at = Instant()
    is_sparse = False

    columns = (
        "id", "amount", "paid_on", "method", "reference", "reverses_id", "created_at", "invoice__currency_id",
    )  # fmt: skip

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {
            "id": row["id"],
            "amount": money(row["amount"], row["invoice__currency_id"]),
            "paid_on": day(row["paid_on"]),
            "method": row["method"],
            "reference": row["reference"],
            "reverses": row["reverses_id"],
            "created_at": instant(row["created_at"]),
        }


class InvoiceLineInput(Input):
    """Of a line that is there already only what you send is changed; of a new one the rest comes from its product."""

    id = Whole(required=False, max_value=MOST, help_text="Of a line that is there already.")
    kind = Choice(LineKind.choices, required=False, help_text="Of a new line.")
    product = Ref(lambda reach: Product.objects.filter(is_active=True), required=False, help_text="Of a new line.")
    name = Text(max_length=200, required=False)
    description = Text(required=False, allow_blank=True)
    quantity = Amount(max_digits=14, required=False, min_value=None, help_text="1 by default; below zero: taken off.")
    unit = Text(max_length=40, required=False, allow_blank=True)
    unit_code = Text(max_length=3, required=False, help_text="UN/ECE 20: HUR, DAY …")
    unit_price = Amount(required=False, min_value=None, help_text="By default the price book’s.")
    discount_kind = Choice(DiscountKind.choices, required=False)
    discount = Amount(required=False)
    tax_class = Ref(
        lambda reach: TaxClass.objects.filter(is_active=True), required=False,
        help_text="By default the product’s, else the usual one, else that of the line above.",
    )  # fmt: skip


class InvoiceRevision(Input):
    elsewhere = {
        "number": gettext_lazy("A number is given once, when it is issued."),
        "state": gettext_lazy("A state is not set: POST to issues/, payments/ or credits/."),
    }

    title = Text(max_length=200, required=False)
    contact = Ref(contacts, required=False, allow_null=True)
    address = Text(required=False, allow_blank=True)
    buyer_reference = Text(max_length=100, required=False, allow_blank=True)
    delivered_on = Day(required=False, allow_null=True)
    payment_days = Whole(required=False, max_value=3650)
    introduction = Text(required=False, allow_blank=True)
    terms = Text(required=False, allow_blank=True)
    discount_kind = Choice(DiscountKind.choices, required=False)
    discount = Amount(required=False, help_text="On the whole, before tax: percent, or an amount.")
    lines = InvoiceLineInput(many=True, required=False, help_text="All of them, in order.")
    version = seen_version(SEEN)


def _items_of(invoice: Invoice, sent: list[dict[str, Any]]) -> list[Item]:
    standing = {item.pk: item for item in items_of(invoice_rows_of(invoice))}
    return [replace(standing.get(pk := line.pop("id", None)) or Item(pk=pk), **line) for line in sent]


class ShareInput(Input):
    share = Amount(
        max_digits=5, required=False, allow_null=True, max_value=Decimal(100), help_text="Percent; by default the rest."
    )


class InvoiceInput(ShareInput):
    quote = Ref(lambda reach: Quote.objects.visible_to(reach), help_text="One that is accepted.")


class PaymentInput(Input):
    amount = Amount(min_value=None, help_text="Below zero: given back of what was paid too much.")
    paid_on = Day(required=False, help_text="Today by default.")
    method = Choice(Method.choices, required=False)
    reference = Text(max_length=140, required=False, allow_blank=True)
    overpays = Flag(required=False, help_text="It is more than is owed, and meant to be.")


class ReversalInput(Input):
    payment = Whole(max_value=MOST)
    reference = Text(max_length=140, required=False, allow_blank=True)


class Invoices(WithPapers):
    """An invoice is seen by whoever sees its deal."""

    scope = "invoices"
    model = Invoice
    shape = InvoiceShape
    counter = "lock"
    filters = {
        "deal": ids("Only of these deals.", "deal"),
        "quote": ids("Only of these quotes.", "quote"),
        "company": ids("Only to these companies.", "company"),
        "owner": ids("Only of deals of these owners.", "deal__owner"),
        "kind": choices("Invoices or credit notes.", "kind", InvoiceKind.values),
        "number": text("The whole number.", "number"),
        "issued_from": day_filter("Issued on this day or later.", "issued_on__gte"),
        "issued_to": day_filter("Issued on this day or earlier.", "issued_on__lte"),
        "due_from": day_filter("Due on this day or later.", "due_on__gte"),
        "due_to": day_filter("Due on this day or earlier.", "due_on__lte"),
    }

    def visible(self) -> QuerySet[Invoice]:
        return Invoice.objects.visible_to(self.reach).select_related("deal", "currency", "company", "contact")

    def editable(self, pk: Any) -> Invoice:
        invoice: Invoice = self.find(pk)
        self._may_change(invoice)
        return invoice

    def _may_change(self, found: Invoice | Quote) -> None:
        if not self.reach.changes(found.deal.owner_id, found.deal.team_id):
            raise PermissionDenied(gettext_lazy("You may read this, but not change it."))

    def _sent(self, pk: Any, kind: type[Input], *, partial: bool = False) -> tuple[Invoice, dict[str, Any]]:
        invoice, sent = self.to_change(pk, kind, partial=partial)
        if "version" in sent:
            sent["lock"] = sent.pop("version")
        return invoice, sent

    @extend_schema(request=InvoiceInput, responses={201: InvoiceShape})
    @guarded
    def create(self, request: Request) -> Response:
        """Draft an invoice

        Of an accepted quote: a share of it as a deposit, else all that is left.
        """
        sent = self.read_body(InvoiceInput)
        quote = sent.pop("quote")
        self._may_change(quote)
        return self.written(actions.draft_invoice(quote, by=self.me, **sent), status=201)

    @extend_schema(request=InvoiceRevision, responses=InvoiceShape)
    @guarded
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change a draft

        The fields you send, and with `lines` all that it charges for.
        """
        invoice, sent = self._sent(pk, InvoiceRevision, partial=True)
        if "lines" in sent:
            sent["lines"] = _items_of(invoice, sent["lines"])
        return self.written(actions.save_invoice(invoice, by=self.me, **sent))

    @extend_schema(request=None, responses={204: None})
    @guarded
    def destroy(self, request: Request, pk: int) -> Response:
        """Delete a draft

        What is issued stays and can be credited.
        """
        actions.drop_invoice(self.find_to_change(pk), by=self.me)
        return Response(status=204)

    @extend_schema(responses=InvoiceLineShape(many=True))
    @action(detail=True, methods=["get"])
    def lines(self, request: Request, pk: int) -> Response:
        """List an invoice’s lines"""
        return self.page(self.find(pk).lines.all(), InvoiceLineShape, ordering=("position", "id"))

    @extend_schema(request=SeenInput, responses=InvoiceShape)
    @action(detail=True, methods=["post"])
    @guarded
    def issues(self, request: Request, pk: int) -> Response:
        """Issue an invoice or a credit note

        It gets its number and its date, and does not change any more.
        """
        invoice, sent = self._sent(pk, SeenInput)
        return self.written(actions.issue_invoice(invoice, by=self.me, **sent))

    @extend_schema(request=ShareInput, responses={201: InvoiceShape})
    @action(detail=True, methods=["post"])
    @guarded
    def credits(self, request: Request, pk: int) -> Response:
        """Draft a credit note

        Against this invoice: of all its lines or of a share. It counts once it is issued.
        """
        invoice, sent = self._sent(pk, ShareInput)
        return self.written(actions.credit_invoice(invoice, by=self.me, **sent), status=201)

    @extend_schema(responses=PaymentShape(many=True))
    @action(detail=True, methods=["get"])
    def payments(self, request: Request, pk: int) -> Response:
        """List an invoice’s payments"""
        return self.page(self.find(pk).payments.all(), PaymentShape, ordering=("paid_on", "id"))

    @extend_schema(request=PaymentInput, responses={201: InvoiceShape})
    @payments.mapping.post
    @guarded
    def record_payment(self, request: Request, pk: int) -> Response:
        """Record a payment

        In the invoice’s currency. More than is owed only with `overpays`.
        """
        invoice, sent = self._sent(pk, PaymentInput)
        actions.record_payment(invoice, by=self.me, **sent)
        return self.written(invoice, status=201)

    @extend_schema(request=ReversalInput, responses={201: InvoiceShape})
    @action(detail=True, methods=["post"])
    @guarded
    def reversals(self, request: Request, pk: int) -> Response:
        """Reverse a payment

        That bounced or was entered wrongly. Both stay to be seen.
        """
        invoice, sent = self._sent(pk, ReversalInput)
        payment = get_object_or_404(
            Payment.objects.select_related("invoice__deal"), invoice=invoice, pk=sent["payment"]
        )
        actions.reverse_payment(payment, reference=sent.get("reference", ""), by=self.me)
        return self.written(invoice, status=201)
