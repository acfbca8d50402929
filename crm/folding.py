"""Text as people search it, without accents and case: one function of the database folds rows, indexes and questions
alike, so that all three agree.
"""

import re
from collections.abc import Callable
from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import connection
from django.db.models import Func, Q, TextField

from crm.matching import allowed

WORDS, LONGEST = 6, 80  # what is read of a question
Search = Callable[[str, str], Q]  # (column, word) → condition


class Folded(Func):
    """Columns as one folded text: `Folded("email", "phone")`. They must not be null."""

    function = "penstock_fold"
    arg_joiner = " || ' ' || "
    output_field = TextField()


def trigrams(*columns: str, name: str, **options: Any) -> GinIndex:
    """The index that answers `holds` and `nears` of `Folded(*columns)`."""
    return GinIndex(OpClass(Folded(*columns), name="gin_trgm_ops"), name=name, **options)


def words_of(text: str) -> list[str]:
    """The words of a question, folded: at most six; of an address only what names it."""
    bare = re.sub(r"https?://(www\.)?|/(?=\s|$)|[\x00,;]", " ", text[:LONGEST], flags=re.IGNORECASE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT penstock_fold(%s)", [bare])
        return str(cursor.fetchone()[0]).split()[:WORDS]


def holds(column: str, word: str) -> Q:
    """The folded column has the word in it; one too short for the index only where a word begins."""
    if len(word) > 2 or not word.isascii():
        return Q(**{f"{column}__contains": word})
    return _begins(column, word)


def nears(column: str, word: str) -> Q:
    """The folded column may have a word that is this one but for a slip: a slip leaves one of its halves whole.

    What it finds is to be looked at with `crm.matching.slips`. Numbers and short words are meant as they are written.
    """
    if not allowed(word):
        return holds(column, word)
    half = len(word) // 2
    first, last = word[:half], word[half + 1 :]
    found = holds(column, first)
    if len(last) > 1:
        found |= Q(**{f"{column}__contains": last}) if len(last) > 2 else _ends(column, last)
    return found


def _begins(column: str, part: str) -> Q:
    return Q(**{f"{column}__startswith": part}) | Q(**{f"{column}__contains": f" {part}"})


def _ends(column: str, part: str) -> Q:
    return Q(**{f"{column}__endswith": part}) | Q(**{f"{column}__contains": f"{part} "})
