"""A deal's history in sentences: every change with who and when, and what was done between."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import models
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from contacts.models import Company, Source
from crm.custom.values import is_custom
from crm.custom.words import Wording
from crm.models import User, custom_fields
from crm.models.custom import unflat
from crm.templatetags.penstock import day, money, plain_percent
from pipeline.ledger import PLUMBING
from pipeline.models import Activity, ActivityKind, Category, Deal, DealChange, DealFile, LossReason, Stage, WinReason

Verb = DealChange.Verb
POINTS_TO: dict[str, type[models.Model]] = {
    "stage_id": Stage,
    "owner_id": User,
    "company_id": Company,
    "source_id": Source,
    "win_reason_id": WinReason,
    "loss_reason_id": LossReason,
}
DID = {
    ActivityKind.CALL: lazy("{who} called: {what}"),
    ActivityKind.EMAIL: lazy("{who} wrote an e-mail: {what}"),
    ActivityKind.MEETING: lazy("{who} met: {what}"),
    ActivityKind.TASK: lazy("{who} did: {what}"),
    ActivityKind.NOTE: lazy("{who} noted: {what}"),
}
FROM_TO = {
    "title": lazy("{who} changed the title from {old} to {new}"),
    "company_id": lazy("{who} changed the company from {old} to {new}"),
    "source_id": lazy("{who} changed the source from {old} to {new}"),
    "amount": lazy("{who} changed the amount {old} → {new}"),
    "currency_id": lazy("{who} changed the currency {old} → {new}"),
    "probability_override": lazy("{who} changed the win probability {old} → {new}"),
    "category_override": lazy("{who} changed the forecast category {old} → {new}"),
    "win_reason_id": lazy("{who} changed the reason {old} → {new}"),
    "loss_reason_id": lazy("{who} changed the reason {old} → {new}"),
    "competitor": lazy("{who} changed the competitor {old} → {new}"),
    "closed_on": lazy("{who} changed the close date {old} → {new}"),
}
PLAIN = {
    "lines": lazy("{who} changed the product lines"),
    "people": lazy("{who} changed the contacts"),
    "closing_note": lazy("{who} changed the note on the outcome"),
    "external_id": lazy("{who} changed the external id"),
    "amount_from_lines": lazy("{who} changed where the amount comes from"),
    "amount_from_quote": lazy("{who} changed whether it follows a quote"),
}
QUIET = PLUMBING | {"team_id", "pipeline_id", "base_amount", "base_rate", "archived_at", "outcome", "merged_into_id"}
QUIET |= {"cloned_from", "merged", "unmerged", "activities", "files", "activity"}  # told in the headline
QUIET |= {"quotes", "invoices", "sendings", "deliveries", "steps", "renewals", "renewal_of"}
ICONS = {
    Verb.OPENED: "plus",
    Verb.MOVED: "arrow-right",
    Verb.WON: "trophy",
    Verb.LOST: "circle-x",
    Verb.REOPENED: "rotate-ccw",
    Verb.REVISED: "pencil",
    Verb.HANDED_OVER: "user",
    Verb.ARCHIVED: "archive",
    Verb.RESTORED: "archive-restore",
    Verb.CLONED: "copy",
    Verb.MERGED: "git-merge",
    Verb.UNMERGED: "split",
    Verb.NOTED: "pencil",
}


class Entry(NamedTuple):
    at: datetime
    icon: str
    text: SafeString
    detail: str = ""
    about: str = ""  # the merged deal that it happened to
    activity: Activity | None = None
    file: DealFile | None = None


@dataclass(slots=True)
class Names:
    """Names of everything that a deal's changes point to: a query for each kind of record."""

    known: Mapping[tuple[str, Any], str]
    custom: Wording

    @classmethod
    def of(cls, deal: Deal, changes: Sequence[DealChange], also: Sequence[Mapping[str, Any]] = ()) -> "Names":
        wanted: dict[str, set[Any]] = {column: {getattr(deal, column)} for column in POINTS_TO}
        for change in changes:
            wanted["stage_id"].add(change.stage_id)
            wanted["owner_id"].add(change.owner_id)
            for column in POINTS_TO.keys() & change.was.keys():
                wanted[column].add(change.was[column])
        for row in also:
            for column in POINTS_TO.keys() & row.keys():
                wanted[column].add(row[column])
        known: dict[tuple[str, Any], str] = {}
        for column, ids in wanted.items():
            if ids := ids - {None}:
                records = POINTS_TO[column]._default_manager.in_bulk(ids)
                known |= {(column, pk): str(record) for pk, record in records.items()}
        values = [unflat(row) for row in (*(change.was for change in changes), *also)]
        return cls(known, Wording(custom_fields("deal", archived=True), [deal.custom, *values]))

    def __call__(self, column: str, value: Any) -> str:
        return self.known.get((column, value), "–")


def _bold(text: Any) -> SafeString:
    return format_html("<b>{}</b>", text)


def entry_of_activity(activity: Activity) -> Entry:
    """Read with `created_by`."""
    text = format_html(
        str(DID[ActivityKind(activity.kind)]), who=_bold(activity.created_by.name), what=activity.subject
    )
    at = activity.done_at or activity.created_at
    return Entry(at, activity.icon, text, activity.body, activity=activity)


def entry_of_file(file: DealFile) -> Entry:
    """Read with `by`."""
    text = format_html(_("{who} added {name}"), who=_bold(file.by.name), name=file.name)
    return Entry(file.created_at, "paperclip", text, file=file)


