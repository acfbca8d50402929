"""From rows to verbs: the run carries each table's rows to its kind and keeps what became of every row."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from django.db import DatabaseError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.actions import revise_workspace
from crm.errors import Conflict, Refused
from crm.imports.mapping import BadMapping, Field, KindShape, Mapped, Table
from crm.imports.reading import NOON, BadFile
from crm.imports.rows import Action, Reader, Row, sentence
from crm.models import Currency, User, Workspace
from crm.request import surroundings

AT_ONCE = 1000
BAD_ROW = (Refused, Conflict, DatabaseError, ValueError)


class Kind:
    """One noun that rows can be. A subclass says what it takes, and writes a batch of rows through the verbs."""

    name: ClassVar[str]
    noun: ClassVar[str]  # in the report of rows
    fields: ClassVar[Mapping[str, Field]]
    keys: ClassVar[Sequence[str]] = ()
    options: ClassVar[frozenset[str]] = frozenset()
    creates: ClassVar[frozenset[str]] = frozenset()
    is_read_ahead: ClassVar[bool] = False  # `look_ahead` gets its rows before any table is written

    def __init__(self, table: Table, run: "Run") -> None:
        self.table = table
        self.run = run

    @classmethod
    def shape(cls) -> KindShape:
        return KindShape(cls.all_fields(), cls.keys, cls.options, cls.creates)

    @classmethod
    def all_fields(cls) -> Mapping[str, Field]:
        """Its own, and those that the company added."""
        return cls.fields

    @property
    def by(self) -> User | None:
        return self.run.by

    def look_ahead(self, rows: Sequence[Row]) -> None:
        """Rows of this table, before the first table is written."""

    def write(self, rows: Sequence[Row]) -> None:
        """Write the rows; each must end with `row.done` or `row.fail`. Called in a transaction."""
        for row in rows:
            self.attempt(row, partial(self.write_row, row))

    def write_row(self, row: Row) -> Action:
        raise NotImplementedError

    def attempt(self, row: Row, write: Callable[[], Action]) -> None:
        """One row by itself: whatever is wrong with it, it leaves no trace and the others go on."""
        try:
            with transaction.atomic():
                row.done(write())
        except BAD_ROW as error:
            self.run.forget()
            row.fail(error)


class Index[M: models.Model]:
    """Records by the texts that a file may name them by: the first of `names` that fits, letter for letter."""

    def __init__(self, records: models.QuerySet[M], noun: str, *names: str) -> None:
        self.records = records
        self.noun = noun
        self.names = names
        self.found: dict[str, dict[str, list[M]]] = {name: defaultdict(list) for name in names}
        self.asked: set[str] = set()

    def fetch(self, texts: Iterable[str]) -> None:
        new = sorted({text for text in texts if text} - self.asked)
        self.asked.update(new)
        for start in range(0, len(new), AT_ONCE):
            for name in self.names:
                for record in self.records.filter(**{f"{name}__in": new[start : start + AT_ONCE]}):
                    self.found[name][getattr(record, name)].append(record)

    def add(self, record: M) -> None:
        for name in self.names:
            if text := getattr(record, name):
                self.asked.add(text)
                others = self.found[name][text]
                others[:] = [*(other for other in others if other.pk != record.pk), record]

    def get(self, text: str) -> M | None:
        """The one record named so, None if there is none. Raises Refused if several are."""
        self.fetch([text])
        for name in self.names:
            if records := self.found[name].get(text):
                if len(records) > 1:
                    known = {"count": len(records), "noun": self.noun, "text": text}
                    raise Refused(**{"": _("%(count)d %(noun)s are called “%(text)s”.") % known})
                return records[0]
        return None

    def find(self, text: str) -> M:
        """The one record named so. Raises Refused."""
        if (record := self.get(text)) is None:
            known = {"noun": self.noun, "text": text}
            raise Refused(**{"": _("There are no %(noun)s called “%(text)s”.") % known})
        return record


class Outcome:
    """What became of one table's rows."""

    def __init__(self, table: Table, rows: list[Row]) -> None:
        self.table = table
        self.rows = rows

    @property
    def counts(self) -> Counter[Action]:
        return Counter(row.action for row in self.rows if row.action)

    @property
    def failed(self) -> list[Row]:
        return [row for row in self.rows if row.action is Action.FAILED]


