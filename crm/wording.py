"""Events in words: who did what to which record, and what became different. One sentence per kind of event."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from babel.numbers import format_decimal
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from crm.custom.values import is_custom
from crm.custom.words import Wording
from crm.models import CustomNoun, Event, User, custom_fields
from crm.models.custom import unflat
from crm.templatetags.penstock import day, locale, money

SENTENCES: dict[str, Any] = {
    "user.created": lazy("{who} added {name}"),
    "user.revised": lazy("{who} changed the account of {name}"),
    "user.password_set": lazy("{who} set a new password for {name}"),
    "user.joined": lazy("{who} put {name} into the team {team_name} from {on}"),
    "user.left": lazy("{who} took {name} out of the team {team_name} from {on}"),
    "team.created": lazy("{who} added the team {name}"),
    "team.revised": lazy("{who} changed the team {name}"),
    "team.deleted": lazy("{who} deleted the team {name}"),
    "workspace.revised": lazy("{who} changed the company’s settings"),
    "rate.set": lazy("{who} set the rate of {name} to {rate} {base} from {on}"),
    "rate.imported": lazy("{who} imported {count} rates from {name}"),
    "planrate.set": lazy("{who} set the plan rate of {name} for {period} to {rate} {base}"),
    "currency.revised": lazy("{who} changed the use of {name}"),
    "customfield.created": lazy("{who} added the custom field {name}"),
    "customfield.revised": lazy("{who} changed the custom field {name}"),
    "customfield.archived": lazy("{who} archived the custom field {name}"),
    "customfield.restored": lazy("{who} restored the custom field {name}"),
    "token.issued": lazy("{who} issued the token “{name}” to {user}"),
    "token.revoked": lazy("{who} revoked the token “{name}” of {user}"),
    "company.created": lazy("{who} added the company {name}"),
    "company.revised": lazy("{who} changed the company {name}"),
    "contact.created": lazy("{who} added the contact {name}"),
    "contact.revised": lazy("{who} changed the contact {name}"),
    "contact.linked": lazy("{who} linked {name} with {company_name}"),
    "contact.unlinked": lazy("{who} took {name} away from {company_name}"),
    "source.created": lazy("{who} added the source {name}"),
    "source.revised": lazy("{who} changed the source {name}"),
    "pipeline.created": lazy("{who} added the pipeline {name}"),
    "pipeline.revised": lazy("{who} changed the pipeline {name}"),
    "stage.added": lazy("{who} added the stage {name}"),
    "stage.revised": lazy("{who} changed the stage {name}"),
    "stage.ordered": lazy("{who} moved the stage {name} to another place"),
    "stage.deleted": lazy("{who} deleted the stage {name}"),
    "product.created": lazy("{who} added the product {name}"),
    "product.revised": lazy("{who} changed the product {name}"),
    "unit.created": lazy("{who} added the unit {name}"),
    "unit.revised": lazy("{who} changed the unit {name}"),
    "unit.deleted": lazy("{who} deleted the unit {name}"),
    "taxclass.created": lazy("{who} added the tax class {name}"),
    "taxclass.revised": lazy("{who} changed the tax class {name}"),
    "pricebook.created": lazy("{who} added the price book {name}"),
    "pricebook.revised": lazy("{who} changed the price book {name}"),
    "pricebook.priced": lazy("{who} changed prices in {name}"),
    "winreason.created": lazy("{who} added the win reason “{name}”"),
    "winreason.revised": lazy("{who} changed the win reason “{name}”"),
    "lossreason.created": lazy("{who} added the loss reason “{name}”"),
    "lossreason.revised": lazy("{who} changed the loss reason “{name}”"),
    "letterhead.revised": lazy("{who} changed the letterhead"),
    "sending.sent": lazy("{who} sent the mail “{name}”"),
    "sending.failed": lazy("{who} could not send the mail “{name}”"),
    "quotesettings.revised": lazy("{who} changed the settings of quotes and invoices"),
    "quote_settings.revised": lazy("{who} changed the settings of renewals"),
    "delivery_template.saved": lazy("{who} changed the delivery checklist {name}"),
    "quote.drafted": lazy("{who} drafted quote {number}"),
    "quote.saved": lazy("{who} changed quote {number}"),
    "quote.revised": lazy("{who} drafted quote {number}, a new version"),
    "quote.synced": lazy("{who} let the deal follow quote {number}"),
    "quote.unsynced": lazy("{who} let the deal follow quote {number} no longer"),
    "quote.approval_asked": lazy("{who} asked for an approval of quote {number}"),
    "quote.approval_withdrawn": lazy("{who} no longer asks for an approval of quote {number}"),
    "quote.approval_granted": lazy("{who} approved quote {number}"),
    "quote.approval_refused": lazy("{who} sent quote {number} back"),
    "quote.sent": lazy("{who} sent quote {number}"),
    "quote.viewed": lazy("The customer opened quote {number}"),
    "quote.asked": lazy("{name} asked about quote {number}: {text}"),
    "quote.accepted": lazy("{name} accepted quote {number} over {total}"),
    "quote.acceptance_retracted": lazy("{who} took back that {name} accepted quote {number}: {reason}"),
    "quote.offered_again": lazy("{who} put quote {number} on the table again"),
    "quote.declined": lazy("Quote {number} was declined"),
    "quote.expired": lazy("Quote {number} expired"),
    "quote.superseded": lazy("Version {by_version} took the place of quote {number}"),
    "quote.cancelled": lazy("{who} cancelled quote {number}"),
    "quote.link_made": lazy("{who} made a link to quote {number}"),
    "quote.link_revoked": lazy("{who} revoked the link to quote {number}"),
    "invoice.drafted": lazy("{who} drafted an invoice of quote {quote}"),
    "invoice.saved": lazy("{who} changed a draft of an invoice"),
    "invoice.dropped": lazy("{who} deleted a draft of an invoice"),
    "invoice.issued": lazy("{who} issued invoice {number} over {total}"),
    "invoice.sent": lazy("{who} sent invoice {number} to {to}"),
    "invoice.paid": lazy("{who} recorded a payment of {amount} for invoice {number}"),
    "invoice.paid_back": lazy("{who} recorded that {amount} of invoice {number} was paid back"),
    "invoice.payment_reversed": lazy("{who} reversed a payment of {amount} for invoice {number}"),
    "invoice.credited": lazy("{who} credited {amount} of invoice {number} by {note}"),
    "invoice.overdue": lazy("Invoice {number} is overdue: {owed} is owed"),
    "invoice.reminded": lazy("{who} reminded the customer of invoice {number}: {owed} is owed"),
    "credit.drafted": lazy("{who} drafted a credit note against invoice {against}"),
    "credit.saved": lazy("{who} changed a draft of a credit note"),
    "credit.dropped": lazy("{who} deleted a draft of a credit note"),
    "credit.issued": lazy("{who} issued credit note {number} over {total}"),
    "credit.sent": lazy("{who} sent credit note {number} to {to}"),
    "delivery.started": lazy("{who} started the delivery of {name}"),
    "delivery.finished": lazy("{who} finished the delivery of {name}"),
    "delivery.reopened": lazy("{who} opened the delivery of {name} again"),
    "delivery.stopped": lazy("{who} stopped the delivery of {name}"),
    "renewal.planned": lazy("{who} planned the renewal of {name} for {due_on}"),
    "renewal.revised": lazy("{who} moved the renewal of {name} to {due_on}"),
    "renewal.cancelled": lazy("{who} cancelled the renewal of {name}"),
    "renewal.opened": lazy("{who} opened the renewal of {name}"),
    "savedview.created": lazy("{who} saved the view “{name}”"),
    "savedview.revised": lazy("{who} changed the view “{name}”"),
    "savedview.deleted": lazy("{who} deleted the view “{name}”"),
    "deal.opened": lazy("{who} opened the deal {name}"),
    "deal.moved": lazy("{who} moved the deal {name}"),
    "deal.won": lazy("{who} won the deal {name}"),
    "deal.lost": lazy("{who} lost the deal {name}"),
    "deal.reopened": lazy("{who} reopened the deal {name}"),
    "deal.revised": lazy("{who} changed the deal {name}"),
    "deal.handed_over": lazy("{who} handed over the deal {name}"),
    "deal.archived": lazy("{who} deleted the deal {name}"),
    "deal.restored": lazy("{who} restored the deal {name}"),
    "deal.cloned": lazy("{who} cloned the deal {name}"),
    "deal.merged": lazy("{who} merged another deal into {name}"),
    "deal.unmerged": lazy("{who} took a merged deal out of {name} again"),
    "deal.purged": lazy("{who} forgot the deal {name}, deleted 30 days before"),
    "file.added": lazy("{who} added the file {name}"),
    "file.deleted": lazy("{who} deleted the file {name}"),
    "file.restored": lazy("{who} restored the file {name}"),
    "activity.planned": lazy("{who} planned “{name}”"),
    "activity.done": lazy("{who} did “{name}”"),
    "activity.reopened": lazy("{who} has “{name}” to do again"),
    "activity.revised": lazy("{who} put “{name}” in other words"),
    "activity.deleted": lazy("{who} deleted “{name}”"),
    "deal.noted": lazy("{who} changed what was noted on {name}"),
    "activity.dropped": lazy("{who} dropped “{name}”"),
    "tree.seated": lazy("{who} seated {name} in {team_name} of the forecast tree from {on}"),
    "tree.unseated": lazy("{who} took {name} out of the forecast tree from {on}"),
    "tree.placed": lazy("{who} placed {name} in the forecast tree from {on}"),
    "tree.lifted": lazy("{who} took {name} out of the forecast tree from {on}"),
    "quota.set": lazy("{who} set a quota"),
    "adjustment.made": lazy("{who} adjusted a forecast"),
    "adjustment.reset": lazy("{who} took back an adjustment of a forecast"),
}


OFTEN_MISSING = (
    "team_name", "company_name", "user", "on", "rate", "base", "count", "period", "number", "quote", "against",
    "by_version", "text", "note", "to", "total", "amount", "owed", "due_on", "reason",
)  # fmt: skip
DAYS, SUMS = ("on", "due_on"), ("total", "amount", "owed")
OTHER_NOUNS = {
    "rate": lazy("exchange rate"),
    "planrate": lazy("plan rate"),
    "currency": lazy("currency"),
    "token": lazy("API token"),
}


class Difference(NamedTuple):
    label: str
    old: Any
    new: Any


class Entry(NamedTuple):
    """An event as pages show it."""

    event: Event
    who: User | None
    at: datetime
    text: SafeString
    differences: Sequence[Difference]


def entries(events: Iterable[Event]) -> list[Entry]:
    """Read with `select_related("actor")`. One query more for each kind of record that a changed field points to."""
    events = list(events)
    names, custom = _names(events), _custom(events)
    return [
        Entry(event, event.actor, event.at, sentence(event), _differences(event, names, custom)) for event in events
    ]


def noun(name: str) -> str:
    """`company` as the reader's language calls it."""
    model = MODELS.get(name)
    return str(model._meta.verbose_name if model else OTHER_NOUNS.get(name, name))


