"""Revise a deal's facts, lines and people; hand it over; archive and restore it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from contacts.models import Contact
from crm.custom.values import is_custom
from crm.errors import Refused
from crm.models import User
from pipeline.actions.following import expect_own_amount, expect_own_lines, worth_of
from pipeline.actions.merging import unmerge_deal
from pipeline.actions.rules import (
    REVISABLE_COLUMNS,
    Line,
    check_fields,
    effect,
    expect_same_fields,
    freeze_value,
    lines_of,
    links_of,
    place_in_column,
    plain_line,
    plain_link,
    set_fields,
    team_of,
)
from pipeline.activities import plan_activity
from pipeline.ledger import Ledger, writing
from pipeline.models import (
    Deal,
    DealChange,
    DealContact,
    DealLine,
    Product,
)
from pipeline.pricing import lines_total

Verb = DealChange.Verb


def revise_deal(
    deal: Deal, *, version: int | None = None, by: User | None, at: datetime | None = None, **fields: Any
) -> Deal:
    """Change facts. With `version`, raises Conflict if one of the same fields was changed since by someone."""
    with writing() as ledger:
        deal = ledger.lock(deal)
        expect_same_fields(deal, version, fields)
        was_expected, was_worth = deal.expected_close_on, worth_of(deal)
        if deal.amount_from_lines and "amount" in fields and "amount_from_lines" not in fields:
            deal.amount_from_lines = False
        set_fields(deal, fields)
        if deal.amount_from_lines:
            deal.amount = lines_total(line.total for line in ledger.related(DealLine, deal))
        expect_own_amount(deal, was_worth)
        check_fields(deal)
        if was_expected and deal.expected_close_on and deal.expected_close_on > was_expected:
            deal.pushes += 1
            deal.pushed_days += (deal.expected_close_on - was_expected).days
        if not deal.is_open and {"amount", "currency", "currency_id", "amount_from_lines"} & fields.keys():
            freeze_value(ledger, deal)
        ledger.note(deal, Verb.REVISED, by=by, at=effect(ledger, at, deal))
    return deal


def hand_over_deal(deal: Deal, *, to: User, by: User | None, at: datetime | None = None) -> Deal:
    """Give the deal to another owner; it counts for their team from now on."""
    with writing() as ledger:
        deal = ledger.lock(deal)
        if not to.is_active:
            raise Refused(owner=_("%(name)s no longer works here.") % {"name": to.name})
        deal.owner, deal.team = to, team_of(to, ledger.workspace.today)
        ledger.note(deal, Verb.HANDED_OVER, by=by, at=effect(ledger, at, deal))
    return deal


def set_lines(deal: Deal, lines: Sequence[Line], *, by: User | None, feed_amount: bool | None = None) -> Deal:
    """Replace the deal's product lines. With `feed_amount` (default: as before) its amount is their sum."""
    with writing() as ledger:
        deal = ledger.lock(deal)
        old = [plain_line(line) for line in ledger.related(DealLine, deal)]
        new = lines_of(deal, lines)
        also_was: dict[str, Any] = {"lines": old} if old != [plain_line(line) for line in new] else {}
        if also_was:
            expect_own_lines(deal)
            ledger.relate(DealLine, deal, new)
        if feed_amount is not None:
            deal.amount_from_lines = feed_amount and not deal.amount_from_quote
        if deal.amount_from_lines:
            deal.amount = lines_total(line.total for line in new)
            check_fields(deal)
            freeze_value(ledger, deal)
        ledger.note(deal, Verb.REVISED, by=by, **also_was)
    return deal


def set_people(deal: Deal, people: Sequence[tuple[Contact, str]], *, by: User | None) -> Deal:
    """Replace the deal's contacts and their roles."""
    with writing() as ledger:
        deal = ledger.lock(deal)
        old = [plain_link(link) for link in ledger.related(DealContact, deal)]
        links = links_of(deal, people)
        if old != [plain_link(link) for link in links]:
            ledger.relate(DealContact, deal, links)
            ledger.note(deal, Verb.REVISED, by=by, people=old)
    return deal


def enter_fields(deal: Deal, fields: Mapping[str, Any], *, by: User | None, at: datetime | None = None) -> Deal:
    """Fill in what a stage asks for: revisable fields, and `contact`, `product`, `next_step` (subject, due date)."""
    scalars = {name: value for name, value in fields.items() if name in REVISABLE_COLUMNS or is_custom(name)}
    if scalars:
        deal = revise_deal(deal, by=by, at=at, **scalars)
    with writing() as ledger:
        also_was = _add_contact(ledger, deal, fields.get("contact")) | _add_product(ledger, deal, fields.get("product"))
        if also_was:
            ledger.note(deal, Verb.REVISED, by=by, at=effect(ledger, at, deal), **also_was)
        if step := fields.get("next_step"):
            subject, due_on = step
            plan_activity(deal, subject=subject, due_on=due_on, by=by or deal.owner)
    return deal


def _add_contact(ledger: Ledger, deal: Deal, contact: Contact | None) -> dict[str, Any]:
    links = ledger.related(DealContact, deal)
    if contact is None or contact.pk in {link.contact_id for link in links}:
        return {}
    ledger.relate(DealContact, deal, [*links, *links_of(deal, [(contact, "")])])
    return {"people": [plain_link(link) for link in links]}


def _add_product(ledger: Ledger, deal: Deal, product: Product | None) -> dict[str, Any]:
    if product is None:
        return {}
    expect_own_lines(deal)
    lines = ledger.related(DealLine, deal)
    longer = [*lines, *lines_of(deal, [Line(product)], start=len(lines))]
    ledger.relate(DealLine, deal, longer)
    if deal.amount_from_lines:
        deal.amount = lines_total(line.total for line in longer)
    return {"lines": [plain_line(line) for line in lines]}


def archive_deal(deal: Deal, *, by: User | None) -> Deal:
    """Take the deal off every board, list and number. It can be restored."""
    with writing() as ledger:
        deal = ledger.lock(deal)
        deal.archived_at = deal.archived_at or ledger.now
        ledger.note(deal, Verb.ARCHIVED, by=by)
    return deal


def restore_deal(deal: Deal, *, by: User | None) -> Deal:
    """Back on top of its stage. One that was merged into another is taken out of it again."""
    if deal.merged_into_id:
        return unmerge_deal(deal, by=by)
    with writing() as ledger:
        deal = ledger.lock(deal)
        if deal.archived_at is not None:
            deal.archived_at = None
            place_in_column(ledger, deal, None, None)
            ledger.note(deal, Verb.RESTORED, by=by)
    return deal
