"""Pipelines, their ordered stages, and what each stage was believed to be worth when."""

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models import custom_fields


class Kind(models.TextChoices):
    OPEN = "open", _("Open")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")


class Category(models.TextChoices):
    """Forecast categories. Won deals are Closed whatever their category said."""

    PIPELINE = "pipeline", _("Pipeline")
    BEST_CASE = "best_case", _("Best case")
    COMMIT = "commit", _("Commit")
    CLOSED = "closed", _("Closed")
    OMITTED = "omitted", _("Omitted")


class RequiredField(models.TextChoices):
    """What a stage may ask for before a deal enters it."""

    AMOUNT = "amount", _("Amount")
    EXPECTED_CLOSE = "expected_close_on", _("Expected close date")
    COMPANY = "company", _("Company")
    CONTACT = "contact", _("Contact")
    SOURCE = "source", _("Source")
    PRODUCT = "product", _("Product")
    NEXT_STEP = "next_step", _("Next step")


def askable() -> dict[str, str]:
    """What a stage may ask for, by name, with its label: the deal's own fields and those the company added."""
    added = {field.name: field.label for field in custom_fields("deal")}
    return {name: str(label) for name, label in RequiredField.choices} | added


PERCENT = [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))]


class Pipeline(models.Model):
    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveIntegerField(default=0)
    is_default = models.BooleanField(_("default"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint("is_default", condition=Q(is_default=True), name="pipeline_one_default"),
        ]

    def __str__(self) -> str:
        return self.name


class Stage(models.Model):
    """`probability` is in percent. A stage is open, won or lost by its kind, never by its name."""

    pipeline = models.ForeignKey(Pipeline, models.CASCADE, related_name="stages")
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=4, choices=Kind, default=Kind.OPEN)
    probability = models.DecimalField(_("win probability"), max_digits=5, decimal_places=2, validators=PERCENT)
    category = models.CharField(_("forecast category"), max_length=10, choices=Category, default=Category.PIPELINE)
    stall_days = models.PositiveIntegerField(_("stalled after days"), null=True, blank=True)
    guidance = models.TextField(_("guidance"), blank=True)
    required_fields = ArrayField(
        models.CharField(max_length=60),  # of RequiredField, or the name of a custom field
        default=list,
        blank=True,
        verbose_name=_("required fields"),
    )
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint("pipeline", "name", name="stage_name_once"),
            models.UniqueConstraint("pipeline", "kind", condition=~Q(kind="open"), name="stage_one_won_one_lost"),
            models.CheckConstraint(condition=Q(probability__range=(0, 100)), name="stage_probability_percent"),
            models.CheckConstraint(condition=~Q(kind="won") | Q(probability=100), name="stage_won_is_certain"),
            models.CheckConstraint(condition=~Q(kind="lost") | Q(probability=0), name="stage_lost_is_zero"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.kind == Kind.OPEN

    @property
    def is_won(self) -> bool:
        return self.kind == Kind.WON

    @property
    def is_lost(self) -> bool:
        return self.kind == Kind.LOST


class StageChange(models.Model):
    """Append-only: how a stage was defined from `effective_at` on. The newest row is today's definition.

    `stage_id` stays a plain number: the definition outlives a deleted stage.
    """

    stage_id = models.BigIntegerField()
    pipeline_id = models.BigIntegerField()
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=4, choices=Kind)
    probability = models.DecimalField(max_digits=5, decimal_places=2)
    category = models.CharField(max_length=10, choices=Category)
    stall_days = models.PositiveIntegerField(null=True)
    position = models.PositiveIntegerField()
    is_deleted = models.BooleanField(default=False)
    effective_at = models.DateTimeField(default=timezone.now)
    recorded_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey("crm.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["stage_id", "-effective_at"], name="stagechange_newest")]

    def __str__(self) -> str:
        return f"{self.name} {self.probability} %"