class Run:
    def __init__(self, mapped: Mapped, kinds: Mapping[str, type[Kind]], folder: Path, by: User | None) -> None:
        self.mapped = mapped
        self.by = by
        self.folder = folder
        self.workspace = Workspace.current()
        self.now = timezone.now()
        self.shared: dict[Any, Any] = {}
        self.kinds = [kinds[table.kind](table, self) for table in mapped.tables]

    def share[T](self, key: Any, make: Callable[[], T]) -> T:
        """Something read once for many rows: an index, a person's memberships."""
        if key not in self.shared:
            self.shared[key] = make()
        found: T = self.shared[key]
        return found

    def forget(self) -> None:
        """Look records up anew: what was found may have been taken back."""
        self.shared.clear()

    def settle(self) -> None:
        """The company's settings that the mapping gives, before anything is read by them."""
        fields = dict(self.mapped.workspace)
        try:
            if "currency" in fields:
                fields["currency"] = self.currency(str(fields["currency"]))
            revise_workspace(by=self.by, **fields)
        except Refused as refused:
            raise BadMapping(f"{self.mapped.path.name}, [workspace]: {sentence(refused)}") from None

    def currency(self, code: str) -> Currency:
        currencies = self.share("currencies", lambda: {each.pk: each for each in Currency.objects.all()})
        try:
            return currencies[code.upper()]
        except KeyError:
            raise Refused(currency=_("There is no currency “%(code)s”.") % {"code": code}) from None

    def as_of(self, table: Table) -> datetime:
        """The moment a file describes: noon of its `as_of` day, else the run’s beginning."""
        day = table.formats.as_of
        return datetime.combine(day, NOON, self.workspace.zone) if day else self.now

    def read(self) -> list[Outcome]:
        """Every table's rows, those that cannot be read marked as failed. Raises BadMapping with every problem."""
        outcomes, problems = [], []
        for table, kind in zip(self.mapped.tables, self.kinds, strict=True):
            try:
                reader = Reader(
                    table, kind.all_fields(), kind.noun, self.mapped.path.name, self.folder, self.workspace.zone
                )
                outcomes.append(Outcome(table, list(reader.rows())))
            except BadFile as error:
                problems.append(str(error))
            except BadMapping as error:
                problems += error.problems
        if problems:
            raise BadMapping(*problems)
        return outcomes

    def write(self, outcomes: Sequence[Outcome], tell: Callable[[Outcome], None]) -> None:
        for kind, outcome in zip(self.kinds, outcomes, strict=True):
            if kind.is_read_ahead:
                kind.look_ahead([row for row in outcome.rows if row.action is None])
        in_order = sorted(zip(self.kinds, outcomes, strict=True), key=lambda pair: pair[0].is_read_ahead)
        for kind, outcome in in_order:
            rows = [row for row in outcome.rows if row.action is None]
            for start in range(0, len(rows), AT_ONCE):
                self._write(kind, rows[start : start + AT_ONCE])
            for row in outcome.rows:
                if row.twin and row.twin.action is Action.FAILED:
                    row.fail(row.twin.message)
            tell(outcome)

    def _write(self, kind: Kind, rows: Sequence[Row]) -> None:
        """A batch at once; if the database refuses the batch, row by row, so that only the bad one fails."""
        try:
            with transaction.atomic():
                kind.write(rows)
        except BAD_ROW as error:
            self.forget()
            if len(rows) == 1:
                rows[0].fail(error)
            else:
                for row in rows:
                    row.action = None
                for row in rows:
                    self._write(kind, [row])


def import_files(
    mapped: Mapped,
    kinds: Mapping[str, type[Kind]],
    folder: Path,
    *,
    commit: bool,
    by: User | None,
    tell: Callable[[Outcome], None],
) -> list[Outcome]:
    """Import every table in one transaction, which without `commit` is taken back. Raises BadMapping."""
    with surroundings(via="import"), transaction.atomic():
        run = Run(mapped, kinds, folder, by)
        run.settle()
        outcomes = run.read()
        run.write(outcomes, tell)
        if not commit:
            transaction.set_rollback(True)
    return outcomes
