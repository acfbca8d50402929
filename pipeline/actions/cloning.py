"""Clone a deal: a new sale that begins with what another one has."""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm.models import User, custom_fields
from pipeline.actions.opening import open_deal
from pipeline.actions.rules import Line
from pipeline.activities import plan_activity
from pipeline.ledger import writing
from pipeline.models import Deal, DealChange, Outcome, Stage

PARTS = ("lines", "contacts", "custom_fields", "next_step")
FACTS = ("company_id", "source_id", "amount", "currency_id")


@transaction.atomic
def clone_deal(
    deal: Deal, *, title: str = "", stage: Stage | None = None, parts: Collection[str] = PARTS, by: User
) -> Deal:
    """A new deal of the same owner with the same facts, in `stage` (default: the first of its pipeline).

    `parts` come along too. Judgements about the other sale (probability, category, outcome) do not, nor does a close
    date that has passed. Raises Refused and NeedsFields as open_deal does.
    """
    with writing() as ledger:
        facts: dict[str, Any] = {name: getattr(deal, name) for name in FACTS}
        if deal.expected_close_on and deal.expected_close_on >= ledger.workspace.today:
            facts["expected_close_on"] = deal.expected_close_on
        if "custom_fields" in parts:
            facts |= custom_facts_of(deal)
        clone = open_deal(
            title=title.strip() or _("%(title)s (copy)") % {"title": deal.title[:190]},
            owner=deal.owner,
            stage=stage or deal.pipeline.stages.filter(kind=Outcome.OPEN).first(),
            amount_from_lines=deal.amount_from_lines and "lines" in parts,
            lines=_lines_of(deal) if "lines" in parts else (),
            people=people_of(deal) if "contacts" in parts else (),
            by=by,
            **facts,
        )
        ledger.note(clone, DealChange.Verb.CLONED, by=by, cloned_from=[deal.pk, deal.title])
    step = deal.next_step if "next_step" in parts else None
    if step is not None and step.due_on is not None:
        due_on = max(step.due_on, ledger.workspace.today)
        plan_activity(clone, subject=step.subject, body=step.body, kind=step.kind, due_on=due_on, by=by)
    return clone


def _lines_of(deal: Deal) -> list[Line]:
    lines = deal.lines.select_related("product")
    return [Line(line.product, line.quantity, line.unit_price, line.discount) for line in lines]


def people_of(deal: Deal) -> list[Any]:
    return [(link.contact, link.role) for link in deal.people.select_related("contact")]


def custom_facts_of(deal: Deal) -> dict[str, Any]:
    known = custom_fields("deal")
    return {field.name: deal.custom[field.key] for field in known if field.key in deal.custom}
