"""Fields that a company adds to its deals, companies and contacts."""

from datetime import datetime
from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

PREFIX = "custom."  # a record's custom field is named so wherever fields are: history, forms, imports, errors
KEY = r"[a-z][a-z0-9_]{0,39}"


class CustomNoun(models.TextChoices):
    DEAL = "deal", _("Deals")
    COMPANY = "company", _("Companies")
    CONTACT = "contact", _("Contacts")


class CustomKind(models.TextChoices):
    TEXT = "text", _("Text")
    NUMBER = "number", _("Number")
    MONEY = "money", _("Money")
    DATE = "date", _("Date")
    CHOICE = "choice", _("Choice")
    CHOICES = "choices", _("Several choices")
    PERSON = "person", _("Person")
    LINK = "link", _("Link")
    YES_NO = "yes_no", _("Yes or no")


class CustomField(models.Model):
    """`key` names it for ever: in the JSON of the records, in addresses, in files, in the API.

    `choices` are `{"key", "label", "retired"}` in order; a retired one stays where it is and cannot be chosen anew.
    """

    noun = models.CharField(_("of"), max_length=8, choices=CustomNoun)
    key = models.CharField(
        _("key"),
        max_length=40,
        validators=[RegexValidator(rf"\A{KEY}\Z", _("Small letters, digits and _, a letter first."))],
    )
    label = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=8, choices=CustomKind)
    choices: models.JSONField = models.JSONField(_("choices"), default=list, blank=True)
    help_text = models.CharField(_("help"), max_length=200, blank=True)
    is_required = models.BooleanField(_("required"), default=False)
    on_card = models.BooleanField(_("on the card"), default=False)
    in_list = models.BooleanField(_("in the list"), default=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    archived_at = models.DateTimeField(_("archived"), null=True, editable=False)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("custom field")
        constraints = [models.UniqueConstraint("noun", "key", name="customfield_key_once")]

    def __str__(self) -> str:
        return self.label

    @property
    def name(self) -> str:
        return f"{PREFIX}{self.key}"

    @property
    def parameter(self) -> str:
        """In addresses: `?cf_region=emea`."""
        return f"cf_{self.key}"

    @property
    def is_figure(self) -> bool:
        """Right-aligned where it stands in a column."""
        return self.kind in {CustomKind.NUMBER, CustomKind.MONEY}

    @property
    def labels(self) -> dict[str, str]:
        """Of the choices, by key."""
        return {choice["key"]: choice["label"] for choice in self.choices}

    @property
    def offered(self) -> dict[str, str]:
        """The choices that can be chosen anew."""
        return {choice["key"]: choice["label"] for choice in self.choices if not choice["retired"]}


_known: tuple[datetime | None, dict[str, list[CustomField]]] = (None, {})


def custom_fields(noun: str, *, archived: bool = False) -> list[CustomField]:
    """In order; to look at, not to change. Read anew when the workspace says that one was changed."""
    global _known
    from .workspace import Workspace

    stamp = Workspace.current().custom_fields_at
    if _known[0] != stamp:
        fields = list(CustomField.objects.all())
        _known = stamp, {noun: [each for each in fields if each.noun == noun] for noun in CustomNoun.values}
    return [field for field in _known[1][noun] if archived or field.archived_at is None]


def custom_field(noun: str, key: str) -> CustomField | None:
    """Archived or not."""
    return next((field for field in custom_fields(noun, archived=True) if field.key == key), None)


def flat(values: dict[str, Any]) -> dict[str, Any]:
    """A record's `custom`, each value under its field's name."""
    return {f"{PREFIX}{key}": value for key, value in values.items()}


def unflat(fields: dict[str, Any]) -> dict[str, Any]:
    """Of fields by name the custom ones, by key."""
    return {name.removeprefix(PREFIX): value for name, value in fields.items() if name.startswith(PREFIX)}
