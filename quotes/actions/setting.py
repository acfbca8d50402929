"""How this company makes quotes and invoices, and how their numbers are written."""

import re
from collections.abc import Mapping
from string import Formatter
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm import events
from crm.changes import apply, check
from crm.errors import Refused
from crm.models import User, Workspace
from quotes.models import QuoteSettings, Series, SeriesKind
from quotes.numbering import pattern_of, written


@transaction.atomic
def revise_quote_settings(
    *, patterns: Mapping[SeriesKind, str] | None = None, by: User | None, **fields: Any
) -> QuoteSettings:
    """From now on: quotes that exist keep what they were made with, and numbers that were given stay."""
    QuoteSettings.objects.get_or_create(pk=1)
    settings = QuoteSettings.objects.select_for_update().get(pk=1)
    known = {field.name for field in QuoteSettings._meta.concrete_fields} - {"id"}
    if unknown := fields.keys() - known:
        raise Refused(**dict.fromkeys(unknown, _("This cannot be changed here.")))
    changed = apply(settings, fields)
    check(settings)
    for kind, pattern in (patterns or {}).items():
        changed |= _rewrite(kind, pattern.strip())
    if changed:
        settings.save()
        events.record(
            [events.event("quotesettings.revised", settings, by=by, is_public=True, data={"changed": changed})]
        )
    return settings


def _rewrite(kind: SeriesKind, pattern: str) -> dict[str, list[Any]]:
    year = Workspace.current().today.year
    if (before := pattern_of(kind, year)) == pattern:
        return {}
    if not _numbers(pattern):
        text = _("It needs {year} and {number}, like Q-{year}-{number:04}, and at most 40 characters in all.")
        raise Refused(**{f"{kind}_pattern": text})
    Series.objects.update_or_create(
        kind=kind, year=year, defaults={"pattern": pattern}, create_defaults={"pattern": pattern, "last": 0}
    )
    return {f"{kind}_pattern": [before, pattern]}


def _numbers(pattern: str) -> bool:
    """Whether every year and number is written in its own way. Nothing else is asked of the two than to be written."""
    try:
        parts = [(name, spec, conversion) for _text, name, spec, conversion in Formatter().parse(pattern)]
    except ValueError:
        return False
    named = [(name, spec, conversion) for name, spec, conversion in parts if name is not None]
    if {name for name, _spec, _conversion in named} != {"year", "number"}:
        return False
    if any(conversion or not re.fullmatch(r"(0\d)?", spec or "") for _name, spec, conversion in named):
        return False
    return len(written(pattern, 9999, 99_999_999)) <= 40
