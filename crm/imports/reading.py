"""CSV files, and the numbers, days and moments written in them."""

import codecs
import csv
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

YES = {"yes", "y", "true", "t", "1", "x"}
NO = {"no", "n", "false", "f", "0"}
SPACES = {ord(each): " " for each in "\u00a0\u202f\u2009"}
NOON = time(12)


class BadFile(Exception):
    """The file cannot be read at all: a sentence."""


class BadValue(ValueError):
    """A cell's text is not what its field needs: the end of a sentence that names the cell."""


class Formats(NamedTuple):
    """How a file writes things. `dates` are strptime formats; without a time of day they mean noon."""

    dates: tuple[str, ...] = ("%Y-%m-%d",)
    decimal: str = "."
    thousands: str = ""
    encoding: str = "utf-8"
    delimiter: str = ""  # empty: found out from the first line
    as_of: date | None = None

    @staticmethod
    def problem(name: str, value: Any) -> str:
        """What is wrong with one setting, or nothing."""
        match name:
            case "dates":
                good = bool(value) and all(isinstance(each, str) and "%" in each for each in value)
                return "" if good else _("dates are formats like “%d.%m.%Y”.")
            case "as_of":
                return "" if type(value) is date else _("as_of is a day like 2017-12-31, without quotation marks.")
            case "encoding":
                return "" if _knows(value) else _("“%(name)s” is not an encoding.") % {"name": value}
            case "decimal":
                return "" if isinstance(value, str) and value in (".", ",") else _("The decimal mark is “.” or “,”.")
        good = isinstance(value, str) and len(value) <= 1
        return "" if good else _("“%(name)s” must be one character.") % {"name": name}


ISO = Formats()


def _knows(encoding: Any) -> bool:
    try:
        codecs.lookup(encoding)
    except (LookupError, TypeError):
        return False
    return True


class Lines(NamedTuple):
    header: list[str]
    rows: Iterator[tuple[int, list[str]]]  # the number of the row's first line, and its cells
    delimiter: str


def read_csv(path: Path, formats: Formats) -> Lines:
    """Header and rows of a CSV file, in UTF-8 with or without BOM unless the mapping says otherwise. BadFile."""
    try:
        return lines_of(path.read_bytes(), path.name, formats)
    except FileNotFoundError:
        raise BadFile(_("%(path)s does not exist.") % {"path": path}) from None
    except OSError as error:
        raise BadFile(_("%(path)s can’t be read: %(why)s.") % {"path": path, "why": error.strerror}) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        known = {"file": path.name, "line": line, "encoding": formats.encoding}
        raise BadFile(
            _("%(file)s line %(line)d is not %(encoding)s: set “encoding” in the mapping’s [format].") % known
        ) from None


def lines_of(data: bytes, name: str, formats: Formats) -> Lines:
    """The same of a file's content. BadFile, UnicodeDecodeError."""
    encoding = "utf-8-sig" if formats.encoding.lower() in {"utf-8", "utf8"} else formats.encoding
    text = data.decode(encoding)
    delimiter = formats.delimiter or _delimiter(text)
    rows = _numbered(csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True), name)
    _line, header = next(rows, (1, []))
    header = [each.strip() for each in header]
    if not any(header):
        raise BadFile(_("%(file)s is empty: its first line should name the columns.") % {"file": name})
    if twice := {each for each in header if each and header.count(each) > 1}:
        known = {"file": name, "names": ", ".join(sorted(twice))}
        raise BadFile(_("%(file)s has several columns named %(names)s.") % known)
    return Lines(header, rows, delimiter)


def _delimiter(text: str) -> str:
    return max(",;\t|", key=text.partition("\n")[0].count)


def _numbered(reader: Any, file: str) -> Iterator[tuple[int, list[str]]]:
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            known = {"file": file, "line": line, "why": error}
            raise BadFile(_("%(file)s line %(line)d is not CSV: %(why)s.") % known) from None
        if cells is None:
            return
        yield line, cells


# ── One cell ───────────────────────────────────────────────────────────────────────────────────────


def read_text(text: str, formats: Formats, zone: ZoneInfo) -> str:
    return text


def read_number(text: str, formats: Formats, zone: ZoneInfo) -> Decimal:
    bare = text.translate(SPACES)
    if formats.thousands:
        whole, mark, rest = bare.partition(formats.decimal)
        if re.fullmatch(rf"[-+]?\d{{1,3}}({re.escape(formats.thousands)}\d{{3}})+", whole):
            bare = whole.replace(formats.thousands, "") + mark + rest
    if not re.fullmatch(rf"[-+]?\d+({re.escape(formats.decimal)}\d*)?", bare, re.ASCII):
        known = {"decimal": formats.decimal, "thousands": formats.thousands or _("none")}
        raise BadValue(_("is not a number (decimal mark “%(decimal)s”, thousands mark “%(thousands)s”)") % known)
    return Decimal(bare.replace(formats.decimal, "."))


def read_percent(text: str, formats: Formats, zone: ZoneInfo) -> Decimal:
    return read_number(text.rstrip("%").strip(), formats, zone)


def read_whole(text: str, formats: Formats, zone: ZoneInfo) -> int:
    number = read_number(text, formats, zone)
    if number != number.to_integral_value():
        raise BadValue(_("is not a whole number"))
    return int(number)


def read_day(text: str, formats: Formats, zone: ZoneInfo) -> date:
    moment = _moment(text, formats.dates)
    return (moment.astimezone(zone) if moment.tzinfo else moment).date()


def read_moment(text: str, formats: Formats, zone: ZoneInfo) -> datetime:
    """An instant; without a time of day noon, without a zone in the company's."""
    moment = _moment(text, formats.dates)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


@lru_cache(maxsize=20_000)
def _moment(text: str, dates: tuple[str, ...]) -> datetime:
    for each in dates:
        try:
            moment = datetime.strptime(text, each)  # noqa: DTZ007 - the zone is added by the caller
        except ValueError:
            continue
        return moment if "%H" in each or "%I" in each or "%X" in each else datetime.combine(moment, NOON)
    if "%Y-%m-%d" in dates:
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    raise BadValue(_("is not a date like %(formats)s") % {"formats": ", ".join(dates)})


def read_yes(text: str, formats: Formats, zone: ZoneInfo) -> bool:
    if text.casefold() in YES:
        return True
    if text.casefold() in NO:
        return False
    raise BadValue(_("is neither yes nor no"))


def read_money(text: str, formats: Formats, zone: ZoneInfo) -> tuple[Decimal, str]:
    """An amount, and the currency's code before or behind it if there is one."""
    code = re.match(r"([A-Z]{3})\s*(?=[-+\d])", text) or re.search(r"(?<=\d)\s*([A-Z]{3})$", text)
    bare = text.replace(code[0], "", 1) if code else text
    return read_number(bare.strip(), formats, zone), code[1] if code else ""


READERS: dict[str, Callable[[str, Formats, ZoneInfo], Any]] = {
    "text": read_text,
    "number": read_number,
    "percent": read_percent,
    "whole": read_whole,
    "day": read_day,
    "moment": read_moment,
    "yes": read_yes,
    "money": read_money,
}
