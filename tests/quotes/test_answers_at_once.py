"""Many who answer at once: one acceptance wins, the others are told, and nothing happens twice."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.db import connection

from crm.errors import Refused
from pipeline.models import Activity, Deal
from quotes.actions import Caller, accept_quote, decline_quote, link_of, see_quote
from quotes.models import Acceptance, Quote, QuoteLink, Sending
from tests.cast import Cast, make_cast
from tests.conftest import settle
from tests.quotes.sent import link_to, sent_quote

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 16  # connections


@pytest.fixture
def cast(transactional_db: None) -> Iterator[Cast]:
    yield make_cast()
    settle()


def all_at_once(works: Sequence[Callable[[], Any]]) -> Counter[str]:
    """How many came to what: the name of what was returned or raised."""

    def work(each: Callable[[], Any]) -> str:
        try:
            return type(each()).__name__
        except Refused as refused:
            return f"Refused {sorted(refused.errors)}"
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(pool.map(work, works))


def caller(number: int) -> Caller:
    return Caller(f"Customer {number}", f"customer{number}@acme.example")


def test_of_two_hundred_acceptances_one_wins_and_the_others_are_told(cast: Cast) -> None:
    quote = sent_quote(cast)
    came = all_at_once([partial(accept_quote, quote, caller=caller(n), by=None) for n in range(200)])
    assert came == {"Acceptance": 1, "Refused ['status']": 199}
    winner = Acceptance.objects.get()
    deal = Deal.objects.get()
    assert (deal.outcome, deal.closing_note) == ("won", f"{winner.name} accepted quote {quote}")
    assert deal.changes.filter(verb="won").count() == 1
    assert Sending.objects.filter(key__startswith="acceptance:").count() == 1
    assert Activity.objects.filter(subject=f"{winner.name} accepted quote {quote}").count() == 1


def test_of_two_quotes_of_a_deal_one_is_accepted(cast: Cast) -> None:
    deal = cast.deal()
    quotes = [sent_quote(cast, deal=deal), sent_quote(cast, deal=deal)]
    works = [partial(accept_quote, quotes[n % 2], caller=caller(n), by=None) for n in range(20)]
    came = all_at_once(works)
    assert (came["Acceptance"], came.total()) == (1, 20)
    assert sorted(deal.quotes.values_list("status", flat=True)) == ["accepted", "cancelled"]


def test_accepted_and_declined_at_once_is_one_of_both(cast: Cast) -> None:
    quote = sent_quote(cast)
    works: list[Callable[[], Any]] = [partial(accept_quote, quote, caller=caller(n), by=None) for n in range(8)]
    works += [partial(decline_quote, quote, caller=Caller(""), by=None)] * 8
    came = all_at_once(works[::2] + works[1::2])
    assert came["Acceptance"] + came["Remark"] == 1
    assert Quote.objects.get().status == ("accepted" if came["Acceptance"] else "declined")


def test_every_look_counts_and_the_first_marks_it_viewed_once(cast: Cast) -> None:
    quote = sent_quote(cast)
    link = link_to(quote)
    all_at_once([lambda: see_quote(QuoteLink.objects.select_related("quote__deal").get(), by=None)] * 40)
    quote.refresh_from_db()
    link.refresh_from_db()
    assert (quote.status, quote.views, link.views) == ("viewed", 40, 40)


def test_a_quote_has_one_link_however_many_ask_for_it(cast: Cast) -> None:
    quote = sent_quote(cast)
    all_at_once([lambda: link_of(quote, by=cast.alice)] * 20)
    assert QuoteLink.objects.count() == 1
