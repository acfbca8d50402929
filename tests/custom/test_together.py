"""Two people and an administrator at once: nothing is lost, and no value is of another kind than its field."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

from crm.custom.actions import revise_custom_field
from crm.errors import Refused
from crm.models import CustomField
from pipeline.actions import revise_deal
from pipeline.models import Deal
from tests.cast import Cast, make_cast
from tests.conftest import settle
from tests.crowd import Elsewhere
from tests.custom.fields import custom, custom_field, one_of_each
from tests.pipeline.history import assert_history_replays

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(transactional_db: None) -> Iterator[Cast]:
    yield make_cast()
    settle()


def while_we(first: Callable[[], Any], second: Callable[[], Any]) -> Any:
    """Do `first`, let `second` run into it before we commit, and return what came of `second`."""
    tick = threading.Event()
    with transaction.atomic(), connection.cursor() as cursor:
        first()
        other = Elsewhere(second)
        for _ in range(1000):
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone() != (0,):
                break
            tick.wait(0.01)
        else:
            pytest.fail("nobody waits for us")
    return other.done()


def test_two_change_different_fields_of_one_deal_and_both_are_kept(cast: Cast) -> None:
    one_of_each()
    deal = cast.deal(**custom(yes_no=True))
    while_we(
        lambda: revise_deal(deal, version=1, by=cast.mia, **custom(text="Blue", yes_no=False)),
        lambda: revise_deal(deal, version=1, by=cast.alice, **custom(number=5)),
    )
    deal.refresh_from_db()
    assert (deal.version, deal.custom) == (3, {"text": "Blue", "number": "5", "yes_no": False})
    changes = assert_history_replays(deal)
    assert [change.was for change in changes] == [
        {}, {"custom.text": None, "custom.yes_no": True}, {"custom.number": None},
    ]  # fmt: skip


def test_a_kind_does_not_change_under_a_value_that_is_being_entered(cast: Cast) -> None:
    field, deal = custom_field("text"), cast.deal()
    result = while_we(
        lambda: revise_deal(deal, by=cast.alice, **custom(text="Blue")),
        lambda: revise_custom_field(field, kind="number", by=cast.dana),
    )
    assert isinstance(result, Refused)
    assert CustomField.objects.get().kind == "text"


def test_a_value_is_not_entered_under_a_kind_that_is_changing(cast: Cast) -> None:
    field, deal = custom_field("text"), cast.deal()
    result = while_we(
        lambda: revise_custom_field(field, kind="number", by=cast.dana),
        lambda: revise_deal(deal, by=cast.alice, **custom(text="Blue")),
    )
    assert isinstance(result, Refused)
    assert Deal.objects.get().custom == {}


def test_many_people_and_many_fields(cast: Cast) -> None:
    keys = [custom_field("number", key=f"n{number}", label=f"N {number}").key for number in range(8)]
    deal = cast.deal()
    others = [Elsewhere(partial(revise_deal, deal, by=cast.alice, **custom(**{key: 1}))) for key in keys]
    for other in others:
        other.done()
    deal.refresh_from_db()
    assert (deal.version, deal.custom) == (9, dict.fromkeys(keys, "1"))
