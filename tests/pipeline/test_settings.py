"""Settings pages of pipelines, stages, products and reasons, and the verbs behind them."""

from decimal import Decimal

import pytest
from django.test import Client

from crm.errors import Refused
from crm.jobs import advance
from crm.models import Event, Job
from pipeline import structure
from pipeline.actions import archive_deal, lose_deal, win_deal
from pipeline.catalogue import create_product, create_reason, merge_reason, revise_product, revise_reason
from pipeline.ledger import writing
from pipeline.models import LossReason, Pipeline, Stage, WinReason
from pipeline.processes import TEMPLATES
from pipeline.structure import (
    create_pipeline,
    order_stages,
    retire_pipeline,
    revise_pipeline,
    revise_stage,
    version_of,
)
from tests.cast import Cast


@pytest.fixture
def dana(client: Client, cast: Cast) -> Client:
    client.force_login(cast.dana)
    return client


def open_names(pipeline: Pipeline) -> list[str]:
    return list(pipeline.stages.filter(kind="open").values_list("name", flat=True))


def test_a_pipeline_begins_with_a_template(dana: Client, cast: Cast) -> None:
    assert dana.post("/settings/pipelines/new/", {"template": "seven-steps"}).status_code == 302
    made = Pipeline.objects.get(name="Seven steps")
    assert len(open_names(made)) == 7
    page = dana.get(f"/settings/pipelines/{made.pk}/").content.decode()
    assert "More than 6 open stages" in page
    assert "More than" not in dana.get(f"/settings/pipelines/{cast.pipeline.pk}/").content.decode()
    assert dana.post("/settings/pipelines/new/", {"template": "seven-steps"}).status_code == 422


def test_exactly_one_pipeline_is_the_default(cast: Cast) -> None:
    renewal = create_pipeline(template=TEMPLATES["renewal"], by=cast.dana)
    revise_pipeline(renewal, is_default=True, by=cast.dana)
    assert list(Pipeline.objects.filter(is_default=True)) == [renewal]
    for fields in ({"is_default": False}, {"is_active": False}, {"name": "new BUSINESS"}):
        with pytest.raises(Refused):
            revise_pipeline(renewal, by=cast.dana, **fields)


def test_a_pipeline_with_open_deals_stays_in_use(cast: Cast) -> None:
    renewal = create_pipeline(template=TEMPLATES["renewal"], by=cast.dana)
    cast.deal()
    revise_pipeline(renewal, is_default=True, by=cast.dana)
    with pytest.raises(Refused) as refused:
        revise_pipeline(cast.pipeline, is_active=False, by=cast.dana)
    assert list(refused.value.errors) == ["is_active"]


def test_a_stage_is_added_behind_the_open_ones(dana: Client, cast: Cast) -> None:
    form = {"name": "Legal", "probability": "90", "category": "commit", "required_fields": ["amount", "contact"]}
    assert dana.post(f"/settings/pipelines/{cast.pipeline.pk}/stages/new/", form).status_code == 302
    assert open_names(cast.pipeline)[-1] == "Legal"
    page = dana.get(f"/settings/pipelines/{cast.pipeline.pk}/").content.decode()
    assert "Amount, Contact" in page


def test_a_stage_is_revised_and_refusals_stand_beside_fields(dana: Client, cast: Cast) -> None:
    stage = cast.stages["Demo"]
    form = {"name": "Demo", "probability": "40.5", "category": "best_case", "stall_days": "", "guidance": "Seen?"}
    assert dana.post(f"/settings/stages/{stage.pk}/", form).status_code == 302
    stage.refresh_from_db()
    assert (stage.probability, stage.category, stage.stall_days) == (Decimal("40.50"), "best_case", None)
    answer = dana.post(f"/settings/stages/{stage.pk}/", form | {"name": "Qualify", "probability": "400"})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"name", "probability"}
    assert "Seen?" in answer.content.decode()


