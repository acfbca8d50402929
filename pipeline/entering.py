"""What a person typed, made into records: a company by its name, a whole deal from one line."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Length
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from contacts.actions import create_company
from contacts.models import Company, Contact
from crm.access import Reach
from crm.custom.values import is_custom
from crm.errors import Refused
from crm.folding import Folded
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


@transaction.atomic
def quick_add(fields: Mapping[str, Any], reach: Reach, *, by: User) -> Deal:
    """A deal of one's own from a QuickAddForm: its fields first, then what its line says. Raises Refused."""
    said = understand_line(fields["line"])
    title = fields["title"] or said.title
    if not title:
        raise Refused(line=_("Say at least what it is about."))
    named = fields["company"] or said.company
    company = company_or_new(named, reach, by=by) if named else company_named(title, reach, at_start=True)
    currency = fields["currency"] if fields["amount"] is not None else None
    contact = Contact.objects.visible_to(reach).filter(pk=fields["contact"]).first() if fields["contact"] else None
    deal = open_deal(
        title=title,
        owner=by,
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
