"""What a thing costs, for whom and when; and the taxes upon it."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .pipelines import PERCENT


class Unit(models.Model):
    """How something is counted. `code` is that of UN/ECE recommendation 20: C62, DAY, HUR, MON."""

    name = models.CharField(_("name"), max_length=40, unique=True)
    code = models.CharField(_("UN/ECE code"), max_length=3, default="C62")
    names = models.JSONField(_("in other languages"), default=dict, blank=True)  # {"de": "Stk."}
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name

    def name_in(self, language: str) -> str:
        """Its own where nobody has translated it."""
        return self.names.get(language) or self.name


class TaxKind(models.TextChoices):
    """The categories of UNCL 5305 that EN 16931 allows."""

    STANDARD = "S", _("Taxed")
    ZERO = "Z", _("Zero rated")
    EXEMPT = "E", _("Exempt")
    REVERSE = "AE", _("Reverse charge")
    INTRA = "K", _("Delivery within the European Union")
    EXPORT = "G", _("Export")
    OUTSIDE = "O", _("Outside the scope of tax")


class TaxClass(models.Model):
    """What is taxed alike: standard, reduced, exempt… Its taxes are dated rows, one or several of them at a time."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=2, choices=TaxKind, default=TaxKind.STANDARD)
    reason = models.CharField(_("reason for no tax"), max_length=200, blank=True)
    is_default = models.BooleanField(_("taken when a product names none"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint("is_default", condition=Q(is_default=True), name="taxclass_one_default"),
        ]

    def __str__(self) -> str:
        return self.name


class Tax(models.Model):
    """A tax of a class, from `starts_on` to the day before `ends_on`. A compound one is upon the earlier ones too."""

    tax_class = models.ForeignKey(TaxClass, models.CASCADE, related_name="taxes", verbose_name=_("tax class"))
    name = models.CharField(_("name"), max_length=40)
    rate = models.DecimalField(_("rate"), max_digits=7, decimal_places=4, validators=PERCENT)
    is_compound = models.BooleanField(_("upon the taxes before it"), default=False)
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("until"), null=True, blank=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "taxes"
        ordering = ["tax_class", "position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gt=F("starts_on")), name="tax_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.rate.normalize():f}%"


class PriceBook(models.Model):
    """Prices in one currency, for a time and a segment. What it does not price, its parent does, then the product."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    currency = models.ForeignKey("crm.Currency", models.PROTECT, related_name="+", verbose_name=_("currency"))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("falls back on")
    )
    includes_tax = models.BooleanField(_("prices include tax"), default=False)
    starts_on = models.DateField(_("valid from"), null=True, blank=True)
    ends_on = models.DateField(_("valid until"), null=True, blank=True)  # the last day
    sector = models.CharField(_("for the sector"), max_length=80, blank=True)
    country = models.CharField(_("for the country"), max_length=2, blank=True)
    is_default = models.BooleanField(_("the usual one of its currency"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint("currency", condition=Q(is_default=True), name="pricebook_one_default"),
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="pricebook_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Price(models.Model):
    """Of a product in a book, from a quantity and a day on (both included)."""

    book = models.ForeignKey(PriceBook, models.CASCADE, related_name="prices", verbose_name=_("price book"))
    product = models.ForeignKey("Product", models.CASCADE, related_name="prices", verbose_name=_("product"))
    min_quantity = models.DecimalField(_("from quantity"), max_digits=14, decimal_places=3, default=Decimal(0))
    unit_price = models.DecimalField(_("unit price"), max_digits=18, decimal_places=3)
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("until"), null=True, blank=True)  # the last day

    class Meta:
        ordering = ["product", "min_quantity", "starts_on", "id"]
        constraints = [
            models.UniqueConstraint(
                "book", "product", "min_quantity", "starts_on", nulls_distinct=False, name="price_once"
            ),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="price_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.product}: {self.unit_price}"


class BundleItem(models.Model):
    """A part of a product that is a bundle. An optional one is offered beside it and counts when it is chosen."""

    bundle = models.ForeignKey("Product", models.CASCADE, related_name="items", verbose_name=_("bundle"))
    product = models.ForeignKey("Product", models.PROTECT, related_name="bundles", verbose_name=_("product"))
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3, default=Decimal(1))
    is_optional = models.BooleanField(_("optional"), default=False)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint("bundle", "product", name="bundleitem_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="bundleitem_quantity"),
            models.CheckConstraint(condition=~Q(bundle=F("product")), name="bundleitem_not_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product}"
