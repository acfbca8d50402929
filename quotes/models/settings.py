"""How this company makes quotes and invoices: one row. And the numbers they bear."""

from decimal import Decimal

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from pipeline.models import Pipeline
from pipeline.models.pipelines import PERCENT

from .renewals import UPLIFT


class Rounding(models.TextChoices):
    LINE = "line", _("per line")
    DOCUMENT = "document", _("per document")


class AfterAcceptance(models.TextChoices):
    WIN = "win", _("the deal is won")
    ASK = "ask", _("its owner is asked")


class QuoteSettings(models.Model):
    rounding = models.CharField(_("rounding of tax"), max_length=8, choices=Rounding, default=Rounding.LINE)
    prices_include_tax = models.BooleanField(_("prices include tax"), default=False)
    validity_days = models.PositiveSmallIntegerField(_("quotes are valid for days"), default=30)
    payment_days = models.PositiveSmallIntegerField(_("payment within days"), default=30)
    terms = models.TextField(_("terms"), blank=True)
    discount_limit = models.DecimalField(
        _("discount that needs approval above"), max_digits=5, decimal_places=2, null=True, blank=True,
        default=Decimal(10), validators=PERCENT,
    )  # fmt: skip
    margin_limit = models.DecimalField(
        _("margin that needs approval below"), max_digits=5, decimal_places=2, null=True, blank=True, validators=PERCENT
    )
    after_acceptance = models.CharField(
        _("when a quote is accepted"), max_length=4, choices=AfterAcceptance, default=AfterAcceptance.WIN
    )
    invoices_at_once = models.BooleanField(_("draft an invoice when a quote is accepted"), default=True)
    reminder_days = models.PositiveSmallIntegerField(
        _("remind of an overdue invoice every days"), default=7, validators=[MaxValueValidator(365)]
    )  # 0: never
    reminder_levels = models.PositiveSmallIntegerField(
        _("remind at most times"), default=3, validators=[MaxValueValidator(9)]
    )

    renewal_pipeline = models.ForeignKey(
        Pipeline, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("pipeline of renewals")
    )
    renewal_lead_days = models.PositiveSmallIntegerField(
        _("renewals open days before they are due"), default=60, validators=[MaxValueValidator(730)]
    )
    renewal_uplift = models.DecimalField(
        _("price change of renewals"), max_digits=6, decimal_places=2, default=Decimal(0), validators=UPLIFT
    )

    class Meta:
        verbose_name_plural = "quote settings"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="quotesettings_is_one_row")]

    def __str__(self) -> str:
        return "quotes"

    @classmethod
    def current(cls) -> "QuoteSettings":
        return cls.objects.filter(pk=1).first() or cls(pk=1)


class SeriesKind(models.TextChoices):
    QUOTE = "quote", _("quotes")
    INVOICE = "invoice", _("invoices")
    CREDIT = "credit", _("credit notes")


class Series(models.Model):
    """Numbers without gaps: one row a kind and year, locked while the next is taken, in the taker's own transaction."""

    kind = models.CharField(_("kind"), max_length=8, choices=SeriesKind)
    year = models.PositiveSmallIntegerField(_("year"))
    pattern = models.CharField(_("pattern"), max_length=40, default="{year}-{number:04}")
    last = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name_plural = "series"
        ordering = ["kind", "-year"]
        constraints = [models.UniqueConstraint("kind", "year", name="series_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}"
