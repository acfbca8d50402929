"""Search across deals, companies and contacts, tolerant of typos, through Reach."""

from typing import Any, NamedTuple

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext as _

from contacts.models import Company, Contact
from crm.access import Reach
from pipeline.models import Deal

EACH = 8  # results of a kind


class Hit(NamedTuple):
    kind: str  # deal, company, contact
    url: str
    title: str
    detail: str


class Group(NamedTuple):
    label: str
    icon: str
    hits: list[Hit]


def search(reach: Reach, text: str) -> list[Group]:
    """What the reach may read and `text` could mean: contained in the name, or close to a part of it."""
    text = " ".join(text.lower().split())
    if len(text) < 2:
        return []
    deals = _like(Deal.objects.visible_to(reach).live().select_related("company", "stage"), "title", text)
    companies = _like(Company.objects.visible_to(reach), "name", text)
    contacts = _like(Contact.objects.visible_to(reach).prefetch_related("positions__company"), "name", text)
    groups = [
        Group(
            _("Deals"),
            "square-kanban",
            [Hit("deal", reverse("pipeline:deal", args=[deal.pk]), deal.title, _about_deal(deal)) for deal in deals],
        ),
        Group(
            _("Companies"),
            "building-2",
            [
                Hit("company", reverse("contacts:company", args=[company.pk]), company.name, company.sector)
                for company in companies
            ],
        ),
        Group(
            _("Contacts"),
            "users",
            [
                Hit("contact", reverse("contacts:contact", args=[contact.pk]), contact.name, _about_contact(contact))
                for contact in contacts
            ],
        ),
    ]
    return [group for group in groups if group.hits]


def _like(rows: QuerySet[Any], column: str, text: str) -> list[Any]:
    """Rows whose lower-case column contains the text, then those that have a part similar to it; open deals first."""
    order = [F("closed_on").desc(nulls_first=True), column, "pk"] if rows.model is Deal else [column, "pk"]
    lowered = rows.annotate(lowered=Lower(column))
    exact = list(lowered.filter(lowered__contains=text).order_by(*order)[:EACH])
    if len(exact) == EACH:
        return exact
    similar = lowered.filter(Q(lowered__trigram_word_similar=text)).exclude(pk__in=[row.pk for row in exact])
    return [*exact, *similar.order_by(*order)[: EACH - len(exact)]]


def _about_deal(deal: Deal) -> str:
    return " · ".join(str(part) for part in (deal.company, deal.stage) if part)


def _about_contact(contact: Contact) -> str:
    position = next(iter(contact.positions.all()), None)
    return " · ".join(part for part in (position.title, position.company.name) if part) if position else contact.email