def test_won_keeps_its_probability(dana: Client, cast: Cast) -> None:
    won = cast.stages["Won"]
    form = {"name": "Signed", "probability": "50", "required_fields": ["amount"]}
    assert dana.post(f"/settings/stages/{won.pk}/", form).status_code == 302
    won.refresh_from_db()
    assert (won.name, won.probability, won.required_fields) == ("Signed", 100, ["amount"])


def test_stages_go_up_and_down(dana: Client, cast: Cast) -> None:
    first, address = cast.stages["Qualify"].pk, f"/settings/pipelines/{cast.pipeline.pk}/stages/order/"
    assert dana.post(address, {"down": first}).status_code == 302
    assert open_names(cast.pipeline)[:2] == ["Demo", "Qualify"]
    dana.post(address, {"up": first})
    dana.post(address, {"up": first})
    assert open_names(cast.pipeline)[:2] == ["Qualify", "Demo"]


def test_stages_are_put_into_any_order(dana: Client, cast: Cast) -> None:
    address = f"/settings/pipelines/{cast.pipeline.pk}/stages/order/"
    wanted = ["Quote and contract", "Qualify", "Solution", "Demo"]
    ids = [cast.stages[name].pk for name in wanted]
    assert dana.post(address, {"ids": ids}, headers={"HX-Request": "true"}).status_code == 204
    assert open_names(cast.pipeline) == wanted
    for broken in (ids[1:], [*ids, ids[0]], [*ids[1:], cast.stages["Won"].pk], ["x"]):
        assert dana.post(address, {"ids": broken}).status_code == 422
    assert open_names(cast.pipeline) == wanted


def test_pipelines_are_put_into_order(dana: Client, cast: Cast) -> None:
    renewal = create_pipeline(template=TEMPLATES["renewal"], by=cast.dana)
    assert dana.post("/settings/pipelines/order/", {"up": renewal.pk}).status_code == 302
    assert list(Pipeline.objects.order_by("position")) == [renewal, cast.pipeline]
    assert dana.post("/settings/pipelines/order/", {"ids": [renewal.pk]}).status_code == 422


def test_a_pipeline_begins_as_a_copy(dana: Client, cast: Cast) -> None:
    revise_stage(cast.stages["Demo"], required_fields=["amount"], guidance="Seen?", by=cast.dana)
    copy = f"copy-{cast.pipeline.pk}"
    page = dana.get(f"/settings/pipelines/new/?template={copy}")
    assert page.context["form"]["template"].value() == copy
    assert "As New business is now" in page.content.decode()
    assert dana.post("/settings/pipelines/new/", {"template": copy}).status_code == 422  # the name is taken
    assert dana.post("/settings/pipelines/new/", {"template": copy, "name": "Second"}).status_code == 302
    made = Pipeline.objects.get(name="Second")
    fields = ("name", "kind", "probability", "category", "stall_days", "guidance", "required_fields")
    assert list(made.stages.values_list(*fields)) == list(cast.pipeline.stages.values_list(*fields))


def test_a_pipeline_is_retired_and_its_open_deals_go_elsewhere(dana: Client, cast: Cast) -> None:
    renewal = create_pipeline(template=TEMPLATES["renewal"], by=cast.dana)
    revise_pipeline(renewal, is_default=True, by=cast.dana)
    still_open, won = cast.deal(), cast.deal("Won")
    win_deal(won, reason=cast.fit, by=cast.alice)
    address, there = f"/settings/pipelines/{cast.pipeline.pk}/retire/", renewal.stages.get(name="In talks")
    assert "1 deal is open in it" in dana.get(address).content.decode()
    answer = dana.post(address, {})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["move_to"])
    assert dana.post(address, {"move_to": cast.stages["Demo"].pk}).status_code == 422
    assert dana.post(address, {"move_to": there.pk}).status_code == 302
    still_open.refresh_from_db()
    won.refresh_from_db()
    cast.pipeline.refresh_from_db()
    assert (still_open.stage, still_open.pipeline, still_open.changes.count()) == (there, renewal, 2)
    assert (won.pipeline, cast.pipeline.is_active) == (cast.pipeline, False)
    dana.post(f"/settings/pipelines/{cast.pipeline.pk}/use/", {"is_active": "on"})
    cast.pipeline.refresh_from_db()
    assert cast.pipeline.is_active


