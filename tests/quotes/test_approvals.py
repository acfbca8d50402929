"""ask_approval, grant, refuse: a discount past the limit needs somebody above."""

from dataclasses import replace
from decimal import Decimal

import pytest

from crm.access import reach_of
from crm.errors import Refused
from quotes.actions import (
    Item,
    ask_approval,
    awaiting,
    draft_quote,
    grant,
    limits_passed,
    mark_sent,
    may_decide,
    refuse,
    save_quote,
    withdraw,
)
from quotes.models import Quote, QuoteSettings
from tests.cast import Cast
from tests.quotes.offers import again, drafted, items

pytestmark = pytest.mark.django_db


@pytest.fixture
def cheap(cast: Cast) -> Quote:
    """12 % off; the limit is 10."""
    return drafted(cast, discount=Decimal(12))


@pytest.fixture
def asked(cast: Cast, cheap: Quote) -> Quote:
    return ask_approval(cheap, remark="A large account", by=cast.alice)


def test_without_approval_it_is_not_sent(cast: Cast, cheap: Quote) -> None:
    assert limits_passed(cheap) == ["discount"]
    with pytest.raises(Refused, match="discount"):
        mark_sent(cheap, by=cast.alice)


def test_within_the_limits_none_is_needed(cast: Cast) -> None:
    quote = drafted(cast, discount=Decimal(10))
    assert limits_passed(quote) == []
    with pytest.raises(Refused):
        ask_approval(quote, by=cast.alice)
    assert mark_sent(quote, by=cast.alice).status == "sent"


def test_options_that_the_customer_may_choose_are_within_the_limits_too(cast: Cast) -> None:
    QuoteSettings.objects.update_or_create(pk=1, defaults={"margin_limit": Decimal(30)})
    one = Item(name="Day", unit_price=Decimal(100), cost=Decimal(60))
    gift = Item(name="Course", unit_price=Decimal(1000), cost=Decimal(90), discount=Decimal(90), is_optional=True)
    dear = Item(name="Support", unit_price=Decimal(99_800), cost=Decimal(10), is_optional=True)
    quote = save_quote(drafted(cast), lines=[one, gift, dear], by=cast.alice)
    assert (quote.total, quote.given, quote.margin) == (100, Decimal("81.8182"), 25)
    assert limits_passed(quote) == ["discount", "margin"]
    quote = save_quote(quote, lines=[one, dear], by=cast.alice)
    assert (quote.given, quote.margin, limits_passed(quote)) == (0, 40, [])


def test_a_margin_has_its_own_limit(cast: Cast) -> None:
    QuoteSettings.objects.update_or_create(pk=1, defaults={"margin_limit": Decimal(30), "discount_limit": None})
    quote = drafted(cast)
    assert limits_passed(quote) == []  # a cost is unknown
    quote = save_quote(quote, lines=[Item(name="Day", unit_price=Decimal(100), cost=Decimal(75))], by=cast.alice)
    assert (quote.margin, limits_passed(quote)) == (25, ["margin"])


def test_nobody_changes_it_while_it_waits(cast: Cast, asked: Quote) -> None:
    assert (asked.status, asked.approvals.get().remark) == ("waiting", "A large account")
    with pytest.raises(Refused):
        save_quote(asked, discount=Decimal(20), by=cast.alice)
    with pytest.raises(Refused):
        mark_sent(asked, by=cast.alice)


def test_who_decides(cast: Cast, asked: Quote) -> None:
    deciders = [user for user in (cast.alice, cast.bob, cast.mia, cast.charlie, cast.max, cast.dana, cast.ravi)
                if may_decide(asked, reach_of(user))]  # fmt: skip
    assert deciders == [cast.mia, cast.dana]
    assert [
        user for user in (cast.alice, cast.mia, cast.max, cast.dana) if awaiting(reach_of(user)).exists()
    ] == deciders
    for user in (cast.alice, cast.max):
        with pytest.raises(Refused):
            grant(asked, by=user)


def test_a_manager_does_not_grant_their_own(cast: Cast) -> None:
    deal = cast.deal(owner=cast.mia)
    quote = save_quote(
        draft_quote(deal, by=cast.mia), lines=[Item(product=cast.pump, discount=Decimal(50))], by=cast.mia
    )  # fmt: skip
    asked = ask_approval(quote, by=cast.mia)
    assert not may_decide(asked, reach_of(cast.mia))
    assert grant(asked, by=cast.dana).status == "draft"


def test_granted_it_is_sent(cast: Cast, asked: Quote) -> None:
    quote = grant(asked, remark="Once", by=cast.mia)
    approval = quote.approvals.get()
    assert (quote.status, approval.granted, approval.decided_by, approval.note) == ("draft", True, cast.mia, "Once")
    assert mark_sent(quote, by=cast.alice).status == "sent"


def test_a_grant_covers_no_more_than_was_asked(cast: Cast, asked: Quote) -> None:
    quote = grant(asked, by=cast.mia)
    assert limits_passed(save_quote(quote, title="The same", by=cast.alice)) == []
    assert limits_passed(save_quote(quote, discount=Decimal(11), by=cast.alice)) == []
    assert limits_passed(save_quote(quote, discount=Decimal(13), by=cast.alice)) == ["discount"]


def test_a_discount_that_was_granted_is_no_word_on_the_margin(cast: Cast, asked: Quote) -> None:
    quote = grant(asked, by=cast.mia)
    QuoteSettings.objects.update_or_create(pk=1, defaults={"margin_limit": Decimal(30)})
    costly = [replace(item, cost=Decimal(200)) for item in items(quote)[:1]]
    assert limits_passed(save_quote(quote, lines=costly, by=cast.alice)) == ["margin"]


def test_refused_it_is_a_draft_again(cast: Cast, asked: Quote) -> None:
    quote = refuse(asked, remark="Too much", by=cast.mia)
    assert (quote.status, limits_passed(quote), quote.approvals.get().granted) == ("draft", ["discount"], False)
    assert ask_approval(quote, by=cast.alice).status == "waiting"


def test_it_can_be_taken_back(cast: Cast, asked: Quote) -> None:
    assert withdraw(asked, by=cast.alice).status == "draft"
    assert not again(asked).approvals.exists()
