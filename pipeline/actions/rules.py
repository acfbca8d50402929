"""Rules that several verbs share."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from contacts.models import Contact
from crm.custom.values import entered, is_custom, split
from crm.errors import Conflict, NeedsFields, Refused
from crm.models import Team, User, Workspace
from crm.models.custom import PREFIX
from crm.money import NotConvertible, round_to
from crm.rows import prepared
from pipeline.ledger import FIELDS, Ledger, plain
from pipeline.models import (
    Category,
    Deal,
    DealChange,
    DealContact,
    DealLine,
    DealRole,
    Product,
    RequiredField,
    Stage,
    askable,
)
from pipeline.offering import Ask, Offer, prices_of
from pipeline.pricing import line_total
from pipeline.ranking import rank_between

REVISABLE = {
    "title",
    "company",
    "source",
    "amount",
    "currency",
    "expected_close_on",
    "probability_override",
    "category_override",
    "competitor",
    "closing_note",
    "win_reason",
    "loss_reason",
    "amount_from_lines",
    "external_id",
}
COLUMN_OF = {name: field.attname for field in FIELDS.values() for name in (field.name, field.attname)}
REVISABLE_COLUMNS = REVISABLE | {column for column, field in FIELDS.items() if field.name in REVISABLE}


class Line(NamedTuple):
    product: Product
    quantity: Decimal = Decimal(1)
    unit_price: Decimal | None = None  # None: the product's, or the price book's if the deal has another currency
    discount: Decimal = Decimal(0)


# Asked for each new deal: written out, as to build the query takes ten times as long as to answer it.
TEAM = [field.attname for field in Team._meta.concrete_fields]
TEAM_OF = f"""
SELECT {", ".join(f't."{name}"' for name in TEAM)} FROM crm_membership m JOIN crm_team t ON t.id = m.team_id
WHERE m.user_id = %s AND m.starts_on <= %s AND (m.ends_on IS NULL OR m.ends_on > %s)"""


def team_of(user: User, day: date) -> Team | None:
    """The team the user is in on that day."""
    with prepared() as cursor:
        cursor.execute(TEAM_OF, [user.pk, day, day])
        row = cursor.fetchone()
    return Team.from_db(connection.alias, TEAM, row) if row else None


def lines_of(deal: Deal, lines: Sequence[Line], start: int = 0) -> list[DealLine]:
    """Unsaved lines, their totals worked out. Raises Refused."""
    digits = Workspace.current().digits_of(deal.currency_id) if lines else 2
    return [_line_of(deal, line, position, digits) for position, line in enumerate(_priced(deal, lines), start)]


def _priced(deal: Deal, lines: Sequence[Line]) -> list[Line]:
    """A price is never taken from another currency: it is the price book's, before tax, or has to be said."""
    asks = [Ask(line.product, line.quantity) for line in lines if _is_foreign(deal, line)]
    if not asks:
        return list(lines)
    found = iter(prices_of(asks, book=None, currency=deal.currency, on=Workspace.current().today, company=deal.company))
    return [
        line._replace(unit_price=_offered(deal, line, next(found))) if _is_foreign(deal, line) else line
        for line in lines
    ]


def _is_foreign(deal: Deal, line: Line) -> bool:
    return line.unit_price is None and line.product.currency_id != deal.currency_id


def _offered(deal: Deal, line: Line, offer: Offer | None) -> Decimal:
    if offer is None or (offer.book and offer.book.includes_tax):
        words = {"product": line.product.name, "currency": deal.currency_id}
        raise Refused(lines=_("%(product)s has no price in %(currency)s: enter one.") % words)
    return offer.unit_price


def _line_of(deal: Deal, line: Line, position: int, digits: int) -> DealLine:
    quantity, discount = round_to(line.quantity, 3), round_to(line.discount, 2)
    price = round_to(line.product.unit_price if line.unit_price is None else line.unit_price, 3)
    total = line_total(quantity, price, discount, digits)
    if quantity <= 0:
        raise Refused(lines=_("A quantity must be more than 0."))
    if not 0 <= discount <= 100:
        raise Refused(lines=_("A discount is between 0 and 100 percent."))
    if quantity >= Decimal("1e11") or max(abs(price), abs(total)) >= Decimal("1e15"):
        raise Refused(lines=_("This amount is too large."))
    return DealLine(
        deal=deal,
        product=line.product,
        quantity=quantity,
        unit_price=price,
        discount=discount,
        total=total,
        position=position,
    )


