"""Who we sell to: companies, the people in them, and where they came from."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from crm.access import OwnedQuerySet, Reach
from crm.folding import trigrams
from crm.owned import Customised


class SharedQuerySet[M: models.Model](OwnedQuerySet[M]):
    """Companies and contacts: everyone reads all of them unless the workspace keeps them apart."""

    def visible_to(self, reach: Reach) -> "SharedQuerySet[M]":
        return self.all() if reach.shares_contacts else super().visible_to(reach)


class Source(models.Model):
    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="source_name_ci")]

    def __str__(self) -> str:
        return self.name


class Company(Customised):
    name = models.CharField(_("name"), max_length=200)
    website = models.URLField(_("website"), blank=True)
    phone = models.CharField(_("phone"), max_length=60, blank=True)
    sector = models.CharField(_("sector"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)  # ISO 3166 alpha-2
    street = models.CharField(_("street"), max_length=160, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    tax_id = models.CharField(_("tax id"), max_length=40, blank=True)
    employees = models.PositiveIntegerField(_("employees"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)

    objects = SharedQuerySet["Company"].as_manager()

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        indexes = [
            models.Index(fields=["name", "id"], name="company_by_name"),
            trigrams("name", name="company_name_folded"),
            trigrams("website", "phone", "external_id", name="company_marks_folded"),
            models.Index(fields=["owner"], name="company_owner"),
            GinIndex(OpClass("custom", name="jsonb_path_ops"), name="company_custom"),
            models.Index(fields=["sector"], name="company_sector"),
        ]
        constraints = [
            models.UniqueConstraint("external_id", condition=~Q(external_id=""), name="company_external_id"),
        ]

    def __str__(self) -> str:
        return self.name


class Contact(Customised):
    name = models.CharField(_("name"), max_length=200)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=60, blank=True)
    note = models.TextField(_("note"), blank=True)
    companies = models.ManyToManyField(Company, through="Position", related_name="contacts")

    objects = SharedQuerySet["Contact"].as_manager()

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        indexes = [
            models.Index(fields=["name", "id"], name="contact_by_name"),
            trigrams("name", name="contact_name_folded"),
            trigrams("email", "phone", "external_id", name="contact_marks_folded"),
            models.Index(Lower("email"), name="contact_email"),
            models.Index(fields=["owner"], name="contact_owner"),
            GinIndex(OpClass("custom", name="jsonb_path_ops"), name="contact_custom"),
        ]
        constraints = [
            models.UniqueConstraint("external_id", condition=~Q(external_id=""), name="contact_external_id"),
        ]

    def __str__(self) -> str:
        return self.name


class Position(models.Model):
    """What a contact is at a company. One contact may have several."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="positions")
    company = models.ForeignKey(Company, models.CASCADE, related_name="positions")
    title = models.CharField(_("job title"), max_length=120, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint("contact", "company", name="position_once")]

    def __str__(self) -> str:
        return self.title or str(self.company)