def sentence(event: Event) -> SafeString:
    who = event.actor.name if event.actor else "Penstock"
    words = dict.fromkeys(OFTEN_MISSING, "") | event.data
    words["name"] = event.data.get("name") or event.data.get("title") or event.data.get("subject") or event.object_id
    if words["rate"] is None:
        words["rate"] = "–"
    words |= {name: day(date.fromisoformat(words[name]), "ydMMM") for name in DAYS if words[name]}
    words |= {name: _sum(words[name], event.data.get("currency")) for name in SUMS if words[name]}
    words["to"] = ", ".join(words["to"])
    text = SENTENCES.get(_kind(event))
    if text is None:
        return format_html(_("{who}: {kind} {name}"), who=_bold(who), kind=event.kind, name=_bold(words["name"]))
    words |= {"who": _bold(who), "name": _bold(words["name"]), "number": _bold(words["number"])}
    return format_html(str(text), **words)


def _kind(event: Event) -> str:
    """A credit note is an invoice that has sentences of its own."""
    noun, _dot, verb = event.kind.partition(".")
    own = f"{event.data.get('kind', noun)}.{verb}"
    return own if noun == "invoice" and own in SENTENCES else event.kind


def _sum(amount: str, currency: str | None) -> str:
    """What went back is told by the verb, not by a sign."""
    return money(abs(Decimal(amount)), currency) if currency else amount


