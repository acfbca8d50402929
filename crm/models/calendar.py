"""The fiscal calendar: periods that are written down keep their dates, whatever becomes of the company's settings."""

from typing import Any, NamedTuple

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.periods import Period

from .money import SMALLEST_RATE, Currency, ExchangeRate


class FiscalPeriod(models.Model):
    """A month, quarter or year: [`starts_on`, `ends_on`). Years follow each other without a gap."""

    class Kind(models.TextChoices):
        MONTH = "month", _("Month")
        QUARTER = "quarter", _("Quarter")
        YEAR = "year", _("Year")

    kind = models.CharField(max_length=7, choices=Kind)
    starts_on = models.DateField()
    ends_on = models.DateField()
    fiscal_start = models.PositiveSmallIntegerField()  # of its year; 0: a short year between two starts

    class Meta:
        ordering = ["starts_on", "-ends_on"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "starts_on"], name="fiscalperiod_once"),
            models.UniqueConstraint(fields=["kind", "ends_on"], name="fiscalperiod_ends_once"),
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="fiscalperiod_order"),
        ]

    def __str__(self) -> str:
        return self.period.key

    @property
    def period(self) -> Period:
        return Period(self.starts_on, self.ends_on, self.kind, self.fiscal_start)  # type: ignore[arg-type]

    @classmethod
    def of(cls, period: Period) -> "FiscalPeriod":
        """An unsaved row."""
        return cls(kind=period.kind, starts_on=period.start, ends_on=period.end, fiscal_start=period.fiscal_start)


class Told(NamedTuple):
    """A rate, and where it comes from: the period whose plan rate it is, else the day since which it holds."""

    rate: Any
    period: Any
    on: Any


class PlanRate(models.Model):
    """What one unit of `currency` is worth in `base` for all quotas of a period. A correction is a newer row.

    `rate` empty: from then on quotas count at the newest exchange rate not later than their first day again.
    """

    period = models.ForeignKey(FiscalPeriod, models.PROTECT, related_name="plan_rates")
    currency = models.ForeignKey(Currency, models.PROTECT, related_name="plan_rates")
    base = models.ForeignKey(Currency, models.PROTECT, related_name="+")
    rate = models.DecimalField(
        _("rate"), max_digits=20, decimal_places=10, null=True, validators=[MinValueValidator(SMALLEST_RATE)]
    )
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, editable=False, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["base", "currency", "period", "-id"], name="planrate_newest")]
        constraints = [
            models.CheckConstraint(condition=Q(rate=None) | Q(rate__gt=0), name="planrate_positive"),
            models.CheckConstraint(condition=~Q(currency=F("base")), name="planrate_not_to_itself"),
        ]

    def __str__(self) -> str:
        return f"1 {self.currency_id} = {self.rate} {self.base_id}, {self.period}"

    @classmethod
    def holding(cls, base: str) -> "models.QuerySet[PlanRate]":
        """The newest of each period and currency."""
        newer = cls.objects.filter(
            period=OuterRef("period"), currency=OuterRef("currency"), base=base, pk__gt=OuterRef("pk")
        )
        return cls.objects.filter(~models.Exists(newer), base=base, rate__isnull=False)

    @classmethod
    def told(cls, base: str, currency: Any, start: Any, end: Any) -> "Told":
        """What a quota of [start, end) counts one unit of `currency` for, as expressions: the plan rate of its period
        or of one around it, else the newest rate not later than its first day; null: not convertible."""
        planned = cls.covering(base, currency, start, end)
        rates = ExchangeRate.objects.filter(base=base, currency=currency, on__lte=start).order_by("-on", "-id")
        newest = Subquery(rates.values("rate")[:1])
        return Told(
            rate=Coalesce(Subquery(planned.values("rate")[:1]), newest),
            period=Subquery(planned.values("period")[:1]),
            on=Subquery(rates.values("on")[:1]),
        )

    @classmethod
    def covering(cls, base: str, currency: Any, start: Any, end: Any) -> "models.QuerySet[PlanRate]":
        """Those of periods around [start, end), the narrowest first: a month's, then its quarter's, its year's."""
        around = cls.holding(base).filter(currency=currency, period__starts_on__lte=start, period__ends_on__gte=end)
        return around.order_by(F("period__ends_on") - F("period__starts_on"))
