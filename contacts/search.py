"""Finding companies and contacts by what somebody remembers of them, and those that may be there already."""

from collections.abc import Sequence
from functools import reduce
from operator import and_
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity, TrigramWordSimilarity
from django.db.models import Q
from django.db.models.functions import Greatest

from contacts.models import Company, Contact, SharedQuerySet
from crm.folding import Folded, Search, holds, words_of

MOST = 5
ALIKE = 0.5  # of two names' letter triples: “Acme Ltd” and “Acme Limited” are alike, “Acme” and “Ajax” are not
COMPANY = {"named": Folded("name"), "marks": Folded("website", "phone", "external_id")}
CONTACT = {"named": Folded("name"), "marks": Folded("email", "phone", "external_id")}


def with_words(words: Sequence[str], how: Search = holds) -> Q:
    """Of records with COMPANY or CONTACT as aliases: every word is in the name, or in what else tells them apart."""
    return reduce(and_, (how("named", word) | holds("marks", word) for word in words))


def companies_like(companies: SharedQuerySet[Company], text: str) -> Any:
    """Those whose name holds the text but for a slip of the finger, or whose website, phone or external id does."""
    return _like(companies.alias(**COMPANY), text)


def contacts_like(contacts: SharedQuerySet[Contact], text: str) -> Any:
    """Those whose name holds the text but for a slip of the finger, or whose address, phone or external id does."""
    return _like(contacts.alias(**CONTACT), text)


def _like(found: Any, text: str) -> Any:
    asked = " ".join(words_of(text))
    return found.filter(Q(named__trigram_word_similar=asked) | holds("named", asked) | holds("marks", asked))


def closest(found: Any, text: str) -> Any:
    """Of what one of the above found: best matches first."""
    asked = " ".join(words_of(text))
    closeness = Greatest(TrigramWordSimilarity(asked, "named"), TrigramSimilarity("named", asked))
    return found.annotate(closeness=closeness).order_by("-closeness", "name", "pk")


def similar_companies(companies: SharedQuerySet[Company], *, name: str, website: str = "") -> Sequence[Company]:
    """Companies that may be this one: much the same name, or the same web address."""
    same = holds("marks", domain) if (domain := domain_of(website)) else Q(pk__in=[])
    return list(_similar(companies.alias(marks=COMPANY["marks"]), name, same))


def similar_contacts(contacts: SharedQuerySet[Contact], *, name: str, email: str = "") -> Sequence[Contact]:
    """Contacts that may be this person: the same e-mail address, or much the same name."""
    same = Q(email__iexact=email) if email else Q(pk__in=[])
    return list(_similar(contacts, name, same).prefetch_related("positions__company"))


def _similar(records: Any, name: str, same: Q) -> Any:
    asked = " ".join(words_of(name))
    alike = records.alias(named=Folded("name"), likeness=TrigramSimilarity("named", asked))
    found = alike.filter(Q(named__trigram_similar=asked, likeness__gte=ALIKE) | same)
    return found.select_related("owner").order_by("-likeness", "pk")[:MOST]


def domain_of(address: str) -> str:
    """`https://www.acme.example/about` is `acme.example`."""
    return address.partition("://")[2].partition("/")[0].removeprefix("www.") if "://" in address else ""
