"""What a row about a deal means."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from contacts.imports import companies, contacts, create_companies_called, create_sources_called, sources
from crm.custom.values import is_custom
from crm.errors import Refused
from crm.imports.custom import custom_values, fields_of
from crm.imports.mapping import Field
from crm.imports.people import create_people, people, person_called, team_on
from crm.imports.rows import Action, Row
from crm.imports.run import BAD_ROW, Kind
from crm.models import User
from pipeline.actions import (
    Line,
    hand_over_deal,
    lose_deal,
    move_deal,
    open_deal,
    reopen_deal,
    revise_deal,
    set_lines,
    win_deal,
)
from pipeline.actions.recalling import Visit
from pipeline.imports.catalogue import (
    create_products_called,
    create_reasons_called,
    funnel,
    loss_reasons,
    products,
    win_reasons,
)
from pipeline.imports.history import StageHistory
from pipeline.ledger import Ledger, writing
from pipeline.models import Deal, DealLine, LossReason, Stage, WinReason

PLAIN = ("title", "external_id", "amount", "expected_close_on", "probability_override", "category_override")
CLOSING = ("win_reason", "loss_reason", "competitor", "closing_note", "closed_on")


class Close(NamedTuple):
    """How a deal ended."""

    stage: Stage
    on: date | None
    win_reason: WinReason | None
    loss_reason: LossReason | None
    competitor: str | None
    note: str | None


class Deals(Kind):
    """A deal as it stands. Known deals change through the verbs; how a new one came here, `stage_history` may say."""

    name, noun = "deals", "deal"
    fields = {
        "external_id": Field(),
        "title": Field(is_needed=True),
        "owner": Field(is_needed=True),
        "pipeline": Field(),
        "stage": Field(),
        "company": Field(),
        "contact": Field(),
        "source": Field(),
        "product": Field(),
        "quantity": Field("number"),
        "unit_price": Field("number"),
        "discount": Field("percent"),
        "amount": Field("number"),
        "currency": Field(),
        "probability_override": Field("percent"),
        "category_override": Field(),
        "opened_at": Field("moment"),
        "expected_close_on": Field("day"),
        "closed_on": Field("day"),
        "win_reason": Field(),
        "loss_reason": Field(),
        "competitor": Field(),
        "closing_note": Field(),
    }
    keys = ("external_id", "title")
    options = frozenset({"email_at", "closed_from", "list_price"})
    creates = frozenset({"people", "companies", "sources", "products", "reasons"})

    @classmethod
    def all_fields(cls) -> Mapping[str, Field]:
        return {**cls.fields, **fields_of("deal")}

    def write(self, rows: Sequence[Row]) -> None:
        self.create_what_is_named(rows)
        known = self.known(rows)
        with writing() as ledger:
            deals = {deal.pk: deal for deal in ledger.lock_all([deal.pk for deal in known.values() if deal])}
            ledger.expect(len(rows) - len(deals))
            for row in rows:
                deal = known[row.values[self.table.key]]
                try:
                    with ledger.attempt():
                        row.done(self.revise(deals[deal.pk], row) if deal else self.open(ledger, row))
                except BAD_ROW as error:
                    row.fail(error)

    # ── Finding ────────────────────────────────────────────────────────────────────────────────

    def known(self, rows: Sequence[Row]) -> dict[str, Deal | None]:
        """The deals that the rows' keys name. Raises Refused where a key names several."""
        key, known = self.table.key, dict.fromkeys([row.values[self.table.key] for row in rows])
        for deal in Deal.objects.filter(**{f"{key}__in": list(known)}):
            if known[getattr(deal, key)] is not None:
                raise Refused(**{key: _("Several deals are called “%(key)s”.") % {"key": getattr(deal, key)}})
            known[getattr(deal, key)] = deal
        found = [deal.pk for deal in known.values() if deal]
        self.lines: dict[int, list[DealLine]] = {pk: [] for pk in found}
        for line in DealLine.objects.filter(deal__in=found):
            self.lines[line.deal_id].append(line)
        return known

    def create_what_is_named(self, rows: Sequence[Row]) -> None:
        def named(name: str) -> list[str]:
            return list(dict.fromkeys(row.values[name] for row in rows if name in row.values))

        create = self.table.create
        if "people" in create:
            create_people(self.run, named("owner"), self.table.options.get("email_at", ""))
        people(self.run).fetch(named("owner"))
        if "companies" in create:
            create_companies_called(self.run, self._owners_of_companies(rows))
        companies(self.run).fetch(named("company"))
        contacts(self.run).fetch(named("contact"))
        if "sources" in create:
            create_sources_called(self.run, named("source"))
        if "products" in create:
            create_products_called(self.run, named("product"))
        if "reasons" in create:
            create_reasons_called(self.run, named("win_reason"), named("loss_reason"))

    def _owners_of_companies(self, rows: Sequence[Row]) -> dict[str, User]:
        owners: dict[str, User] = {}
        for row in rows:
            owner = people(self.run).get(row.values["owner"])
            if owner and "company" in row.values:
                owners.setdefault(row.values["company"], owner)
        return owners

    def facts(self, row: Row) -> dict[str, Any]:
        """The row's revisable fields. Raises Refused for names that mean nothing."""
        facts = {name: row.values[name] for name in PLAIN if name in row.values}
        lookups: dict[str, Callable[[str], Any]] = {
            "company": companies(self.run).find,
            "source": sources(self.run).find,
            "currency": self.run.currency,
        }
        facts |= custom_values(self.run, "deal", row)
        return facts | {name: find(row.values[name]) for name, find in lookups.items() if name in row.values}

    def line(self, row: Row, facts: dict[str, Any]) -> Line | None:
        """What the deal is worth is said by its amount, if the product has no price in its currency."""
        if "product" not in row.values:
            return None
        line = Line(products(self.run).find(row.values["product"]))
        given = {name: row.values[name] for name in ("quantity", "unit_price", "discount") if name in row.values}
        if "amount" in facts and line.product.currency_id != facts.get("currency", self.run.workspace.currency).pk:
            given.setdefault("unit_price", Decimal(0))
        return line._replace(**given)

    def target(self, row: Row) -> Stage:
        pipeline = funnel(self.run).pipeline(row.values.get("pipeline", ""))
        return funnel(self.run).stage(pipeline, row.values.get("stage", ""))

    def closing(self, row: Row, stage: Stage) -> Close:
        win, loss = row.values.get("win_reason"), row.values.get("loss_reason")
        return Close(
            stage=stage,
            on=row.values.get("closed_on"),
            win_reason=win_reasons(self.run).find(win) if win else None,
            loss_reason=loss_reasons(self.run).find(loss) if loss else None,
            competitor=row.values.get("competitor"),
            note=row.values.get("closing_note"),
        )

    # ── Opening ────────────────────────────────────────────────────────────────────────────────

    def open(self, ledger: Ledger, row: Row) -> Action:
        target, facts = self.target(row), self.facts(row)
        opened_at: datetime = row.values.get("opened_at") or self.run.as_of(self.table)
        start, visits, is_full = self.way(row, target, opened_at)
        if visits:
            opened_at = min(opened_at, visits[0].at)
        owner = person_called(self.run, row.values["owner"])
        line = self.line(row, facts)
        if line and self.table.options.get("list_price") and "amount" not in facts:
            facts["amount"] = self.list_price(line, facts)
        contact = row.values.get("contact")
        deal = open_deal(
            owner=owner,
            team=team_on(self.run, owner, opened_at.astimezone(ledger.workspace.zone).date()),
            stage=start,
            lines=[line] if line else [],
            people=[(contacts(self.run).find(contact), "")] if contact else [],
            by=self.by,
            at=opened_at,
            has_full_history=is_full,
            **facts,
        )
        end = self.closing(row, target)
        for visit in visits[1:] if is_full else visits:
            self.enter(deal, visit.stage, end._replace(stage=visit.stage), visit.at)
        self.settle(deal, row, end)
        return Action.CREATED

    def way(self, row: Row, target: Stage, opened_at: datetime) -> tuple[Stage, list[Visit], bool]:
        """Where the deal starts, the visits to stages that are known, and whether they are all there were."""
        visits = StageHistory.take(self.run, row.values.get("external_id", ""))
        known = "opened_at" in row.values
        zone = self.run.workspace.zone
        is_full = bool(visits) and visits[0].stage.is_open
        if is_full and known:
            is_full = visits[0].at.astimezone(zone).date() <= opened_at.astimezone(zone).date()
        if is_full:
            return visits[0].stage, visits, True
        return target if target.is_open else self.closed_from(target), visits, False

    def closed_from(self, target: Stage) -> Stage:
        """The open stage that closed deals without a history came from: `closed_from`, else the last one."""
        pipeline = funnel(self.run).pipeline(target.pipeline.name)
        name = self.table.options.get("closed_from")
        return funnel(self.run).stage(pipeline, str(name)) if name else funnel(self.run).last_open(pipeline)

    def list_price(self, line: Line, facts: dict[str, Any]) -> Decimal:
        """What a deal without an amount is worth."""
        currency = facts.get("currency", self.run.workspace.currency)
        if line.product.currency_id != currency.pk:
            known = {"product": line.product, "currency": line.product.currency_id}
            raise Refused(amount=_("It is empty, and the list price of %(product)s is in %(currency)s.") % known)
        return line.product.unit_price * line.quantity

    # ── Following ──────────────────────────────────────────────────────────────────────────────

    def revise(self, deal: Deal, row: Row) -> Action:
        version = deal.version
        self._revise_facts(deal, row)
        owner = person_called(self.run, row.values["owner"])
        if deal.owner_id != owner.pk:
            hand_over_deal(deal, to=owner, by=self.by)
        if "stage" in row.values:
            self.settle(deal, row, self.closing(row, self.target(row)))
        return Action.UPDATED if deal.version > version else Action.UNCHANGED

    def _revise_facts(self, deal: Deal, row: Row) -> None:
        facts = self.facts(row)
        line = self.line(row, {"currency": deal.currency, **facts})
        if line and not self._has_line(deal, line):
            set_lines(deal, [line], by=self.by)
            if self.table.options.get("list_price") and "amount" not in facts:
                facts["amount"] = self.list_price(line, {"currency": deal.currency, **facts})
        changed = {name: value for name, value in facts.items() if is_custom(name) or _differs(deal, name, value)}
        if changed:
            revise_deal(deal, by=self.by, **changed)

    def _has_line(self, deal: Deal, line: Line) -> bool:
        price = line.product.unit_price if line.unit_price is None else line.unit_price
        there = [(each.product_id, each.quantity, each.discount) for each in self.lines[deal.pk]]
        same_price = line.unit_price is None or [each.unit_price for each in self.lines[deal.pk]] == [price]
        return there == [(line.product.pk, line.quantity, line.discount)] and same_price

    def settle(self, deal: Deal, row: Row, end: Close) -> None:
        """Bring the deal to the stage it is in by this row, unless it is there already in the same way."""
        if deal.stage_id != end.stage.pk or not self._is_closed_so(deal, end):
            self.enter(deal, end.stage, end, None)

    def _is_closed_so(self, deal: Deal, end: Close) -> bool:
        if deal.is_open:
            return True
        reason, there = (end.win_reason, deal.win_reason_id) if deal.is_won else (end.loss_reason, deal.loss_reason_id)
        return (
            end.on in {None, deal.closed_on}
            and (reason is None or reason.pk == there)
            and (deal.is_won or end.competitor in {None, deal.competitor})
            and end.note in {None, deal.closing_note}
        )

    def enter(self, deal: Deal, stage: Stage, end: Close, at: datetime | None) -> None:
        if stage.is_open:
            if deal.stage_id != stage.pk:
                (move_deal if deal.is_open else reopen_deal)(deal, to=stage, by=self.by, at=at)
            return
        on = end.on if at is None else None
        if on and on < deal.opened_at.astimezone(self.run.workspace.zone).date():
            raise Refused(closed_on=_("Closed on %(on)s, before it was opened.") % {"on": on})
        note = end.note if end.note is not None else deal.closing_note
        if stage.is_won:
            reason = end.win_reason or deal.win_reason
            if reason is None:
                raise Refused(win_reason=_("A won deal needs a reason: map win_reason or give it a default."))
            win_deal(deal, reason=reason, closed_on=on, note=note, by=self.by, at=at)
        else:
            loss = end.loss_reason or deal.loss_reason
            if loss is None:
                raise Refused(loss_reason=_("A lost deal needs a reason: map loss_reason or give it a default."))
            competitor = end.competitor if end.competitor is not None else deal.competitor
            lose_deal(deal, reason=loss, competitor=competitor, closed_on=on, note=note, by=self.by, at=at)


def _differs(deal: Deal, name: str, value: Any) -> bool:
    there = getattr(deal, f"{name}_id") if name in {"company", "source", "currency"} else getattr(deal, name)
    return bool(there != getattr(value, "pk", value))
