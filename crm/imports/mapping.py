"""The mapping file: which CSV columns mean what. See docs/importing.md for the format."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from crm.imports.reading import ISO, Formats

COLUMN = re.compile(r"\$\{([^}]*)\}")
OPTIONAL = re.compile(r"\[([^\]]*)\]")
TABLE_KEYS = {"file", "rows", "kind", "key", "create", "skip", "columns", "values", "defaults", "format"}
FORMAT_KEYS = {"dates", "decimal", "thousands", "encoding", "delimiter", "as_of"}
CELL_KEYS = {"column", "template", "constant", "values", "only_values", "empty", "email_at", "default"}


class BadMapping(Exception):
    """The mapping cannot be used. `problems` are sentences, each naming the place."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class Field(NamedTuple):
    """What a kind can take: `type` names the reader in reading.READERS."""

    type: str = "text"
    is_needed: bool = False  # to make a new record


class KindShape(NamedTuple):
    """What a mapping may say about a kind."""

    fields: Mapping[str, Field]
    keys: Sequence[str]
    options: frozenset[str]
    creates: frozenset[str]


class Segment(NamedTuple):
    """A piece of a template: (is a column, its name or the fixed text) each. An optional one goes if it has a gap."""

    is_optional: bool
    parts: tuple[tuple[bool, str], ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a field's text comes from: columns and fixed text in a row, then value map, then default."""

    segments: tuple[Segment, ...]
    values: Mapping[str, str] = field(default_factory=dict)
    only_values: bool = False
    empty: frozenset[str] = frozenset()
    email_at: str = ""
    default: str = ""

    @property
    def columns(self) -> list[str]:
        return [text for segment in self.segments for is_column, text in segment.parts if is_column]


@dataclass(frozen=True, slots=True)
class Table:
    number: int
    kind: str
    file: str  # empty: `rows` stand in the mapping itself
    rows: Sequence[Mapping[str, str]]
    cells: Mapping[str, Cell]
    key: str
    formats: Formats
    skip: Mapping[str, frozenset[str]]
    values: Mapping[str, Mapping[str, str]]  # column → what its texts mean, for every field
    create: frozenset[str]
    options: Mapping[str, Any]

    @property
    def name(self) -> str:
        return self.file or _("mapping, table %(number)d") % {"number": self.number}


@dataclass(frozen=True, slots=True)
class Mapped:
    path: Path
    workspace: Mapping[str, Any]
    formats: Formats
    tables: Sequence[Table]


def nearest(name: str, known: Iterable[str]) -> str:
    """“, did you mean …?” or what there is."""
    known = list(known)
    folded = {each.casefold(): each for each in known}
    close = [folded[each] for each in difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.5)]
    if close:
        return _("Did you mean %(names)s?") % {"names": ", ".join(f"“{each}”" for each in close)}
    return _("There is: %(names)s.") % {"names": ", ".join(f"“{each}”" for each in known)}


