"""What one transaction is about to write about deals: rows, history, events, and the word to the floors above.

Every verb works inside `writing()`. Called alone, a verb locks its deal, and the ledger writes once at the end. Inside
an outer `writing()` (an import, a bulk edit) many verbs share one ledger, which then writes in bulk: the same rules,
fewer round trips.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm import events
from crm.bulk import amend, append, together
from crm.custom.values import before_values
from crm.errors import Refused
from crm.models import Event, ExchangeRate, User, Workspace
from crm.models.custom import flat
from crm.money import Rates, round_to
from crm.rows import columns, found, prepared
from pipeline.models import Deal, DealChange, DealContact, DealLine, Stage
from pipeline.ranking import rank_between
from pipeline.signals import DealChanged, DealFacts, deals_changed, facts_of

_current: ContextVar["Ledger | None"] = ContextVar("ledger", default=None)
RELATED: tuple[type[DealLine], type[DealContact]] = (DealLine, DealContact)
FIELDS = {field.attname: field for field in Deal._meta.concrete_fields}
COLUMNS = list(FIELDS)
SILENT = {"id", "version", "created_at", "next_step_id", "touched_at", "custom"}  # not in a deal's history as such
PLUMBING = {"rank", "stage_since", "pushes", "pushed_days", "lost_from_id", "has_full_history"}  # undone, not shown


def plain(name: str, value: Any) -> Any:
    """A column's value as JSON keeps it: the digits of the database, instants to the microsecond."""
    if isinstance(value, Decimal):
        return str(round_to(value, FIELDS[name].decimal_places))  # type: ignore[attr-defined]
    return value.isoformat() if isinstance(value, date) else value


Related = DealLine | DealContact


LOCKED = f"SELECT {columns(Deal, 'd')} FROM pipeline_deal d WHERE d.id = ANY(%s) ORDER BY d.id FOR UPDATE"
TOP = "SELECT min(rank) FROM pipeline_deal WHERE stage_id = %s AND archived_at IS NULL AND id <> %s"


class Before(NamedTuple):
    """A deal as it was when an attempt began."""

    columns: dict[str, Any]
    seen: dict[str, Any]
    related: dict[type[Related], list[Any]]
    replaced: set[type[Related]]