def test_the_default_pipeline_is_not_retired(cast: Cast) -> None:
    cast.deal()
    renewal = create_pipeline(template=TEMPLATES["renewal"], by=cast.dana)
    with pytest.raises(Refused) as refused:
        retire_pipeline(cast.pipeline, move_to=renewal.stages.get(name="Due"), by=cast.dana)
    assert list(refused.value.errors) == ["is_active"]
    assert cast.pipeline.deals.count() == 1


def test_two_who_change_a_stage_are_told(dana: Client, cast: Cast) -> None:
    """What was typed stays, what the other saved is shown, and saving again means it."""
    stage = cast.stages["Demo"]
    version = dana.get(f"/settings/stages/{stage.pk}/").context["form"]["version"].value()
    order_stages(cast.pipeline, [s.pk for s in cast.pipeline.stages.filter(kind="open").order_by("-position")], by=None)
    revise_stage(stage, probability=Decimal(40), by=cast.mia)
    form = {"name": "Demonstration", "probability": "45", "category": "pipeline", "version": version}
    answer = dana.post(f"/settings/stages/{stage.pk}/", form)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Mia changed this stage in the meantime." in page
    assert "It is now: Demo, 40 %" in page
    assert "Demonstration" in page
    stage.refresh_from_db()
    assert (stage.name, stage.probability) == ("Demo", 40)
    again = answer.context["form"]["version"].value()
    assert dana.post(f"/settings/stages/{stage.pk}/", form | {"version": again}).status_code == 302
    stage.refresh_from_db()
    assert (stage.name, stage.probability) == ("Demonstration", 45)


def test_being_put_elsewhere_is_no_conflict(dana: Client, cast: Cast) -> None:
    stage = cast.stages["Demo"]
    version = version_of(stage)
    dana.post(f"/settings/pipelines/{cast.pipeline.pk}/stages/order/", {"down": stage.pk})
    assert revise_stage(stage, name="Shown", version=version, by=cast.dana).name == "Shown"


def test_deleting_asks_where_the_deals_go(dana: Client, cast: Cast) -> None:
    deal, demo = cast.deal(stage="Demo"), cast.stages["Demo"]
    assert "1 deal is in it" in dana.get(f"/settings/stages/{demo.pk}/delete/").content.decode()
    answer = dana.post(f"/settings/stages/{demo.pk}/delete/", {})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["move_to"]
    dana.post(f"/settings/stages/{demo.pk}/delete/", {"move_to": cast.stages["Solution"].pk})
    deal.refresh_from_db()
    assert deal.stage == cast.stages["Solution"]
    assert not Stage.objects.filter(pk=demo.pk).exists()


def test_archived_deals_are_moved_as_well(dana: Client, cast: Cast) -> None:
    demo, kept = cast.stages["Demo"], cast.deal(stage="Demo")
    cast.deal(stage="Demo")
    archive_deal(kept, by=cast.alice)
    page = dana.get(f"/settings/stages/{demo.pk}/delete/").content.decode()
    assert "2 deals are in it" in page
    assert "1 of them is archived." in page
    assert dana.post(f"/settings/stages/{demo.pk}/delete/", {"move_to": cast.stages["Qualify"].pk}).status_code == 302
    kept.refresh_from_db()
    assert (kept.stage, kept.archived_at is None) == (cast.stages["Qualify"], False)


