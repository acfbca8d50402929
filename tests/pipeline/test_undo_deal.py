"""undo_change: a compensating change with a history of its own."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from contacts.models import Company, Contact
from crm.errors import Conflict, Refused
from pipeline.actions import (
    Line,
    archive_deal,
    hand_over_deal,
    lose_deal,
    move_deal,
    reopen_deal,
    restore_deal,
    revise_deal,
    set_lines,
    set_people,
    undo_change,
    win_deal,
)
from pipeline.ledger import COLUMNS
from pipeline.models import Deal
from pipeline.structure import delete_stage
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def state(deal: Deal) -> dict[str, Any]:
    """Everything a deal is, but its version."""
    row: dict[str, Any] = Deal.objects.filter(pk=deal.pk).values(*COLUMNS).get()
    del row["version"]
    lines = list(deal.lines.order_by("position").values_list("product", "quantity", "unit_price", "discount", "total"))
    people = list(deal.people.order_by("id").values_list("contact", "role"))
    return row | {"lines": lines, "people": people}


Change = Callable[[Cast, Deal], Deal]
CHANGES: dict[str, tuple[Change, str]] = {
    "a move": (lambda cast, deal: move_deal(deal, to=cast.stages["Solution"], by=cast.alice), "moved"),
    "a win": (lambda cast, deal: win_deal(deal, reason=cast.fit, by=cast.alice), "reopened"),
    "a loss": (lambda cast, deal: lose_deal(deal, reason=cast.price, note="No", by=cast.alice), "reopened"),
    "a back-dated win": (
        lambda cast, deal: win_deal(deal, reason=cast.fit, closed_on=cast.today - timedelta(days=3), by=cast.alice),
        "reopened",
    ),
    "a revision": (
        lambda cast, deal: revise_deal(
            deal,
            title="Other",
            amount=Decimal(7),
            company=None,
            expected_close_on=cast.today + timedelta(days=9),
            probability_override=Decimal(0),
            category_override="omitted",
            external_id="X-9",
            by=cast.alice,
        ),
        "revised",
    ),
    "a hand-over": (lambda cast, deal: hand_over_deal(deal, to=cast.charlie, by=cast.dana), "handed_over"),
    "an archiving": (lambda cast, deal: archive_deal(deal, by=cast.alice), "restored"),
    "new lines": (
        lambda cast, deal: set_lines(deal, [Line(cast.sensor, Decimal(5))], feed_amount=True, by=cast.alice),
        "revised",
    ),
    "other people": (lambda cast, deal: set_people(deal, [(cast.carol, "blocks")], by=cast.alice), "revised"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_it_takes_back(cast: Cast, name: str) -> None:
    change, verb = CHANGES[name]
    deal = cast.deal(stage="Demo", lines=[Line(cast.pump, Decimal("1.5"), discount=Decimal(10))])
    before = state(deal)
    deal = change(cast, deal)
    after = state(deal)
    assert after != before
    undone = undo_change(deal, version=2, by=cast.alice)
    assert (state(deal), undone.version) == (before, 3)
    assert undone.changes.get(version=3).verb == verb
    undo_change(deal, version=3, by=cast.alice)  # and the undoing can be undone
    assert state(deal) == after


@pytest.mark.parametrize("close", [win_deal, lose_deal])
def test_it_takes_back_a_reopening(cast: Cast, close: Callable[..., Deal]) -> None:
    reason = cast.fit if close is win_deal else cast.competitor
    closed = close(cast.deal(currency_id="USD"), reason=reason, note="Why", by=cast.alice)
    before = state(closed)
    reopen_deal(closed, by=cast.alice)
    undone = undo_change(closed, version=3, by=cast.alice)
    assert state(closed) == before
    assert undone.changes.get(version=4).verb == closed.outcome


def test_it_takes_back_a_restoring(cast: Cast) -> None:
    deal = archive_deal(cast.deal(), by=cast.alice)
    before = state(deal)
    restore_deal(deal, by=cast.alice)
    undo_change(deal, version=3, by=cast.alice)
    assert state(deal) == before


def test_the_card_returns_to_its_place(cast: Cast) -> None:
    for title in "abc":
        cast.deal(title)
    deal = Deal.objects.get(title="b")
    move_deal(deal, to=cast.stages["Demo"], by=cast.alice)
    undo_change(deal, version=2, by=cast.alice)
    assert [deal.title for deal in Deal.objects.order_by("rank")] == ["c", "b", "a"]


def test_what_somebody_changed_since_stays(cast: Cast) -> None:
    deal = move_deal(cast.deal(), to=cast.stages["Demo"], by=cast.alice)
    revise_deal(deal, amount=Decimal(5), by=cast.mia)
    with pytest.raises(Conflict) as conflict:
        undo_change(deal, version=2, by=cast.alice)
    assert (conflict.value.change.by, conflict.value.current.version) == (cast.mia, 3)


def test_a_second_undo_of_the_same_change_is_told(cast: Cast) -> None:
    deal = move_deal(cast.deal(), to=cast.stages["Demo"], by=cast.alice)
    undo_change(deal, version=2, by=cast.alice)
    with pytest.raises(Conflict):
        undo_change(deal, version=2, by=cast.mia)


def test_changes_are_taken_back_one_after_the_other(cast: Cast) -> None:
    deal = cast.deal(lines=[Line(cast.pump)])
    states = [state(deal)]
    for name in ("a move", "new lines", "other people", "a win", "an archiving"):
        change, _ = CHANGES[name]
        change(cast, deal)
        states.append(state(deal))
    for version in range(6, 1, -1):
        undo_change(deal, version=version, by=cast.alice)
        assert state(deal) == states[version - 2]
    assert deal.changes.count() == 11


def test_what_was_done_and_taken_back_by_another_does_not_stand_in_the_way(cast: Cast) -> None:
    deal = move_deal(cast.deal(), to=cast.stages["Demo"], by=cast.alice)
    revise_deal(deal, amount=Decimal(5), by=cast.mia)
    with pytest.raises(Conflict):
        undo_change(deal, version=2, by=cast.alice)
    undo_change(deal, version=3, by=cast.mia)
    assert undo_change(deal, version=2, by=cast.alice).stage == cast.stages["Qualify"]


@pytest.mark.parametrize("version", [0, 1, 7])
def test_there_must_be_something_to_undo(cast: Cast, version: int) -> None:
    with pytest.raises(Refused):
        undo_change(cast.deal(), version=version, by=cast.alice)


def test_a_touch_between_is_nothing_to_undo(cast: Cast) -> None:
    from pipeline.activities import log_activity

    deal = move_deal(cast.deal(), to=cast.stages["Demo"], by=cast.alice)
    log_activity(deal, subject="Called", by=cast.alice)
    undone = undo_change(deal, version=2, by=cast.alice)
    assert (undone.stage, undone.touched_at is None) == (cast.stages["Qualify"], False)


def test_it_does_not_go_back_to_a_stage_that_is_gone(cast: Cast) -> None:
    deal = move_deal(cast.deal(), to=cast.stages["Demo"], by=cast.alice)
    delete_stage(cast.stages["Qualify"], by=cast.dana)
    with pytest.raises(Refused):
        undo_change(deal, version=2, by=cast.alice)
    deal.refresh_from_db()
    assert (deal.stage, deal.version) == (cast.stages["Demo"], 2)


def test_it_does_not_go_back_to_a_company_that_is_gone(cast: Cast) -> None:
    gone = Company.objects.create(name="Initech", owner=cast.alice, team=cast.north)
    deal = revise_deal(cast.deal(company=gone), company=cast.acme, by=cast.alice)
    gone.delete()
    with pytest.raises(Refused):
        undo_change(deal, version=2, by=cast.alice)


def test_people_who_are_gone_stay_gone(cast: Cast) -> None:
    ben = Contact.objects.create(name="Ben", owner=cast.alice, team=cast.north)
    deal = cast.deal(people=[(ben, "uses"), (cast.carol, "decides")])
    set_people(deal, [], by=cast.alice)
    ben.delete()
    undo_change(deal, version=2, by=cast.alice)
    assert [(link.contact, link.role) for link in deal.people.all()] == [(cast.carol, "decides")]
