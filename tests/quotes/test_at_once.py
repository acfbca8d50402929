"""Many at once: numbers stay gapless, one save, one sync, one sending wins, and the others are told."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.db import connection

from crm.errors import Conflict, Refused
from pipeline.models import Deal
from quotes.actions import cancel_quote, draft_quote, mark_sent, revise_quote, save_quote, sync_quote
from quotes.models import Quote, Series, SeriesKind
from quotes.numbering import take_number
from tests.cast import Cast, make_cast
from tests.conftest import settle
from tests.quotes.offers import again, drafted, items

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 20


@pytest.fixture
def cast(transactional_db: None) -> Iterator[Cast]:
    yield make_cast()
    settle()


def all_at_once(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """What came of each, an exception included; each on a thread and a connection of its own."""

    def done(work: Callable[[], Any]) -> Any:
        try:
            return work()
        except (Conflict, Refused) as told:
            return type(told)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(done, works))


def told(results: list[Any]) -> Counter[Any]:
    return Counter(result if isinstance(result, type) else "done" for result in results)


def test_200_numbers_have_no_gap_and_no_twin(cast: Cast) -> None:
    numbers = all_at_once([partial(take_number, SeriesKind.INVOICE, cast.today)] * 200)
    assert sorted(numbers) == [f"{cast.today.year}-{number:04}" for number in range(1, 201)]


def test_drafts_that_fail_leave_no_gap(cast: Cast) -> None:
    deals = [cast.deal() for _number in range(5)]
    gone = cast.deal()
    Deal.objects.filter(pk=gone.pk).update(archived_at=cast.acme.created_at)
    results = all_at_once([partial(draft_quote, deal, by=cast.alice) for deal in [*deals, gone] * 5])
    assert told(results) == {"done": 25, Refused: 5}
    numbers = sorted(Quote.objects.values_list("number", flat=True))
    assert numbers == [f"Q-{cast.today.year}-{number:04}" for number in range(1, 26)]
    assert Series.objects.get().last == 25


def test_of_many_savers_one_wins_and_the_others_are_told(cast: Cast) -> None:
    quote = drafted(cast)
    works = [partial(save_quote, quote, lock=quote.lock, title=f"By {n}", by=cast.alice) for n in range(AT_ONCE)]
    results = all_at_once(works)
    assert told(results) == {"done": 1, Conflict: AT_ONCE - 1}
    assert again(quote).lock == quote.lock + 1


def test_who_saves_the_whole_leaves_no_line_twice(cast: Cast) -> None:
    quote = drafted(cast)
    works = [partial(save_quote, quote, lines=items(quote)[:1], by=cast.alice) for _n in range(AT_ONCE)]
    assert told(all_at_once(works))["done"] >= 1
    assert [line.name for line in quote.lines.all()] == ["Pump"]
    assert again(quote).net == 500


def test_exactly_one_is_synced(cast: Cast) -> None:
    first = drafted(cast)
    quotes = [first, *(drafted(cast, deal=first.deal) for _n in range(4))]
    results = all_at_once([partial(sync_quote, quote, by=cast.alice) for quote in quotes * 4])
    assert told(results) == {"done": AT_ONCE}
    (synced,) = Quote.objects.filter(is_synced=True)
    deal = Deal.objects.get(pk=first.deal_id)
    assert (deal.amount, deal.amount_from_quote) == (synced.net, True)


def test_one_sending_one_revision(cast: Cast) -> None:
    quote = drafted(cast)
    assert told(all_at_once([partial(mark_sent, quote, by=cast.alice)] * 200)) == {"done": 1, Refused: 199}
    assert told(all_at_once([partial(revise_quote, quote, by=cast.alice)] * AT_ONCE)) == {"done": 1, Refused: 19}


def test_sending_and_cancelling_do_not_both_happen_unseen(cast: Cast) -> None:
    quote = drafted(cast)
    works = [partial(verb, quote, lock=quote.lock, by=cast.alice) for verb in (mark_sent, cancel_quote)] * 5
    assert told(all_at_once(works))["done"] == 1
    assert again(quote).status in {"sent", "cancelled"}
