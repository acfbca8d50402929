"""Currencies and what they were worth, day by day."""

from datetime import date
from decimal import Decimal

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.money import Rates
from crm.rows import prepared

SMALLEST_RATE = Decimal("1e-10")
# One look into the index for each currency, however many days have rates.
NEWEST = """
SELECT c.code, newest.rate FROM crm_currency c CROSS JOIN LATERAL (
    SELECT rate FROM crm_exchangerate WHERE base_id = %s AND currency_id = c.code AND "on" <= %s
    ORDER BY "on" DESC, id DESC LIMIT 1
) AS newest
"""


class Currency(models.Model):
    code = models.CharField(
        _("code"),
        max_length=3,
        primary_key=True,
        validators=[RegexValidator(r"^[A-Z]{3}$", _("Three capital letters."))],
    )
    digits = models.PositiveSmallIntegerField(_("decimals"), default=2)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["code"]
        verbose_name_plural = "currencies"

    def __str__(self) -> str:
        return self.code


class ExchangeRate(models.Model):
    """`rate` units of `base` for one unit of `currency`, from `on` until a newer one. A correction is a newer row."""

    currency = models.ForeignKey(Currency, models.PROTECT, related_name="rates")
    base = models.ForeignKey(Currency, models.PROTECT, related_name="+")
    on = models.DateField(_("day"))
    rate = models.DecimalField(
        _("rate"), max_digits=20, decimal_places=10, validators=[MinValueValidator(SMALLEST_RATE)]
    )
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, editable=False)

    class Meta:
        indexes = [models.Index(fields=["base", "currency", "-on", "-id"], name="rate_newest")]
        constraints = [
            models.CheckConstraint(condition=Q(rate__gt=0), name="rate_positive"),
            models.CheckConstraint(condition=~Q(currency=models.F("base")), name="rate_not_to_itself"),
        ]

    def __str__(self) -> str:
        return f"1 {self.currency_id} = {self.rate} {self.base_id}, {self.on}"

    @classmethod
    def rates_on(cls, day: date, base: str) -> Rates:
        """For each currency the newest rate not later than `day`."""
        with prepared() as cursor:
            cursor.execute(NEWEST, [base, day])
            return Rates(base, dict(cursor.fetchall()))
