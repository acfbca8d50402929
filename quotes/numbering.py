"""Numbers without gaps: taken in the transaction that uses them, so that what fails gives its number back."""

from datetime import date

from django.db import connection

from quotes.models import Series, SeriesKind

PATTERNS = {
    SeriesKind.QUOTE: "Q-{year}-{number:04}",
    SeriesKind.INVOICE: "{year}-{number:04}",
    SeriesKind.CREDIT: "C-{year}-{number:04}",
}

# One statement both makes the year's row and counts it up: whoever comes second waits for the first to commit. A new
# year goes on with the pattern of the last.
TAKE = """
INSERT INTO quotes_series AS s (kind, year, pattern, last)
VALUES (%(kind)s, %(year)s, coalesce(
    (SELECT pattern FROM quotes_series WHERE kind = %(kind)s AND year < %(year)s ORDER BY year DESC LIMIT 1), %(new)s
), 1)
ON CONFLICT (kind, year) DO UPDATE SET last = s.last + 1
RETURNING last, pattern"""


def take_number(kind: SeriesKind, on: date) -> str:
    """The next number of the series in the year of `on`. The series stays locked until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"kind": kind, "year": on.year, "new": PATTERNS[kind]})
        number, pattern = cursor.fetchone()
    return written(pattern, on.year, number)


def written(pattern: str, year: int, number: int) -> str:
    return str(pattern).format(year=year, number=number)


def pattern_of(kind: SeriesKind, year: int) -> str:
    """How the series is written in that year: as in the newest until then."""
    newest = Series.objects.filter(kind=kind, year__lte=year).order_by("-year").values_list("pattern", flat=True)
    return newest.first() or PATTERNS[kind]


def next_number(kind: SeriesKind, on: date) -> str:
    """What the next one will probably be, to show it: nothing is taken."""
    last = Series.objects.filter(kind=kind, year=on.year).values_list("last", flat=True).first() or 0
    return written(pattern_of(kind, on.year), on.year, last + 1)
