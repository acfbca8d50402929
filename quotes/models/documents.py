"""What goes out: the letterhead, the files made of quotes and invoices, and the mails that carry them."""

from pathlib import Path
from typing import Self

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models import Workspace
from pipeline.models import Deal
from pipeline.models.files import place_of_its_own

from .quotes import Quote


class Paper(models.TextChoices):
    A4 = "a4", _("A4")
    LETTER = "us-letter", _("US Letter")


class Logo(models.Model):
    """A logo as it was put on the letterhead: documents made with it find it again. Never changed."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    content_type = models.CharField(max_length=20)  # image/png, image/jpeg, image/svg+xml
    content = models.BinaryField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.sha256


class Letterhead(models.Model):
    """The seller as documents show them, and as machine-readable invoices name them. One row."""

    name = models.CharField(_("name"), max_length=160, blank=True)  # the workspace's own if empty
    street = models.CharField(_("street"), max_length=160, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)  # ISO 3166 alpha-2
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=60, blank=True)
    website = models.CharField(_("website"), max_length=120, blank=True)
    tax_id = models.CharField(_("tax id"), max_length=40, blank=True)  # a VAT number
    tax_number = models.CharField(_("tax number"), max_length=40, blank=True)  # of the local tax office
    register = models.CharField(_("entry in the register"), max_length=120, blank=True)
    bank = models.CharField(_("bank"), max_length=120, blank=True)
    iban = models.CharField(_("IBAN or account"), max_length=42, blank=True)
    bic = models.CharField(_("BIC"), max_length=11, blank=True)
    legal = models.TextField(_("legal lines"), max_length=600, blank=True)  # managing directors, seat, court
    footer = models.CharField(_("footer"), max_length=200, blank=True)
    accent = models.CharField(
        _("accent colour"), max_length=7, default="#1d4ed8",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Six hexadecimal digits after a #, like #1d4ed8."))],
    )  # fmt: skip
    paper = models.CharField(_("paper"), max_length=9, choices=Paper, default=Paper.A4)
    logo = models.ForeignKey(
        Logo, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("logo"), editable=False
    )

    class Meta:
        verbose_name_plural = "letterhead"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="letterhead_is_one_row")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def current(cls) -> "Letterhead":
        """With the workspace's name if it has none of its own."""
        found = cls.objects.filter(pk=1).first() or cls(pk=1)
        found.name = found.name or Workspace.current().name
        return found


class DocumentKind(models.TextChoices):
    QUOTE = "quote", _("Quote")
    INVOICE = "invoice", _("Invoice")
    CREDIT = "credit", _("Credit note")
    REMINDER = "reminder", _("Reminder")


class DocumentQuerySet(models.QuerySet["Document"]):
    def unmade(self) -> Self:
        return self.filter(sha256="")


class Document(models.Model):
    """A PDF: `data` is all that it says and never changes. Its file, below settings.FILES, is set once, after that."""

    kind = models.CharField(_("kind"), max_length=8, choices=DocumentKind)
    name = models.CharField(_("name"), max_length=120)  # of the file
    language = models.CharField(_("language"), max_length=10)
    data = models.JSONField(editable=False)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)  # of the file; none until there is one
    size = models.PositiveIntegerField(_("size"), default=0, editable=False)
    place = models.CharField(max_length=60, unique=True, default=place_of_its_own, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["id"], condition=models.Q(sha256=""), name="document_unmade")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_made(self) -> bool:
        return bool(self.sha256)

    @property
    def path(self) -> Path:
        return Path(settings.FILES) / self.place


class SendingState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    TAKEN = "taken", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")


class Sending(models.Model):
    """A mail on its way out. `key` is what it is sent for: a second one with the same key is never made."""

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=DocumentKind)
    deal = models.ForeignKey(Deal, models.CASCADE, related_name="sendings", verbose_name=_("deal"))
    quote = models.ForeignKey(Quote, models.CASCADE, null=True, blank=True, related_name="sendings")
    to = models.JSONField(_("to"), default=list)
    cc = models.JSONField(_("copy to"), default=list)
    reply_to = models.EmailField(_("replies to"), blank=True)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("message"))
    language = models.CharField(_("language"), max_length=10, default="en")
    documents = models.ManyToManyField(Document, related_name="sendings", blank=True)
    state = models.CharField(_("state"), max_length=7, choices=SendingState, default=SendingState.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(default=timezone.now)  # not tried before
    taken_at = models.DateTimeField(null=True, editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    problem = models.CharField(_("problem"), max_length=400, blank=True)
    by = models.ForeignKey("crm.User", models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state__in=["waiting", "taken"]), name="sending_due"),
            models.Index(fields=["deal", "-id"], name="sending_of_deal"),
        ]

    def __str__(self) -> str:
        return self.subject
