"""The company that runs this Penstock: one row."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.moment import current_moment

from .calendar import FiscalPeriod
from .money import Currency

FiscalYears = list[tuple[date, date, int]]  # first day, the day after, the month in which such years start


def known_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("“%(name)s” is not a time zone."), params={"name": name})


class Workspace(models.Model):
    name = models.CharField(_("company name"), max_length=120, default="Penstock")
    currency = models.ForeignKey(Currency, models.PROTECT, verbose_name=_("base currency"))
    time_zone = models.CharField(_("time zone"), max_length=60, default="UTC", validators=[known_zone])
    fiscal_start = models.PositiveSmallIntegerField(
        _("fiscal year starts in month"), default=1, validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    language = models.CharField(_("language"), max_length=10, default="en")
    shares_contacts = models.BooleanField(
        _("everyone sees all companies and contacts"),
        default=True,
        help_text=_("Otherwise they follow the same visibility as deals."),
    )

    _fiscal_years: FiscalYears | None = None
    _digits: Mapping[str, int] = MappingProxyType({})  # of other currencies, as far as they were asked for
    custom_fields_at = models.DateTimeField(default=timezone.now, editable=False)  # when one was last changed

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="workspace_is_one_row")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def current(cls) -> "Workspace":
        from crm.request import current_workspace

        return current_workspace()

    def digits_of(self, currency: str) -> int:
        """Decimals of a currency; each is asked for once."""
        if currency == self.currency_id:
            return self.currency.digits
        if currency not in self._digits:
            self._digits = {**self._digits, currency: Currency.objects.get(pk=currency).digits}
        return self._digits[currency]

    @property
    def fiscal_years(self) -> FiscalYears:
        """Those that are written down, in order."""
        if self._fiscal_years is None:
            years = FiscalPeriod.objects.filter(kind=FiscalPeriod.Kind.YEAR).order_by("starts_on")
            self._fiscal_years = list(years.values_list("starts_on", "ends_on", "fiscal_start"))
        return self._fiscal_years

    def forget_years(self, known: FiscalYears | None = None) -> None:
        """They are read again, unless they are given."""
        self._fiscal_years = known

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def today(self) -> date:
        """In the company's zone; of the past instant that is looked at, if one is."""
        if moment := current_moment():
            return moment.day
        return timezone.now().astimezone(self.zone).date()
