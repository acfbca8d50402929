"""Files of exchange rates: CSV, and the XML of the European Central Bank (the day's and the whole history).

What is read is what one unit of a currency is worth in the company's, whichever way the file puts it: the bank says how
many units a euro buys, so a company whose currency is another one gets rates crossed over the euro of the same day.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import NamedTuple
from xml.parsers import expat
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from crm.imports.reading import ISO, BadFile, BadValue, Formats, lines_of, read_day, read_number
from crm.money import WIDE, round_to

EURO = "EUR"
UTC = ZoneInfo("UTC")
DECIMALS = 10  # as rates are kept
LARGEST = Decimal("1e10")
NAMES = {"day": "on", "date": "on", "code": "currency"}
DAYS = ("%Y-%m-%d", "%d.%m.%Y")


class RateLine(NamedTuple):
    """One rate of a file; `problem` says why it is none."""

    label: str
    currency: str = ""
    on: date = date.min
    rate: Decimal = Decimal(0)
    problem: str = ""


def read_rates(data: bytes, base: str) -> Iterator[RateLine]:
    """Whatever the file is. Raises BadFile."""
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return _crossed(read_ecb(data), base) if start == b"<" else _csv(data, base)


# ── The bank's XML ─────────────────────────────────────────────────────────────────────────────────


def read_ecb(data: bytes) -> dict[date, dict[str, Decimal]]:
    """Day → currency → units of it for one euro. Raises BadFile."""
    days: dict[date, dict[str, Decimal]] = {}
    today: dict[str, Decimal] = {}

    def begin(name: str, marks: Mapping[str, str]) -> None:
        nonlocal today
        if name.rpartition(":")[2] != "Cube":
            return
        if "time" in marks:
            today = days.setdefault(date.fromisoformat(marks["time"]), {})
        if "currency" in marks:
            today[marks["currency"]] = _positive(marks["rate"])

    def refuse(*_args: object) -> None:
        raise ValueError

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.StartDoctypeDeclHandler = refuse  # the bank's has none: entities are how XML is made a weapon
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, KeyError, InvalidOperation):
        days = {}
    if not any(days.values()):
        raise BadFile(_("This is not the XML of the European Central Bank: eurofxref-daily.xml or eurofxref-hist.xml."))
    return days


def _positive(text: str) -> Decimal:
    rate = Decimal(text)
    if not (rate.is_finite() and rate > 0):
        raise ValueError(text)
    return rate


def _crossed(days: Mapping[date, Mapping[str, Decimal]], base: str) -> Iterator[RateLine]:
    for on, rates in sorted(days.items()):
        per_euro = {EURO: Decimal(1), **rates}
        if base not in per_euro:
            yield RateLine(str(on), problem=_("has no rate of %(base)s to cross over") % {"base": base})
            continue
        for currency, units in per_euro.items():
            if currency != base:
                worth = round_to(WIDE.divide(per_euro[base], units), DECIMALS)
                yield _checked(RateLine(f"{currency} {on}", currency, on, worth))


# ── CSV ────────────────────────────────────────────────────────────────────────────────────────────


def _csv(data: bytes, base: str) -> Iterator[RateLine]:
    """Columns `currency`, `on` and `rate`; where columns are not separated by commas, decimals may be."""
    try:
        lines = lines_of(data, _("The file"), ISO)
    except UnicodeDecodeError:
        raise BadFile(_("The file is not UTF-8.")) from None
    names = [NAMES.get(name.lower(), name.lower()) for name in lines.header]
    if missing := {"currency", "on", "rate"}.difference(names):
        known = {"names": ", ".join(sorted(missing))}
        raise BadFile(_("The first line must name the columns currency, on and rate: there is no %(names)s.") % known)
    formats = Formats(dates=DAYS, decimal="," if lines.delimiter != "," else ".")
    for number, cells in lines.rows:
        row = dict(zip(names, (cell.strip() for cell in cells), strict=False))
        if any(row.values()):
            yield _line(_("Line %(number)d") % {"number": number}, row, base, formats)


def _line(label: str, row: Mapping[str, str], base: str, formats: Formats) -> RateLine:
    label = f"{label}: {row.get('currency', '')} {row.get('on', '')}".rstrip(": ")
    if row.get("base", base).upper() != base:
        return RateLine(label, problem=_("is not in %(base)s") % {"base": base})
    try:
        on = read_day(row.get("on", ""), formats, UTC)
        text = row.get("rate", "")
        rate = read_number(text, formats if "," in text else ISO, UTC)
    except BadValue as error:
        return RateLine(label, problem=str(error))
    return _checked(RateLine(label, row.get("currency", "").upper(), on, rate))


def _checked(line: RateLine) -> RateLine:
    if not 0 < line.rate < LARGEST:
        return line._replace(problem=_("A rate is above 0 and below 10,000,000,000."))
    if round_to(line.rate, DECIMALS) != line.rate:
        return line._replace(problem=_("A rate has up to 10 decimals."))
    return line
