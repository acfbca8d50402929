"""One verb on many deals: as if each had been done by itself, and taken back as one."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.errors import Refused
from crm.jobs import advance
from crm.models import Job, User
from pipeline.actions import (
    archive_deal,
    change_deals,
    hand_over_deal,
    lose_deal,
    move_deal,
    revise_deal,
    undo_change_set,
    win_deal,
)
from pipeline.models import Activity, ChangeSet, Deal
from pipeline.structure import revise_stage
from tests.cast import Cast
from tests.pipeline.history import assert_history_replays

pytestmark = pytest.mark.django_db


def change(deals: list[Deal], verb: str, by: User, **facts: Any) -> ChangeSet:
    return change_deals([deal.pk for deal in deals], verb, facts, title="Change", by=by)


def titles(cast: Cast, stage: str) -> list[str]:
    return list(Deal.objects.filter(stage=cast.stages[stage]).order_by("rank").values_list("title", flat=True))


def report(change_set: ChangeSet) -> list[tuple[str, str]]:
    return [(row["label"], row["reason"]) for row in change_set.job.report]


# ── Each verb ──────────────────────────────────────────────────────────────────────────────────


def test_it_moves_between_the_neighbours_in_the_order_chosen(cast: Cast) -> None:
    below, above = cast.deal("below", stage="Demo"), cast.deal("above", stage="Demo")
    one, two, three = (cast.deal(name) for name in ("one", "two", "three"))
    done = change([two, three, one], "move", cast.alice, to=cast.stages["Demo"], after=above.pk, before=below.pk)
    assert titles(cast, "Demo") == ["above", "two", "three", "one", "below"]
    assert (done.job.state, done.job.changed, done.job.left_out) == ("done", 3, 0)


def test_without_neighbours_the_first_comes_to_the_top(cast: Cast) -> None:
    cast.deal("there", stage="Demo")
    change([cast.deal(name) for name in ("one", "two", "three")], "move", cast.alice, to=cast.stages["Demo"])
    assert titles(cast, "Demo") == ["one", "two", "three", "there"]


def test_it_hands_over_revises_and_deletes(cast: Cast) -> None:
    deals = [cast.deal(f"Deal {number}") for number in range(3)]
    change(deals, "hand_over", cast.mia, to=cast.bob)
    change(deals, "revise", cast.mia, expected_close_on=cast.today + timedelta(days=9), source=cast.referral)
    change(deals, "revise", cast.mia, amount=Decimal("12.5"), company=None)
    change(deals[:1], "archive", cast.mia)
    facts = Deal.objects.order_by("pk").values_list("owner", "pushes", "source", "amount", "company", "version")
    assert [*facts] == [(cast.bob.pk, 1, cast.referral.pk, Decimal("12.5"), None, version) for version in (5, 4, 4)]
    assert Deal.objects.live().count() == 2


def test_it_wins_and_loses(cast: Cast) -> None:
    won, lost = [cast.deal(), cast.deal()], [cast.deal(), cast.deal()]
    day = cast.today - timedelta(days=2)
    change(won, "win", cast.alice, reason=cast.fit, closed_on=day, note="Well done")
    later = cast.today + timedelta(days=90)
    change(lost, "lose", cast.alice, reason=cast.competitor, competitor="Aquasys", ask_again_on=later)
    for deal in won:
        deal.refresh_from_db()
        assert (deal.outcome, deal.win_reason, deal.closed_on, deal.closing_note) == ("won", cast.fit, day, "Well done")
    for deal in lost:
        deal.refresh_from_db()
        assert (deal.outcome, deal.loss_reason, deal.competitor) == ("lost", cast.competitor, "Aquasys")
    assert [*Activity.objects.values_list("deal", "due_on").order_by("deal")] == [(deal.pk, later) for deal in lost]


# ── What is left out ───────────────────────────────────────────────────────────────────────────


def test_a_deal_that_refuses_leaves_no_trace_and_is_reported(cast: Cast) -> None:
    stage = revise_stage(cast.stages["Solution"], required_fields=["amount"], by=cast.dana)
    good, poor = cast.deal("Good"), cast.deal("Poor", amount=None)
    done = change([poor, good], "move", cast.alice, to=stage)
    assert (done.job.changed, done.job.left_out) == (1, 1)
    assert report(done) == [("Poor", "Solution needs: Amount.")]
    assert done.job.report[0]["url"] == f"/deals/{poor.pk}/"
    poor.refresh_from_db()
    assert (poor.version, poor.changes.count()) == (1, 1)


def test_each_needs_to_be_ones_own_to_change(cast: Cast) -> None:
    deals = [cast.deal("Mine"), cast.deal("Bob’s", owner=cast.bob), cast.deal("Theirs", owner=cast.charlie)]
    done = change_deals([*(deal.pk for deal in deals), 10**9], "archive", {}, title="Delete", by=cast.alice)
    unseen = "This deal no longer exists, or you may not see it."
    assert report(done) == [
        ("Bob’s", "You may look at this deal, not change it."),
        (str(deals[2].pk), unseen),
        (str(10**9), unseen),
    ]
    assert [*Deal.objects.live().values_list("title", flat=True).order_by("pk")] == ["Bob’s", "Theirs"]


def test_what_a_stage_needs_is_filled_in_only_where_it_is_lacking(cast: Cast) -> None:
    stage = revise_stage(cast.stages["Solution"], required_fields=["amount", "next_step"], by=cast.dana)
    rich, poor = cast.deal(amount=Decimal(7)), cast.deal(amount=None)
    fields = {"amount": Decimal(5), "next_step": ("Call", cast.today)}
    done = change([rich, poor], "move", cast.alice, to=stage, fields=fields)
    assert done.job.left_out == 0
    assert [*Deal.objects.order_by("pk").values_list("amount", "next_step__subject")] == [(7, "Call"), (5, "Call")]


# ── Taken back ─────────────────────────────────────────────────────────────────────────────────


def test_it_is_taken_back_as_one(cast: Cast) -> None:
    stage = revise_stage(cast.stages["Solution"], required_fields=["amount"], by=cast.dana)
    deals = [cast.deal(amount=None), cast.deal(stage="Demo"), cast.deal()]
    before = [*Deal.objects.order_by("pk").values("stage", "rank", "amount", "stage_since", "outcome")]
    moved = change(deals, "move", cast.alice, to=stage, fields={"amount": Decimal(5)})
    undone = undo_change_set(moved, title="Take back", by=cast.alice)
    assert (undone.job.changed, undone.undoes) == (3, moved)
    assert [*Deal.objects.order_by("pk").values("stage", "rank", "amount", "stage_since", "outcome")] == before
    for deal in deals:
        assert_history_replays(Deal.objects.get(pk=deal.pk))


def test_what_others_changed_since_is_left_and_reported(cast: Cast) -> None:
    deals = [cast.deal("One"), cast.deal("Two")]
    won = change(deals, "win", cast.alice, reason=cast.fit)
    revise_deal(Deal.objects.get(title="Two"), title="Two and a half", by=cast.mia)
    undone = undo_change_set(won, title="Take back", by=cast.alice)
    assert (undone.job.changed, report(undone)) == (1, [("Two and a half", "Mia changed this deal since.")])
    assert [*Deal.objects.order_by("pk").values_list("outcome", flat=True)] == ["open", "won"]


def test_it_is_taken_back_once(cast: Cast) -> None:
    done = change([cast.deal()], "archive", cast.alice)
    undone = undo_change_set(done, title="Take back", by=cast.alice)
    assert [*Job.objects.order_by("pk").values_list("undo_url", flat=True)] == ["", ""]
    for each in (done, undone):
        with pytest.raises(Refused, match="taken back already"):
            undo_change_set(each, title="Again", by=cast.alice)


def test_more_than_200_become_a_job_in_chunks(cast: Cast) -> None:
    deals = [cast.deal(f"Deal {number}") for number in range(201)]
    done = change(deals, "archive", cast.alice)
    assert (done.job.state, done.job.done) == ("waiting", 0)
    with pytest.raises(Refused, match="still going on"):
        undo_change_set(done, title="Take back", by=cast.alice)
    assert advance(done.job.pk)
    assert Deal.objects.live().count() == 1
    assert not advance(done.job.pk)
    job = Job.objects.get(pk=done.job.pk)
    assert (job.state, job.done, job.changed) == ("done", 201, 201)
    assert not advance(job.pk)


# ── The same as one by one ─────────────────────────────────────────────────────────────────────

CHOICES = st.lists(
    st.tuples(st.sampled_from(["move", "hand_over", "revise", "win", "lose", "archive"]), st.sets(st.integers(0, 5))),
    max_size=5,
)


def one_by_one(cast: Cast, verb: str, deal: Deal) -> None:
    match verb:
        case "move":
            move_deal(deal, to=cast.stages["Solution"], by=cast.mia)
        case "hand_over":
            hand_over_deal(deal, to=cast.bob, by=cast.mia)
        case "revise":
            revise_deal(deal, amount=Decimal(77), by=cast.mia)
        case "win":
            win_deal(deal, reason=cast.fit, by=cast.mia)
        case "lose":
            lose_deal(deal, reason=cast.price, by=cast.mia)
        case "archive":
            archive_deal(deal, by=cast.mia)


def facts_of(cast: Cast, verb: str) -> dict[str, Any]:
    facts: dict[str, dict[str, Any]] = {
        "move": {"to": cast.stages["Solution"]},
        "hand_over": {"to": cast.bob},
        "revise": {"amount": Decimal(77)},
        "win": {"reason": cast.fit},
        "lose": {"reason": cast.price},
    }
    return facts.get(verb, {})


def state(deals: list[Deal]) -> list[Any]:
    columns = ("stage", "outcome", "owner", "team", "amount", "win_reason", "loss_reason", "closed_on", "version")
    found = Deal.objects.in_bulk([deal.pk for deal in deals])
    return [
        (
            [getattr(found[deal.pk], name) for name in columns],
            found[deal.pk].archived_at is None,
            [*found[deal.pk].changes.order_by("version").values_list("verb", "outcome", "amount", "owner_id")],
        )
        for deal in deals
    ]


@given(choices=CHOICES)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bulk_is_the_same_verbs_one_by_one(cast: Cast, choices: list[tuple[str, set[int]]]) -> None:
    bulk, single = [[cast.deal(f"Deal {number}") for number in range(6)] for _ in range(2)]
    for verb, numbers in choices:
        live = Deal.objects.live().in_bulk([deal.pk for deal in bulk])  # nobody can choose a deleted one
        chosen = [number for number in sorted(numbers) if bulk[number].pk in live]
        change([bulk[number] for number in chosen], verb, cast.mia, **facts_of(cast, verb))
        for number in chosen:
            one_by_one(cast, verb, single[number])
    assert state(bulk) == state(single)


# ── The page ───────────────────────────────────────────────────────────────────────────────────


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_form_is_asked_for_and_refused_without_its_fields(cast: Cast) -> None:
    deals, client = [cast.deal(), cast.deal()], client_of(cast.alice)
    marked = {"deal": [deal.pk for deal in deals]}
    for verb, words in {
        "move": "Move to",
        "hand_over": "Hand over",
        "win": "Why was it won?",
        "lose": "Why was it lost?",
        "archive": "They leave every board",
    }.items():
        asked = client.post("/deals/bulk/", marked | {"verb": verb, "ask": "1"}, HTTP_HX_REQUEST="true")
        assert asked.status_code == 200, verb
        assert words in (text := asked.content.decode()), verb
        assert "2 deals" in text
        assert f'<input type="hidden" name="deal" value="{deals[0].pk}">' in text
        if verb != "archive":
            assert client.post("/deals/bulk/", marked | {"verb": verb}).status_code == 422, verb
    asked = client.post("/deals/bulk/", marked | {"verb": "revise", "fact": "close", "ask": "1"})
    assert 'name="expected_close_on"' in asked.content.decode()
    assert client.post("/deals/bulk/", marked | {"verb": "dance"}).status_code == 404
    assert client.post("/deals/bulk/", {"verb": "archive"}).status_code == 422
    assert client.post("/deals/bulk/", {"verb": "archive", "deal": "x"}).status_code == 422
    assert Deal.objects.filter(version=1).count() == 2


def test_one_word_one_undo(cast: Cast) -> None:
    deals, client = [cast.deal(), cast.deal()], client_of(cast.alice)
    posted = {"deal": [deal.pk for deal in deals], "verb": "move", "stage": cast.stages["Demo"].pk}
    answer = client.post("/deals/bulk/", posted, HTTP_HX_REQUEST="true")
    told = answer.headers["HX-Trigger"]
    assert "2 deals moved to Demo" in told
    assert Deal.objects.filter(stage=cast.stages["Demo"]).count() == 2
    (done,) = ChangeSet.objects.all()
    assert f"/deals/bulk/{done.pk}/undo/" in told
    answer = client.post(f"/deals/bulk/{done.pk}/undo/", HTTP_X_BOARD=str(cast.pipeline.pk))
    assert "2 taken back" in answer.headers["HX-Trigger"]
    assert answer.content.decode().count(f'id="deal-{deals[0].pk}"') == 1
    assert Deal.objects.filter(stage=cast.stages["Qualify"]).count() == 2


def test_a_drop_on_lost_asks_for_the_reason(cast: Cast) -> None:
    deal, client = cast.deal(), client_of(cast.alice)
    posted = {"deal": deal.pk, "verb": "move", "stage": cast.stages["Lost"].pk}
    asked = client.post("/deals/bulk/", posted, HTTP_X_BOARD=str(cast.pipeline.pk))
    assert asked.status_code == 422
    assert '<input type="hidden" name="verb" value="lose">' in asked.content.decode()


def test_what_is_lacking_is_asked_for_once(cast: Cast) -> None:
    stage = revise_stage(cast.stages["Solution"], required_fields=["amount"], by=cast.dana)
    deals = [cast.deal(amount=None), cast.deal(amount=None), cast.deal()]
    client = client_of(cast.alice)
    posted = {"deal": [deal.pk for deal in deals], "verb": "move", "stage": stage.pk}
    asked = client.post("/deals/bulk/", posted)
    assert asked.status_code == 422
    assert "2 of them lack something" in asked.content.decode()
    assert '<input type="hidden" name="needs" value="amount">' in asked.content.decode()
    client.post("/deals/bulk/", posted | {"needs": "amount", "needed-amount": "5"})
    assert [*Deal.objects.order_by("pk").values_list("amount", "stage__name")] == [
        (5, "Solution"),
        (5, "Solution"),
        (1000, "Solution"),
    ]


def test_those_that_lack_it_can_be_left_out(cast: Cast) -> None:
    stage = revise_stage(cast.stages["Solution"], required_fields=["amount"], by=cast.dana)
    deals, client = [cast.deal(amount=None), cast.deal()], client_of(cast.alice)
    posted = {"deal": [deal.pk for deal in deals], "verb": "move", "stage": stage.pk, "needs": "amount", "skip": "1"}
    answer = client.post("/deals/bulk/", posted, follow=True)
    assert "1 left as it was: Solution needs: Amount." in answer.content.decode()
    assert titles(cast, "Solution") == ["Pump station"]


def test_all_that_match(cast: Cast) -> None:
    cast.deal("Pump"), cast.deal("Pump 2"), cast.deal("Sensor"), cast.deal("Pump of Bob", owner=cast.bob)
    posted = {"all": "1", "verb": "hand_over", "owner": cast.alice.pk}
    answer = client_of(cast.mia).post("/deals/bulk/?q=pump", posted, follow=True)
    assert "3 deals handed over" not in answer.content.decode()  # two were hers already
    assert "1 deal handed over to Alice" in answer.content.decode()
    assert not Deal.objects.exclude(owner=cast.alice).exists()


def test_a_company_may_be_a_new_one(cast: Cast) -> None:
    deals = [cast.deal(), cast.deal()]
    posted = {"deal": [deal.pk for deal in deals], "verb": "revise", "fact": "company", "company": "Initech"}
    client_of(cast.alice).post("/deals/bulk/", posted)
    assert {*Deal.objects.values_list("company__name", flat=True)} == {"Initech"}


def test_many_go_on_in_the_background(cast: Cast) -> None:
    for number in range(201):
        cast.deal(f"Deal {number}")
    client = client_of(cast.alice)
    answer = client.post("/deals/bulk/", {"all": "1", "verb": "archive"}, HTTP_HX_REQUEST="true")
    (job,) = Job.objects.all()
    assert (answer.status_code, job.title) == (202, "Delete 201 deals")
    assert f'"penstock:job": {{"id": {job.pk}}}' in answer.headers["HX-Trigger"]
    assert client.post("/deals/bulk/", {"all": "1", "verb": "archive"}).headers["Location"] == f"/jobs/{job.pk + 1}/"
