"""What a customer answers: accepted, declined, or a question. `caller` is all that is known of who answers."""

from collections.abc import Collection
from typing import NamedTuple

from crm.models import User
from quotes.models import Acceptance, Quote, QuoteLink, Remark


class Caller(NamedTuple):
    """Who answers, in their own words, and where the answer came from."""

    name: str
    email: str = ""
    ip: str | None = None
    user_agent: str = ""
    link: QuoteLink | None = None  # None: entered by hand


def accept_quote(
    quote: Quote, *, caller: Caller, chosen: Collection[int] | None = None, note: str = "", by: User | None
) -> Acceptance:
    """The customer wants it, with the optional lines `chosen` (None: as they stand).

    One acceptance wins. Raises Refused if the quote cannot be accepted any more.
    """
    raise NotImplementedError


def decline_quote(quote: Quote, *, caller: Caller, reason: str = "", by: User | None) -> Remark:
    raise NotImplementedError


def ask_question(quote: Quote, *, caller: Caller, text: str, by: User | None) -> Remark:
    """Onto the deal's timeline, and to its owner."""
    raise NotImplementedError