def _bold(text: Any) -> SafeString:
    return format_html("<b>{}</b>", text)


def _custom(events: Iterable[Event]) -> dict[str, Wording]:
    """By noun, how its custom fields are worded, if one was changed."""
    values: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in events:
        changed = event.data.get("changed") or {}
        if event.noun in CustomNoun.values and any(map(is_custom, changed)):
            values[event.noun] += [unflat({name: pair[side] for name, pair in changed.items()}) for side in (0, 1)]
    return {noun: Wording(custom_fields(noun, archived=True), records) for noun, records in values.items()}


def _differences(event: Event, names: dict[tuple[Any, Any], str], custom: dict[str, Wording]) -> list[Difference]:
    changed = event.data.get("changed")
    if not isinstance(changed, dict):
        return []
    model = MODELS.get(event.noun)
    fields = {name: _field(model, name) for name in changed}
    return [
        Difference(*custom[event.noun].change(name, old, new))
        if is_custom(name)
        else _difference(fields[name], name, old, new, names)
        for name, (old, new) in changed.items()
        if fields[name] is None or fields[name].concrete  # of lines and people only what was is known
    ]


def _difference(field: Any, name: str, old: Any, new: Any, names: dict[tuple[Any, Any], str]) -> Difference:
    if field is None:
        return Difference(name.replace("_", " "), old, new)
    label = str(field.verbose_name)
    return Difference(label, _shown(field, old, names), _shown(field, new, names))


