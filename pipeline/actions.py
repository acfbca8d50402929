"""The verbs. Board, form, API, import and shell all call these; no other code changes a deal.

Each locks the row, checks the rules, and leaves a DealChange and an Event in the same transaction. `by` is who did it (None:
Penstock itself), `at` when it took effect if not now, `version` what the caller last saw. They raise `Refused`, `NeedsFields`
or `Conflict` (crm/errors.py); who may call them is decided before, by finding the deal through Reach.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from contacts.models import Contact
from crm.errors import Conflict, NeedsFields, Refused
from crm.models import Membership, Team, User
from crm.money import NotConvertible, round_to
from pipeline.activities import plan_activity
from pipeline.ledger import COLUMNS, SILENT, Ledger, writing
from pipeline.models import (
    Category,
    Deal,
    DealChange,
    DealContact,
    DealLine,
    LossReason,
    Outcome,
    Pipeline,
    Product,
    RequiredField,
    Stage,
    WinReason,
)
from pipeline.pricing import line_total, lines_total
from pipeline.ranking import rank_between

Verb = DealChange.Verb
REVISABLE = {
    "title", "company", "source", "amount", "currency", "expected_close_on", "probability_override",
    "category_override", "competitor", "closing_note", "win_reason", "loss_reason", "amount_from_lines", "external_id",
}


class Line(NamedTuple):
    product: Product
    quantity: Decimal = Decimal(1)
    unit_price: Decimal | None = None  # None: the product's
    discount: Decimal = Decimal(0)


def team_of(user: User, day: date) -> Team | None:
    """The team the user is in on that day."""
    membership = Membership.objects.on(day).filter(user=user).select_related("team").first()
    return membership.team if membership else None


# ── Opening ────────────────────────────────────────────────────────────────────────────────────────


def open_deal(
    *,
    title: str,
    owner: User,
    stage: Stage | None = None,
    pipeline: Pipeline | None = None,
    team: Team | None = None,
    lines: Sequence[Line] = (),
    people: Sequence[tuple[Contact, str]] = (),
    by: User | None,
    at: datetime | None = None,
    has_full_history: bool = True,
    **fields: Any,
) -> Deal:
    """A new deal on top of its stage (by default the first open one of the default pipeline).

    `fields` are any of REVISABLE. Raises Refused for bad fields, NeedsFields for what the stage requires.
    """
    with writing() as ledger:
        stage = stage or _first_stage(pipeline)
        if not stage.is_open:
            raise Refused(stage=_("A new deal starts in an open stage; win or lose it afterwards."))
        at = _not_later(ledger, at)
        fields.setdefault("currency_id", ledger.workspace.currency_id)
        deal = Deal(
            title=title.strip(), owner=owner, team=team or team_of(owner, _day(ledger, at)), pipeline_id=stage.pipeline_id,
            stage=stage, opened_at=at, stage_since=at, created_at=ledger.now, has_full_history=has_full_history,
        )
        _set(deal, fields)
        new_lines = _lines(deal, lines)
        if lines and deal.amount is None:
            deal.amount_from_lines = True
        if deal.amount_from_lines:
            deal.amount = lines_total(line.total for line in new_lines)
        _check(deal)
        _require(deal, stage, has={"contact": bool(people), "product": bool(lines)})
        ledger.add(deal)
        ledger.lines += new_lines
        ledger.people += [DealContact(deal=deal, contact=contact, role=role) for contact, role in people]
        ledger.note(deal, Verb.OPENED, by=by, at=at)
    return deal


def _first_stage(pipeline: Pipeline | None) -> Stage:
    stages = Stage.objects.filter(kind=Outcome.OPEN).order_by("position", "id")
    stage = (stages.filter(pipeline=pipeline) if pipeline else stages.filter(pipeline__is_default=True)).first()
    if stage is None:
        raise Refused(stage=_("There is no open stage to start in. Add one in the pipeline’s settings."))
    return stage


# ── Moving and closing ─────────────────────────────────────────────────────────────────────────────


def move_deal(
    deal: Deal,
    *,
    to: Stage,
    after: int | None = None,
    before: int | None = None,
    version: int | None = None,
    fields: Mapping[str, Any] | None = None,
    by: User | None,
    at: datetime | None = None,
) -> Deal:
    """Put the deal into an open stage, below the card `after` or else above `before`, else on top.

    `fields` fills in what the stage requires. Moving a closed deal reopens it. Raises NeedsFields; Refused for a won or lost
    stage (call win_deal or lose_deal); Conflict if the deal left the stage that `version` was seen in.
    """
    with writing() as ledger:
        deal = ledger.lock(deal)
        _same_stage(deal, version)
        if not to.is_open:
            raise Refused(stage=_("Say why: a deal is won or lost with a reason."))
        if fields:
            deal = enter_fields(deal, fields, by=by, at=at)
        if deal.stage_id != to.pk:
            _require(deal, to)
        at = _not_later(ledger, at)
        reopened = not deal.is_open
        _enter(deal, to, at)
        _place(ledger, deal, after, before)
        ledger.note(deal, Verb.REOPENED if reopened else Verb.MOVED, by=by, at=at)
    return deal


def win_deal(
    deal: Deal,
    *,
    reason: WinReason,
    closed_on: date | None = None,
    note: str = "",
    version: int | None = None,
    fields: Mapping[str, Any] | None = None,
    by: User | None,
    at: datetime | None = None,
) -> Deal:
    """Close the deal as won on `closed_on` (default today): its value is frozen at that day's rate."""
    with writing() as ledger:
        deal = ledger.lock(deal)
        _same_stage(deal, version)
        if fields:
            deal = enter_fields(deal, fields, by=by, at=at)
        stage = _closing_stage(deal, Outcome.WON)
        _require(deal, stage)
        deal.win_reason, deal.loss_reason, deal.competitor, deal.closing_note = reason, None, "", note
        _close(ledger, deal, stage, closed_on, at)
        ledger.note(deal, Verb.WON, by=by, at=_closing_instant(ledger, deal, at))
    return deal


