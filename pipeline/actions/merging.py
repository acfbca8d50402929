"""Merge two deals that are one sale, and take that apart again."""

from collections.abc import Collection
from typing import Any, cast

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.custom.values import is_custom
from crm.errors import Conflict, Refused
from crm.models import User
from crm.models.custom import PREFIX
from pipeline.actions.following import expect_own_amount, worth_of
from pipeline.actions.recovering import expect_still_there, put_back, undo_related
from pipeline.actions.rules import check_fields, freeze_value, place_in_column, plain_line, plain_link
from pipeline.ledger import Ledger, writing
from pipeline.models import KEPT_FOR, Activity, Deal, DealChange, DealContact, DealFile, DealLine
from pipeline.pricing import lines_total
from pipeline.signals import deal_merged, deal_parted

Verb = DealChange.Verb
COLUMNS = {
    "title": ("title",),
    "company": ("company_id",),
    "source": ("source_id",),
    "amount": ("amount", "currency_id", "amount_from_lines"),
    "expected_close_on": ("expected_close_on",),
    "probability_override": ("probability_override",),
    "category_override": ("category_override",),
    "owner": ("owner_id", "team_id"),
}


def merge_deals(
    deal: Deal,
    *,
    other: Deal,
    take: Collection[str] = (),
    version: int | None = None,
    other_version: int | None = None,
    by: User | None,
) -> Deal:
    """`other` becomes part of `deal`: `take` names the facts (of COLUMNS, or `custom.<key>`) where its value stays.

    Lines, contacts, activities and files are united; the other is archived and points here. Raises Refused, and
    Conflict if either deal was changed since the version the caller saw.
    """
    if deal.pk == other.pk:
        raise Refused(other=_("A deal cannot be merged with itself."))
    with writing() as ledger:
        ledger.lock_all(sorted([deal.pk, other.pk]))
        kept, gone = ledger.lock(deal), ledger.lock(other)
        _expect_unchanged(kept, version)
        _expect_unchanged(gone, other_version)
        if kept.archived_at or gone.archived_at:
            raise Refused(other=_("A deleted deal cannot be merged. Restore it first."))
        was = _unite(ledger, kept, gone)
        _take(kept, gone, take)
        _settle(ledger, kept)
        was |= _hand_on(gone, kept)
        for _listener, moved in deal_merged.send(sender=Deal, kept=kept, gone=gone):
            was |= cast("dict[str, Any]", moved)
        ledger.note(kept, Verb.MERGED, by=by, merged=[gone.pk, gone.title], **was)
        gone.archived_at, gone.merged_into = ledger.now, kept
        ledger.note(gone, Verb.ARCHIVED, by=by)
    return kept


def unmerge_deal(deal: Deal, *, by: User | None) -> Deal:
    """Take `deal` out of the one it was merged into. What was changed there since the merge stays as it is.

    Returns `deal`, which stands on its own again. Raises Refused after 30 days.
    """
    with writing() as ledger:
        ledger.lock_all(sorted({deal.pk, deal.merged_into_id or deal.pk}))
        gone = ledger.lock(deal)
        if gone.merged_into is None or gone.archived_at is None:
            raise Refused(deal=_("This deal is not merged into another one."))
        if gone.archived_at < timezone.now() - KEPT_FOR:
            raise Refused(deal=_("A merge can be taken back for 30 days."))
        kept = ledger.lock(gone.merged_into)
        was = _take_apart(ledger, kept, gone)
        ledger.note(kept, Verb.UNMERGED, by=by, unmerged=[gone.pk, gone.title], **was)
        gone.archived_at, gone.merged_into = None, None
        place_in_column(ledger, gone, None, None)
        ledger.note(gone, Verb.RESTORED, by=by)
    return gone


def _expect_unchanged(deal: Deal, version: int | None) -> None:
    if version is not None and version != deal.version:
        latest = deal.changes.select_related("by").order_by("-version").first()
        who = (latest and latest.by) or _("Penstock")
        raise Conflict(_("%(who)s changed this deal since.") % {"who": who}, current=deal, change=latest)


# ── Together ───────────────────────────────────────────────────────────────────────────────────────


