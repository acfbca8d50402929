"""Invoices and credit notes: what a customer owes, what was paid of it, and what was given back."""

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.models import Company, Contact
from crm.access import Reach
from pipeline.models import Deal

from .documents import Document
from .priced import PricedDocument, PricedLine
from .quotes import Quote


class InvoiceKind(models.TextChoices):
    INVOICE = "invoice", _("Invoice")
    CREDIT = "credit", _("Credit note")


class State(models.TextChoices):
    """Derived from what was issued, paid and credited, and from the day; stored nowhere."""

    DRAFT = "draft", _("Draft")
    ISSUED = "issued", _("Issued")
    PART = "part", _("Partly paid")
    OVERDUE = "overdue", _("Overdue")
    PAID = "paid", _("Paid")
    CREDITED = "credited", _("Credited")


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    """An invoice is seen and changed by whom its deal is."""

    def visible_to(self, reach: Reach) -> Self:
        return self.filter(deal__in=Deal.objects.visible_to(reach))

    def editable_by(self, reach: Reach) -> Self:
        return self.filter(deal__in=Deal.objects.editable_by(reach))

    def owing(self) -> Self:
        """Issued invoices that are not settled, with `owed`. Credit notes lessen the invoice that they are against."""
        return self.filter(kind=InvoiceKind.INVOICE, owed__gt=0).exclude(issued_at=None)

    def overdue(self, today: date) -> Self:
        return self.owing().filter(due_on__lt=today)

    def in_state(self, state: str, today: date) -> Self:
        """Those whose `state_on(today)` it is."""
        issued = self.exclude(issued_at=None)
        notes, invoices = Q(kind=InvoiceKind.CREDIT), Q(kind=InvoiceKind.INVOICE)
        late, part = Q(due_on__lt=today), Q(paid__gt=0) | Q(credited__gt=0)
        match state:
            case State.DRAFT:
                return self.filter(issued_at=None)
            case State.OVERDUE:
                return self.overdue(today)
            case State.PART:
                return self.owing().exclude(late).filter(part)
            case State.ISSUED:
                return issued.filter(notes | invoices & Q(owed__gt=0) & ~late & ~part)
            case State.CREDITED:
                return issued.filter(invoices, owed__lte=0, credited__gte=F("total"), total__gt=0)
            case State.PAID:
                whole = Q(credited__gte=F("total"), total__gt=0)
                return issued.filter(invoices, owed__lte=0).exclude(whole)
        return self.none()


