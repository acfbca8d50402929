"""The quotes' part of the table in tests/test_matrix.py, which says how to read it, and the objects it asks about."""

from typing import Any

from pipeline.models import Deal
from quotes.actions import draft_quote
from tests.cast import Cast

QUOTES = """
GET    quotes:quotes              302 200 200 200 200 200 200 200 302
GET    quotes:approvals           302 200 200 200 200 200 200 200 302
GET    quotes:quote               302 200 200 200 404 404 200 200 302
POST   quotes:quote               302 422 404 422 404 404 422 404 302
GET    quotes:quote-products      302 200 404 200 404 404 200 404 302
GET    quotes:quote-approval      302 405 405 405 405 405 405 405 302
POST   quotes:quote-approval      302 422 404 422 404 404 422 404 302
GET    quotes:quote-cancellation  302 405 405 405 405 405 405 405 302
POST   quotes:quote-cancellation  302 302 404 302 404 404 302 404 302
GET    quotes:quote-prices        302 405 405 405 405 405 405 405 302
POST   quotes:quote-prices        302 302 404 302 404 404 302 404 302
GET    quotes:quote-sync          302 405 405 405 405 405 405 405 302
POST   quotes:quote-sync          302 302 404 302 404 404 302 404 302
GET    quotes:quote-revision      302 405 405 405 405 405 405 405 302
POST   quotes:quote-revision      302 422 404 422 404 404 422 404 302
GET    quotes:for-deal            302 200 200 200 404 404 200 200 302
POST   quotes:for-deal            302 302 404 302 404 404 302 404 302
"""


def quote_objects(cast: Cast, deal: Deal) -> dict[str, Any]:
    """`noun.parameter` → value: a draft of Alice's deal."""
    quote = draft_quote(deal, by=cast.alice)
    return {"quote.pk": quote.pk, "for-deal.pk": deal.pk}
