"""Finding companies and contacts by what somebody remembers of their name, and those that may be there already."""

from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity, TrigramWordSimilarity
from django.db.models import Q
from django.db.models.functions import Greatest, Lower

from contacts.models import Company, Contact, SharedQuerySet

MOST = 5
ALIKE = 0.5  # of two names' letter triples: “Acme Ltd” and “Acme Limited” are alike, “Acme” and “Ajax” are not


def companies_like(companies: SharedQuerySet[Company], text: str) -> Any:
    """Those whose name holds the text, or a word of it but for a slip of the finger; of a text with a dot, the website.

    Names have an index for it, websites have none: looking there too for every word would read every company.
    """
    low = text.lower()
    like = Q(low__contains=low) | Q(low__trigram_word_similar=low)
    if "." in text:
        like |= Q(website__icontains=text)
    return companies.alias(low=Lower("name")).filter(like)


def contacts_like(contacts: SharedQuerySet[Contact], text: str) -> Any:
    """Those whose name or e-mail address holds the text, or a word of the name but for a slip of the finger."""
    low = text.lower()
    named = Q(low__contains=low) | Q(low__trigram_word_similar=low)
    return contacts.alias(low=Lower("name")).filter(named | Q(email__icontains=text))


def closest(found: Any, text: str) -> Any:
    """Of what one of the above found: best matches first."""
    closeness = Greatest(TrigramWordSimilarity(text.lower(), "low"), TrigramSimilarity("low", text.lower()))
    return found.annotate(closeness=closeness).order_by("-closeness", "name", "pk")


def similar_companies(companies: SharedQuerySet[Company], *, name: str, website: str = "") -> Sequence[Company]:
    """Companies that may be this one: much the same name, or the same web address."""
    low = name.lower()
    alike = companies.alias(low=Lower("name"), likeness=TrigramSimilarity("low", low))
    same = Q(low__trigram_similar=low, likeness__gte=ALIKE)
    if domain := domain_of(website):
        same |= Q(website__icontains=domain)
    return list(alike.filter(same).select_related("owner").order_by("-likeness", "pk")[:MOST])


def similar_contacts(contacts: SharedQuerySet[Contact], *, name: str, email: str = "") -> Sequence[Contact]:
    """Contacts that may be this person: the same e-mail address, or much the same name."""
    low = name.lower()
    alike = contacts.alias(low=Lower("name"), likeness=TrigramSimilarity("low", low))
    same = Q(low__trigram_similar=low, likeness__gte=ALIKE)
    if email:
        same |= Q(email__iexact=email)
    found = alike.filter(same).select_related("owner").prefetch_related("positions__company")
    return list(found.order_by("-likeness", "pk")[:MOST])


def domain_of(address: str) -> str:
    """`https://www.acme.example/about` is `acme.example`."""
    return address.partition("://")[2].partition("/")[0].removeprefix("www.") if "://" in address else ""
