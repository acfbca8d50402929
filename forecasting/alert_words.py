"""What the forecast's alerts say, in the reader's language, and where they lead."""

from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.alerts import Kind, Said
from crm.calendar import fiscal_calendar
from crm.periods import BadPeriod
from crm.templatetags.penstock import day, money
from forecasting.models import Measure
from forecasting.wording import period_label


def _money(text: str | None, currency: str) -> str:
    return _("no amount") if text is None else money(Decimal(text), currency)


def _period(key: str) -> str:
    try:
        return period_label(fiscal_calendar().parse(key))
    except BadPeriod:
        return key


def _table(facts: dict[str, Any]) -> str:
    query = {"period": facts["period"]}
    kind, _dash, pk = facts.get("line", "").partition("-")
    if pk:
        query["owner" if kind == "person" else "team"] = pk
    return f"{reverse('forecasting:forecast')}?{urlencode(query)}"


def _gap(facts: dict[str, Any]) -> Said:
    words = {"name": facts["name"], "period": _period(facts["period"])}
    words |= {name: _money(facts[name], facts["currency"]) for name in ("missing", "was")}
    title = _("%(name)s: the gap of %(period)s widens") % words
    text = _("%(missing)s short of the quota with all that is weighted; a week ago %(was)s.") % words
    return Said(title, text, _table(facts))


def _quota(facts: dict[str, Any]) -> Said:
    count = facts["count"]
    words = {"count": count, "period": _period(facts["period"]), "names": ", ".join(facts["names"])}
    text = "%(count)d person has no quota for %(period)s"
    title = ngettext(text, "%(count)d people have no quota for %(period)s", count) % words
    names = words["names"] if count <= len(facts["names"]) else _("%(names)s and others") % words
    return Said(title, f"{names}.", f"{reverse('forecasting:quotas')}?{urlencode({'period': facts['period']})}")


def _drift(facts: dict[str, Any]) -> Said:
    words = {name: _money(facts[name], facts["currency"]) for name in ("was", "now")}
    words |= {"name": facts["name"], "measure": str(Measure(facts["measure"]).label)}
    title = _("%(name)s: what was adjusted has changed") % words
    text = _("%(measure)s was adjusted over %(was)s; the deals now come to %(now)s.") % words
    return Said(title, text, _table(facts))


def _deal(facts: dict[str, Any]) -> tuple[dict[str, str], str]:
    words = {"title": facts["title"], "amount": _money(facts["amount"], facts["currency"])}
    return words, reverse("pipeline:deal", args=[facts["deal"]])


def _slipped(facts: dict[str, Any]) -> Said:
    words, url = _deal(facts)
    words["day"] = day(date.fromisoformat(facts["on"]), "yMMMd")
    text = _("%(amount)s, expected to close on %(day)s and still open.") % words
    return Said(_("“%(title)s” has slipped") % words, text, url)


def _stalled(facts: dict[str, Any]) -> Said:
    words, url = _deal(facts)
    days = facts["days"]
    text = ngettext(
        "%(amount)s, %(days)d day in its stage, untouched and nothing planned.",
        "%(amount)s, %(days)d days in its stage, untouched and nothing planned.",
        days,
    )
    return Said(_("“%(title)s” is stalled") % words, text % {**words, "days": days}, url)


KINDS = {
    "gap": Kind(gettext_lazy("The gap widens"), "trending-down", _gap),
    "quota": Kind(gettext_lazy("A quota is missing"), "target", _quota),
    "drift": Kind(gettext_lazy("An adjustment drifts"), "arrow-left-right", _drift),
    "slipped": Kind(gettext_lazy("A deal has slipped"), "calendar-clock", _slipped),
    "stalled": Kind(gettext_lazy("A big deal is stalled"), "hourglass", _stalled),
}