def set_fields(deal: Deal, fields: Mapping[str, Any], *, is_new: bool = False) -> None:
    """A new deal must have every required custom field."""
    own, custom = split(fields)
    if unknown := own.keys() - REVISABLE_COLUMNS:
        raise Refused(**dict.fromkeys(unknown, _("This cannot be changed here.")))
    for name, value in own.items():
        setattr(deal, name, value.strip() if isinstance(value, str) else value)
    if custom or is_new:
        deal.custom = entered("deal", deal.custom, custom, asks_required=is_new)


def check_fields(deal: Deal) -> None:
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
    for name in ("competitor", "external_id"):
        if len(getattr(deal, name)) > 120:
            errors[name] = _("At most 120 characters.")
    if errors:
        raise Refused(**errors)


def links_of(deal: Deal, people: Sequence[tuple[Contact, str]]) -> list[DealContact]:
    """Unsaved links to contacts with their roles. Raises Refused."""
    if len({contact.pk for contact, _role in people}) < len(people):
        raise Refused(people=_("A contact stands on a deal once."))
    if {role for _contact, role in people} - {"", *DealRole.values}:
        raise Refused(people=_("There is no such role."))
    return [DealContact(deal=deal, contact=contact, role=role) for contact, role in people]


def require_fields(ledger: Ledger, deal: Deal, stage: Stage) -> None:
    """What the stage asks for before a deal enters it."""
    asked = [name for name in stage.required_fields if not is_custom(name) or name in askable()]
    missing = [name for name in asked if not _has(ledger, deal, name)]
    if missing:
        labels = askable()
        raise NeedsFields(
            stage,
            {name: _("%(stage)s needs: %(field)s.") % {"stage": stage.name, "field": labels[name]} for name in missing},
        )


def _has(ledger: Ledger, deal: Deal, name: str) -> bool:
    if is_custom(name):
        return name.removeprefix(PREFIX) in deal.custom
    match name:
        case RequiredField.CONTACT:
            return bool(ledger.related(DealContact, deal))
        case RequiredField.PRODUCT:
            return bool(ledger.related(DealLine, deal))
        case RequiredField.NEXT_STEP:
            return deal.next_step_id is not None
        case RequiredField.COMPANY | RequiredField.SOURCE:
            return getattr(deal, f"{name}_id") is not None
    return getattr(deal, name) is not None


def changed_since(deal: Deal, version: int, fields: Iterable[str]) -> DealChange | None:
    """The newest change by which one of the fields is another one now than it was at `version`.

    What was changed and changed back is not.
    """
    names = {COLUMN_OF.get(name, name) for name in fields}
    was: dict[str, Any] = {}
    newest = None
    for change in deal.changes.filter(version__gt=version).select_related("by").order_by("-version", "-id"):
        if touched := names & change.was.keys():
            newest = newest or change
            was |= {name: change.was[name] for name in touched}
    return newest if any(_now(deal, name) != value for name, value in was.items()) else None


def expect_same_fields(deal: Deal, version: int | None, fields: Mapping[str, Any]) -> None:
    """Refuse to overwrite a field that somebody changed since the caller saw it, unless to the same value."""
    if version is None or version == deal.version:
        return
    sent = {COLUMN_OF.get(name, name): getattr(value, "pk", value) for name, value in fields.items()}
    is_same = all(name in FIELDS and plain(name, value) == _now(deal, name) for name, value in sent.items())
    if not is_same and (change := changed_since(deal, version, sent)):
        raise Conflict(
            _("%(who)s changed this in the meantime.") % {"who": change.by or _("Penstock")},
            current=deal,
            change=change,
        )


def _now(deal: Deal, name: str) -> Any:
    """A field's value as history would keep it."""
    return plain(name, deal.__dict__[name]) if name in FIELDS else deal.custom.get(name.removeprefix(PREFIX))


