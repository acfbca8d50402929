"""What a spreadsheet puts on the clipboard: cells, perhaps with names beside and periods above. No Django."""

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import StringIO

SYMBOLS = {"€": "EUR", "£": "GBP"}  # those that are one currency's alone
MONEY = re.compile(r"(?P<before>[A-Z]{3}|[€£])?\s*(?P<number>[^A-Z€£]*?)\s*(?P<after>[A-Z]{3}|[€£])?")
NOTHING = frozenset({"", "-", "–", "—"})  # as spreadsheets write an empty cell: it changes nothing
MOST = 20_000  # cells


class TooMuch(ValueError):
    """More cells than anybody plans by hand."""


@dataclass(frozen=True, slots=True)
class Block:
    names: list[str] | None  # of the rows
    heads: list[str] | None  # of the columns
    rows: list[list[str]]


def block_of(text: str, is_period: Callable[[str], bool]) -> Block:
    """The cells, apart from the names before them and the periods above them, if there are any. Raises TooMuch."""
    tab = "\t" if "\t" in text else ";" if ";" in text else "\t"
    rows = [[cell.strip() for cell in row] for row in csv.reader(StringIO(text.strip("\r\n")), delimiter=tab)]
    rows = [row for row in rows if any(row)]
    if sum(map(len, rows)) > MOST:
        raise TooMuch(str(MOST))
    heads = None
    if len(rows) > 1 and _are(rows[0][1:] or rows[0], is_period):
        heads, rows = rows[0], rows[1:]
    names = None
    if any(row[0] and not looks_like_money(row[0]) for row in rows):
        names, rows = [row[0] for row in rows], [row[1:] for row in rows]
        heads = heads and heads[1:]
    return Block(names, heads, rows)


def _are(cells: Sequence[str], kind: Callable[[str], bool]) -> bool:
    filled = [cell for cell in cells if cell]
    return bool(filled) and all(map(kind, filled))


def looks_like_money(text: str) -> bool:
    return text in NOTHING or bool(re.search(r"[0-9]", text) and not re.search(r"[^\W\d_]{4,}", text))


def apart(text: str) -> tuple[str, str]:
    """The number as it is written, and its currency: (“1,200.50”, “EUR”) of “€1,200.50”."""
    found = MONEY.fullmatch(text.strip())
    if found is None:
        return text, ""
    sign = found["before"] or found["after"] or ""
    return found["number"], SYMBOLS.get(sign, sign)
