"""A quote: what a customer is offered. A version is a row of its own; lines and prices are copies, never links."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.models import Company, Contact
from crm.access import Reach
from crm.models import Currency
from pipeline.models import LANGUAGES as LANGUAGES
from pipeline.models import Deal, PriceBook, Product, TaxKind

from .settings import Rounding


class Status(models.TextChoices):
    DRAFT = "draft", _("Draft")
    WAITING = "waiting", _("Waiting for approval")
    SENT = "sent", _("Sent")
    VIEWED = "viewed", _("Viewed")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    EXPIRED = "expired", _("Expired")
    SUPERSEDED = "superseded", _("Superseded")
    CANCELLED = "cancelled", _("Cancelled")


OPEN = (Status.SENT, Status.VIEWED)  # with the customer, who may answer


class DiscountKind(models.TextChoices):
    PERCENT = "percent", _("percent")
    AMOUNT = "amount", _("amount")


class QuoteQuerySet(models.QuerySet["Quote"]):
    """A quote is seen and changed by whom its deal is."""

    def visible_to(self, reach: Reach) -> Self:
        return self.filter(deal__in=Deal.objects.visible_to(reach))

    def editable_by(self, reach: Reach) -> Self:
        return self.filter(deal__in=Deal.objects.editable_by(reach))


class Quote(models.Model):
    deal = models.ForeignKey(Deal, models.PROTECT, related_name="quotes", verbose_name=_("deal"))
    number = models.CharField(_("number"), max_length=40)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name=_("replaces")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    is_synced = models.BooleanField(_("the deal's amount follows it"), default=False)
    lock = models.PositiveIntegerField(default=0)  # counts changes: who saves says which they saw

    title = models.CharField(_("title"), max_length=200)
    company = models.ForeignKey(
        Company, models.PROTECT, null=True, blank=True, related_name="quotes", verbose_name=_("company")
    )
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="quotes", verbose_name=_("contact")
    )
    address = models.TextField(_("address"), blank=True)  # as it stands on the document, company and person included
    language = models.CharField(_("language"), max_length=10, choices=LANGUAGES, default="en")
    currency = models.ForeignKey(Currency, models.PROTECT, related_name="+", verbose_name=_("currency"))
    book = models.ForeignKey(
        PriceBook, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("price book")
    )
    includes_tax = models.BooleanField(_("prices include tax"), default=False)
    rounding = models.CharField(_("rounding of tax"), max_length=8, choices=Rounding, default=Rounding.LINE)
    quoted_on = models.DateField(_("date"))
    valid_until = models.DateField(_("valid until"))
    payment_days = models.PositiveSmallIntegerField(_("payment within days"), default=30)
    introduction = models.TextField(_("introduction"), blank=True)
    terms = models.TextField(_("terms"), blank=True)

    discount_kind = models.CharField(_("kind of discount"), max_length=7, choices=DiscountKind, default="percent")
    discount = models.DecimalField(_("discount on the whole"), max_digits=18, decimal_places=3, default=0)

    # What pipeline.pricing makes of the lines, in `currency`.
    lines_total = models.DecimalField(_("lines"), max_digits=18, decimal_places=3, default=0, editable=False)
    discount_total = models.DecimalField(_("discount"), max_digits=18, decimal_places=3, default=0, editable=False)
    net = models.DecimalField(_("net"), max_digits=18, decimal_places=3, default=0, editable=False)
    tax = models.DecimalField(_("tax"), max_digits=18, decimal_places=3, default=0, editable=False)
    total = models.DecimalField(_("total"), max_digits=18, decimal_places=3, default=0, editable=False)
    given = models.DecimalField(  # lines' and whole discount together, of the list value; percent
        _("discount given"), max_digits=7, decimal_places=4, default=0, editable=False
    )
    margin = models.DecimalField(  # percent of net; null when a cost is unknown
        _("margin"), max_digits=9, decimal_places=4, null=True, editable=False
    )

    document = models.OneToOneField(  # as it was sent
        "quotes.Document", models.PROTECT, null=True, blank=True, related_name="quote", editable=False
    )
    made_by = models.ForeignKey("crm.User", models.PROTECT, related_name="+", verbose_name=_("by"))
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    viewed_at = models.DateTimeField(null=True, editable=False)  # first
    views = models.PositiveIntegerField(default=0, editable=False)
    answered_at = models.DateTimeField(null=True, editable=False)  # accepted, declined or expired

    objects = QuoteQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["deal", "-id"], name="quote_of_deal"),
            models.Index(fields=["status", "-id"], name="quote_by_status"),
            models.Index(fields=["valid_until"], condition=Q(status__in=["sent", "viewed"]), name="quote_to_expire"),
        ]
        constraints = [
            models.UniqueConstraint("number", "version", name="quote_number"),
            models.UniqueConstraint("deal", condition=Q(is_synced=True), name="quote_one_synced"),
            models.UniqueConstraint("deal", condition=Q(status="accepted"), name="quote_one_accepted"),
            models.CheckConstraint(condition=Q(discount__gte=0), name="quote_discount"),
        ]

    def __str__(self) -> str:
        return f"{self.number}.{self.version}" if self.version > 1 else self.number

    @property
    def is_draft(self) -> bool:
        return self.status == Status.DRAFT

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


class LineKind(models.TextChoices):
    ITEM = "item", _("Item")
    HEADING = "heading", _("Heading")
    NOTE = "note", _("Note")


class LineItem(models.Model):
    """A row of a quote. Name, price and taxes are copied from the catalogue and belong to the quote from then on."""

    quote = models.ForeignKey(Quote, models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField(default=0)
    kind = models.CharField(_("kind"), max_length=7, choices=LineKind, default=LineKind.ITEM)
    product = models.ForeignKey(Product, models.PROTECT, null=True, blank=True, related_name="+")
    bundle = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="parts")
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3, default=1)
    unit = models.CharField(_("unit"), max_length=40, blank=True)  # in the quote's language
    unit_code = models.CharField(max_length=3, default="C62")
    unit_price = models.DecimalField(_("unit price"), max_digits=18, decimal_places=3, default=0)
    cost = models.DecimalField(_("cost"), max_digits=18, decimal_places=3, null=True, blank=True)
    discount_kind = models.CharField(_("kind of discount"), max_length=7, choices=DiscountKind, default="percent")
    discount = models.DecimalField(_("discount"), max_digits=18, decimal_places=3, default=0)
    tax_class = models.ForeignKey("pipeline.TaxClass", models.PROTECT, null=True, blank=True, related_name="+")
    tax_kind = models.CharField(max_length=2, choices=TaxKind, default=TaxKind.STANDARD)
    taxes = models.JSONField(_("taxes"), default=list)  # [{"name": "VAT", "rate": "19", "is_compound": false}]
    is_optional = models.BooleanField(_("optional"), default=False)
    is_chosen = models.BooleanField(_("chosen"), default=False)  # of an optional one: the customer wants it
    net = models.DecimalField(
        _("net"), max_digits=18, decimal_places=3, default=0, editable=False
    )  # before the whole's discount

    class Meta:
        ordering = ["position", "id"]
        indexes = [models.Index(F("quote"), F("position"), F("id"), name="lineitem_of_quote")]
        constraints = [models.CheckConstraint(condition=Q(discount__gte=0), name="lineitem_discount")]

    def __str__(self) -> str:
        return self.name

    @property
    def counts(self) -> bool:
        """Whether it is in the totals."""
        return self.kind == LineKind.ITEM and (not self.is_optional or self.is_chosen)


class Approval(models.Model):
    """Asked when a quote passes a limit; granted or refused by someone above who is not its author."""

    quote = models.ForeignKey(Quote, models.CASCADE, related_name="approvals")
    why = models.JSONField(default=list)  # ["discount", "margin"]
    asked_by = models.ForeignKey("crm.User", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    remark = models.CharField(_("remark"), max_length=255, blank=True)  # of who asked
    given = models.DecimalField(_("discount given"), max_digits=7, decimal_places=4, default=0)  # as it was then
    margin = models.DecimalField(_("margin"), max_digits=9, decimal_places=4, null=True)
    granted = models.BooleanField(null=True)
    decided_by = models.ForeignKey("crm.User", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(_("note"), max_length=255, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint("quote", condition=Q(granted=None), name="approval_one_open")]

    def __str__(self) -> str:
        return f"{self.quote}: {self.granted}"
