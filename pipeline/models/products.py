"""What can be sold. Deals and quotes both price from it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

# A document is written in the language of whoever it is for, which need not be one that the pages are in.
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("ru", "Русский"), ("vi", "Tiếng Việt"), ("zh-hans", "简体中文")]


class Product(models.Model):
    name = models.CharField(_("name"), max_length=160, unique=True)
    code = models.CharField(_("code"), max_length=60, blank=True)
    family = models.CharField(_("family"), max_length=80, blank=True)
    unit_price = models.DecimalField(_("unit price"), max_digits=18, decimal_places=3, default=0)
    currency = models.ForeignKey("crm.Currency", models.PROTECT, related_name="+", verbose_name=_("currency"))
    description = models.TextField(_("description"), blank=True)
    unit = models.ForeignKey("Unit", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit"))
    tax_class = models.ForeignKey(
        "TaxClass", models.PROTECT, null=True, blank=True, related_name="products", verbose_name=_("tax class")
    )
    cost = models.DecimalField(_("cost"), max_digits=18, decimal_places=3, null=True, blank=True)
    is_bundle = models.BooleanField(_("a bundle of others"), default=False)
    sums_parts = models.BooleanField(_("a bundle that costs what its parts cost"), default=False)
    renews_after = models.PositiveSmallIntegerField(_("renews after months"), null=True, blank=True)
    translations = models.JSONField(  # {"de": {"name": …, "description": …}}
        _("in other languages"), default=dict, blank=True
    )
    is_active = models.BooleanField(_("in use"), default=True)
    external_id = models.CharField(_("external id"), max_length=120, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint("external_id", condition=~Q(external_id=""), name="product_external_id"),
        ]

    def __str__(self) -> str:
        return self.name