def read_mapping(path: Path, shapes: Mapping[str, KindShape], workspace_fields: Iterable[str]) -> Mapped:
    """Read and check the mapping; that its files and columns exist is checked when they are opened. BadMapping."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadMapping(_("%(path)s can’t be read: %(why)s.") % {"path": path, "why": error.strerror}) from None
    except UnicodeDecodeError:
        raise BadMapping(_("%(path)s is not UTF-8 text.") % {"path": path}) from None
    except tomllib.TOMLDecodeError as error:
        raise BadMapping(_("%(path)s is not TOML: %(why)s.") % {"path": path, "why": error}) from None
    return _Reader(path, shapes).read(raw, set(workspace_fields))


class _Reader:
    """Collects every problem, so that one run shows them all."""

    def __init__(self, path: Path, shapes: Mapping[str, KindShape]) -> None:
        self.path = path
        self.shapes = shapes
        self.problems: list[str] = []

    def wrong(self, where: str, text: str) -> None:
        self.problems.append(f"{self.path.name}, {where}: {text}" if where else f"{self.path.name}: {text}")

    def only_known(self, where: str, given: Iterable[str], known: Iterable[str]) -> None:
        known = sorted(known)
        for name in given:
            if name not in known:
                self.wrong(where, _("“%(name)s” means nothing here.") % {"name": name} + " " + nearest(name, known))

    def read(self, raw: dict[str, Any], workspace_fields: set[str]) -> Mapped:
        self.only_known("", raw, {"workspace", "format", "tables"})
        workspace = self.section(raw, "workspace")
        self.only_known("[workspace]", workspace, workspace_fields)
        formats = self.formats("[format]", self.section(raw, "format"), Formats())
        listed = raw.get("tables")
        if not isinstance(listed, list) or not listed or not all(isinstance(each, dict) for each in listed):
            self.wrong("", _("There is no [[tables]]: nothing to import."))
            listed = []
        tables = [self.table(number, each, formats) for number, each in enumerate(listed, 1)]
        if self.problems:
            raise BadMapping(*self.problems)
        return Mapped(self.path, workspace, formats, [table for table in tables if table])

    def section(self, raw: Mapping[str, Any], name: str, where: str = "") -> dict[str, Any]:
        value = raw.get(name, {})
        if isinstance(value, dict):
            return value
        self.wrong(where, _("“%(name)s” must be a table of names and values.") % {"name": name})
        return {}

    def formats(self, where: str, raw: Mapping[str, Any], base: Formats) -> Formats:
        self.only_known(where, raw, FORMAT_KEYS)
        given = {name: value for name, value in raw.items() if name in FORMAT_KEYS}
        if isinstance(given.get("dates"), str):
            given["dates"] = [given["dates"]]
        if "dates" in given:
            given["dates"] = tuple(given["dates"])
        for name, value in given.items():
            if problem := Formats.problem(name, value):
                self.wrong(where, problem)
                return base
        return base._replace(**given)

    def table(self, number: int, raw: Mapping[str, Any], formats: Formats) -> Table | None:
        where = _("table %(number)d (%(file)s)") % {"number": number, "file": raw.get("file") or raw.get("kind")}
        shape = self.shapes.get(str(raw.get("kind")))
        if shape is None:
            kind = raw.get("kind")
            text = _("“%(kind)s” is not a kind of row.") % {"kind": kind} if kind else _("Say which kind of rows.")
            self.wrong(where, f"{text} {nearest(str(kind), self.shapes)}")
            return None
        self.only_known(where, raw, TABLE_KEYS | shape.options)
        if ("file" in raw) == ("rows" in raw):
            self.wrong(where, _("Name a file, or write rows, not both."))
        rows = self.rows(where, raw.get("rows", []))
        cells = self.cells(where, raw, shape)
        key = self.key(where, raw, shape, cells)
        create = self.texts(where, "create", raw.get("create", []))
        self.only_known(f"{where}, create", create, shape.creates)
        return Table(
            number=number,
            kind=str(raw["kind"]),
            file=str(raw.get("file", "")),
            rows=rows,
            cells=cells,
            key=key,
            formats=self.formats(where, self.section(raw, "format", where), formats if "file" in raw else ISO),
            skip={
                column: frozenset(self.texts(where, f"skip.{column}", values))
                for column, values in self.section(raw, "skip", where).items()
            },
            values={
                column: self.values(where, {"values": values})
                for column, values in self.section(raw, "values", where).items()
            },
            create=frozenset(create),
            options={name: raw[name] for name in shape.options & raw.keys()},
        )

    def rows(self, where: str, raw: Any) -> list[dict[str, str]]:
        if not isinstance(raw, list) or not all(isinstance(each, dict) for each in raw):
            self.wrong(where, _("“rows” must be a list of tables."))
            return []
        return [{name: plain(value) for name, value in each.items()} for each in raw]

    def cells(self, where: str, raw: Mapping[str, Any], shape: KindShape) -> dict[str, Cell]:
        columns = _flat(self.section(raw, "columns", where))
        if "rows" in raw and "columns" not in raw and isinstance(raw["rows"], list):
            columns = {name: name for each in raw["rows"] if isinstance(each, dict) for name in each}
        defaults = _flat(self.section(raw, "defaults", where))
        self.only_known(where, [*columns, *defaults], shape.fields)
        names = [name for name in {**columns, **defaults} if name in shape.fields]
        cells = {name: self.cell(f"{where}, {name}", columns.get(name), defaults.get(name)) for name in names}
        missing = [name for name, each in shape.fields.items() if each.is_needed and name not in cells]
        if missing:
            self.wrong(where, _("It does not say where to find: %(names)s.") % {"names": ", ".join(missing)})
        return cells

    def cell(self, where: str, raw: Any, default: Any) -> Cell:
        if not isinstance(raw, dict):
            raw = {} if raw is None else {"column" if "${" not in str(raw) else "template": raw}
        self.only_known(where, raw, CELL_KEYS)
        sources = [name for name in ("column", "template", "constant") if name in raw]
        if len(sources) > 1 or (not sources and default is None and "default" not in raw):
            self.wrong(where, _("Give one of column, template and constant."))
        return Cell(
            segments=_segments(sources[0], plain(raw[sources[0]])) if sources else (),
            values=self.values(where, raw),
            only_values=bool(raw.get("only_values", False)),
            empty=frozenset(self.texts(where, "empty", raw.get("empty", []))),
            email_at=str(raw.get("email_at", "")),
            default=plain(raw.get("default", default)),
        )

    def values(self, where: str, raw: Mapping[str, Any]) -> dict[str, str]:
        return {name: plain(value) for name, value in self.section(raw, "values", where).items()}

    def key(self, where: str, raw: Mapping[str, Any], shape: KindShape, cells: Mapping[str, Cell]) -> str:
        key = raw.get("key")
        if key is None:
            return next((name for name in shape.keys if name in cells), "")
        if key not in shape.keys:
            self.wrong(where, _("“%(name)s” can’t be the key.") % {"name": key} + " " + nearest(str(key), shape.keys))
        elif key not in cells:
            self.wrong(where, _("The key “%(name)s” has no column.") % {"name": key})
        return str(key)

    def texts(self, where: str, name: str, raw: Any) -> list[str]:
        if isinstance(raw, list):
            return [plain(each) for each in raw]
        self.wrong(where, _("“%(name)s” must be a list.") % {"name": name})
        return []


def _flat(named: Mapping[str, Any]) -> dict[str, Any]:
    """`custom.region = "Region"`, which TOML reads as a table, is a field with that name."""
    custom = named.get("custom")
    if not isinstance(custom, dict):
        return dict(named)
    rest = {name: value for name, value in named.items() if name != "custom"}
    return rest | {f"custom.{key}": value for key, value in custom.items()}


def _segments(source: str, text: str) -> tuple[Segment, ...]:
    if source != "template":
        return (Segment(False, ((source == "column", text),)),)
    return tuple(Segment(odd % 2 == 1, _parts(piece)) for odd, piece in enumerate(OPTIONAL.split(text)) if piece)


def _parts(template: str) -> tuple[tuple[bool, str], ...]:
    return tuple((odd % 2 == 1, piece) for odd, piece in enumerate(COLUMN.split(template)) if piece)


def plain(value: Any) -> str:
    """A TOML value as a CSV file would write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date | datetime):
        return value.isoformat()
    return "" if value is None else str(value)
