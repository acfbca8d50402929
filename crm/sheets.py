"""Rows as a file: CSV that spreadsheets open as it is, XLSX whose numbers are numbers. No Django."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from io import TextIOWrapper
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

Value = str | Decimal | int | date | None
Rows = Iterable[Sequence[Value]]
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
GUARDED = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for a formula


def write(rows: Rows, form: str, file: IO[bytes], *, title: str) -> int:
    """The first row names the columns. Returns how many follow it."""
    return write_csv(rows, file) if form == "csv" else write_xlsx(rows, file, title=title)


def write_csv(rows: Rows, file: IO[bytes]) -> int:
    text = TextIOWrapper(file, "utf-8-sig", newline="", write_through=True)
    writer, count = csv.writer(text), 0
    for count, row in enumerate(rows):  # noqa: B007
        writer.writerow([_plain(value) for value in row])
    text.flush()
    text.detach()
    return count


def _plain(value: Value) -> str:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(GUARDED) else value
    return "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)


def write_xlsx(rows: Rows, file: IO[bytes], *, title: str) -> int:
    book, count = Workbook(write_only=True), 0
    sheet: Any = book.create_sheet("".join(letter for letter in title if letter not in r"[]:*?/\ ".strip())[:31])
    sheet.freeze_panes = "B2"
    for count, row in enumerate(rows):
        sheet.append([_cell(sheet, value, is_head=not count) for value in row])
    book.save(file)
    return count


def _cell(sheet: Any, value: Value, *, is_head: bool) -> Any:
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, value=value)
    cell.data_type = "s"  # a text that begins with = stays a text
    if is_head:
        cell.font = Font(bold=True)
    return cell
