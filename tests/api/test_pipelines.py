"""/api/v1/pipelines/ and /api/v1/stages/: everyone reads, admins shape."""

from collections.abc import Callable

from pipeline.models import Deal, Stage, StageChange
from tests.api.conftest import Caller
from tests.cast import Cast

As = Callable[..., Caller]


def test_everyone_reads_pipelines_and_stages_in_order(cast: Cast, as_user: As) -> None:
    api = as_user(cast.alice)

    (pipeline,) = api.get("pipelines/").json()["results"]
    stages = api.get("stages/", {"pipeline": pipeline["id"]}).json()["results"]

    assert (pipeline["name"], pipeline["is_default"]) == ("New business", True)
    assert [stage["name"] for stage in stages] == ["Qualify", "Demo", "Solution", "Quote and contract", "Won", "Lost"]
    assert (stages[0]["probability"], stages[0]["kind"], stages[0]["required_fields"]) == ("10.00", "open", [])
    assert api.get("stages/", {"kind": ["won", "lost"], "fields": "name"}).json()["results"] == [
        {"id": cast.stages["Won"].pk, "name": "Won"},
        {"id": cast.stages["Lost"].pk, "name": "Lost"},
    ]


def test_admins_make_pipelines_and_stages(cast: Cast, as_user: As) -> None:
    api = as_user(cast.dana)
    pipeline = api.post("pipelines/", {"name": "Renewals"}).json()

    stage = api.post("stages/", {"pipeline": pipeline["id"], "name": "Called", "probability": "55", "position": 1})

    assert (stage.status_code, stage.json()["kind"], stage.json()["position"]) == (201, "open", 1)
    names = Stage.objects.filter(pipeline=pipeline["id"]).values_list("name", flat=True)
    assert list(names) == ["Qualify", "Called", "Demo", "Solution", "Quote and contract", "Won", "Lost"]


def test_revising_a_stage_is_kept_in_its_history(cast: Cast, as_user: As) -> None:
    demo = cast.stages["Demo"]
    deal = cast.deal(stage="Demo")

    answer = as_user(cast.dana).patch(f"stages/{demo.pk}/", {"probability": "40", "required_fields": ["amount"]})

    assert (answer.json()["probability"], answer.json()["required_fields"]) == ("40.00", ["amount"])
    assert StageChange.objects.filter(stage_id=demo.pk).order_by("-id")[0].by == cast.dana
    assert as_user(cast.alice).get(f"deals/{deal.pk}/").json()["probability"] == "40.00"


def test_deleting_a_stage_asks_where_its_deals_go(cast: Cast, as_user: As) -> None:
    api, deal = as_user(cast.dana), cast.deal(stage="Demo")
    demo, solution = cast.stages["Demo"].pk, cast.stages["Solution"].pk

    assert api.delete(f"stages/{demo}/").json()["errors"].keys() == {"move_to"}
    assert api.delete(f"stages/{demo}/?move_to=0").json()["errors"].keys() == {"move_to"}
    assert api.delete(f"stages/{demo}/?to={solution}").status_code == 422
    assert api.delete(f"stages/{demo}/?move_to={solution}").status_code == 204
    assert Deal.objects.get(pk=deal.pk).stage_id == solution
    assert api.get(f"stages/{demo}/").status_code == 404


def test_only_admins_shape(cast: Cast, as_user: As) -> None:
    stage = {"pipeline": cast.pipeline.pk, "name": "X", "probability": 1}
    for who in (cast.alice, cast.mia, cast.ira, cast.ravi):
        api = as_user(who)
        assert api.post("pipelines/", {"name": "X"}).status_code == 403
        assert api.post("stages/", stage).status_code == 403
        assert api.patch(f"stages/{cast.stages['Demo'].pk}/", {"name": "X"}).status_code == 403
        assert api.delete(f"stages/{cast.stages['Demo'].pk}/").status_code == 403


def test_it_refuses_by_field(cast: Cast, as_user: As) -> None:
    api, won = as_user(cast.dana), cast.stages["Won"]
    assert api.patch(f"stages/{won.pk}/", {"probability": 90}).json()["errors"].keys() == {"probability"}
    assert api.patch(f"stages/{won.pk}/", {"required_fields": ["mood"]}).status_code == 422
    assert api.patch(f"stages/{won.pk}/", {"kind": "open"}).json()["errors"].keys() == {"kind"}
    same = {"pipeline": cast.pipeline.pk, "name": "Demo", "probability": 1}
    assert api.post("stages/", same).json()["errors"].keys() == {"name"}
