"""A quote: what a customer is offered. A version is a row of its own; lines and prices are copies, never links."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.models import Company, Contact
from crm.access import Reach
from pipeline.models import Deal, PriceBook

from .priced import LineKind, PricedDocument, PricedLine

if TYPE_CHECKING:
    from .answers import Acceptance


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
ANSWERS = (Status.ACCEPTED, Status.DECLINED, Status.EXPIRED)  # no answer in time is one too


class QuoteQuerySet(models.QuerySet["Quote"]):
    """A quote is seen and changed by whom its deal is."""

    def visible_to(self, reach: Reach) -> Self:
        return self.filter(deal__in=Deal.objects.visible_to(reach))

    def editable_by(self, reach: Reach) -> Self:
        return self.filter(deal__in=Deal.objects.editable_by(reach))

    def newest_sent(self) -> Self:
        """Of each number the newest version that went out."""
        newer = Quote.objects.filter(number=OuterRef("number"), version__gt=OuterRef("version"), sent_at__isnull=False)
        return self.filter(~Exists(newer), sent_at__isnull=False)


class Quote(PricedDocument):
    deal = models.ForeignKey(Deal, models.PROTECT, related_name="quotes", verbose_name=_("deal"))
    number = models.CharField(_("number"), max_length=40)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name=_("replaces")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    is_synced = models.BooleanField(_("the deal's amount follows it"), default=False)
    lock = models.PositiveIntegerField(default=0)  # counts changes: who saves says which they saw

    company = models.ForeignKey(
        Company, models.PROTECT, null=True, blank=True, related_name="quotes", verbose_name=_("company")
    )
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="quotes", verbose_name=_("contact")
    )
    book = models.ForeignKey(
        PriceBook, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("price book")
    )
    quoted_on = models.DateField(_("date"))
    valid_until = models.DateField(_("valid until"))

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

    @property
    def acceptance(self) -> "Acceptance | None":
        """The one that stands."""
        return self.acceptances.filter(retraction=None).first()


COUNTING = Q(kind=LineKind.ITEM) & ~Q(is_optional=True, is_chosen=False)  # lines that are in the totals


class LineItem(PricedLine):
    """A row of a quote."""

    quote = models.ForeignKey(Quote, models.CASCADE, related_name="lines")
    bundle = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="parts")
    cost = models.DecimalField(_("cost"), max_digits=18, decimal_places=3, null=True, blank=True)
    is_optional = models.BooleanField(_("optional"), default=False)
    is_chosen = models.BooleanField(_("chosen"), default=False)  # of an optional one: the customer wants it

    class Meta(PricedLine.Meta):
        abstract = False
        indexes = [models.Index(F("quote"), F("position"), F("id"), name="lineitem_of_quote")]
        constraints = [models.CheckConstraint(condition=Q(discount__gte=0), name="lineitem_discount")]

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
