"""Pipelines and stages: their definitions, their order, and what happens to the deals in them."""

from decimal import Decimal
from typing import Any

import pytest

from crm.errors import NeedsFields, Refused
from crm.models import Event
from pipeline.actions import archive_deal, lose_deal, win_deal
from pipeline.models import Deal, Pipeline, Stage, StageChange
from pipeline.processes import NEW_BUSINESS
from pipeline.structure import (
    add_stage,
    create_pipeline,
    delete_stage,
    order_stages,
    revise_stage,
)
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def names(pipeline: Pipeline) -> list[str]:
    return [stage.name for stage in pipeline.stages.all()]


DEFAULT = ["Qualify", "Demo", "Solution", "Quote and contract", "Won", "Lost"]


def test_the_default_pipeline_is_there_from_the_start(cast: Cast) -> None:
    rows = cast.pipeline.stages.values_list("name", "kind", "probability", "category")
    assert list(rows) == [
        ("Qualify", "open", 10, "pipeline"),
        ("Demo", "open", 35, "pipeline"),
        ("Solution", "open", 65, "best_case"),
        ("Quote and contract", "open", 75, "commit"),
        ("Won", "won", 100, "closed"),
        ("Lost", "lost", 0, "omitted"),
    ]
    assert cast.pipeline.is_default


def test_a_second_pipeline_is_not_the_default(cast: Cast) -> None:
    renewal = create_pipeline(template=NEW_BUSINESS, name="Renewal", by=cast.dana)
    assert (names(renewal), renewal.is_default, renewal.position) == (DEFAULT, False, 1)


def test_a_new_stage_stands_behind_the_open_ones(cast: Cast) -> None:
    add_stage(cast.pipeline, name="Pilot", probability=Decimal(80), by=cast.dana)
    assert names(cast.pipeline) == [*DEFAULT[:4], "Pilot", "Won", "Lost"]


def test_a_new_stage_stands_where_it_is_put(cast: Cast) -> None:
    add_stage(cast.pipeline, name="Pilot", probability=Decimal(50), position=1, by=cast.dana)
    assert names(cast.pipeline) == ["Qualify", "Pilot", *DEFAULT[1:]]
    assert [stage.position for stage in cast.pipeline.stages.all()] == list(range(7))


def test_the_open_stages_can_be_put_in_another_order(cast: Cast) -> None:
    ids = [cast.stages[name].pk for name in reversed(DEFAULT[:4])]
    order_stages(cast.pipeline, ids, by=cast.dana)
    assert names(cast.pipeline) == [*reversed(DEFAULT[:4]), "Won", "Lost"]


def test_the_order_names_every_open_stage_once(cast: Cast) -> None:
    ids = [cast.stages[name].pk for name in DEFAULT[:4]]
    for wrong in (ids[:3], [*ids, ids[0]], [*ids, cast.stages["Won"].pk], [*ids[:3], 0]):
        with pytest.raises(Refused):
            order_stages(cast.pipeline, wrong, by=cast.dana)
    assert names(cast.pipeline) == DEFAULT


def test_each_definition_is_kept(cast: Cast) -> None:
    revise_stage(cast.stages["Demo"], probability=Decimal(40), name="Demonstration", by=cast.dana)
    history = StageChange.objects.filter(stage_id=cast.stages["Demo"].pk).order_by("id")
    assert [(change.name, change.probability) for change in history] == [("Demo", 35), ("Demonstration", 40)]
    assert history[1].by == cast.dana
    assert Event.objects.filter(kind="stage.revised", is_public=True).exists()


def test_open_deals_follow_a_revised_probability(cast: Cast) -> None:
    follows, own = cast.deal(stage="Demo"), cast.deal(stage="Demo", probability_override=Decimal(0))
    revise_stage(cast.stages["Demo"], probability=Decimal(40), by=cast.dana)
    chances = [Deal.objects.get(pk=deal.pk).win_probability for deal in (follows, own)]
    assert chances == [40, 0]
    assert follows.changes.count() == 1


def test_a_renamed_stage_keeps_its_deals_and_its_meaning(cast: Cast) -> None:
    deal = win_deal(cast.deal(), reason=cast.fit, by=cast.alice)
    revise_stage(cast.stages["Won"], name="Gewonnen", by=cast.dana)
    assert win_deal(cast.deal(), reason=cast.fit, by=cast.alice).stage.name == "Gewonnen"
    assert Deal.objects.get(pk=deal.pk).stage.is_won


