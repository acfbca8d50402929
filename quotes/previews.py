"""Page images of a document, kept for a while under what they show."""

import hashlib
import json
from datetime import timedelta
from decimal import Decimal

from django.core.cache import cache

from crm.models import Workspace
from quotes.documents import Data, told
from quotes.models import LineItem, Quote
from quotes.totals import settle
from quotes.typesetting import pages_of

KEPT = 600  # seconds


def digest_of(data: Data) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def page_image(data: Data, number: int) -> tuple[bytes | None, int]:
    """The page as a PNG, None if there is none, and how many there are; all are drawn at once. Raises FontMissing."""
    key = f"quotes:pages:{digest_of(data)}"
    kept = cache.get_many([key, f"{key}:{number}"])
    if key in kept and (f"{key}:{number}" in kept or not 1 <= number <= kept[key]):
        return kept.get(f"{key}:{number}"), kept[key]
    pages = dict(enumerate(pages_of(data), 1))
    cache.set_many({key: len(pages), **{f"{key}:{at}": page for at, page in pages.items()}}, KEPT)
    return pages.get(number), len(pages)


def sample(language: str, contact: str) -> Data:
    """A quote that there is not, to look at the letterhead with."""
    workspace = Workspace.current()
    quote = Quote(
        number="0001", title="Lorem ipsum", language=language, currency=workspace.currency, quoted_on=workspace.today,
        valid_until=workspace.today + timedelta(days=30), address="Dolor sit amet\nConsectetur 12\n34567 Adipiscing",
    )  # fmt: skip
    priced = [("Sed do eiusmod", 12, "245"), ("Tempor incididunt", 6, "1150"), ("Ut labore", 1, "980.50")]
    lines = [
        LineItem(quote=quote, name=name, quantity=Decimal(count), unit_price=Decimal(price))
        for name, count, price in priced
    ]
    settle(quote, lines)
    return told(quote, lines, contact=contact)
