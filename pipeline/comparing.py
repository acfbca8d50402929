"""Two deals side by side, before they are merged."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from crm.access import Reach
from crm.custom.words import shown_of
from crm.templatetags.penstock import day, money, plain_percent
from pipeline.actions import MERGEABLE
from pipeline.models import Category, Deal

SHOWN = 8


class Fact(NamedTuple):
    """A fact of both; `differs` if one has to be chosen."""

    name: str
    label: str
    ours: str
    theirs: str

    @property
    def differs(self) -> bool:
        return self.ours != self.theirs


def candidates(deal: Deal, reach: Reach, text: str) -> QuerySet[Deal]:
    """Deals that may be the same sale and that the person may change: those of the company first, newest first."""
    others = Deal.objects.editable_by(reach).live().exclude(pk=deal.pk).select_related("company", "stage", "owner")
    for word in text.split():
        others = others.filter(Q(title__icontains=word) | Q(company__name__icontains=word))
    same = Q(company_id=deal.company_id) if deal.company_id else Q(pk=None)
    return others.annotate(is_near=same).order_by(F("is_near").desc(), "-pk")


def compared(ours: Deal, theirs: Deal) -> list[Fact]:
    """Facts that both have: what only one of them has is kept in any case."""
    mine, others = _shown(ours), _shown(theirs)
    return [Fact(name, label, value, others[name][1]) for name, (label, value) in mine.items() if name in others]


def value_of(deal: Deal, names: Iterable[str]) -> str:
    """The first of these facts as a page shows it."""
    shown = _shown(deal)
    return next((shown[name][1] for name in names if name in shown), "–")


def _shown(deal: Deal) -> dict[str, tuple[str, str]]:
    by_stage = _("as the stage")
    chance, category = deal.probability_override, deal.category_override
    shown = {
        "title": (_("Title"), deal.title),
        "company": (_("Company"), deal.company.name if deal.company else "–"),
        "source": (_("Source"), deal.source.name if deal.source else "–"),
        "amount": (_("Amount"), _amount(deal)),
        "expected_close_on": (_("Expected close"), day(deal.expected_close_on, "yMMMd") or "–"),
        "probability_override": (_("Win probability"), by_stage if chance is None else f"{plain_percent(chance)} %"),
        "category_override": (_("Forecast category"), str(Category(category).label) if category else by_stage),
        "owner": (_("Owner"), deal.owner.name),
    }
    custom = shown_of("deal", deal.custom)
    return {name: shown[name] for name in MERGEABLE} | {
        each.field.name: (each.field.label, each.text) for each in custom if each.has_value
    }


def _amount(deal: Deal) -> str:
    if deal.amount is None:
        return "–"
    text = money(deal.amount, deal.currency_id)
    return _("%(amount)s from lines") % {"amount": text} if deal.amount_from_lines else text
