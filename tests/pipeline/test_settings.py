"""Settings pages of pipelines, stages, products and reasons, and the verbs behind them."""

from decimal import Decimal

import pytest
from django.test import Client

from crm.errors import Refused
from crm.models import Event
from pipeline.catalogue import create_product, create_reason, revise_product, revise_reason
from pipeline.models import LossReason, Pipeline, Product, Stage, WinReason
from pipeline.structure import TEMPLATES, create_pipeline, revise_pipeline
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
    first = cast.stages["Qualify"]
    dana.post(f"/settings/stages/{first.pk}/order/", {"move": "down"})
    assert open_names(cast.pipeline)[:2] == ["Demo", "Qualify"]
    dana.post(f"/settings/stages/{first.pk}/order/", {"move": "up"})
    dana.post(f"/settings/stages/{first.pk}/order/", {"move": "up"})
    assert open_names(cast.pipeline)[:2] == ["Qualify", "Demo"]


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


def test_products_are_added_and_revised(dana: Client, cast: Cast) -> None:
    form = {"name": "Gateway", "unit_price": "389.90", "currency": "EUR", "is_active": "on"}
    assert dana.post("/settings/products/new/", form).status_code == 302
    gateway = Product.objects.get(name="Gateway")
    assert gateway.unit_price == Decimal("389.900")
    assert dana.post(f"/settings/products/{gateway.pk}/", form | {"name": "Pump"}).status_code == 422
    dana.post(f"/settings/products/{gateway.pk}/", {**form, "is_active": ""})
    gateway.refresh_from_db()
    assert gateway.is_active is False
    assert "Gateway" in dana.get("/settings/products/").content.decode()


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