def lose_deal(
    deal: Deal,
    *,
    reason: LossReason,
    competitor: str = "",
    closed_on: date | None = None,
    note: str = "",
    version: int | None = None,
    by: User | None,
    at: datetime | None = None,
) -> Deal:
    """Close the deal as lost on `closed_on` (default today). It keeps the amount it had when last open."""
    with writing() as ledger:
        deal = ledger.lock(deal)
        _same_stage(deal, version)
        stage = _closing_stage(deal, Outcome.LOST)
        deal.lost_from = deal.stage if deal.is_open else deal.lost_from
        deal.loss_reason, deal.win_reason, deal.competitor, deal.closing_note = reason, None, competitor.strip(), note
        _close(ledger, deal, stage, closed_on, at)
        ledger.note(deal, Verb.LOST, by=by, at=_closing_instant(ledger, deal, at))
    return deal


def reopen_deal(deal: Deal, *, to: Stage | None = None, by: User | None, at: datetime | None = None) -> Deal:
    """Back into an open stage: by default the one it was closed from, else the pipeline's last open one."""
    with writing() as ledger:
        deal = ledger.lock(deal)
        if deal.is_open:
            raise Refused(stage=_("This deal is open already."))
        stage = to or _stage_before_closing(deal)
        return move_deal(deal, to=stage, by=by, at=at)


def _stage_before_closing(deal: Deal) -> Stage:
    last = deal.changes.filter(outcome=Outcome.OPEN).order_by("-version").values_list("stage_id", flat=True).first()
    stages = Stage.objects.filter(pipeline_id=deal.pipeline_id, kind=Outcome.OPEN)
    stage = stages.filter(pk=last).first() or stages.order_by("position", "id").last()
    if stage is None:
        raise Refused(stage=_("This pipeline has no open stage."))
    return stage


def _closing_stage(deal: Deal, kind: str) -> Stage:
    stage = Stage.objects.filter(pipeline_id=deal.pipeline_id, kind=kind).first()
    if stage is None:
        raise Refused(stage=_("This pipeline has no stage for closed deals."))
    return stage


def _enter(deal: Deal, stage: Stage, at: datetime) -> None:
    if deal.stage_id == stage.pk:
        return
    deal.pipeline_id, deal.stage, deal.outcome, deal.stage_since = stage.pipeline_id, stage, stage.kind, at
    if stage.is_open:
        deal.closed_on = deal.base_amount = deal.base_rate = None
        deal.win_reason = deal.loss_reason = deal.lost_from = None
        deal.competitor = deal.closing_note = ""


def _close(ledger: Ledger, deal: Deal, stage: Stage, closed_on: date | None, at: datetime | None) -> None:
    today = ledger.workspace.today
    if closed_on and closed_on > today:
        raise Refused(closed_on=_("A deal cannot be closed in the future."))
    if closed_on is None:  # won again as won keeps its date
        closed_on = deal.closed_on if deal.outcome == stage.kind and deal.closed_on else _day(ledger, at or ledger.now)
    _enter(deal, stage, _closing_instant(ledger, deal, at, closed_on))
    deal.closed_on = closed_on
    _freeze(ledger, deal)


