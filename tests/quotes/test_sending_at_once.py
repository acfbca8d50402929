"""Many at once: a quote is sent once, and its mail goes out once."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.core import mail

from crm.errors import Conflict
from crm.models import Event
from quotes import workers
from quotes.actions.sending import send_quote
from quotes.models import Document, Sending
from tests.cast import Cast, make_cast
from tests.conftest import settle
from tests.quotes.offers import drafted
from tests.quotes.test_at_once import all_at_once, told

pytestmark = pytest.mark.django_db(transaction=True)
WORDS: dict[str, Any] = {"to": ["carol@acme.example"], "subject": "Your quote", "message": "{link}"}


@pytest.fixture
def cast(transactional_db: None, settings: Any) -> Iterator[Cast]:
    settings.MAIL_IS_ON = True
    yield make_cast()
    settle()


def test_200_who_send_the_same_send_it_once(cast: Cast) -> None:
    quote = drafted(cast)
    results = all_at_once([partial(send_quote, quote, **WORDS, by=cast.alice)] * 200)
    assert {sending.pk for sending in results} == {Sending.objects.get().pk}
    assert (Document.objects.count(), Event.objects.filter(kind="quote.sent").count()) == (1, 1)
    assert sum(all_at_once([partial(workers.deliver, Sending.objects.get().pk)] * 20)) == 1
    assert sum(all_at_once([workers.deliver_due] * 5)) == 0
    assert len(mail.outbox) == 1


def test_of_two_with_other_words_the_second_is_told(cast: Cast) -> None:
    quote = drafted(cast)
    works = [partial(send_quote, quote, **WORDS, key=str(n), lock=quote.lock, by=cast.alice) for n in range(8)]
    assert told(all_at_once(works)) == {"done": 1, Conflict: 7}
    assert Sending.objects.count() == 1
