"""From rows to verbs: the run carries each table's rows to its kind and keeps what became of every row."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from django.db import DatabaseError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.actions import revise_workspace
from crm.errors import Conflict, Refused
from crm.imports.mapping import BadMapping, Cell, Field, KindShape, Mapped, Segment, Table, nearest
from crm.imports.reading import NOON, READERS, BadFile, BadValue, read_csv
from crm.models import Currency, User, Workspace
from crm.request import surroundings

AT_ONCE = 1000
BAD_ROW = (Refused, Conflict, DatabaseError, ValueError)


class Action(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    FAILED = "failed"


class Row:
    """One row: the fields that are not empty, and what became of it."""

    __slots__ = ("action", "line", "message", "name", "twin", "values")

    def __init__(self, line: int, values: dict[str, Any]) -> None:
        self.line = line
        self.values = values
        self.action: Action | None = None
        self.name = ""
        self.message = ""
        self.twin: Row | None = None  # an earlier row that says the same

    def done(self, action: Action, message: str = "") -> None:
        self.action, self.message = action, message

    def fail(self, why: object) -> None:
        self.done(Action.FAILED, sentence(why))


def sentence(why: object) -> str:
    if isinstance(why, Refused):
        return "; ".join(
            f"{field}: {text}" if field else text for field, texts in why.errors.items() for text in texts
        )
    return str(why).strip().partition("\n")[0]


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
        return KindShape(cls.fields, cls.keys, cls.options, cls.creates)

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

    def name_of(self, row: Row) -> str:
        value = row.values.get(self.table.key) or next(iter(row.values.values()), "")
        return f"{self.noun} {value}"


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
                outcomes.append(Outcome(table, list(self._rows(table, kind))))
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

    # ── Reading ────────────────────────────────────────────────────────────────────────────────

    def _rows(self, table: Table, kind: Kind) -> Iterator[Row]:
        header, lines = self._source(table)
        self._check_columns(table, header)
        position = {name: number for number, name in enumerate(header)}
        zone = self.workspace.zone
        cells = [
            (name, cell, _text_of(cell, position), READERS[kind.fields[name].type])
            for name, cell in table.cells.items()
        ]
        skips = [(position[column], texts) for column, texts in table.skip.items()]
        maps = [(position[column], values) for column, values in table.values.items()]
        seen: dict[Any, Row] = {}
        for line, raw in lines:
            row, texts = Row(line, {}), [text.strip() for text in raw]
            if not any(texts):
                if len(texts) > 1:
                    row.done(Action.SKIPPED, _("The row is empty."))
                    yield row
                continue
            if len(texts) != len(header):
                known = {"there": len(texts), "wanted": len(header)}
                row.fail(_("%(there)d cells where the first line names %(wanted)d columns.") % known)
                yield row
                continue
            for column, values in maps:
                texts[column] = values.get(texts[column], texts[column])
            problems = []
            for name, cell, text_of, read in cells:
                try:
                    if text := _value(cell, text_of(texts)):
                        row.values[name] = read(text, table.formats, zone)
                except BadValue as error:
                    problems.append(_problem(name, cell, text_of(texts), error))
            row.name = kind.name_of(row)
            if any(texts[column] in wanted for column, wanted in skips):
                row.done(Action.SKIPPED, _("The mapping skips it."))
            elif problems:
                row.fail("; ".join(problems))
            else:
                self._check_row(table, kind, row, seen)
            yield row

    def _source(self, table: Table) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
        if table.file:
            lines = read_csv(self.folder / table.file, table.formats)
            return lines.header, lines.rows
        header = sorted({name for each in table.rows for name in each})
        rows = ([each.get(name, "") for name in header] for each in table.rows)
        return header, ((number, texts) for number, texts in enumerate(rows, 1))

    def _check_columns(self, table: Table, header: list[str]) -> None:
        wanted = {column: name for name, cell in table.cells.items() for column in cell.columns}
        wanted |= {column: "skip" for column in table.skip if column not in wanted}
        wanted |= {column: "values" for column in table.values if column not in wanted}
        problems = [
            _("%(mapping)s, table %(number)d, %(field)s: %(file)s has no column “%(column)s”. %(near)s")
            % {
                "mapping": self.mapped.path.name, "number": table.number, "field": field, "file": table.name,
                "column": column, "near": nearest(column, header),
            }
            for column, field in wanted.items()
            if column not in header
        ]  # fmt: skip
        if problems:
            raise BadMapping(*problems)

    def _check_row(self, table: Table, kind: Kind, row: Row, seen: dict[Any, Row]) -> None:
        """Two rows of one key are one record: the same values again change nothing, others contradict."""
        if missing := [name for name, each in kind.fields.items() if each.is_needed and name not in row.values]:
            row.fail("; ".join(_("%(field)s: it is empty.") % {"field": name} for name in missing))
        if not table.key or row.action:
            return
        key = row.values.get(table.key)
        if key is None:
            row.fail(_("%(key)s: it is empty, and rows are told apart by it.") % {"key": table.key})
        elif (twin := seen.setdefault(key, row)) is row:
            return
        elif twin.values == row.values:
            row.twin = twin
            row.done(Action.UNCHANGED, _("The same as line %(line)d.") % {"line": twin.line})
        else:
            known = {"line": twin.line, "key": table.key, "value": key}
            row.fail(_("Line %(line)d has the same %(key)s “%(value)s” and other values.") % known)


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


def _text_of(cell: Cell, position: Mapping[str, int]) -> Callable[[Sequence[str]], str]:
    """How to get the cell's text out of a row. A template whose columns are all empty is empty."""
    columns = [position[name] for name in cell.columns]
    if len(cell.segments) == 1 and columns and len(cell.segments[0].parts) == 1:
        column = columns[0]
        return lambda texts: texts[column]

    def filled(texts: Sequence[str]) -> str:
        if columns and not any(texts[column] for column in columns):
            return ""
        return "".join(_filled(segment, texts, position) for segment in cell.segments)

    return filled


def _filled(segment: Segment, texts: Sequence[str], position: Mapping[str, int]) -> str:
    pieces = [texts[position[text]] if is_column else text for is_column, text in segment.parts]
    return "" if segment.is_optional and not all(pieces) else "".join(pieces)


def _value(cell: Cell, text: str) -> str:
    if "\x00" in text:
        raise BadValue(_("holds a zero byte"))
    if text in cell.values:
        text = cell.values[text]
    elif cell.only_values and text:
        raise BadValue(_("is not among the values the mapping names. %(near)s") % {"near": nearest(text, cell.values)})
    if text in cell.empty:
        text = ""
    if text and cell.email_at and "@" not in text:
        text = email_of(text, cell.email_at)
    return text or cell.default


def email_of(name: str, domain: str) -> str:
    """An address made from a name: “Mei-Mei Johns” is mei-mei.johns@…"""
    return ".".join("".join(c for c in part if c.isalnum() or c == "-") for part in name.lower().split()) + f"@{domain}"


def _problem(name: str, cell: Cell, text: str, error: BadValue) -> str:
    columns = ", ".join(f"“{column}”" for column in cell.columns)
    known = {"field": name, "columns": columns, "text": text, "why": error}
    if columns:
        return _("%(field)s (column %(columns)s): “%(text)s” %(why)s") % known
    return _("%(field)s: “%(text)s” %(why)s") % known