class Ledger:
    def __init__(self) -> None:
        self.workspace = Workspace.current()
        self.now = timezone.now()
        self.change_set: int | None = None  # what all the changes belong to
        self.opened: list[Deal] = []
        self._related: dict[tuple[type[Related], int], list[Any]] = {}  # a deal's lines and people, as they will be
        self._replaced: set[tuple[type[Related], int]] = set()
        self._held: dict[int, Deal] = {}
        self._seen: dict[int, dict[str, Any]] = {}  # columns as last written down
        self._stored: dict[int, dict[str, Any]] = {}  # columns as the database has them
        self._first: dict[int, DealFacts | None] = {}
        self._changes: list[DealChange] = []
        self._events: list[Event] = []
        self._top: dict[int, str | None] = {}
        self._numbers: list[int] = []  # of deals to come
        self._closing: dict[tuple[int, str], Stage | None] = {}
        self._rates: dict[date, Rates] = {}
        self._effects: dict[int, datetime] = {}
        self._held_stages: set[int] = set()
        self._before: dict[int, Before | None] = {}  # for `attempt`; None: not there

    # ── Reading ────────────────────────────────────────────────────────────────────────────────

    def lock(self, deal: Deal) -> Deal:
        """The deal's row, locked and fresh; the one pending in this ledger if there is one."""
        if deal.pk not in self._held:
            self.lock_all([deal.pk])
        if deal.pk not in self._before:
            self._before[deal.pk] = self._as_it_is(deal.pk)
        return self._held[deal.pk]

    def _as_it_is(self, pk: int) -> Before:
        return Before(
            {name: self._held[pk].__dict__[name] for name in COLUMNS},
            self._seen[pk],
            {model: self._related[model, pk] for model in RELATED if (model, pk) in self._related},
            {model for model in RELATED if (model, pk) in self._replaced},
        )

    def lock_all(self, ids: list[int]) -> list[Deal]:
        """Lock many deals, in the order of their ids so that two bulk edits cannot wait for each other."""
        missing = [pk for pk in ids if pk not in self._held]
        # Without a join: a row that changed its stage while we waited for it would no longer match and go missing.
        for (deal,) in found(LOCKED, [missing], Deal):
            self._hold(deal, stored=True)
        self.now = timezone.now()  # later than the changes we waited for
        return [self._held[pk] for pk in ids if pk in self._held]

    def held(self, pk: int | None) -> Deal | None:
        """The deal as it will be, if this ledger has locked or opened it."""
        return self._held.get(pk or 0)

    def _hold(self, deal: Deal, *, stored: bool) -> None:
        columns = {name: deal.__dict__[name] for name in COLUMNS} if stored else {}
        if not stored:
            self._before[deal.pk] = None
        self._held[deal.pk] = deal
        self._seen[deal.pk] = columns
        self._stored[deal.pk] = dict(columns)
        self._first[deal.pk] = facts_of(deal) if stored else None

    def hold_stage(self, pk: int) -> None:
        """Keep the stage from being deleted until this transaction ends. Raises Refused if it is gone already."""
        if pk not in self._held_stages:
            with prepared() as cursor:
                cursor.execute("SELECT FROM pipeline_stage WHERE id = %s FOR KEY SHARE", [pk])
                self.stage_is_there(pk, cursor.rowcount)

    def stage_is_there(self, pk: int, found: int) -> None:
        """And held, if it was `found`. Raises Refused."""
        if not found:
            raise Refused(stage=_("This stage no longer exists."))
        self._held_stages.add(pk)

    def closing_stage(self, deal: Deal, kind: str) -> Stage:
        """Where the deal's pipeline keeps what is won or lost. Raises Refused."""
        key = (deal.pipeline_id, kind)
        if key not in self._closing:
            self._closing[key] = Stage.objects.filter(pipeline_id=deal.pipeline_id, kind=kind).first()
        if (stage := self._closing[key]) is None:
            raise Refused(stage=_("This pipeline has no stage for closed deals."))
        return stage

    def related[R: (DealLine, DealContact)](self, model: type[R], deal: Deal) -> list[R]:
        """The deal's lines or people, those included that are not written yet."""
        key = (model, deal.pk)
        if key not in self._related:
            self._related[key] = list(model._default_manager.filter(deal=deal)) if self._stored[deal.pk] else []
        return self._related[key]

    def relate[R: (DealLine, DealContact)](self, model: type[R], deal: Deal, rows: Sequence[R]) -> None:
        """Replace the deal's lines or people."""
        self._related[model, deal.pk] = list(rows)
        self._replaced.add((model, deal.pk))

    def last_effect(self, deal: Deal) -> datetime:
        """When the deal's newest change took effect."""
        if deal.pk not in self._effects:
            pending = [change.effective_at for change in self._changes if change.deal_id == deal.pk]
            newest = deal.changes.order_by("-effective_at", "-id").values_list("effective_at", flat=True)
            self._effects[deal.pk] = (pending[-1] if pending else newest.first()) or deal.opened_at
        return self._effects[deal.pk]

    def rates(self, day: date, currency: str) -> Rates:
        """The day's rates, for an amount in `currency`; the base currency itself needs no look-up."""
        if currency == self.workspace.currency_id:
            return Rates(currency, {})
        if day not in self._rates:
            self._rates[day] = ExchangeRate.rates_on(day, self.workspace.currency_id)
        return self._rates[day]

    # ── Noting ─────────────────────────────────────────────────────────────────────────────────

    def expect(self, count: int) -> None:
        """Fetch the numbers of that many new deals at once."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval('pipeline_deal_id_seq') FROM generate_series(1, %s)", [count])
            self._numbers = [number for (number,) in reversed(cursor.fetchall())]

    def add(self, deal: Deal) -> None:
        """Give a new deal its number and a rank on top of its stage, which is held. Raises Refused."""
        if self._numbers or deal.stage_id in self._top:
            self.hold_stage(deal.stage_id)
            deal.pk = self._numbers.pop() if self._numbers else self._number()
        else:
            deal.pk, self._top[deal.stage_id] = self._number_and_top(deal.stage_id)
        self.put_on_top(deal)
        self.opened.append(deal)
        self._hold(deal, stored=False)

    def put_on_top(self, deal: Deal) -> None:
        """A rank above every other card of its stage, those included that are not written yet."""
        if deal.stage_id not in self._top:
            with prepared() as cursor:
                cursor.execute(TOP, [deal.stage_id, deal.pk])
                (self._top[deal.stage_id],) = cursor.fetchone()
        deal.rank = self._top[deal.stage_id] = rank_between(None, self._top[deal.stage_id], deal.pk)

    def _number(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval('pipeline_deal_id_seq')")
            return int(cursor.fetchone()[0])

    def _number_and_top(self, stage: int) -> tuple[int, str | None]:
        with prepared() as cursor:
            cursor.execute(
                "SELECT nextval('pipeline_deal_id_seq'), (SELECT min(rank) FROM pipeline_deal"
                " WHERE stage_id = %s AND archived_at IS NULL) FROM pipeline_stage WHERE id = %s FOR KEY SHARE",
                [stage, stage],
            )
            self.stage_is_there(stage, cursor.rowcount)
            number, top = cursor.fetchone()
        return number, top

    def note(
        self, deal: Deal, verb: DealChange.Verb, *, by: User | None, at: datetime | None = None, **also_was: Any
    ) -> DealChange | None:
        """Write down how `deal` differs from when it was last written down. Returns None if it does not.

        `also_was` are previous values of what is not a column of the deal (lines, people).
        """
        before = self._seen[deal.pk]
        was = (
            {
                name: plain(name, before[name])
                for name in COLUMNS
                if name not in SILENT and before.get(name, _NEW) != deal.__dict__[name]
            }
            if before
            else {}
        )
        was |= also_was | (before_values(before["custom"], deal.custom) if before else {})
        if before and not was:
            return None
        if before:
            deal.version += 1
        at = self._effects[deal.pk] = at or self.now
        change = self._change(deal, verb, was, by, at)
        self._changes.append(change)
        self._events.append(self._event(deal, verb, was, before, by))
        self._seen[deal.pk] = {name: deal.__dict__[name] for name in COLUMNS}
        return change

    def remember(self, change: DealChange) -> None:
        """Append what happened to a deal before its newest change: the deal itself stays as it is."""
        self._changes.append(change)

    def _change(self, deal: Deal, verb: str, was: dict[str, Any], by: User | None, at: datetime) -> DealChange:
        return DealChange(
            deal_id=deal.pk,
            version=deal.version,
            verb=verb,
            was=was,
            by=by,
            effective_at=at,
            recorded_at=self.now,
            known_at=at if at < deal.created_at else self.now,
            pipeline_id=deal.pipeline_id,
            stage_id=deal.stage_id,
            outcome=deal.outcome,
            owner_id=deal.owner_id,
            team_id=deal.team_id,
            amount=deal.amount,
            currency_id=deal.currency_id,
            expected_close_on=deal.expected_close_on,
            probability_override=deal.probability_override,
            category_override=deal.category_override,
            closed_on=deal.closed_on,
            base_amount=deal.base_amount,
            is_archived=deal.archived_at is not None,
            change_set_id=self.change_set,
        )

    def _event(self, deal: Deal, verb: str, was: dict[str, Any], before: dict[str, Any], by: User | None) -> Event:
        now = flat(deal.custom)
        changed = {
            name: [old, plain(name, deal.__dict__[name]) if name in FIELDS else now.get(name)]
            for name, old in was.items()
            if name not in PLUMBING
        }
        owners = {deal.owner_id, before.get("owner_id", deal.owner_id)}
        teams = {deal.team_id, before.get("team_id", deal.team_id)} - {None}
        return events.event(
            f"deal.{verb}",
            deal,
            by=by,
            owner_ids=sorted(owners),
            team_ids=sorted(teams),
            data={
                "title": deal.title,
                "version": deal.version,
                "stage": deal.stage_id,
                "pipeline": deal.pipeline_id,
                "changed": changed,
            },
        )

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Forget everything noted inside the block if it fails: one bad row of an import leaves no trace."""
        noted: list[list[Any]] = [self.opened, self._changes, self._events]
        lengths = [len(rows) for rows in noted]
        around, self._before = self._before, {}
        try:
            yield
        except Exception:
            for rows, length in zip(noted, lengths, strict=True):
                del rows[length:]
            for pk, before in self._before.items():
                self._put_back(pk, before)
            self._before = around
            raise
        self._before |= around  # an attempt around this one goes back further

    def _put_back(self, pk: int, before: Before | None) -> None:
        self._effects.pop(pk, None)
        for model in RELATED:
            self._related.pop((model, pk), None)
            self._replaced.discard((model, pk))
        if before is None:
            for kept in (self._held, self._seen, self._stored, self._first):
                kept.pop(pk)
            return
        for name, value in before.columns.items():
            setattr(self._held[pk], name, value)
        self._seen[pk] = before.seen
        self._related |= {(model, pk): rows for model, rows in before.related.items()}
        self._replaced |= {(model, pk) for model in before.replaced}

    # ── Writing ────────────────────────────────────────────────────────────────────────────────

    def write(self) -> None:
        with together():
            append(Deal, self.opened)
            for deal in self._held.values():
                self._save(deal)
            append(DealChange, self._changes)
            events.record(self._events)
            touched = {change.deal_id for change in self._changes}
            changes = [DealChanged(self._first[pk], facts_of(self._held[pk])) for pk in touched]
            if changes:
                deals_changed.send(sender=Ledger, changes=changes)
        for model in RELATED:
            self._write_related(model)

    def _write_related(self, model: type[Related]) -> None:
        ids = [pk for replaced, pk in self._replaced if replaced is model]
        if stored := [pk for pk in ids if self._stored[pk]]:
            model._default_manager.filter(deal_id__in=stored).delete()
        rows = [row for pk in sorted(ids) for row in self._related[model, pk]]
        model._default_manager.bulk_create(rows, batch_size=2000)

    def _save(self, deal: Deal) -> None:
        stored = self._stored[deal.pk]
        if stored and (changed := [name for name in COLUMNS if stored[name] != deal.__dict__[name]]):
            amend(deal, changed)


_NEW = object()


@contextmanager
def writing() -> Iterator[Ledger]:
    """The ledger of the verb around us, or a new one in a transaction of its own, written when the block ends well.

    A verb that fails leaves nothing in either.
    """
    if (outer := _current.get()) is not None:
        with outer.attempt():
            yield outer
        return
    with transaction.atomic():
        ledger = Ledger()
        token = _current.set(ledger)
        try:
            yield ledger
        finally:
            _current.reset(token)
        try:
            ledger.write()
        except IntegrityError as error:
            if "deal_external_id" not in str(error):
                raise
            raise Refused(external_id=_("Another deal has this external id.")) from error
