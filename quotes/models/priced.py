"""What quotes and invoices have in common: how they are priced, and their lines."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.models import Currency
from pipeline.models import LANGUAGES as LANGUAGES
from pipeline.models import Product, TaxKind

from .settings import Rounding


class DiscountKind(models.TextChoices):
    PERCENT = "percent", _("percent")
    AMOUNT = "amount", _("amount")


class PricedDocument(models.Model):
    title = models.CharField(_("title"), max_length=200)
    address = models.TextField(_("address"), blank=True)  # as it stands on the document, company and person included
    language = models.CharField(_("language"), max_length=10, choices=LANGUAGES, default="en")
    currency = models.ForeignKey(Currency, models.PROTECT, related_name="+", verbose_name=_("currency"))
    includes_tax = models.BooleanField(_("prices include tax"), default=False)
    rounding = models.CharField(_("rounding of tax"), max_length=8, choices=Rounding, default=Rounding.LINE)
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

    class Meta:
        abstract = True


class LineKind(models.TextChoices):
    ITEM = "item", _("Item")
    HEADING = "heading", _("Heading")
    NOTE = "note", _("Note")


class PricedLine(models.Model):
    """Name, price and taxes are copied from the catalogue and belong to the document from then on."""

    position = models.PositiveIntegerField(default=0)
    kind = models.CharField(_("kind"), max_length=7, choices=LineKind, default=LineKind.ITEM)
    product = models.ForeignKey(Product, models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3, default=1)
    unit = models.CharField(_("unit"), max_length=40, blank=True)  # in the document's language
    unit_code = models.CharField(max_length=3, default="C62")
    unit_price = models.DecimalField(_("unit price"), max_digits=18, decimal_places=3, default=0)
    discount_kind = models.CharField(_("kind of discount"), max_length=7, choices=DiscountKind, default="percent")
    discount = models.DecimalField(_("discount"), max_digits=18, decimal_places=3, default=0)
    tax_class = models.ForeignKey("pipeline.TaxClass", models.PROTECT, null=True, blank=True, related_name="+")
    tax_kind = models.CharField(max_length=2, choices=TaxKind, default=TaxKind.STANDARD)
    taxes = models.JSONField(_("taxes"), default=list)  # [{"name": "VAT", "rate": "19", "is_compound": false}]
    net = models.DecimalField(
        _("net"), max_digits=18, decimal_places=3, default=0, editable=False
    )  # before the whole's discount

    class Meta:
        abstract = True
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def counts(self) -> bool:
        """Whether it is in the totals."""
        return self.kind == LineKind.ITEM