def is_told(change: DealChange) -> bool:
    """Whether there is a sentence about it: a card that changed its place in the column is not worth one."""
    return change.verb not in {Verb.MOVED, Verb.REVISED} or bool(change.was.keys() - QUIET)


def entries_of_change(change: DealChange, after: Mapping[str, Any], names: Names, about: str = "") -> list[Entry]:
    """One for each thing that changed with it; `after` are the values that came of it."""
    who = _bold(change.by.name if change.by else "Penstock")
    sentences = [sentence for sentence in (_headline(change, names), *_revisions(change, after, names)) if sentence]
    icon = ICONS[Verb(change.verb)]
    if change.verb == Verb.REVISED and "expected_close_on" in change.was:
        icon = "calendar"
    detail = change.was["activity"]["text"] if change.verb == Verb.NOTED else ""
    return [
        Entry(change.effective_at, icon, format_html(text, who=who, **words), detail, about)
        for text, words in sentences
    ]


Sentence = tuple[str, dict[str, Any]]


def _headline(change: DealChange, names: Names) -> Sentence | None:
    stage = {"stage": names("stage_id", change.stage_id)}
    match change.verb:
        case Verb.OPENED:
            return _("{who} opened this deal in {stage}"), stage
        case Verb.MOVED if "stage_id" in change.was:
            return _("{who} moved {old} → {stage}"), stage | {"old": names("stage_id", change.was["stage_id"])}
        case Verb.WON:
            return _("{who} won this deal"), {}
        case Verb.LOST:
            return _("{who} lost this deal"), {}
        case Verb.REOPENED:
            return _("{who} reopened this deal in {stage}"), stage
        case Verb.CLONED:
            return _("{who} cloned this deal from {other}"), {"other": change.was["cloned_from"][1]}
        case Verb.MERGED:
            return _("{who} merged {other} into this deal"), {"other": change.was["merged"][1]}
        case Verb.UNMERGED:
            return _("{who} took {other} out of this deal again"), {"other": change.was["unmerged"][1]}
        case Verb.NOTED if change.was["activity"]["is_gone"]:
            return _("{who} deleted what was noted:"), {}
        case Verb.NOTED:
            return _("{who} changed what was noted. Before:"), {}
        case Verb.ARCHIVED if "merged_into_id" in change.was:
            return _("{who} merged this deal into another"), {}
        case Verb.RESTORED if "merged_into_id" in change.was:
            return _("{who} took this deal out of another again"), {}
        case Verb.ARCHIVED:
            return _("{who} deleted this deal"), {}
        case Verb.RESTORED:
            return _("{who} restored this deal"), {}
        case Verb.HANDED_OVER if "owner_id" in change.was:
            old, new = names("owner_id", change.was["owner_id"]), names("owner_id", change.owner_id)
            return _("{who} handed this deal over from {old} to {new}"), {"old": old, "new": new}
        case Verb.HANDED_OVER:
            return _("{who} took this deal along to another team"), {}
    return None


CLOSING = {"win_reason_id", "loss_reason_id", "competitor", "closing_note", "closed_on"}


def _revisions(change: DealChange, after: Mapping[str, Any], names: Names) -> Iterable[Sentence]:
    changed = change.was.keys() - QUIET - {"stage_id", "owner_id"}
    if change.verb in {Verb.WON, Verb.LOST, Verb.REOPENED}:
        changed -= CLOSING
    if "amount" in changed:
        changed -= {"currency_id", "amount_from_lines", "amount_from_quote"}
    if change.verb == Verb.OPENED:
        return
    for column in sorted(changed):
        old, new = change.was[column], after.get(column)
        if column == "expected_close_on":
            yield _moved_close(old, new)
        elif is_custom(column):
            yield _custom(names.custom, column, old, new)
        elif column in FROM_TO:
            now, then = change.currency_id, change.was.get("currency_id", change.currency_id)
            words = {"old": _shown(column, old, names, then), "new": _shown(column, new, names, now)}
            yield str(FROM_TO[column]), words
        else:
            yield str(PLAIN.get(column, _("{who} changed this deal"))), {}


def _moved_close(old: str | None, new: Any) -> Sentence:
    was, now = _date(old), _date(new)
    words = {"old": day(was), "new": day(now)}
    if was is None:
        return _("{who} set the close date to {new}"), words
    if now is None:
        return _("{who} took the close date {old} away"), words
    return (
        _("{who} pushed close date {old} → {new}") if now > was else _("{who} pulled close date {old} → {new}")
    ), words


def _custom(wording: Wording, name: str, old: Any, new: Any) -> Sentence:
    words = dict(zip(("field", "old", "new"), wording.change(name, old, new), strict=True))
    if old is None:
        return _("{who} set {field} to {new}"), words
    if new is None:
        return _("{who} took {field} {old} away"), words
    return _("{who} changed {field} {old} → {new}"), words


def _date(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _shown(column: str, value: Any, names: Names, currency: str) -> str:
    if value is None or value == "":
        return _("as the stage") if column.endswith("_override") else "–"
    if column in POINTS_TO:
        return names(column, value)
    match column:
        case "amount":
            return money(Decimal(value), currency)
        case "probability_override":
            return f"{plain_percent(Decimal(value))} %"
        case "category_override":
            return str(Category(value).label)
        case "closed_on":
            return day(_date(value))
    return str(value)
