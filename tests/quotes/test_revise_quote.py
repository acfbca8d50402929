"""revise_quote: a new version, whose sending supersedes the old."""

from dataclasses import replace
from decimal import Decimal

import pytest

from crm.errors import Refused
from quotes.actions import cancel_quote, mark_sent, revise_quote, save_quote, sync_quote
from quotes.models import Quote
from tests.cast import Cast
from tests.quotes.offers import again, drafted, items, shown

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(cast: Cast) -> Quote:
    return mark_sent(drafted(cast), by=cast.alice)


def test_it_is_a_draft_under_the_same_number(cast: Cast, sent: Quote) -> None:
    new = revise_quote(sent, by=cast.mia)
    assert (new.number, new.version, new.status, new.replaces, new.made_by) == (
        sent.number, 2, "draft", sent, cast.mia,
    )  # fmt: skip
    assert (str(new), new.is_synced, new.sent_at) == (f"{sent.number}.2", False, None)


def test_lines_are_copied_never_shared(cast: Cast, sent: Quote) -> None:
    new = revise_quote(sent, by=cast.alice)
    assert shown(new) == shown(sent)
    pumps, _sensor = items(new)
    save_quote(new, lines=[replace(pumps, quantity=Decimal(5))], by=cast.alice)
    assert shown(sent) == [("Pump", 500), ("Sensor", Decimal("99.90"))]
    assert again(sent).net == Decimal("599.90")


def test_the_old_one_holds_until_the_new_one_is_sent(cast: Cast, sent: Quote) -> None:
    new = revise_quote(sent, by=cast.alice)
    assert again(sent).status == "sent"
    mark_sent(new, by=cast.alice)
    assert (again(sent).status, again(new).status) == ("superseded", "sent")


def test_the_deal_follows_the_version_that_was_sent_last(cast: Cast, sent: Quote) -> None:
    assert again(sent).is_synced
    new = revise_quote(sent, by=cast.alice)
    new = save_quote(new, discount=Decimal(10), by=cast.alice)
    assert again(sent).deal.amount == Decimal("599.90")
    mark_sent(new, by=cast.alice)
    assert (again(sent).is_synced, again(new).is_synced) == (False, True)
    assert again(new).deal.amount == new.net == Decimal("539.91")


def test_one_version_at_a_time(cast: Cast, sent: Quote) -> None:
    new = revise_quote(sent, by=cast.alice)
    for quote in (sent, new):
        with pytest.raises(Refused):
            revise_quote(quote, by=cast.alice)


def test_a_version_that_was_cancelled_keeps_its_place(cast: Cast, sent: Quote) -> None:
    second = cancel_quote(revise_quote(sent, by=cast.alice), by=cast.alice)
    third = revise_quote(sent, by=cast.alice)
    assert (third.version, third.replaces) == (3, second)
    mark_sent(third, by=cast.alice)
    assert again(sent).status == "superseded"


def test_a_draft_or_an_accepted_one_is_not_revised(cast: Cast) -> None:
    quote = drafted(cast)
    with pytest.raises(Refused):
        revise_quote(quote, by=cast.alice)
    Quote.objects.filter(pk=quote.pk).update(status="accepted")
    with pytest.raises(Refused):
        revise_quote(quote, by=cast.alice)


def test_syncing_an_older_version_is_refused(cast: Cast, sent: Quote) -> None:
    mark_sent(revise_quote(sent, by=cast.alice), by=cast.alice)
    with pytest.raises(Refused):
        sync_quote(sent, by=cast.alice)