def _closing_instant(ledger: Ledger, deal: Deal, at: datetime | None, closed_on: date | None = None) -> datetime:
    """When a close took effect: now, or noon of the day it is dated back to."""
    day = closed_on or deal.closed_on
    if at is not None or day is None or day == ledger.workspace.today:
        return _not_later(ledger, at)
    return datetime.combine(day, time(12), ledger.workspace.zone)


def _freeze(ledger: Ledger, deal: Deal) -> None:
    """Keep the rate of the close date on the deal: later rates do not touch it."""
    if deal.closed_on is None:
        return
    rates = ledger.rates(deal.closed_on)
    try:
        deal.base_rate = rates.rate(deal.currency_id)
        deal.base_amount = round_to(rates.convert(deal.money, rates.base).amount, ledger.workspace.currency.digits)
    except NotConvertible:
        deal.base_rate = deal.base_amount = None


def _place(ledger: Ledger, deal: Deal, after: int | None, before: int | None) -> None:
    """A rank next to the neighbours the person saw, if they are still there."""
    column = Deal.objects.filter(stage_id=deal.stage_id, archived_at=None).exclude(pk=deal.pk)
    ranks = dict(column.filter(pk__in=[pk for pk in (after, before) if pk]).values_list("pk", "rank"))
    low = ranks.get(after) if after else None
    high = ranks.get(before) if before else None
    if low is not None:
        high = column.filter(rank__gt=low).order_by("rank").values_list("rank", flat=True).first()
    elif high is not None:
        low = column.filter(rank__lt=high).order_by("-rank").values_list("rank", flat=True).first()
    else:
        high = column.order_by("rank").values_list("rank", flat=True).first()
    deal.rank = rank_between(low, high, deal.pk)


def _same_stage(deal: Deal, version: int | None) -> None:
    """Refuse to act on a deal that was moved, won or lost since the caller saw it; a changed position does not matter."""
    if version is None or version == deal.version:
        return
    since = deal.changes.filter(version__gt=version).select_related("by").order_by("-version")
    for change in since:
        if {"stage_id", "outcome", "archived_at"} & change.was.keys():
            raise Conflict(
                _("%(who)s changed this to %(stage)s.") % {"who": change.by or _("Penstock"), "stage": deal.stage},
                current=deal, change=change,
            )


# ── Revising ───────────────────────────────────────────────────────────────────────────────────────


def revise_deal(
    deal: Deal, *, version: int | None = None, by: User | None, at: datetime | None = None, **fields: Any
) -> Deal:
    """Change facts. With `version`, raises Conflict if one of the same fields was changed since by someone."""
    with writing() as ledger:
        deal = ledger.lock(deal)
        _same_fields(deal, version, fields)
        if unknown := {name.removesuffix("_id") for name in fields} - REVISABLE:
            raise Refused(**dict.fromkeys(unknown, _("This cannot be changed here.")))
        was_expected = deal.expected_close_on
        if deal.amount_from_lines and "amount" in fields and "amount_from_lines" not in fields:
            deal.amount_from_lines = False
        _set(deal, fields)
        if deal.amount_from_lines:
            deal.amount = lines_total(deal.lines.values_list("total", flat=True))
        _check(deal)
        if was_expected and deal.expected_close_on and deal.expected_close_on > was_expected:
            deal.pushes += 1
            deal.pushed_days += (deal.expected_close_on - was_expected).days
        if not deal.is_open and {"amount", "currency", "currency_id", "amount_from_lines"} & fields.keys():
            _freeze(ledger, deal)
        ledger.note(deal, Verb.REVISED, by=by, at=_not_later(ledger, at))
    return deal


def hand_over_deal(deal: Deal, *, to: User, by: User | None, at: datetime | None = None) -> Deal:
    """Give the deal to another owner; it counts for their team from now on."""
    with writing() as ledger:
        deal = ledger.lock(deal)
        if not to.is_active:
            raise Refused(owner=_("%(name)s no longer works here.") % {"name": to.name})
        deal.owner, deal.team = to, team_of(to, ledger.workspace.today)
        ledger.note(deal, Verb.HANDED_OVER, by=by, at=_not_later(ledger, at))
    return deal


