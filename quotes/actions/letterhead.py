"""The letterhead: who the seller is on every document from now on. What was sent keeps the one it had."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from contacts.places import countries
from crm import events
from crm.changes import apply, check
from crm.errors import Refused
from crm.models import User
from quotes.colours import contrast
from quotes.logos import logo_from
from quotes.models import Letterhead

FIELDS = [field.name for field in Letterhead._meta.fields if field.name not in {"id", "logo"}]
READABLE = 4.5  # contrast of the accent on white paper, by WCAG 2


@transaction.atomic
def revise_letterhead(*, logo: bytes | None = None, by: User | None, **fields: Any) -> Letterhead:
    """Change the fields named. `logo` is a file's content, or empty to have none any more. Raises Refused."""
    if unknown := fields.keys() - set(FIELDS):
        raise TypeError(f"Not of a letterhead: {', '.join(sorted(unknown))}")
    Letterhead.objects.get_or_create(pk=1)
    letterhead = Letterhead.objects.select_for_update().get(pk=1)
    if logo is not None:
        fields["logo"] = logo_from(logo) if logo else None
    changed = apply(letterhead, fields)
    check(letterhead)
    if letterhead.country and letterhead.country not in countries():
        raise Refused(country=_("There is no country with this code."))
    if contrast(letterhead.accent, "#ffffff") < READABLE:
        raise Refused(accent=_("This colour can hardly be read on white paper. Take a darker one."))
    if changed:
        letterhead.save()
        data = {"name": letterhead.name, "changed": changed}
        events.record([events.event("letterhead.revised", letterhead, by=by, is_public=True, data=data)])
    return letterhead