def effect(ledger: Ledger, at: datetime | None, deal: Deal | None = None) -> datetime:
    """When a change dated `at` takes effect: not in the future, and never before the change it follows."""
    if at is None:
        return ledger.now
    if at > ledger.now:
        raise Refused(at=_("This cannot have happened in the future."))
    return at if deal is None else max(at, ledger.last_effect(deal))


def day_of(ledger: Ledger, at: datetime) -> date:
    return at.astimezone(ledger.workspace.zone).date()


def expect_same_stage(deal: Deal, version: int | None) -> None:
    """Refuse to act on a deal that left its stage since the caller saw it; a changed position does not matter."""
    if version is None or version == deal.version:
        return
    since = deal.changes.filter(version__gt=version).select_related("by").order_by("-version")
    for change in since:
        if {"stage_id", "outcome", "archived_at"} & change.was.keys():
            raise Conflict(
                _("%(who)s changed this to %(stage)s.") % {"who": change.by or _("Penstock"), "stage": deal.stage},
                current=deal,
                change=change,
            )


def freeze_value(ledger: Ledger, deal: Deal) -> None:
    """Keep the rate of the close date on the deal: later rates do not touch it."""
    if deal.closed_on is None:
        return
    rates = ledger.rates(deal.closed_on, deal.currency_id)
    try:
        deal.base_rate = rates.rate(deal.currency_id)
        deal.base_amount = round_to(rates.convert(deal.money, rates.base).amount, ledger.workspace.currency.digits)
    except NotConvertible:
        deal.base_rate = deal.base_amount = None


# The ranks on either side of the gap: below `after` if it stands in the column, else above `before`. What this
# transaction has placed itself, but not yet written, comes as `low` and `high`.
NEIGHBOURS = """
WITH others AS NOT MATERIALIZED (
    SELECT id, rank FROM pipeline_deal WHERE stage_id = %(stage)s AND archived_at IS NULL AND id <> %(deal)s
), seen AS (
    SELECT coalesce(%(low)s::text, (SELECT rank FROM others WHERE id = %(after)s::bigint)) AS low,
        coalesce(%(high)s::text, (SELECT rank FROM others WHERE id = %(before)s::bigint)) AS high
), held AS (
    SELECT FROM pipeline_stage WHERE id = %(stage)s FOR KEY SHARE
)
SELECT (SELECT count(*) FROM held), coalesce(low, (SELECT max(rank) FROM others WHERE rank < high)),
    CASE WHEN low IS NULL THEN high ELSE (SELECT min(rank) FROM others WHERE rank > low) END FROM seen
"""


def place_in_column(ledger: Ledger, deal: Deal, after: int | None, before: int | None) -> None:
    """A rank next to the neighbours the person saw, if they are still there; else on top. Raises Refused.

    Its stage is kept from being deleted until this transaction ends.
    """
    if not after and not before:
        ledger.hold_stage(deal.stage_id)
        ledger.put_on_top(deal)
        return
    asked: dict[str, Any] = {"stage": deal.stage_id, "deal": deal.pk, "after": after, "before": before}
    pending = {"low": ledger.held(after), "high": ledger.held(before)}
    asked |= {name: held.rank if held and held.stage_id == deal.stage_id else None for name, held in pending.items()}
    with prepared() as cursor:
        cursor.execute(NEIGHBOURS, asked)
        stages, low, high = cursor.fetchone()
    ledger.stage_is_there(deal.stage_id, stages)
    if low is None and high is None:
        ledger.put_on_top(deal)
    else:
        deal.rank = rank_between(low, high, deal.pk)


def plain_link(link: DealContact) -> list[Any]:
    """A contact and their role as history keeps them."""
    return [link.contact_id, link.role]


LINE_COLUMNS = ["product_id", "quantity", "unit_price", "discount", "total"]


def plain_line(line: DealLine) -> list[Any]:
    """A line as history keeps it."""
    return [line.product_id, *(format(Decimal(getattr(line, name)).normalize(), "f") for name in LINE_COLUMNS[1:])]