class Invoice(PricedDocument):
    """Until it is issued it has no number and may change. From then on nothing of it does but what was paid."""

    deal = models.ForeignKey(Deal, models.PROTECT, related_name="invoices", verbose_name=_("deal"))
    quote = models.ForeignKey(
        Quote, models.PROTECT, null=True, blank=True, related_name="invoices", verbose_name=_("quote")
    )
    kind = models.CharField(_("kind"), max_length=7, choices=InvoiceKind, default=InvoiceKind.INVOICE)
    corrects = models.ForeignKey(  # of a credit note: the invoice that it is against
        "self", models.PROTECT, null=True, blank=True, related_name="credit_notes", verbose_name=_("against")
    )
    number = models.CharField(_("number"), max_length=40, blank=True)
    share = models.DecimalField(  # percent of the quote, of a deposit; null: the whole, or what is left of it
        _("share"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    lock = models.PositiveIntegerField(default=0)  # counts changes: who saves says which they saw

    company = models.ForeignKey(
        Company, models.PROTECT, null=True, blank=True, related_name="invoices", verbose_name=_("company")
    )
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="invoices", verbose_name=_("contact")
    )
    buyer_reference = models.CharField(_("buyer’s reference"), max_length=100, blank=True)
    delivered_on = models.DateField(_("delivered on"), null=True, blank=True)
    issued_on = models.DateField(_("date"), null=True, blank=True)
    due_on = models.DateField(_("due"), null=True, blank=True)

    # As they were on the day of issue.
    seller = models.JSONField(default=dict, editable=False)
    buyer = models.JSONField(default=dict, editable=False)
    tax_groups = models.JSONField(default=list, editable=False)  # [{"name", "rate", "kind", "reason", "base", "tax"}]

    document = models.OneToOneField(Document, models.PROTECT, null=True, related_name="invoice", editable=False)

    # What `quotes.owing` makes of payments and credit notes.
    paid = models.DecimalField(_("paid"), max_digits=18, decimal_places=3, default=0, editable=False)
    credited = models.DecimalField(_("credited"), max_digits=18, decimal_places=3, default=0, editable=False)
    owed = models.DecimalField(  # below zero: that much was paid too much
        _("owed"), max_digits=18, decimal_places=3, default=0, editable=False
    )

    made_by = models.ForeignKey("crm.User", models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    issued_at = models.DateTimeField(null=True, editable=False)
    overdue_at = models.DateTimeField(null=True, editable=False)  # when Penstock noticed

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["deal", "-id"], name="invoice_of_deal"),
            models.Index(
                fields=["due_on", "id"],
                condition=Q(kind="invoice", issued_at__isnull=False, owed__gt=0),
                name="invoice_owing",
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint("kind", "number", condition=~Q(number=""), name="invoice_number"),
            models.CheckConstraint(
                condition=Q(number="", issued_at=None, issued_on=None)
                | (~Q(number="") & Q(issued_at__isnull=False, issued_on__isnull=False)),
                name="invoice_issued_has_a_number",
            ),
            models.CheckConstraint(
                condition=Q(kind="invoice", corrects=None) | Q(kind="credit", corrects__isnull=False),
                name="invoice_credit_is_against_one",
            ),
            models.CheckConstraint(condition=Q(discount__gte=0), name="invoice_discount"),
            models.CheckConstraint(condition=Q(credited__gte=0), name="invoice_credited"),
            models.CheckConstraint(
                condition=Q(owed=F("total") - F("paid") - F("credited")), name="invoice_owed_is_what_is_left"
            ),
        ]

    def __str__(self) -> str:
        return self.number or self.get_kind_display()

    @property
    def is_draft(self) -> bool:
        return self.issued_at is None

    @property
    def is_credit(self) -> bool:
        return self.kind == InvoiceKind.CREDIT

    def state_on(self, today: date) -> State:
        if self.is_draft:
            return State.DRAFT
        if self.is_credit:
            return State.ISSUED
        if self.owed <= 0:
            return State.CREDITED if self.total > 0 and self.credited >= self.total else State.PAID
        if self.due_on is not None and self.due_on < today:
            return State.OVERDUE
        return State.PART if self.paid > 0 or self.credited > 0 else State.ISSUED


class InvoiceLine(PricedLine):
    """A row of an invoice: a copy, whatever becomes of the quote."""

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines")

    class Meta(PricedLine.Meta):
        abstract = False
        indexes = [models.Index(F("invoice"), F("position"), F("id"), name="invoiceline_of_invoice")]
        constraints = [models.CheckConstraint(condition=Q(discount__gte=0), name="invoiceline_discount")]


class Method(models.TextChoices):
    TRANSFER = "transfer", _("Bank transfer")
    CARD = "card", _("Card")
    DEBIT = "debit", _("Direct debit")
    CASH = "cash", _("Cash")
    OTHER = "other", _("Other")


class Payment(models.Model):
    """Money that came in; below zero, that went back. Never changed: a wrong one is reversed by another."""

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="payments", verbose_name=_("invoice"))
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=3)  # in the invoice's currency
    paid_on = models.DateField(_("on"))
    method = models.CharField(_("by"), max_length=8, choices=Method, default=Method.TRANSFER)
    reference = models.CharField(_("reference"), max_length=140, blank=True)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversed_by")
    made_by = models.ForeignKey("crm.User", models.PROTECT, null=True, related_name="+", verbose_name=_("entered by"))
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["paid_on", "id"]
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="payment_of_something")]

    def __str__(self) -> str:
        return f"{self.invoice}: {self.amount}"


class Tone(models.TextChoices):
    """How firmly a customer is reminded."""

    FIRST = "first", _("Friendly: perhaps it slipped their attention")
    NEXT = "next", _("Firm: we have written before")
    LAST = "last", _("Last: before further steps are taken")


class Reminder(models.Model):
    """That a customer was reminded of an overdue invoice. One a level, so that nobody is reminded twice."""

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="reminders")
    level = models.PositiveSmallIntegerField(_("level"))
    tone = models.CharField(_("tone"), max_length=5, choices=Tone, default=Tone.FIRST)
    by = models.ForeignKey("crm.User", models.PROTECT, null=True, related_name="+")  # null: it went by itself
    reminded_at = models.DateTimeField(default=timezone.now)
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["level"]
        constraints = [models.UniqueConstraint("invoice", "level", name="reminder_once")]

    def __str__(self) -> str:
        return f"{self.invoice}: {self.level}"