@pytest.mark.parametrize(
    ("stage", "fields", "error"),
    [
        ("Demo", {"name": " "}, "name"),
        ("Demo", {"name": "Qualify"}, "name"),
        ("Demo", {"name": "x" * 81}, "name"),
        ("Demo", {"probability": Decimal("100.5")}, "probability"),
        ("Demo", {"probability": Decimal(-1)}, "probability"),
        ("Demo", {"category": "closed"}, "category"),
        ("Demo", {"category": "hopeful"}, "category"),
        ("Demo", {"required_fields": ["shoe_size"]}, "required_fields"),
        ("Demo", {"kind": "won"}, "kind"),
        ("Won", {"kind": "open"}, "kind"),
        ("Won", {"probability": Decimal(99)}, "probability"),
        ("Lost", {"probability": Decimal(1)}, "probability"),
    ],
)
def test_a_bad_definition_is_refused(cast: Cast, stage: str, fields: dict[str, Any], error: str) -> None:
    with pytest.raises(Refused) as refused:
        revise_stage(cast.stages[stage], by=cast.dana, **fields)
    assert error in refused.value.errors
    assert names(cast.pipeline) == DEFAULT


def test_a_pipeline_has_one_won_and_one_lost_stage(cast: Cast) -> None:
    with pytest.raises(Refused):
        add_stage(cast.pipeline, name="Won again", kind="won", probability=Decimal(100), by=cast.dana)
    assert names(cast.pipeline) == DEFAULT


def test_an_empty_stage_can_be_deleted(cast: Cast) -> None:
    delete_stage(cast.stages["Demo"], by=cast.dana)
    assert "Demo" not in names(cast.pipeline)
    last = StageChange.objects.filter(stage_id=cast.stages["Demo"].pk).latest("id")
    assert (last.is_deleted, last.name) == (True, "Demo")


def test_deleting_asks_where_the_deals_go(cast: Cast) -> None:
    deal = cast.deal(stage="Demo")
    with pytest.raises(Refused) as refused:
        delete_stage(cast.stages["Demo"], by=cast.dana)
    assert refused.value.errors.keys() == {"move_to"}
    deal.refresh_from_db()
    assert deal.stage == cast.stages["Demo"]


def test_the_deals_go_there_with_history(cast: Cast) -> None:
    deals = [cast.deal(stage="Demo"), archive_deal(cast.deal(stage="Demo"), by=cast.alice)]
    delete_stage(cast.stages["Demo"], move_to=cast.stages["Solution"], by=cast.dana)
    for deal in deals:
        deal.refresh_from_db()
        assert deal.stage == cast.stages["Solution"]
        change = deal.changes.latest("version")
        assert (change.verb, change.by, change.was["stage_id"]) == ("moved", cast.dana, cast.stages["Demo"].pk)
    assert deals[1].archived_at is not None


def test_many_deals_keep_an_order(cast: Cast) -> None:
    for title in "abcd":
        cast.deal(title, stage="Demo")
    cast.deal("there", stage="Solution")
    delete_stage(cast.stages["Demo"], move_to=cast.stages["Solution"], by=cast.dana)
    ranks = list(Deal.objects.filter(stage=cast.stages["Solution"]).values_list("rank", flat=True))
    assert len(set(ranks)) == 5
    assert Deal.objects.filter(stage=cast.stages["Solution"]).order_by("rank").last() == Deal.objects.get(title="there")


def test_where_they_go_may_ask_for_nothing_now(cast: Cast) -> None:
    cast.deal(stage="Demo", amount=None)
    solution = revise_stage(cast.stages["Solution"], required_fields=["amount"], by=cast.dana)
    try:
        delete_stage(cast.stages["Demo"], move_to=solution, by=cast.dana)
    except NeedsFields:
        pytest.fail("a stage that asks for fields still takes the deals of a deleted one")
    assert Deal.objects.get().stage == solution


@pytest.mark.parametrize("to", ["Demo", "Won", "Lost"])
def test_they_go_to_another_open_stage(cast: Cast, to: str) -> None:
    cast.deal(stage="Demo")
    with pytest.raises(Refused) as refused:
        delete_stage(cast.stages["Demo"], move_to=cast.stages[to], by=cast.dana)
    assert refused.value.errors.keys() == {"move_to"}


@pytest.mark.parametrize("name", ["Won", "Lost"])
def test_won_and_lost_stay(cast: Cast, name: str) -> None:
    with pytest.raises(Refused):
        delete_stage(cast.stages[name], by=cast.dana)


def test_the_last_open_stage_stays(cast: Cast) -> None:
    for name in DEFAULT[1:4]:
        delete_stage(cast.stages[name], by=cast.dana)
    with pytest.raises(Refused):
        delete_stage(cast.stages["Qualify"], by=cast.dana)
    assert names(cast.pipeline) == ["Qualify", "Won", "Lost"]


def test_closed_deals_outlive_the_stage_they_were_lost_from(cast: Cast) -> None:
    deal = lose_deal(cast.deal(stage="Demo"), reason=cast.price, by=cast.alice)
    delete_stage(cast.stages["Demo"], by=cast.dana)
    deal.refresh_from_db()
    assert (deal.outcome, deal.lost_from) == ("lost", None)
    assert Stage.objects.count() == 5


def test_a_stage_deleted_twice_is_told(cast: Cast) -> None:
    delete_stage(Stage.objects.get(pk=cast.stages["Demo"].pk), by=cast.dana)
    with pytest.raises(Refused):
        delete_stage(cast.stages["Demo"], by=cast.dana)
