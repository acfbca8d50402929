"""The rows of one table: each field's text found, mapped and read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from crm.errors import Refused
from crm.imports.mapping import BadMapping, Cell, Field, Segment, Table, nearest
from crm.imports.reading import READERS, BadValue, read_csv


class Action(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    FAILED = "failed"


class Row:
    """One row: the fields that are not empty, and what became of it."""

    __slots__ = ("action", "line", "message", "name", "twin", "values")

    def __init__(self, line: int) -> None:
        self.line = line
        self.values: dict[str, Any] = {}
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
        return "; ".join(f"{field}: {text}" if field else text for field, texts in why.errors.items() for text in texts)
    return str(why).strip().partition("\n")[0]


class Reader:
    """Reads one table for a kind that takes `fields` and calls its rows `noun`."""

    def __init__(
        self, table: Table, fields: Mapping[str, Field], noun: str, mapping: str, folder: Path, zone: ZoneInfo
    ) -> None:
        self.table = table
        self.fields = fields
        self.noun = noun
        self.mapping = mapping
        self.folder = folder
        self.zone = zone
        self.seen: dict[Any, Row] = {}  # by key

    def rows(self) -> Iterator[Row]:
        """Each row; one that cannot be read is marked as failed. Raises BadFile or BadMapping for the whole."""
        header, lines = self._source()
        self._check_columns(header)
        position = {name: number for number, name in enumerate(header)}
        cells = [Reading(name, cell, self, position) for name, cell in self.table.cells.items()]
        skips = [(position[column], texts) for column, texts in self.table.skip.items()]
        maps = [(position[column], values) for column, values in self.table.values.items()]
        for line, raw in lines:
            row, texts = Row(line), [text.strip() for text in raw]
            if len(texts) <= 1 and not any(texts):
                continue  # a blank line
            if self._has_shape(row, texts, header):
                for column, values in maps:
                    texts[column] = values.get(texts[column], texts[column])
                problems = [problem for cell in cells if (problem := cell.read_into(row.values, texts))]
                row.name = self._name(row)
                if any(texts[column] in wanted for column, wanted in skips):
                    row.done(Action.SKIPPED, _("The mapping skips it."))
                elif problems:
                    row.fail("; ".join(problems))
                else:
                    self._check(row)
            yield row

    def _source(self) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
        if self.table.file:
            lines = read_csv(self.folder / self.table.file, self.table.formats)
            return lines.header, lines.rows
        header = sorted({name for each in self.table.rows for name in each})
        rows = ([each.get(name, "") for name in header] for each in self.table.rows)
        return header, ((number, texts) for number, texts in enumerate(rows, 1))

    def _check_columns(self, header: list[str]) -> None:
        wanted = {column: name for name, cell in self.table.cells.items() for column in cell.columns}
        wanted |= {column: "skip" for column in self.table.skip if column not in wanted}
        wanted |= {column: "values" for column in self.table.values if column not in wanted}
        about = {"mapping": self.mapping, "number": self.table.number, "file": self.table.name}
        problems = [
            _("%(mapping)s, table %(number)d, %(field)s: %(file)s has no column “%(column)s”. %(near)s")
            % {**about, "field": field, "column": column, "near": nearest(column, header)}
            for column, field in wanted.items()
            if column not in header
        ]
        if problems:
            raise BadMapping(*problems)

    def _has_shape(self, row: Row, texts: Sequence[str], header: Sequence[str]) -> bool:
        if not any(texts):
            row.done(Action.SKIPPED, _("The row is empty."))
        elif len(texts) != len(header):
            known = {"there": len(texts), "wanted": len(header)}
            row.fail(_("%(there)d cells where the first line names %(wanted)d columns.") % known)
        return row.action is None

    def _check(self, row: Row) -> None:
        if missing := [name for name, each in self.fields.items() if each.is_needed and name not in row.values]:
            row.fail("; ".join(_("%(field)s: it is empty.") % {"field": name} for name in missing))
        elif self.table.key:
            self._check_key(row, self.table.key)

    def _check_key(self, row: Row, key: str) -> None:
        """Two rows of one key are one record: the same values again change nothing, others contradict."""
        value = row.values.get(key)
        if value is None:
            row.fail(_("%(key)s: it is empty, and rows are told apart by it.") % {"key": key})
        elif (twin := self.seen.setdefault(value, row)) is row:
            return
        elif twin.values == row.values:
            row.twin = twin
            row.done(Action.UNCHANGED, _("The same as line %(line)d.") % {"line": twin.line})
        else:
            known = {"line": twin.line, "key": key, "value": value}
            row.fail(_("Line %(line)d has the same %(key)s “%(value)s” and other values.") % known)

    def _name(self, row: Row) -> str:
        value = row.values.get(self.table.key) or next(iter(row.values.values()), "")
        return f"{self.noun} {value}"


class Reading:
    """One field of one table, ready to be read from row after row."""

    def __init__(self, name: str, cell: Cell, reader: Reader, position: Mapping[str, int]) -> None:
        self.name = name
        self.cell = cell
        self.text_of = _text_of(cell, position)
        self.read = READERS[reader.fields[name].type]
        self.formats = reader.table.formats
        self.zone = reader.zone

    def read_into(self, values: dict[str, Any], texts: Sequence[str]) -> str:
        """Read the field into `values` unless it is empty. Returns what is wrong with it, or nothing."""
        found = self.text_of(texts)
        try:
            if text := _value(self.cell, found):
                values[self.name] = self.read(text, self.formats, self.zone)
        except BadValue as error:
            known = {"field": self.name, "columns": ", ".join(f"“{each}”" for each in self.cell.columns)}
            known |= {"text": found, "why": str(error)}
            if self.cell.columns:
                return _("%(field)s (column %(columns)s): “%(text)s” %(why)s") % known
            return _("%(field)s: “%(text)s” %(why)s") % known
        return ""


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
