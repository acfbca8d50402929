"""The deal: one possible sale."""

from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Collate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.models import Company, Contact, Source
from crm.access import OwnedQuerySet
from crm.folding import Folded, trigrams
from crm.models import Currency
from crm.money import Money
from crm.owned import Customised

from .pipelines import PERCENT, Category, Kind, Pipeline, Stage

KEPT_FOR = timedelta(days=30)  # what was deleted or merged can be had back for so long
Outcome = Kind  # a deal's outcome is the kind of its stage, kept on the deal for the indexes


# How the columns of a board are put in order (pipeline.sorting), as their indexes have it.
ON_BOARD = Q(outcome="open", archived_at=None)
BY_CLOSE = Coalesce("expected_close_on", models.Value(date(9999, 12, 31)), output_field=models.DateField())
BY_TITLE = Collate(Folded("title"), "C")


class DealQuerySet(OwnedQuerySet["Deal"]):
    def live(self) -> "DealQuerySet":
        return self.filter(archived_at=None)

    def with_chance(self) -> "DealQuerySet":
        """Annotates `chance` (percent) and `forecast_category`: a person's override if set, else the stage's."""
        return self.annotate(
            chance=Coalesce("probability_override", "stage__probability"),
            forecast_category=Coalesce(
                models.functions.NullIf("category_override", models.Value("")), "stage__category"
            ),
        )

    def for_cards(self) -> "DealQuerySet":
        return self.select_related("stage", "company", "owner", "next_step")


OPTIONAL = ["source", "win_reason", "loss_reason", "lost_from", "next_step", "merged_into"]


def where_any(name: str) -> models.Index:
    """Of those that have one: whatever has none, as each new deal, writes nothing into it."""
    return models.Index(fields=[name], condition=Q((f"{name}__isnull", False)), name=f"deal_{name}")


