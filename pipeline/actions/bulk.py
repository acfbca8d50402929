"""One verb on many deals: the same verbs, under one change set that can be taken back as a whole.

Up to 200 deals are done at once; more become a job (crm/jobs.py), 200 in a transaction. A deal that refuses leaves no
trace and is reported with its reason. `by` may change each deal when its turn comes, or it is left out.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max, Min
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.access import reach_of
from crm.errors import Conflict, NeedsFields, Refused
from crm.jobs import Chunk, LeftOut, advance, create_job, start, work
from crm.models import Job, User
from crm.packing import pack, unpack
from pipeline.actions.moving import lose_deal, move_deal, win_deal
from pipeline.actions.revising import archive_deal, hand_over_deal, revise_deal
from pipeline.actions.undoing import undo_change
from pipeline.activities import plan_activity
from pipeline.ledger import Ledger, writing
from pipeline.models import ChangeSet, Deal, DealChange, Stage

AT_ONCE = 200
Verb = ChangeSet.Verb
Call = Callable[[Deal], Deal]


def change_deals(
    deals: Sequence[int], verb: str, facts: Mapping[str, Any], *, title: str, result_url: str = "", by: User
) -> ChangeSet:
    """Do `verb` with its `facts` to each of the deals, in their order.

    `fields`, among the facts of what moves and wins, fill in what a deal lacks for the stage, and nothing else.
    """
    if verb == Verb.MOVE and not (facts.get("after") or facts.get("before")):
        deals = deals[::-1]  # each goes on top of the one before it
    return _begin(ChangeSet(verb=verb, facts=pack(dict(facts)), deals=list(deals)), title, result_url, by)


def undo_change_set(change_set: ChangeSet, *, title: str, by: User) -> ChangeSet:
    """Take back all its changes. Deals that somebody changed since are left as they are, and reported."""
    with transaction.atomic():
        ChangeSet.objects.select_for_update().get(pk=change_set.pk)
        if change_set.verb == Verb.UNDO or ChangeSet.objects.filter(undoes=change_set).exists():
            raise Refused(change_set=_("This was taken back already."))
        if Job.objects.get(pk=change_set.job_id).is_unfinished:
            raise Refused(change_set=_("This is still going on: stop it first."))
        Job.objects.filter(pk=change_set.job_id).update(undo_url="")
        changed = set(change_set.changes.values_list("deal", flat=True))
        deals = [pk for pk in change_set.deals if pk in changed]
        undo = ChangeSet(verb=Verb.UNDO, deals=deals, undoes=change_set)
        return _begin(undo, title, change_set.job.result_url, by)


def _begin(change_set: ChangeSet, title: str, result_url: str, by: User) -> ChangeSet:
    with transaction.atomic():
        total = len(change_set.deals)
        job = create_job(bulk_change, title=title, total=total, by=by, result_url=result_url)
        change_set.job = job
        change_set.save()
        if change_set.verb != Verb.UNDO:
            job.undo_url = reverse("pipeline:deals-bulk-undo", args=[change_set.pk])
            job.save(update_fields=["undo_url"])
        if total > AT_ONCE:
            start(job)
        else:
            advance(job.pk)
            job.refresh_from_db()
    return change_set


@work
def bulk_change(job: Job) -> Chunk:
    """The next 200 deals."""
    change_set = ChangeSet.objects.defer("deals").get(job=job)
    place = f"deals__{job.done}_{job.done + AT_ONCE}"
    ids = ChangeSet.objects.filter(pk=change_set.pk).values_list(place, flat=True).get() or []
    with writing() as ledger:
        ledger.change_set = change_set.pk
        deals = _locked(ledger, ids)
        versions = {pk: deal.version for pk, deal in deals.items()}
        left_out = _each(deals, ids, _call(change_set, ids, job.by), job.by)
        changed = sum(deal.version != versions[pk] for pk, deal in deals.items())
    return Chunk(len(ids), changed, left_out)


def _locked(ledger: Ledger, ids: Sequence[int]) -> dict[int, Deal]:
    deals = {deal.pk: deal for deal in ledger.lock_all(sorted(ids))}
    stages = Stage.objects.select_related("pipeline").in_bulk({deal.stage_id for deal in deals.values()})
    for deal in deals.values():
        deal.stage = stages[deal.stage_id]
    return deals


def _each(deals: Mapping[int, Deal], ids: Sequence[int], call: Call, by: User) -> list[LeftOut]:
    reach, left_out = reach_of(by), []
    for pk in ids:
        deal = deals.get(pk)
        if deal is None or not reach.sees([deal.owner_id], {deal.team_id} - {None}):
            left_out.append(LeftOut(f"{pk}", _("This deal no longer exists, or you may not see it.")))
        elif reason := _refusal(deal, call, may=reach.changes(deal.owner_id, deal.team_id)):
            left_out.append(LeftOut(deal.title, reason, reverse("pipeline:deal", args=[pk])))
    return left_out


def _refusal(deal: Deal, call: Call, *, may: bool) -> str:
    """Why the deal was left as it is; empty if it was changed."""
    if not may:
        return _("You may look at this deal, not change it.")
    try:
        with transaction.atomic():  # an activity planned on the way is a row already
            call(deal)
    except (Refused, Conflict) as refused:
        return str(refused)
    return ""


# ── What is called ─────────────────────────────────────────────────────────────────────────────────


def _call(change_set: ChangeSet, ids: Sequence[int], by: User) -> Call:
    facts = unpack(change_set.facts)
    match change_set.verb:
        case Verb.MOVE:
            return _moving(facts, by)
        case Verb.HAND_OVER:
            return lambda deal: hand_over_deal(deal, to=facts["to"], by=by)
        case Verb.REVISE:
            return lambda deal: revise_deal(deal, by=by, **facts)
        case Verb.WIN:
            return _filling(lambda deal, **fields: win_deal(deal, by=by, **facts | fields), facts.pop("fields", {}))
        case Verb.LOSE:
            return _losing(facts, by)
        case Verb.UNDO:
            return _undoing(change_set, ids, by)
    return lambda deal: archive_deal(deal, by=by)


def _moving(facts: dict[str, Any], by: User) -> Call:
    """The first goes between the neighbours, each other one below the one before it."""
    place = {name: facts.pop(name, None) for name in ("after", "before")}

    def move(deal: Deal, **fields: Any) -> Deal:
        moved = move_deal(deal, by=by, **facts, **place, **fields)
        if any(place.values()):
            place.update(after=moved.pk, before=None)
        return moved

    return _filling(move, facts.pop("fields", {}))


def _filling(verb: Callable[..., Deal], fields: Mapping[str, Any]) -> Call:
    """What a stage asks for and a deal lacks is filled in; what a deal has already is not overwritten."""

    def call(deal: Deal) -> Deal:
        try:
            return verb(deal)
        except NeedsFields as needs:
            missing = {name: fields[name] for name in needs.fields if name in fields}
            if not missing:
                raise
        return verb(deal, fields=missing)

    return call


def _losing(facts: dict[str, Any], by: User) -> Call:
    ask_again_on = facts.pop("ask_again_on", None)

    def lose(deal: Deal) -> Deal:
        lost = lose_deal(deal, by=by, **facts)
        if ask_again_on:
            plan_activity(lost, subject=_("Ask again"), due_on=ask_again_on, by=by)
        return lost

    return lose


def _undoing(change_set: ChangeSet, ids: Sequence[int], by: User) -> Call:
    rows = DealChange.objects.filter(change_set=change_set.undoes, deal__in=ids).order_by("deal").values("deal")
    spans = {row["deal"]: row for row in rows.annotate(first=Min("version"), last=Max("version"))}
    return lambda deal: undo_change(deal, first=spans[deal.pk]["first"], version=spans[deal.pk]["last"], by=by)