def _unite(ledger: Ledger, kept: Deal, gone: Deal) -> dict[str, Any]:
    """Lines and people of both. Returns what the first had, as history keeps it."""
    ours, theirs = ledger.related(DealLine, kept), ledger.related(DealLine, gone)
    if ours and theirs and kept.currency_id != gone.currency_id:
        raise Refused(amount=_("Both have product lines, in two currencies. Change the currency of one first."))
    was: dict[str, Any] = {}
    if theirs and not kept.amount_from_quote:
        was["lines"] = [plain_line(line) for line in ours]
        ledger.relate(DealLine, kept, [*ours, *(_line_on(kept, line, len(ours)) for line in theirs)])
    links, more = ledger.related(DealContact, kept), ledger.related(DealContact, gone)
    if more:
        roles = {link.contact_id: link.role for link in links}
        for link in more:
            roles[link.contact_id] = roles.get(link.contact_id) or link.role
        was["people"] = [plain_link(link) for link in links]
        people = [DealContact(deal=kept, contact_id=pk, role=role) for pk, role in roles.items()]
        ledger.relate(DealContact, kept, people)
    return was


def _take(kept: Deal, gone: Deal, take: Collection[str]) -> None:
    """Facts of the other, as named. A custom field that only one of them has a value for is kept in any case."""
    if unknown := {name for name in take if name not in COLUMNS and not is_custom(name)}:
        raise Refused(take=_("Not known here: %(names)s.") % {"names": ", ".join(sorted(unknown))})
    was_worth = worth_of(kept)
    for name in set(take) & COLUMNS.keys():
        for column in COLUMNS[name]:
            setattr(kept, column, getattr(gone, column))
    expect_own_amount(kept, was_worth)
    taken = {key: value for key, value in gone.custom.items() if f"{PREFIX}{key}" in take}
    kept.custom = gone.custom | kept.custom | taken


def _line_on(deal: Deal, line: DealLine, after: int) -> DealLine:
    return DealLine(
        deal=deal,
        product_id=line.product_id,
        quantity=line.quantity,
        unit_price=line.unit_price,
        discount=line.discount,
        total=line.total,
        position=after + line.position,
    )


def _settle(ledger: Ledger, deal: Deal) -> None:
    """The amount as the lines make it, and within the rules."""
    if deal.amount_from_lines:
        deal.amount = lines_total(line.total for line in ledger.related(DealLine, deal))
    check_fields(deal)
    freeze_value(ledger, deal)


def _hand_on(one: Deal, another: Deal, **which: list[int]) -> dict[str, Any]:
    """Activities and files (all, or those named) go to another deal. Returns which they were."""
    moved: dict[str, Any] = {}
    for name, rows in (("activities", Activity.objects.all()), ("files", DealFile.objects.all())):
        rows = rows.filter(deal=one, **({"pk__in": which.get(name, [])} if which else {}))
        moved[name] = sorted(rows.values_list("pk", flat=True))
        rows.update(deal=another, **({"team_id": another.team_id} if name == "activities" else {}))
    for deal in (one, another):
        planned = Activity.objects.filter(deal=deal, done_at=None, due_on__isnull=False)
        deal.next_step = planned.order_by("due_on", F("due_time").asc(nulls_first=True), "id").first()
        last = Activity.objects.filter(deal=deal, done_at__isnull=False).order_by("-done_at").first()
        deal.touched_at = last.done_at if last else None
    return moved


# ── Apart ──────────────────────────────────────────────────────────────────────────────────────────


def _take_apart(ledger: Ledger, kept: Deal, gone: Deal) -> dict[str, Any]:
    merged = kept.changes.filter(verb=Verb.MERGED, was__merged__0=gone.pk).order_by("-version").first()
    if merged is None:
        raise Refused(deal=_("This deal is not merged into another one."))
    since = {name for change in kept.changes.filter(version__gt=merged.version) for name in change.was}
    was = {name: value for name, value in merged.was.items() if name not in since}
    expect_still_there(ledger, was)
    also_was = undo_related(ledger, kept, was)
    put_back(kept, was)
    deal_parted.send(sender=Deal, kept=kept, gone=gone, moved=merged.was)
    _settle(ledger, kept)
    _hand_on(kept, gone, activities=merged.was["activities"], files=merged.was["files"])
    return also_was