def test_many_deals_are_moved_in_the_background(dana: Client, cast: Cast) -> None:
    demo, there = cast.stages["Demo"], cast.stages["Solution"]
    with writing():
        for number in range(structure.AT_ONCE + 1):
            cast.deal(f"Deal {number}", stage="Demo")
    answer = dana.post(f"/settings/stages/{demo.pk}/delete/", {"move_to": there.pk})
    job = Job.objects.get()
    assert answer.headers["Location"] == f"/jobs/{job.pk}/"
    late = cast.deal("Late", stage="Demo")  # came while the others are on their way
    assert advance(job.pk)
    assert (demo.deals.count(), there.deals.count()) == (2, structure.AT_ONCE)
    advance(job.pk)
    job.refresh_from_db()
    late.refresh_from_db()
    assert (job.state, job.changed, late.stage) == ("done", structure.AT_ONCE + 1, there)
    assert not Stage.objects.filter(pk=demo.pk).exists()


def test_a_product_refuses(cast: Cast) -> None:
    with pytest.raises(Refused):
        create_product(name="Free", unit_price=Decimal(-1), currency=cast.pump.currency, by=None)
    revise_product(cast.pump, external_id="P1", by=cast.dana)
    with pytest.raises(Refused) as refused:
        revise_product(cast.sensor, external_id="P1", by=cast.dana)
    assert list(refused.value.errors) == ["external_id"]
    assert Event.objects.filter(kind="product.revised").count() == 1


def test_reasons_are_listed_in_order_added_and_retired(dana: Client, cast: Cast) -> None:
    assert dana.post("/settings/reasons/loss/new/", {"name": "Budget", "is_active": "on"}).status_code == 302
    assert dana.post("/settings/reasons/win/new/", {"name": "Price"}).status_code == 422
    assert dana.get("/settings/reasons/draw/new/").status_code == 404
    listed = dana.get("/settings/reasons/").context["reasons"]["loss"]
    assert [reason.name for reason in listed][-1] == "Budget"
    assert listed[0] == cast.price
    dana.post(f"/settings/reasons/loss/{cast.price.pk}/", {"name": "Too dear", "asks_competitor": "on"})
    cast.price.refresh_from_db()
    assert (cast.price.name, cast.price.asks_competitor, cast.price.is_active) == ("Too dear", True, False)


def test_reasons_are_verbs_too(cast: Cast) -> None:
    made = create_reason(WinReason, name="Trust", by=cast.dana)
    assert revise_reason(made, name="Trust", by=cast.dana) == made
    assert not Event.objects.filter(kind="winreason.revised").exists()
    with pytest.raises(Refused):
        create_reason(WinReason, name="x", asks_competitor=True, by=None)
    assert create_reason(LossReason, name="x", asks_competitor=True, by=None).pk


def test_reasons_are_put_into_order(dana: Client, cast: Cast) -> None:
    ids = list(LossReason.objects.order_by("position").values_list("pk", flat=True))
    assert dana.post("/settings/reasons/loss/order/", {"ids": ids[::-1]}).status_code == 302
    assert list(LossReason.objects.order_by("position").values_list("pk", flat=True)) == ids[::-1]
    dana.post("/settings/reasons/loss/order/", {"down": ids[-1]})
    assert list(LossReason.objects.order_by("position").values_list("pk", flat=True))[:2] == [ids[-2], ids[-1]]
    assert dana.post("/settings/reasons/loss/order/", {"ids": ids[1:]}).status_code == 422
    assert dana.post("/settings/reasons/draw/order/", {}).status_code == 404


def test_reasons_are_merged(dana: Client, cast: Cast) -> None:
    deal = cast.deal()
    lose_deal(deal, reason=cast.price, by=cast.alice)
    address = f"/settings/reasons/loss/{cast.price.pk}/merge/"
    assert "1 deal gets the other reason" in dana.get(address).content.decode()
    assert dana.post(address, {"into": cast.price.pk}).status_code == 422
    assert dana.post(address, {"into": cast.competitor.pk}).status_code == 302
    deal.refresh_from_db()
    cast.price.refresh_from_db()
    change = deal.changes.order_by("-version")[0]
    assert (deal.loss_reason, cast.price.is_active) == (cast.competitor, False)
    assert (change.verb, change.was, change.by) == ("revised", {"loss_reason_id": cast.price.pk}, cast.dana)
    with pytest.raises(Refused):
        merge_reason(cast.fit, into=cast.fit, by=cast.dana)
