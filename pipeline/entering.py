"""What a person typed, made into records: a company by its name, a whole deal from one line."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Length
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from contacts.actions import create_company
from contacts.models import Company, Contact, Source
from contacts.search import COMPANY, with_words
from crm.access import Reach, people_in
from crm.custom.values import is_custom
from crm.errors import Refused
from crm.folding import Folded, nears, words_of
from crm.matching import flat, slips
from crm.models import Currency, User, Workspace
from pipeline.actions import open_deal
from pipeline.activities import plan_activity
from pipeline.models import Deal
from pipeline.quickadd import Understood, understand


def understand_line(line: str) -> Understood:
    """In the language of the moment, with the currencies in use."""
    codes = frozenset(Currency.objects.filter(is_active=True).values_list("code", flat=True))
    return understand(line, today=Workspace.current().today, codes=codes, language=get_language() or "en")


def company_named(name: str, reach: Reach, *, at_start: bool = False) -> Company | None:
    """The company of that name, whatever its accents; with `at_start` the longest name that the text begins with."""
    companies = Company.objects.visible_to(reach).alias(named=Folded("name"))
    words = name.split()
    names = [" ".join(words[:count]) for count in range(1 if at_start else len(words), len(words) + 1)]
    return (
        companies.filter(named__in=[Folded(Value(each)) for each in names])
        .order_by(Length("name").desc(), "pk")
        .first()
    )


def company_or_new(name: str, reach: Reach, *, by: User) -> Company | None:
    """An empty name is no company; an unknown one is added."""
    if not (name := name.strip()):
        return None
    return company_named(name, reach) or create_company(name=name, owner=by, by=by, is_complete=False)


def companies_meant(text: str, reach: Reach) -> list[str]:
    """Names of companies that a name may mean which none has: “Acme Lt” or “Acmee” is Acme Ltd."""
    words = words_of(text)
    if sum(map(len, words)) < 3:
        return []
    companies = Company.objects.visible_to(reach).alias(**COMPANY)
    found = companies.filter(with_words(words, nears)).order_by("-pk").values_list("name", flat=True)[:60]
    close = [(wrong, name) for name in found if (wrong := slips(words, name)) is not None]
    return [name for _wrong, name in sorted(close)[:3]]


def _one_named(text: str, records: Iterable[Any]) -> Any:
    """The one of the records whose name, or a word of it, begins so. Raises Refused."""
    asked = flat(text)
    names = [(each, flat(each.name)) for each in records]
    same = [each for each, name in names if name.replace(" ", "-") == asked]
    begun = [
        each for each, name in names if any(part.startswith(asked) for part in (name.replace(" ", "-"), *name.split()))
    ]
    if len(found := same or begun) == 1:
        return found[0]
    if not found:
        raise Refused(line=_("Nothing here is called “%(name)s”.") % {"name": text})
    several = ", ".join(each.name for each in found[:3])
    raise Refused(line=_("“%(name)s” could be %(several)s: write more of it.") % {"name": text, "several": several})


def owner_named(text: str, reach: Reach, *, by: User) -> User:
    """Whom “@ana” means, among those whose deals one may write. Raises Refused."""
    person: User = _one_named(text, people_in(reach, writing=True)) if text else by
    return person


def source_named(text: str) -> Source | None:
    """What “#referral” means. Raises Refused."""
    return _one_named(text, Source.objects.filter(is_active=True)) if text else None


@transaction.atomic
def quick_add(fields: Mapping[str, Any], reach: Reach, *, by: User) -> Deal:
    """A deal of one's own from a QuickAddForm: its fields first, then what its line says. Raises Refused."""
    said = understand_line(fields["line"])
    title = fields["title"] or said.title
    if not title:
        raise Refused(line=_("Say at least what it is about."))
    named = fields["company"] or fields["guess"] or said.company
    company = company_or_new(named, reach, by=by) if named else company_named(title, reach, at_start=True)
    currency = fields["currency"] if fields["amount"] is not None else None
    contact = Contact.objects.visible_to(reach).filter(pk=fields["contact"]).first() if fields["contact"] else None
    deal = open_deal(
        title=title,
        owner=owner_named(said.owner, reach, by=by),
        source=source_named(said.source),
        stage=fields["stage"],
        company=company,
        amount=said.amount if fields["amount"] is None else fields["amount"],
        currency_id=(currency and currency.pk) or said.currency or Workspace.current().currency_id,
        expected_close_on=fields["expected_close_on"] or said.closes_on,
        people=[(contact, "")] if contact else [],
        by=by,
        **{name: value for name, value in fields.items() if is_custom(name)},
    )
    if due_on := fields["next_on"] or said.next_on:
        subject = fields["next_step"] or said.next_step or _("Follow up")
        plan_activity(deal, subject=subject, due_on=due_on, by=by)
        deal.refresh_from_db()
    return deal
