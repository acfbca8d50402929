"""move_deal: into an open stage, between two cards."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from crm.errors import Conflict, NeedsFields, Refused
from crm.models import Event
from pipeline.actions import archive_deal, lose_deal, move_deal, open_deal, reopen_deal, revise_deal, win_deal
from pipeline.models import Deal, DealChange, Stage
from pipeline.processes import NEW_BUSINESS
from pipeline.structure import create_pipeline, revise_stage
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def column(stage: Stage) -> list[str]:
    return list(Deal.objects.live().filter(stage=stage).order_by("rank", "id").values_list("title", flat=True))


@pytest.fixture
def demo(cast: Cast) -> Stage:
    """The Demo stage with the cards c, b, a, in this order."""
    for title in "abc":
        cast.deal(title, stage="Demo")
    return cast.stages["Demo"]


def test_it_moves(cast: Cast) -> None:
    deal = cast.deal()
    moved = move_deal(deal, to=cast.stages["Demo"], by=cast.alice)
    assert (moved.stage, moved.version) == (cast.stages["Demo"], 2)
    deal.refresh_from_db()
    assert (deal.stage, deal.version, deal.outcome) == (cast.stages["Demo"], 2, "open")


def test_it_leaves_a_change_with_both_stages(cast: Cast) -> None:
    deal = cast.deal()
    move_deal(deal, to=cast.stages["Demo"], by=cast.mia)
    change = deal.changes.get(version=2)
    assert (change.verb, change.by, change.stage_id) == ("moved", cast.mia, cast.stages["Demo"].pk)
    assert change.was["stage_id"] == cast.stages["Qualify"].pk
    assert "amount" not in change.was


def test_it_leaves_an_event_in_the_same_transaction(cast: Cast) -> None:
    deal = move_deal(cast.deal(), to=cast.stages["Demo"], by=cast.alice)
    opened, moved = Event.objects.filter(noun="deal").order_by("id")
    assert (moved.kind, moved.object_id, moved.data["version"]) == ("deal.moved", deal.pk, 2)
    assert moved.data["changed"] == {"stage_id": [cast.stages["Qualify"].pk, cast.stages["Demo"].pk]}
    assert moved.xid >= opened.xid


def test_its_stage_begins_anew(cast: Cast) -> None:
    deal = cast.deal(at=timezone.now() - timedelta(days=9))
    began = timezone.now()
    deal = move_deal(deal, to=cast.stages["Demo"], by=cast.alice)
    assert began <= deal.stage_since <= timezone.now()
    assert deal.opened_at < began


def test_it_lands_on_top_unless_told_where(cast: Cast, demo: Stage) -> None:
    move_deal(cast.deal("new"), to=demo, by=cast.alice)
    assert column(demo) == ["new", "c", "b", "a"]


@pytest.mark.parametrize(
    ("after", "before", "order"),
    [
        ("b", None, ["c", "b", "new", "a"]),
        ("a", None, ["c", "b", "a", "new"]),
        (None, "b", ["c", "new", "b", "a"]),
        (None, "c", ["new", "c", "b", "a"]),
        ("c", "b", ["c", "new", "b", "a"]),
    ],
)
def test_it_lands_between_the_neighbours(
    cast: Cast, demo: Stage, after: str | None, before: str | None, order: list[str]
) -> None:
    ids = dict(Deal.objects.values_list("title", "pk"))
    move_deal(
        cast.deal("new"),
        to=demo,
        after=ids[after] if after else None,
        before=ids[before] if before else None,
        by=cast.alice,
    )
    assert column(demo) == order


def test_a_move_writes_one_row(cast: Cast, demo: Stage) -> None:
    deal = cast.deal("new")
    others = list(Deal.objects.exclude(pk=deal.pk).order_by("pk").values())
    move_deal(deal, to=demo, after=Deal.objects.get(title="b").pk, by=cast.alice)
    assert list(Deal.objects.exclude(pk=deal.pk).order_by("pk").values()) == others


def test_a_neighbour_that_left_is_no_neighbour(cast: Cast, demo: Stage) -> None:
    left = Deal.objects.get(title="a")
    move_deal(left, to=cast.stages["Solution"], by=cast.alice)
    move_deal(cast.deal("new"), to=demo, after=left.pk, by=cast.alice)
    assert column(demo) == ["new", "c", "b"]


def test_a_neighbour_that_left_leaves_the_other_one(cast: Cast, demo: Stage) -> None:
    left = Deal.objects.get(title="c")
    archive_deal(left, by=cast.alice)
    move_deal(cast.deal("new"), to=demo, after=left.pk, before=Deal.objects.get(title="a").pk, by=cast.alice)
    assert column(demo) == ["b", "new", "a"]


def test_within_a_stage_only_the_position_changes(cast: Cast, demo: Stage) -> None:
    deal = Deal.objects.get(title="c")
    began = deal.stage_since
    move_deal(deal, to=demo, after=Deal.objects.get(title="a").pk, by=cast.alice)
    deal.refresh_from_db()
    assert column(demo) == ["b", "a", "c"]
    assert deal.stage_since == began
    assert deal.changes.get(version=2).was.keys() == {"rank"}


def test_an_own_probability_is_kept_on_moves(cast: Cast) -> None:
    deal = cast.deal(probability_override=Decimal(90))
    deal = move_deal(deal, to=cast.stages["Solution"], by=cast.alice)
    assert (deal.win_probability, deal.probability_override) == (90, 90)


def test_zero_percent_is_kept_on_moves(cast: Cast) -> None:
    deal = move_deal(cast.deal(probability_override=Decimal(0)), to=cast.stages["Solution"], by=cast.alice)
    assert deal.win_probability == 0


def test_an_automatic_probability_follows_the_stage(cast: Cast) -> None:
    deal = move_deal(cast.deal(), to=cast.stages["Solution"], by=cast.alice)
    assert (deal.win_probability, deal.probability_override) == (65, None)


def test_it_asks_for_what_the_stage_requires(cast: Cast) -> None:
    solution = revise_stage(
        cast.stages["Solution"], required_fields=["amount", "expected_close_on", "source"], by=cast.dana
    )
    deal = cast.deal(amount=None, expected_close_on=None)
    with pytest.raises(NeedsFields) as needs:
        move_deal(deal, to=solution, by=cast.alice)
    assert (needs.value.stage, needs.value.fields) == (solution, ["amount", "expected_close_on", "source"])
    deal.refresh_from_db()
    assert (deal.stage, deal.version) == (cast.stages["Qualify"], 1)


def test_the_fields_come_with_the_move(cast: Cast) -> None:
    required = ["amount", "expected_close_on", "source", "company", "contact", "product", "next_step"]
    solution = revise_stage(cast.stages["Solution"], required_fields=required, by=cast.dana)
    deal = open_deal(title="Bare", owner=cast.alice, by=cast.alice)
    with pytest.raises(NeedsFields) as needs:
        move_deal(deal, to=solution, by=cast.alice)
    assert needs.value.fields == required
    fields = {
        "amount": Decimal(7),
        "expected_close_on": cast.today,
        "source": cast.referral,
        "company": cast.acme,
        "contact": cast.carol,
        "product": cast.pump,
        "next_step": ("Call Carol", cast.today),
    }
    move_deal(deal, to=solution, fields=fields, by=cast.alice)
    deal.refresh_from_db()
    assert (deal.stage, deal.amount, deal.source, deal.company) == (solution, 7, cast.referral, cast.acme)
    assert deal.next_step is not None
    assert (deal.next_step.subject, deal.next_step.due_on) == ("Call Carol", cast.today)
    assert [link.contact for link in deal.people.all()] == [cast.carol]
    assert [line.product for line in deal.lines.all()] == [cast.pump]


def test_what_comes_with_the_move_is_added_to_what_is_there(cast: Cast) -> None:
    from contacts.models import Contact
    from pipeline.actions import Line

    other = Contact.objects.create(name="Ben", owner=cast.alice, team=cast.north)
    deal = cast.deal(people=[(other, "decides")], lines=[Line(cast.sensor)])
    move_deal(deal, to=cast.stages["Demo"], fields={"contact": cast.carol, "product": cast.pump}, by=cast.alice)
    assert [(link.contact, link.role) for link in deal.people.all()] == [(other, "decides"), (cast.carol, "")]
    assert [line.product for line in deal.lines.all()] == [cast.sensor, cast.pump]
    move_deal(deal, to=cast.stages["Solution"], fields={"contact": cast.carol}, by=cast.alice)
    assert deal.people.count() == 2


def test_what_comes_with_the_move_leaves_history(cast: Cast) -> None:
    deal = cast.deal()
    move_deal(deal, to=cast.stages["Demo"], fields={"contact": cast.carol, "amount": Decimal(3)}, by=cast.alice)
    assert [(change.version, change.verb) for change in deal.changes.order_by("version")][-1] == (
        deal.changes.count(),
        "moved",
    )
    was: dict[str, object] = {}
    for change in deal.changes.all():
        was |= change.was
    assert (was["people"], was["amount"]) == ([], "1000.000")


def test_reordering_within_a_stage_asks_for_nothing(cast: Cast) -> None:
    deal, other = cast.deal("one", amount=None), cast.deal("two")
    stage = revise_stage(cast.stages["Qualify"], required_fields=["amount"], by=cast.dana)
    move_deal(deal, to=stage, before=other.pk, by=cast.alice)
    assert column(stage) == ["one", "two"]


@pytest.mark.parametrize("name", ["Won", "Lost"])
def test_closing_needs_a_reason(cast: Cast, name: str) -> None:
    deal = cast.deal()
    with pytest.raises(Refused) as refused:
        move_deal(deal, to=cast.stages[name], by=cast.alice)
    assert refused.value.errors.keys() == {"stage"}


def test_it_goes_to_another_pipeline(cast: Cast) -> None:
    renewal = create_pipeline(template=NEW_BUSINESS, name="Renewal", by=cast.dana)
    deal = move_deal(cast.deal(), to=renewal.stages.get(name="Demo"), by=cast.alice)
    deal.refresh_from_db()
    assert (deal.pipeline, deal.stage.name) == (renewal, "Demo")
    assert deal.changes.get(version=2).was["pipeline_id"] == cast.pipeline.pk


def test_moving_a_closed_deal_reopens_it(cast: Cast) -> None:
    deal = win_deal(cast.deal(), reason=cast.fit, by=cast.alice)
    deal = move_deal(deal, to=cast.stages["Demo"], by=cast.alice)
    assert (deal.outcome, deal.closed_on) == ("open", None)
    assert deal.changes.get(version=3).verb == DealChange.Verb.REOPENED


def test_it_tells_who_was_first(cast: Cast) -> None:
    deal = cast.deal()
    move_deal(deal, to=cast.stages["Demo"], version=1, by=cast.mia)
    with pytest.raises(Conflict) as conflict:
        move_deal(deal, to=cast.stages["Solution"], version=1, by=cast.alice)
    assert "Mia" in str(conflict.value)
    assert (conflict.value.current.stage, conflict.value.change.by) == (cast.stages["Demo"], cast.mia)
    deal.refresh_from_db()
    assert (deal.stage, deal.version) == (cast.stages["Demo"], 2)


def test_somebody_elses_win_is_not_overwritten(cast: Cast) -> None:
    deal = cast.deal()
    lose_deal(deal, reason=cast.price, by=cast.mia)
    with pytest.raises(Conflict):
        move_deal(deal, to=cast.stages["Demo"], version=1, by=cast.alice)


def test_a_changed_position_or_fact_is_no_conflict(cast: Cast, demo: Stage) -> None:
    deal = Deal.objects.get(title="c")
    move_deal(deal, to=demo, after=Deal.objects.get(title="b").pk, by=cast.mia)
    revise_deal(deal, amount=Decimal(5), by=cast.mia)
    moved = move_deal(deal, to=cast.stages["Solution"], version=1, by=cast.alice)
    assert (moved.stage, moved.amount, moved.version) == (cast.stages["Solution"], 5, 4)


def test_it_may_be_dated_back_but_not_before_the_last_change(cast: Cast) -> None:
    now = timezone.now()
    deal = cast.deal(at=now - timedelta(days=30))
    deal = move_deal(deal, to=cast.stages["Demo"], at=now - timedelta(days=20), by=cast.alice)
    assert deal.stage_since == now - timedelta(days=20)
    deal = move_deal(deal, to=cast.stages["Solution"], at=now - timedelta(days=25), by=cast.alice)
    opened, demo, solution = deal.changes.order_by("version")
    assert opened.effective_at < demo.effective_at <= solution.effective_at
    assert deal.stage_since == solution.effective_at
    newest = deal.changes.filter(effective_at__lte=now).order_by("-effective_at", "-id").first()
    assert newest == solution


def test_it_cannot_have_happened_in_the_future(cast: Cast) -> None:
    with pytest.raises(Refused):
        move_deal(cast.deal(), to=cast.stages["Demo"], at=timezone.now() + timedelta(minutes=1), by=cast.alice)


def test_a_deleted_stage_takes_no_deal(cast: Cast) -> None:
    from pipeline.structure import delete_stage

    deal = cast.deal()
    delete_stage(cast.stages["Solution"], by=cast.dana)
    with pytest.raises(Refused) as refused:
        move_deal(deal, to=cast.stages["Solution"], by=cast.alice)
    assert refused.value.errors.keys() == {"stage"}


def test_a_category_chosen_by_hand_is_kept_on_every_move(cast: Cast) -> None:
    deal = cast.deal(category_override="commit")
    for stage in ("Demo", "Solution", "Qualify"):
        deal = move_deal(deal, to=cast.stages[stage], by=cast.alice)
        assert deal.category == "commit"
    deal = win_deal(deal, reason=cast.fit, by=cast.alice)
    assert reopen_deal(deal, to=cast.stages["Demo"], by=cast.alice).category == "commit"
