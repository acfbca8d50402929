"""What is to be sold to a customer again, or on top: a deal that opens by itself at its time."""

from decimal import Decimal
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.access import Reach
from crm.models import Currency
from pipeline.models import Deal

MOST = 1000  # percent
UPLIFT = [MinValueValidator(-100), MaxValueValidator(MOST)]


class RenewalKind(models.TextChoices):
    RENEWAL = "renewal", _("Renewal")
    UPSELL = "upsell", _("Upsell")


class RenewalState(models.TextChoices):
    PLANNED = "planned", _("Planned")
    OPENED = "opened", _("Opened")
    CANCELLED = "cancelled", _("Cancelled")  # by a person
    STOPPED = "stopped", _("Stopped")  # its deal is no longer won


class RenewalQuerySet(models.QuerySet["Renewal"]):
    """A renewal is seen and changed by whom the deal it follows is."""

    def visible_to(self, reach: Reach) -> Self:
        return self.filter(deal__in=Deal.objects.visible_to(reach).live())

    def editable_by(self, reach: Reach) -> Self:
        return self.filter(deal__in=Deal.objects.editable_by(reach).live())


class Renewal(models.Model):
    """Planned by a product of the won deal that renews after `months`, or by hand.

    Its deal opens on `opens_on` and is expected to close on `due_on`. Without an amount of its own, it has the lines
    it renews, each unit price raised by `uplift` percent.
    """

    deal = models.ForeignKey(Deal, models.CASCADE, related_name="renewals", verbose_name=_("deal"))
    kind = models.CharField(_("kind"), max_length=7, choices=RenewalKind, default=RenewalKind.RENEWAL)
    state = models.CharField(_("state"), max_length=9, choices=RenewalState, default=RenewalState.PLANNED)
    title = models.CharField(_("title"), max_length=200, blank=True)
    months = models.PositiveSmallIntegerField(null=True, editable=False)  # by the products that renew after so many
    won_on = models.DateField(null=True, editable=False)  # from which it is counted; empty: its day was set by hand
    due_on = models.DateField(_("due"))
    opens_on = models.DateField(_("opens"))
    owner = models.ForeignKey(  # empty: the deal's, at its time
        "crm.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("owner")
    )
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=3, null=True, blank=True)
    currency = models.ForeignKey(Currency, models.PROTECT, related_name="+", verbose_name=_("currency"))
    uplift = models.DecimalField(
        _("price change"), max_digits=6, decimal_places=2, default=Decimal(0), validators=UPLIFT
    )
    opened_deal = models.OneToOneField(Deal, models.SET_NULL, null=True, related_name="renewal_of", editable=False)
    problem = models.CharField(max_length=400, blank=True, editable=False)  # why it could not be opened
    version = models.PositiveIntegerField(default=1, editable=False)
    made_by = models.ForeignKey("crm.User", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = RenewalQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [models.Index(fields=["opens_on"], condition=Q(state="planned"), name="renewal_to_open")]
        constraints = [
            models.UniqueConstraint("deal", "months", name="renewal_once"),
            models.CheckConstraint(condition=Q(opens_on__lte=models.F("due_on")), name="renewal_opens_before_due"),
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gte=0), name="renewal_amount_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.deal}: {self.due_on}"

    @property
    def is_planned(self) -> bool:
        return self.state == RenewalState.PLANNED


class FollowMark(models.Model):
    """A mark: what follows this deal no longer fits it. Appended by who changes the deal, taken by a worker."""

    deal = models.ForeignKey(Deal, models.CASCADE, related_name="+")
    marked_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.deal_id)
