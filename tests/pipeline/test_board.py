"""The board: columns with totals over every deal, the first cards, and what a filter leaves of both."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.access import reach_of
from crm.models import ExchangeRate, User
from crm.request import surroundings
from pipeline.actions import archive_deal, lose_deal, move_deal, revise_deal, win_deal
from pipeline.activities import log_activity, plan_activity
from pipeline.board import Board, BoardMaker, shape_of
from pipeline.filters import DealFilter
from pipeline.models import Deal, Pipeline
from pipeline.processes import NEW_BUSINESS
from pipeline.structure import create_pipeline, revise_stage
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def board(user: User, query: str = "") -> Board:
    user = User.objects.get(pk=user.pk)
    shape = shape_of(None)
    assert shape is not None
    with surroundings():
        reach = reach_of(user)
        return BoardMaker(reach, shape, DealFilter.of(QueryDict(query), reach)).board()


def titles(board: Board) -> list[list[str]]:
    return [[card.title for card in column.cards] for column in board.columns]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="crm.backends.PasswordBackend")
    return client


# ── Columns ────────────────────────────────────────────────────────────────────────────────────────


def test_it_has_the_open_stages_in_order_and_the_closed_ones_apart(cast: Cast) -> None:
    shown = board(cast.alice)
    assert [column.head.slot.name for column in shown.columns] == ["Qualify", "Demo", "Solution", "Quote and contract"]
    assert [rail.stage.name for rail in shown.rails] == ["Won", "Lost"]


def test_a_new_deal_is_on_top(cast: Cast) -> None:
    cast.deal("First")
    cast.deal("Second")
    assert titles(board(cast.alice))[0] == ["Second", "First"]


def test_heads_count_and_sum_every_deal_that_matches(cast: Cast) -> None:
    cast.deal(amount=Decimal("1000.10"))
    cast.deal(amount=Decimal("100"), currency_id="USD")  # 90.00
    cast.deal(amount=None)
    head = board(cast.alice).columns[0].head
    assert (head.totals.count, head.totals.value) == (3, Decimal("1090.10"))
    assert head.totals.weighted == Decimal("109.01")  # 100.01 + 9.00, each rounded by itself


def test_a_probability_by_hand_weighs_and_0_is_a_value(cast: Cast) -> None:
    revise_deal(cast.deal(amount=Decimal(1000)), probability_override=Decimal(50), by=cast.alice)
    revise_deal(cast.deal(amount=Decimal(1000)), probability_override=Decimal(0), by=cast.alice)
    assert board(cast.alice).columns[0].head.totals.weighted == 500


def test_a_currency_without_a_rate_is_counted_and_never_summed(cast: Cast) -> None:
    cast.deal(amount=Decimal(1000))
    deal = cast.deal(amount=Decimal(500), currency_id="GBP")
    shown = board(cast.alice)
    assert (shown.totals.count, shown.totals.value, shown.totals.missing) == (2, 1000, 1)
    (card,) = (card for card in shown.columns[0].cards if card.pk == deal.pk)
    assert card.converted == "not convertible"
    assert "1 not convertible" in signed_in(cast.alice).get("/board/").content.decode()


def test_a_plain_board_is_phrased_once_and_says_what_holds_now(cast: Cast) -> None:
    """For each person's reach, the rates of the day, the stages' probabilities: as any other way to count says."""
    deal = cast.deal(amount=Decimal("100.05"), currency_id="USD")
    cast.deal(amount=Decimal("7.77"), probability_override=Decimal(35))
    stage = deal.stage
    for rate in ("0.9", "0.8125"):
        ExchangeRate.objects.create(base_id="EUR", currency_id="USD", on=cast.today, rate=Decimal(rate))
        for chance in (10, 15):
            revise_stage(stage, probability=Decimal(chance), by=cast.dana)
            for user in (cast.alice, cast.charlie):
                plain, filtered = board(user), board(user, "amount_from=-1")
                assert [each.head.totals for each in plain.columns] == [each.head.totals for each in filtered.columns]


def test_only_the_first_cards_are_loaded_and_more_follow_by_key(cast: Cast) -> None:
    for number in range(30):
        cast.deal(f"Deal {number:02}")
    shown = board(cast.alice)
    column = shown.columns[0]
    assert (column.head.totals.count, len(column.cards), column.left) == (30, 25, 5)
    answer = signed_in(cast.alice).get(column.more_url).content.decode()
    assert re.findall(r'draggable="false">([^<]+)', answer) == [f"Deal {number:02}" for number in (4, 3, 2, 1, 0)]
    assert "Show" not in answer


def test_closed_deals_of_this_month_stand_in_the_rail(cast: Cast) -> None:
    win_deal(cast.deal("Won now", amount=Decimal(300)), reason=cast.fit, by=cast.alice)
    before = cast.today.replace(day=1) - timedelta(days=1)
    win_deal(cast.deal("Won before"), reason=cast.fit, closed_on=before, by=cast.alice)
    lose_deal(cast.deal("Gone", amount=Decimal(70)), reason=cast.price, by=cast.alice)
    won, lost = board(cast.alice).rails
    assert (won.count, won.value, [deal.title for deal in won.deals]) == (1, "€300", ["Won now"])
    assert (lost.count, lost.value, [deal.title for deal in lost.deals]) == (1, "€70", ["Gone"])
    assert lost.deals[0].detail.startswith("Price · ")


def test_an_archived_deal_stands_nowhere(cast: Cast) -> None:
    archive_deal(cast.deal(), by=cast.alice)
    shown = board(cast.alice)
    assert (shown.totals.count, titles(shown)[0]) == (0, [])


# ── The line at a card's foot ──────────────────────────────────────────────────────────────────────


def state_of(cast: Cast, deal: Deal) -> tuple[str, str, str]:
    (card,) = (card for column in board(cast.alice).columns for card in column.cards if card.pk == deal.pk)
    return card.state.kind, card.state.text, card.state.detail


@pytest.mark.parametrize(("days", "kind", "text"), [(-3, "overdue", "Overdue 3 d"), (0, "today", "Today")])
def test_a_step_that_is_due(cast: Cast, days: int, kind: str, text: str) -> None:
    deal = cast.deal()
    plan_activity(deal, subject="Call", due_on=cast.today + timedelta(days=days), by=cast.alice)
    assert state_of(cast, deal) == (kind, text, "Call")


def test_a_step_to_come(cast: Cast) -> None:
    deal = cast.deal()
    plan_activity(deal, subject="Call", due_on=cast.today + timedelta(days=2), by=cast.alice)
    assert state_of(cast, deal)[::2] == ("planned", "Call")


def test_no_step(cast: Cast) -> None:
    assert state_of(cast, cast.deal()) == ("none", "No next step", "")


def age(deal: Deal, days: int) -> Deal:
    Deal.objects.filter(pk=deal.pk).update(stage_since=timezone.now() - timedelta(days=days))
    return deal


def test_stalled_is_beyond_the_limit_untouched_and_without_a_step(cast: Cast) -> None:
    deal = age(cast.deal(), 22)  # Qualify allows 21
    assert state_of(cast, deal) == ("stalled", "Stalled 22 d, limit 21", "never touched, no next step")
    assert titles(board(cast.alice, "stalled=1"))[0] == [deal.title]


@pytest.mark.parametrize(("days", "touched", "is_stalled"), [(21, None, False), (30, 20, True), (30, 5, False)])
def test_a_touch_after_the_limit_wakes_it(cast: Cast, days: int, touched: int | None, is_stalled: bool) -> None:
    deal = age(cast.deal(), days)
    if touched is not None:
        log_activity(deal, subject="Spoke", at=timezone.now() - timedelta(days=touched), by=cast.alice)
    assert (state_of(cast, deal)[0] == "stalled") is is_stalled
    assert (titles(board(cast.alice, "stalled=1"))[0] == [deal.title]) is is_stalled


def test_a_stage_without_a_limit_never_stalls(cast: Cast) -> None:
    revise_stage(cast.stages["Qualify"], stall_days=None, by=cast.dana)
    deal = age(cast.deal(), 300)
    assert state_of(cast, deal)[0] == "none"
    assert titles(board(cast.alice, "stalled=1"))[0] == []


# ── Who sees what ──────────────────────────────────────────────────────────────────────────────────


def test_another_team_sees_neither_cards_nor_sums(cast: Cast) -> None:
    deal = cast.deal()
    shown = board(cast.charlie)
    assert (shown.totals.count, titles(shown)[0]) == (0, [])
    assert (
        f'id="deal-{deal.pk}"'
        not in signed_in(cast.charlie).get(f"/board/{cast.pipeline.pk}/news/?deal={deal.pk}").content.decode()
    )


def test_colleagues_look_and_only_the_owner_and_the_manager_move(cast: Cast) -> None:
    cast.deal()
    fixed = [
        board(user).columns[0].cards[0].is_fixed for user in (cast.alice, cast.bob, cast.mia, cast.ravi, cast.dana)
    ]
    assert fixed == [False, True, False, True, False]


def test_signed_out_people_are_sent_to_the_entrance(cast: Cast) -> None:
    assert Client().get("/board/").headers["Location"] == "/sign-in/?next=/board/"


# ── Filters ────────────────────────────────────────────────────────────────────────────────────────


def test_filters_narrow_cards_and_sums_alike(cast: Cast) -> None:
    cast.deal("Alpha", amount=Decimal(10), source=cast.referral)
    bobs = cast.deal("Beta", owner=cast.bob, amount=Decimal(20), company=None)
    plan_activity(bobs, subject="Call", due_on=cast.today, by=cast.bob)
    soon, later = cast.today, cast.today + timedelta(days=40)
    revise_deal(bobs, expected_close_on=later, by=cast.bob)
    for query, names in {
        f"owner={cast.bob.pk}": ["Beta"],
        f"owner={cast.bob.pk}&owner={cast.alice.pk}": ["Beta", "Alpha"],
        f"team={cast.north.pk}": ["Beta", "Alpha"],
        f"team={cast.company_team.pk}": ["Beta", "Alpha"],
        f"team={cast.south.pk}": [],
        "q=alp": ["Alpha"],
        "q=acme": ["Alpha"],
        f"source={cast.referral.pk}": ["Alpha"],
        "source=none": ["Beta"],
        "mine=1": ["Alpha"],
        "no_step=1": ["Alpha"],
        f"expected_before={soon + timedelta(days=1)}": ["Alpha"],
        "owner=nobody": [],
        "expected_before=yesterday": [],
    }.items():
        shown = board(cast.alice, query)
        assert titles(shown)[0] == names, query
        assert shown.columns[0].head.totals.count == len(names), query


def test_chips_name_the_filters_and_lead_away_from_them(cast: Cast) -> None:
    reach = reach_of(cast.alice)
    asked = DealFilter.of(QueryDict(f"owner={cast.bob.pk}&stalled=1&nonsense=1"), reach)
    assert [(chip.label, chip.value, chip.without) for chip in asked.chips()] == [
        ("Owner", "Bob", "?stalled=1"),
        ("Stalled", "", f"?owner={cast.bob.pk}"),
    ]


def test_a_link_does_not_betray_the_name_of_what_one_may_not_know(cast: Cast) -> None:
    cast.workspace.shares_contacts = False
    cast.workspace.save()
    asked = DealFilter.of(QueryDict(f"company={cast.globex.pk}"), reach_of(User.objects.get(pk=cast.alice.pk)))
    assert asked.chips()[0].value == ""


# ── Cost ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("query", ["", "?owner={alice}&team={north}&source={source}&stalled=1"])
def test_it_asks_the_database_the_same_whatever_the_number_of_deals(cast: Cast, query: str) -> None:
    client = signed_in(cast.alice)
    url = "/board/" + query.format(alice=cast.alice.pk, north=cast.north.pk, source=cast.referral.pk)
    client.get(url)
    counts = []
    for _ in range(2):
        cast.deal(owner=cast.bob)
        move_deal(cast.deal(), to=cast.stages["Demo"], by=cast.alice)
        win_deal(cast.deal(), reason=cast.fit, by=cast.alice)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(url).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12, [query["sql"][:150] for query in queries]


# ── Patches ────────────────────────────────────────────────────────────────────────────────────────


def test_news_are_the_cards_asked_for_all_heads_and_the_totals(cast: Cast) -> None:
    deal, gone = cast.deal(), win_deal(cast.deal(), reason=cast.fit, by=cast.alice)
    page = signed_in(cast.alice).get(f"/board/{cast.pipeline.pk}/news/?deal={deal.pk}&deal={gone.pk}").content.decode()
    assert f'id="deal-{deal.pk}"' in page
    assert f'id="deal-{gone.pk}"' not in page  # it has left the columns
    assert all(f'id="head-{cast.stages[name].pk}"' in page for name in ("Qualify", "Demo", "Solution"))
    assert 'id="board-totals"' in page
    assert "just" not in page  # one's own doing is no news


def test_news_say_who_did_it(cast: Cast) -> None:
    deal = move_deal(cast.deal(), to=cast.stages["Demo"], by=cast.mia)
    page = signed_in(cast.alice).get(f"/board/{cast.pipeline.pk}/news/?deal={deal.pk}").content.decode()
    assert "Mia just moved this" in page


def test_another_pipeline_has_a_board_of_its_own(cast: Cast) -> None:
    other = create_pipeline(template=NEW_BUSINESS, name="Renewals", by=cast.dana)
    client = signed_in(cast.alice)
    assert "Renewals" in client.get(f"/board/{other.pk}/").content.decode()
    Pipeline.objects.filter(pk=other.pk).update(is_active=False)
    assert client.get(f"/board/{other.pk}/").status_code == 404


def test_an_empty_board_helps_to_begin_and_an_empty_filter_to_get_out(cast: Cast) -> None:
    client = signed_in(cast.alice)
    assert "Add your first deal" in client.get("/board/").content.decode()
    assert "Clear filters" in client.get("/board/?q=nothing").content.decode()
    assert "Add your first deal" not in signed_in(cast.ravi).get("/board/").content.decode()


def test_a_deal_added_on_a_board_goes_into_its_pipeline(cast: Cast) -> None:
    other = create_pipeline(template=NEW_BUSINESS, name="Renewals", by=cast.dana)
    first = other.stages.order_by("position")[0]
    page = signed_in(cast.alice).get(f"/board/{other.pk}/").content.decode()
    assert f'name="stage" value="{first.pk}"' in page
    assert f'href="/deals/new/?stage={first.pk}"' in page