class Deal(Customised):
    pipeline = models.ForeignKey(Pipeline, models.PROTECT, related_name="deals")
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="deals", verbose_name=_("stage"))
    outcome = models.CharField(max_length=4, choices=Outcome, default=Outcome.OPEN, editable=False)
    rank = models.TextField(db_collation="C", editable=False)
    title = models.CharField(_("title"), max_length=200)
    company = models.ForeignKey(
        Company,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="deals",
        verbose_name=_("company"),
        db_index=False,
    )
    contacts = models.ManyToManyField(Contact, through="DealContact", related_name="deals")
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("source"), db_index=False
    )

    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=3, null=True, blank=True)
    currency = models.ForeignKey(Currency, models.PROTECT, related_name="+", verbose_name=_("currency"), db_index=False)
    amount_from_lines = models.BooleanField(_("amount from product lines"), default=False)
    amount_from_quote = models.BooleanField(_("amount from a quote"), default=False, editable=False)
    probability_override = models.DecimalField(
        _("win probability"), max_digits=5, decimal_places=2, null=True, blank=True, validators=PERCENT
    )
    category_override = models.CharField(_("forecast category"), max_length=10, choices=Category, blank=True)

    expected_close_on = models.DateField(_("expected close"), null=True, blank=True)
    pushes = models.PositiveIntegerField(_("times pushed"), default=0, editable=False)
    pushed_days = models.PositiveIntegerField(default=0, editable=False)

    closed_on = models.DateField(_("closed"), null=True, blank=True)
    base_amount = models.DecimalField(max_digits=18, decimal_places=3, null=True, editable=False)  # frozen at close
    base_rate = models.DecimalField(max_digits=20, decimal_places=10, null=True, editable=False)
    win_reason = models.ForeignKey(
        "WinReason", models.PROTECT, null=True, blank=True, related_name="deals", db_index=False
    )
    loss_reason = models.ForeignKey(
        "LossReason", models.PROTECT, null=True, blank=True, related_name="deals", db_index=False
    )
    competitor = models.CharField(_("competitor"), max_length=120, blank=True)
    closing_note = models.TextField(_("note on the outcome"), blank=True)
    lost_from = models.ForeignKey(Stage, models.SET_NULL, null=True, related_name="+", editable=False, db_index=False)

    opened_at = models.DateTimeField(default=timezone.now)
    stage_since = models.DateTimeField(default=timezone.now, editable=False)
    touched_at = models.DateTimeField(null=True, editable=False)
    next_step = models.ForeignKey(
        "Activity", models.SET_NULL, null=True, related_name="+", editable=False, db_index=False
    )
    has_full_history = models.BooleanField(default=True, editable=False)
    archived_at = models.DateTimeField(null=True, editable=False)
    merged_into = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        related_name="merged",
        verbose_name=_("merged into"),
        editable=False,
        db_index=False,
    )

    objects = DealQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["stage", "rank", "id"], condition=Q(archived_at=None), name="deal_column"),
            models.Index(F("stage"), BY_CLOSE, F("id"), condition=ON_BOARD, name="deal_column_by_close"),
            models.Index(fields=["stage", "stage_since", "id"], condition=ON_BOARD, name="deal_column_by_days"),
            models.Index(fields=["stage", "id"], condition=ON_BOARD, name="deal_column_newest"),
            models.Index(F("stage"), BY_TITLE, F("id"), condition=ON_BOARD, name="deal_column_by_title"),
            models.Index(F("pipeline"), BY_CLOSE, F("id"), condition=ON_BOARD, name="deal_by_month"),
            models.Index(
                fields=["stage", "team", "currency"],
                include=["amount", "probability_override", "owner"],
                condition=Q(archived_at=None),
                name="deal_column_totals",
            ),
            models.Index(
                fields=["expected_close_on", "owner"],
                include=["stage", "category_override", "team"],
                condition=Q(outcome="open", archived_at=None),
                name="deal_expected",
            ),
            models.Index(
                fields=["owner", "closed_on"], condition=~Q(outcome="open") & Q(archived_at=None), name="deal_closed"
            ),
            models.Index(
                fields=["stage", "-closed_on", "-id"],
                include=["base_amount", "owner", "team"],
                condition=~Q(outcome="open") & Q(archived_at=None),
                name="deal_lately_closed",
            ),
            models.Index(
                F("closed_on").desc(nulls_first=True),
                F("id").desc(),
                condition=Q(archived_at=None),
                name="deal_open_first",
            ),
            # The list in its orders, either way round.
            models.Index(fields=["title", "id"], condition=Q(archived_at=None), name="deal_by_title"),
            models.Index(
                Coalesce("closed_on", "expected_close_on"), "id", condition=Q(archived_at=None), name="deal_by_close"
            ),
            models.Index(fields=["stage_since", "id"], condition=Q(archived_at=None), name="deal_by_stage_since"),
            models.Index(fields=["created_at", "id"], condition=Q(archived_at=None), name="deal_by_created"),
            models.Index(fields=["team", "-id"], name="deal_team"),
            models.Index(fields=["company"], name="deal_company"),
            models.Index(fields=["currency"], name="deal_currency"),
            *(where_any(name) for name in OPTIONAL),
            trigrams("title", name="deal_title_folded"),
            trigrams("external_id", condition=~Q(external_id=""), name="deal_external_id_folded"),
            models.Index(fields=["-archived_at", "-id"], condition=Q(archived_at__isnull=False), name="deal_deleted"),
            GinIndex(OpClass("custom", name="jsonb_path_ops"), name="deal_custom"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint("external_id", condition=~Q(external_id=""), name="deal_external_id"),
            models.CheckConstraint(
                condition=Q(outcome="open", closed_on=None) | (~Q(outcome="open") & Q(closed_on__isnull=False)),
                name="deal_closed_has_a_date",
            ),
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gte=0), name="deal_amount_not_negative"),
            models.CheckConstraint(
                condition=Q(probability_override=None) | Q(probability_override__range=(0, 100)),
                name="deal_probability_percent",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.outcome == Outcome.OPEN

    @property
    def is_won(self) -> bool:
        return self.outcome == Outcome.WON

    @property
    def is_lost(self) -> bool:
        return self.outcome == Outcome.LOST

    @property
    def money(self) -> Money:
        return Money(self.amount or Decimal(0), self.currency_id)

    @property
    def win_probability(self) -> Decimal:
        """Percent. 0 is a value, not "missing"."""
        return self.stage.probability if self.probability_override is None else self.probability_override

    @property
    def category(self) -> str:
        return self.category_override or self.stage.category

    @property
    def weighted(self) -> Money:
        return self.money.times(self.win_probability / 100).rounded()

    @property
    def days_left(self) -> int:
        """How long it can still be restored."""
        return max(0, (self.archived_at + KEPT_FOR - timezone.now()).days) if self.archived_at else KEPT_FOR.days

    @property
    def can_be_restored(self) -> bool:
        return self.archived_at is not None and (self.merged_into_id is None or self.days_left > 0)

    def days_in_stage(self, today: date) -> int:
        return max(0, (today - self.stage_since.date()).days)


class DealLine(models.Model):
    """A product on a deal. `discount` is in percent; `total` is what `pricing.line_total` makes of the rest."""

    deal = models.ForeignKey(Deal, models.CASCADE, related_name="lines")
    product = models.ForeignKey("Product", models.PROTECT, related_name="lines", verbose_name=_("product"))
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3, default=1)
    unit_price = models.DecimalField(_("unit price"), max_digits=18, decimal_places=3)
    discount = models.DecimalField(_("discount"), max_digits=5, decimal_places=2, default=0, validators=PERCENT)
    total = models.DecimalField(_("total"), max_digits=18, decimal_places=3, editable=False)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["product", "deal"], name="dealline_product")]
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="dealline_quantity")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product}"


class DealRole(models.TextChoices):
    DECIDES = "decides", _("Decides")
    CHAMPION = "champion", _("Champion")
    INFLUENCES = "influences", _("Influences")
    USES = "uses", _("Uses")
    BUYS = "buys", _("Buys")
    BLOCKS = "blocks", _("Blocks")


class DealContact(models.Model):
    deal = models.ForeignKey(Deal, models.CASCADE, related_name="people")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="deal_roles")
    role = models.CharField(_("role"), max_length=12, choices=DealRole, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint("deal", "contact", name="dealcontact_once")]

    def __str__(self) -> str:
        return str(self.contact)
