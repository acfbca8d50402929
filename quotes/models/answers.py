"""What a customer is given to answer a quote, and what they answered."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models import Currency

from .quotes import Quote


class QuoteLink(models.Model):
    """The way to a quote without signing in. Its token is made of `seed` and the server's key: neither is enough.

    `digest` is what the token is found by; so whoever reads the table cannot open a link.
    """

    quote = models.ForeignKey(Quote, models.CASCADE, related_name="links", verbose_name=_("quote"))
    seed = models.CharField(max_length=32, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    expires_on = models.DateField(_("works until"))
    made_by = models.ForeignKey("crm.User", models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)
    revoked_by = models.ForeignKey("crm.User", models.PROTECT, null=True, related_name="+", editable=False)
    views = models.PositiveIntegerField(default=0, editable=False)
    viewed_at = models.DateTimeField(null=True, editable=False)  # last

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint("quote", condition=Q(revoked_at=None), name="quotelink_one_live")]

    def __str__(self) -> str:
        return f"{self.quote} → {self.expires_on}"

    def works(self, today: date) -> bool:
        return self.revoked_at is None and today <= self.expires_on


class Acceptance(models.Model):
    """Who accepted what, when and from where: proof, so the database itself refuses to change it.

    `before` is what taking it back restores: {"chosen": [line ids], "followed": id of the quote that the deal followed,
    "set_aside": {quote id: its status}, "won": version of the deal that it won, "task": id of the activity to win it}.
    """

    quote = models.ForeignKey(Quote, models.PROTECT, related_name="acceptances", verbose_name=_("quote"))
    link = models.ForeignKey(QuoteLink, models.PROTECT, null=True, related_name="+")  # null: by hand
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail"), blank=True)
    accepted_at = models.DateTimeField(default=timezone.now)
    ip = models.GenericIPAddressField(_("address"), null=True)
    user_agent = models.CharField(max_length=300, blank=True)
    document_sha256 = models.CharField(max_length=64, blank=True)  # of the PDF that was accepted
    chosen = models.JSONField(default=list)  # numbers of the optional lines that the customer wants
    total = models.DecimalField(_("total"), max_digits=18, decimal_places=3)
    currency = models.ForeignKey(Currency, models.PROTECT, related_name="+")
    by = models.ForeignKey("crm.User", models.PROTECT, null=True, related_name="+")  # who entered it by hand
    note = models.CharField(_("note"), max_length=500, blank=True)
    paper = models.CharField(_("signed paper"), max_length=120, blank=True)  # a file's name and SHA-256
    paper_sha256 = models.CharField(max_length=64, blank=True)
    before = models.JSONField(default=dict, editable=False)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.quote}: {self.name}"


class Retraction(models.Model):
    """That an acceptance was a mistake: by whom it was taken back, when and why. Kept like what it is about."""

    acceptance = models.OneToOneField(Acceptance, models.PROTECT, related_name="retraction")
    reason = models.CharField(_("reason"), max_length=500)
    by = models.ForeignKey("crm.User", models.PROTECT, related_name="+", verbose_name=_("by"))
    retracted_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.acceptance}: {self.reason}"


class RemarkKind(models.TextChoices):
    QUESTION = "question", _("Question")
    DECLINED = "declined", _("Declined")


class Remark(models.Model):
    """What a customer wrote about a quote: a question, or why it was declined. As they wrote it, for good."""

    quote = models.ForeignKey(Quote, models.PROTECT, related_name="remarks", verbose_name=_("quote"))
    link = models.ForeignKey(QuoteLink, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(_("kind"), max_length=8, choices=RemarkKind)
    name = models.CharField(_("name"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    text = models.TextField(_("text"), blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    ip = models.GenericIPAddressField(_("address"), null=True)
    user_agent = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey("crm.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.quote}: {self.kind}"