def set_lines(deal: Deal, lines: Sequence[Line], *, by: User | None, feed_amount: bool | None = None) -> Deal:
    """Replace the deal's product lines. With `feed_amount` (default: as before) its amount is their sum."""
    with writing() as ledger:
        deal = ledger.lock(deal)
        old = [_plain_line(line) for line in deal.lines.all()]
        new = _lines(deal, lines)
        if feed_amount is not None:
            deal.amount_from_lines = feed_amount
        deal.lines.all().delete()
        ledger.lines += new
        if deal.amount_from_lines:
            deal.amount = lines_total(line.total for line in new)
            _check(deal)
            _freeze(ledger, deal)
        if old != [_plain_line(line) for line in new]:
            ledger.note(deal, Verb.REVISED, by=by, lines=old)
    return deal


def set_people(deal: Deal, people: Sequence[tuple[Contact, str]], *, by: User | None) -> Deal:
    """Replace the deal's contacts and their roles."""
    with writing() as ledger:
        deal = ledger.lock(deal)
        old = [[link.contact_id, link.role] for link in deal.people.all()]
        if old != [[contact.pk, role] for contact, role in people]:
            deal.people.all().delete()
            ledger.people += [DealContact(deal=deal, contact=contact, role=role) for contact, role in people]
            ledger.note(deal, Verb.REVISED, by=by, people=old)
    return deal


def enter_fields(deal: Deal, fields: Mapping[str, Any], *, by: User | None, at: datetime | None = None) -> Deal:
    """Fill in what a stage asks for: revisable fields, and `contact`, `product`, `next_step` (subject, due date)."""
    scalars = {name: value for name, value in fields.items() if name in REVISABLE}
    if scalars:
        deal = revise_deal(deal, by=by, at=at, **scalars)
    with writing() as ledger:
        if contact := fields.get("contact"):
            ledger.people.append(DealContact(deal=deal, contact=contact))
        if product := fields.get("product"):
            ledger.lines += _lines(deal, [Line(product)])
        if step := fields.get("next_step"):
            subject, due_on = step
            plan_activity(deal, subject=subject, due_on=due_on, by=by or deal.owner)
    return deal


def archive_deal(deal: Deal, *, by: User | None) -> Deal:
    """Take the deal off every board, list and number. It can be restored."""
    with writing() as ledger:
        deal = ledger.lock(deal)
        deal.archived_at = deal.archived_at or ledger.now
        ledger.note(deal, Verb.ARCHIVED, by=by)
    return deal


def restore_deal(deal: Deal, *, by: User | None) -> Deal:
    with writing() as ledger:
        deal = ledger.lock(deal)
        deal.archived_at = None
        _place(ledger, deal, None, None)
        ledger.note(deal, Verb.RESTORED, by=by)
    return deal


def undo_change(deal: Deal, *, version: int, by: User | None) -> Deal:
    """Take back the change that made the deal's `version`: a compensating change, with history of its own.

    Raises Conflict if anything has changed since, Refused if there is nothing to take back.
    """
    with writing() as ledger:
        deal = ledger.lock(deal)
        change = deal.changes.filter(version=version).select_related("by").first()
        if change is None or change.verb == Verb.OPENED:
            raise Refused(version=_("There is nothing to undo."))
        if deal.version != version:
            latest = deal.changes.order_by("-version").select_related("by").first()
            raise Conflict(
                _("%(who)s changed this deal since.") % {"who": (latest and latest.by) or _("Penstock")},
                current=deal, change=latest,
            )
        was_outcome, was_stage, was_owner, was_archived = deal.outcome, deal.stage_id, deal.owner_id, deal.archived_at
        also_was = _undo_related(deal, change.was)
        for name in change.was.keys() & set(COLUMNS) - SILENT:
            setattr(deal, name, Deal._meta.get_field(name.removesuffix("_id")).to_python(change.was[name]))
        if deal.outcome != was_outcome:
            verb = {Outcome.OPEN: Verb.REOPENED, Outcome.WON: Verb.WON, Outcome.LOST: Verb.LOST}[Outcome(deal.outcome)]
        elif deal.stage_id != was_stage:
            verb = Verb.MOVED
        elif deal.archived_at != was_archived:
            verb = Verb.ARCHIVED if deal.archived_at else Verb.RESTORED
        else:
            verb = Verb.HANDED_OVER if deal.owner_id != was_owner else Verb.REVISED
        ledger.note(deal, verb, by=by, **also_was)
    return deal


