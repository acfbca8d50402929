"""What is owed to the customer once a deal is won: a checklist, made of templates; and the follow-ups after it."""

from typing import Self

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.access import Reach
from pipeline.models import Activity, ActivityKind, Deal, Pipeline, Product

LONGEST = MaxValueValidator(3650)  # days


class DeliveryTemplate(models.Model):
    """Applies to every won deal of its pipeline that sells its product; where it names none, to all of them."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    pipeline = models.ForeignKey(
        Pipeline, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("pipeline")
    )
    product = models.ForeignKey(
        Product, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("product")
    )
    is_active = models.BooleanField(_("in use"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Place(models.TextChoices):
    STEP = "step", _("Checklist, days after the win")
    AFTER_WIN = "win", _("Follow-up, days after the win")
    AFTER_DELIVERY = "delivery", _("Follow-up, days after the delivery")


class Assignee(models.TextChoices):
    OWNER = "owner", _("The deal’s owner")
    MANAGER = "manager", _("The owner’s manager")
    PERSON = "person", _("A person")


class TemplateStep(models.Model):
    template = models.ForeignKey(DeliveryTemplate, models.CASCADE, related_name="steps")
    position = models.PositiveIntegerField(default=0)
    title = models.CharField(_("title"), max_length=200)
    place = models.CharField(_("what it is"), max_length=8, choices=Place, default=Place.STEP)
    kind = models.CharField(_("kind"), max_length=8, choices=ActivityKind, default=ActivityKind.TASK)
    days = models.PositiveSmallIntegerField(_("after days"), default=0, validators=[LONGEST])
    assignee = models.CharField(_("by"), max_length=7, choices=Assignee, default=Assignee.OWNER)
    person = models.ForeignKey(
        "crm.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("person")
    )

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(assignee="person") | Q(person__isnull=False), name="templatestep_names_its_person"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """A delivery is seen and changed by whom its deal is."""

    def visible_to(self, reach: Reach) -> Self:
        return self.filter(deal__in=Deal.objects.visible_to(reach).live())

    def editable_by(self, reach: Reach) -> Self:
        return self.filter(deal__in=Deal.objects.editable_by(reach).live())


class Delivery(models.Model):
    """Of a won deal. It ends with its last step, and stops when the deal is open again."""

    deal = models.OneToOneField(Deal, models.CASCADE, related_name="delivery", verbose_name=_("deal"))
    won_on = models.DateField(_("won"))
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(_("delivered"), null=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(stopped_at=None), name="delivery_finished_or_stopped"
            ),
        ]

    def __str__(self) -> str:
        return str(self.deal)

    @property
    def is_running(self) -> bool:
        return self.finished_at is None and self.stopped_at is None


class DeliveryStep(models.Model):
    """One activity of a delivery: a step of its checklist, or a follow-up. Without its activity, it was dropped."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="steps")
    template_step = models.ForeignKey(TemplateStep, models.SET_NULL, null=True, related_name="+")
    activity = models.OneToOneField(Activity, models.SET_NULL, null=True, related_name="delivery_step")
    counted_on = models.DateField(null=True, editable=False)  # the day that was counted for it from the win

    class Meta:
        ordering = [F("activity__due_on").asc(nulls_last=True), "id"]
        constraints = [
            models.UniqueConstraint("delivery", "template_step", name="deliverystep_once"),
        ]

    def __str__(self) -> str:
        return str(self.activity)
