"""Quotes as PDFs, as a worker sets them, and what a thousand of them leave behind."""

import resource
from decimal import Decimal
from statistics import median

from bench.measure import Result, by_turns, p95
from crm.models import User
from pipeline.models import Deal
from quotes.actions import Item, draft_quote, save_quote
from quotes.documents import Data, document_of
from quotes.models import Quote
from quotes.typesetting import typeset


def documents(size: str) -> list[Result]:
    """The batches first: what the process once held would hide by how much it grows."""
    batches = [batch(size, 1000, 30, warm=100), batch(size, 100, 300, warm=3)]
    return [*batches, of_lines(size, 30, rounds=40, at_most=150), of_lines(size, 300, rounds=10, at_most=1000)]


def of_lines(size: str, count: int, *, rounds: int, at_most: float) -> Result:
    """Every time another one: from the rows to the file."""
    quote, made = a_quote(count), iter(range(10_000))

    def pdf() -> None:
        typeset(numbered(document_of(quote), next(made)))

    (taken,) = by_turns(rounds, pdf)
    return Result(f"PDF of {count} lines", size, p50=median(taken), p95=p95(taken), at_most=at_most)


def batch(size: str, many: int, count: int, *, warm: int) -> Result:
    """By how much the process grows once it is warm."""
    data = document_of(a_quote(count))
    for at in range(many):
        typeset(numbered(data, at))
        if at == warm:
            before = peak()
    grown = peak() - before
    return Result(f"growth over {many:,} PDFs", size, p50=grown, unit="MB", at_most=10, note=f"{count} lines each")


def numbered(data: Data, number: int) -> Data:
    return data | {"number": f"{data['number']}-{number}"}


def peak() -> float:
    """The most memory that the process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def a_quote(count: int) -> Quote:
    deal, user = Deal.objects.filter(archived_at=None).earliest("pk"), User.objects.earliest("pk")
    lines = [
        Item(name=f"Flow sensor FS-{at}", description="Stainless, IP68", quantity=Decimal(at), unit_price=Decimal(245))
        for at in range(1, count + 1)
    ]
    return save_quote(draft_quote(deal, by=user), lines=lines, language="de", by=user)
