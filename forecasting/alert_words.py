"""What an alert says, in the reader's language, and where it leads."""

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.calendar import fiscal_calendar
from crm.periods import BadPeriod
from crm.templatetags.penstock import day, money
from forecasting.models import Alert, AlertKind, Measure
from forecasting.wording import period_label

ICONS = {"gap": "trending-down", "quota": "target", "drift": "arrow-left-right", "slipped": "calendar-clock"}


class Told(NamedTuple):
    alert: Alert
    title: str
    text: str
    url: str
    icon: str


def told(alert: Alert) -> Told:
    title, text, url = SAYING[AlertKind(alert.kind)](alert.facts)
    return Told(alert, title, text, url, ICONS.get(alert.kind, "hourglass"))


Said = tuple[str, str, str]


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
    return (
        title,
        _("%(missing)s short of the quota with all that is weighted; a week ago %(was)s.") % words,
        _table(facts),
    )


def _quota(facts: dict[str, Any]) -> Said:
    count = facts["count"]
    words = {"count": count, "period": _period(facts["period"]), "names": ", ".join(facts["names"])}
    text = "%(count)d person has no quota for %(period)s"
    title = ngettext(text, "%(count)d people have no quota for %(period)s", count) % words
    names = words["names"] if count <= len(facts["names"]) else _("%(names)s and others") % words
    return title, f"{names}.", f"{reverse('forecasting:quotas')}?{urlencode({'period': facts['period']})}"


def _drift(facts: dict[str, Any]) -> Said:
    words = {name: _money(facts[name], facts["currency"]) for name in ("was", "now")}
    words |= {"name": facts["name"], "measure": str(Measure(facts["measure"]).label)}
    title = _("%(name)s: what was adjusted has changed") % words
    text = _("%(measure)s was adjusted over %(was)s; the deals now come to %(now)s.") % words
    return title, text, _table(facts)


def _deal(facts: dict[str, Any]) -> tuple[dict[str, str], str]:
    words = {"title": facts["title"], "amount": _money(facts["amount"], facts["currency"])}
    return words, reverse("pipeline:deal", args=[facts["deal"]])


def _slipped(facts: dict[str, Any]) -> Said:
    words, url = _deal(facts)
    words["day"] = day(date.fromisoformat(facts["on"]), "yMMMd")
    return (
        _("“%(title)s” has slipped") % words,
        _("%(amount)s, expected to close on %(day)s and still open.") % words,
        url,
    )


def _stalled(facts: dict[str, Any]) -> Said:
    words, url = _deal(facts)
    days = facts["days"]
    text = ngettext(
        "%(amount)s, %(days)d day in its stage, untouched and nothing planned.",
        "%(amount)s, %(days)d days in its stage, untouched and nothing planned.",
        days,
    )
    return _("“%(title)s” is stalled") % words, text % {**words, "days": days}, url


SAYING = {
    AlertKind.GAP: _gap,
    AlertKind.QUOTA: _quota,
    AlertKind.DRIFT: _drift,
    AlertKind.SLIPPED: _slipped,
    AlertKind.STALLED: _stalled,
}