def _undo_related(deal: Deal, was: Mapping[str, Any]) -> dict[str, Any]:
    also_was: dict[str, Any] = {}
    if "lines" in was:
        also_was["lines"] = [_plain_line(line) for line in deal.lines.all()]
        deal.lines.all().delete()
        DealLine.objects.bulk_create(
            DealLine(deal=deal, position=position, **dict(zip(LINE, map(str, line), strict=True)))
            for position, line in enumerate(was["lines"])
        )
    if "people" in was:
        also_was["people"] = [[link.contact_id, link.role] for link in deal.people.all()]
        deal.people.all().delete()
        DealContact.objects.bulk_create(DealContact(deal=deal, contact_id=pk, role=role) for pk, role in was["people"])
    return also_was


LINE = ["product_id", "quantity", "unit_price", "discount", "total"]


def _plain_line(line: DealLine) -> list[Any]:
    return [line.product_id, *(format(Decimal(getattr(line, name)).normalize(), "f") for name in LINE[1:])]


# ── Rules ──────────────────────────────────────────────────────────────────────────────────────────


def _lines(deal: Deal, lines: Sequence[Line]) -> list[DealLine]:
    made = []
    for position, line in enumerate(lines):
        price = line.product.unit_price if line.unit_price is None else line.unit_price
        if line.quantity <= 0:
            raise Refused(lines=_("A quantity must be more than 0."))
        made.append(
            DealLine(
                deal=deal, product=line.product, quantity=line.quantity, unit_price=price, discount=line.discount,
                total=line_total(line.quantity, price, line.discount), position=position,
            )
        )
    return made


def _set(deal: Deal, fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        setattr(deal, name, value)


def _check(deal: Deal) -> None:
    """Field rules, each with its own sentence."""
    errors: dict[str, Any] = {}
    if not deal.title:
        errors["title"] = _("A deal needs a title.")
    elif len(deal.title) > 200:
        errors["title"] = _("A title has at most 200 characters.")
    if deal.amount is not None and deal.amount < 0:
        errors["amount"] = _("An amount cannot be negative.")
    elif deal.amount is not None and deal.amount >= Decimal("1e15"):
        errors["amount"] = _("This amount is too large.")
    if deal.probability_override is not None and not 0 <= deal.probability_override <= 100:
        errors["probability_override"] = _("A probability is between 0 and 100 percent.")
    if deal.category_override and deal.category_override not in Category.values:
        errors["category_override"] = _("There is no such forecast category.")
    if deal.category_override == Category.CLOSED:
        errors["category_override"] = _("Only won deals are closed.")
    if errors:
        raise Refused(**errors)


def _require(deal: Deal, stage: Stage, has: Mapping[str, bool] | None = None) -> None:
    """What the stage asks for before a deal enters it."""
    missing = [name for name in stage.required_fields if not _has(deal, name, has or {})]
    if missing:
        labels = {name: RequiredField(name).label for name in missing}
        raise NeedsFields(
            stage,
            {name: _("%(stage)s needs: %(field)s.") % {"stage": stage.name, "field": labels[name]} for name in missing},
        )


def _has(deal: Deal, name: str, has: Mapping[str, bool]) -> bool:
    if name in has:
        return has[name]
    match name:
        case RequiredField.CONTACT:
            return deal.people.exists()
        case RequiredField.PRODUCT:
            return deal.lines.exists()
        case RequiredField.NEXT_STEP:
            return deal.next_step_id is not None
        case RequiredField.COMPANY | RequiredField.SOURCE:
            return getattr(deal, f"{name}_id") is not None
    return getattr(deal, name) is not None


def _same_fields(deal: Deal, version: int | None, fields: Mapping[str, Any]) -> None:
    if version is None or version == deal.version:
        return
    names = {Deal._meta.get_field(name.removesuffix("_id")).attname for name in fields if name.removesuffix("_id") in REVISABLE}
    for change in deal.changes.filter(version__gt=version).select_related("by").order_by("-version"):
        if names & change.was.keys():
            raise Conflict(
                _("%(who)s changed this in the meantime.") % {"who": change.by or _("Penstock")},
                current=deal, change=change,
            )


def _not_later(ledger: Ledger, at: datetime | None) -> datetime:
    if at is not None and at > ledger.now:
        raise Refused(at=_("This cannot have happened in the future."))
    return at or ledger.now


def _day(ledger: Ledger, at: datetime) -> date:
    return at.astimezone(ledger.workspace.zone).date()