def _shown(field: Any, value: Any, names: dict[tuple[Any, Any], str]) -> Any:
    if value is None or value == "":
        return "–"
    if field.is_relation:
        return names.get((field.related_model, value), value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field.choices:
        return dict(field.flatchoices).get(value, value)
    if isinstance(field, models.DecimalField):
        return format_decimal(Decimal(value).normalize(), "#,##0.##########", locale=locale())
    if isinstance(field, models.DateField):  # instants too
        return day(field.to_python(value), "ydMMM")
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def _field(model: type[models.Model] | None, name: str) -> Any:
    try:
        return model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        return None


def _names(events: Iterable[Event]) -> dict[tuple[Any, Any], str]:
    """The names of every record that a changed field pointed to, before or after."""
    wanted: dict[type[models.Model], set[Any]] = defaultdict(set)
    for event in events:
        for name, values in (event.data.get("changed") or {}).items():
            field = _field(MODELS.get(event.noun), name)
            if field is not None and field.many_to_one and isinstance(values, list):
                wanted[field.related_model] |= set(values) - {None}
    return {
        (model, pk): str(record)
        for model, ids in wanted.items()
        for pk, record in model._default_manager.in_bulk(ids).items()
    }


class _Models:
    """Which model a noun is: its name in lower case, in whichever app it lives."""

    def get(self, noun: str) -> type[models.Model] | None:
        if not hasattr(self, "known"):
            self.known = {
                model._meta.model_name: model for model in apps.get_models() if model._meta.app_label != "admin"
            }
        return self.known.get(noun)


MODELS = _Models()
