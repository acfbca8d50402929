"""/api/v1/deliveries/, /delivery-templates/ and /renewals/: what follows a won deal."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pipeline.actions import win_deal
from pipeline.models import Deal
from quotes.actions.delivering import StepDraft, save_template
from quotes.aftermath import follow_marked
from quotes.models import Delivery, DeliveryTemplate
from tests.api.conftest import Caller
from tests.cast import Cast

As = Callable[..., Caller]


@pytest.fixture
def deal(cast: Cast) -> Deal:
    save_template(name="Usual", steps=[StepDraft("Kick-off", 2), StepDraft("Ship", 9)], by=cast.dana)
    deal = win_deal(cast.deal(), reason=cast.fit, by=cast.alice)
    follow_marked()
    return deal


def results(answer: Any) -> list[Any]:
    assert answer.status_code == 200, answer.json()
    found: list[Any] = answer.json()["results"]
    return found


def test_a_template_is_made_and_revised_by_admins(cast: Cast, as_user: As) -> None:
    dana = as_user(cast.dana)
    steps = [{"title": "Kick-off", "days": 2}, {"title": "Ship", "assignee": "person", "person": cast.bob.pk}]
    made = dana.post("delivery-templates/", {"name": "Pumps", "product": cast.pump.pk, "steps": steps})
    assert (made.status_code, made.json()["product"], made.json()["version"]) == (201, cast.pump.pk, 1)
    path = f"delivery-templates/{made.json()['id']}/"
    known = results(dana.get(f"{path}steps/"))
    assert [(step["title"], step["days"], step["assignee"], step["person"]) for step in known] == [
        ("Kick-off", 2, "owner", None),
        ("Ship", 0, "person", cast.bob.pk),
    ]
    assert dana.patch(path, {"is_active": False}).json()["is_active"] is False
    assert len(results(dana.get(f"{path}steps/"))) == 2
    dana.patch(path, {"steps": [{"id": known[1]["id"], "title": "Ship it"}]})
    assert [(step["id"], step["title"]) for step in results(dana.get(f"{path}steps/"))] == [(known[1]["id"], "Ship it")]
    assert dana.patch(path, {"steps": [{"days": 3}]}).json()["errors"] == {"steps.0.title": ["This field is required."]}
    assert dana.post("delivery-templates/", {"name": "Empty", "steps": []}).json()["errors"].keys() == {"steps"}
    assert dana.patch(path, {"name": "X"}, If_Match='"1"').status_code == 412
    assert as_user(cast.mia).patch(path, {"name": "X"}).status_code == 403


def test_a_delivery_and_its_steps(cast: Cast, deal: Deal, as_user: As) -> None:
    api = as_user(cast.alice)
    (delivery,) = results(api.get("deliveries/", {"deal": deal.pk, "finished": "false"}))
    path = f"deliveries/{delivery['id']}/steps/"
    late = (cast.today + timedelta(days=20)).isoformat()
    added = api.post(path, {"title": "Train", "due_on": late})
    assert (added.status_code, added.json()["subject"], added.json()["owner"]) == (201, "Train", cast.alice.pk)
    steps = results(api.get(path))
    assert [step["subject"] for step in steps] == ["Kick-off", "Ship", "Train"]
    for step in steps:
        assert api.post(f"activities/{step['id']}/completions/", {}).status_code == 200
    follow_marked()
    assert results(api.get("deliveries/", {"finished": "true"}))[0]["finished_at"] is not None
    assert as_user(cast.bob).post(path, {"title": "x", "due_on": late}).status_code == 403
    assert as_user(cast.charlie).get(path).status_code == 404


def test_a_delivery_is_started_by_hand(cast: Cast, as_user: As) -> None:
    deal = win_deal(cast.deal(), reason=cast.fit, by=cast.alice)
    template = save_template(name="Sensors", product=cast.sensor, steps=[StepDraft("Mount")], by=cast.dana)
    api = as_user(cast.alice)
    assert api.post("deliveries/", {"deal": deal.pk, "template": template.pk}).status_code == 201
    assert Delivery.objects.get().deal == deal
    still_open = cast.deal()
    refused = api.post("deliveries/", {"deal": still_open.pk, "template": template.pk})
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["deal"])
    assert DeliveryTemplate.objects.count() == 1


def test_a_renewal_from_plan_to_deal(cast: Cast, deal: Deal, as_user: As) -> None:
    api = as_user(cast.alice)
    due_on = cast.today + timedelta(days=90)
    said = {"deal": deal.pk, "due_on": due_on.isoformat(), "lead_days": 30, "amount": "500.00", "uplift": "2.5"}
    made = api.post("renewals/", said)
    assert (made.status_code, made.json()["opens_on"]) == (201, (due_on - timedelta(days=30)).isoformat())
    assert (made.json()["amount"], made.json()["uplift"], made.json()["state"]) == ("500.00", "2.50", "planned")
    path = f"renewals/{made.json()['id']}/"
    assert api.patch(path, {"title": "Again", "lead_days": 10}).json()["title"] == "Again"
    assert api.post(f"{path}cancellations/").json()["state"] == "cancelled"
    assert api.post(f"{path}cancellations/").status_code == 422
    assert api.post(f"{path}plannings/").json()["state"] == "planned"
    opened = api.post(f"{path}openings/").json()
    assert opened["state"] == "opened"
    expanded = api.get(path, {"expand": "deal,opened_deal"}).json()
    assert (expanded["deal"]["id"], expanded["opened_deal"]["title"]) == (deal.pk, "Again")
    assert api.patch(path, {"title": "Too late"}).status_code == 422
    assert results(api.get("renewals/", {"state": "opened", "deal": deal.pk}))[0]["id"] == opened["id"]
    assert results(as_user(cast.charlie).get("renewals/")) == []


def test_what_makes_no_sense_names_its_field(cast: Cast, deal: Deal, as_user: As) -> None:
    api = as_user(cast.alice)
    usual = {"deal": deal.pk, "due_on": (cast.today + timedelta(days=9)).isoformat()}
    for field, value in [("due_on", cast.today.isoformat()), ("uplift", "-101"), ("amount", "-1"), ("owner", 0)]:
        answer = api.post("renewals/", usual | {field: value})
        assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
