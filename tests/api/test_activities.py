"""/api/v1/activities/."""

from collections.abc import Callable
from datetime import timedelta

from crm.models import Event
from pipeline.models import Activity, Deal
from tests.api.conftest import Caller
from tests.cast import Cast

As = Callable[..., Caller]


def test_a_planned_one_becomes_the_next_step(cast: Cast, as_user: As) -> None:
    api, deal = as_user(cast.alice), cast.deal()
    tomorrow = (cast.today + timedelta(days=1)).isoformat()

    answer = api.post(
        "activities/",
        {"deal": deal.pk, "subject": "Call Carol", "kind": "call", "due_on": tomorrow, "due_time": "10:00"},
    )

    planned = answer.json()
    assert (answer.status_code, planned["due_on"], planned["due_time"]) == (201, tomorrow, "10:00:00")
    assert (planned["done_at"], planned["owner"]) == (None, cast.alice.pk)
    assert api.get(f"deals/{deal.pk}/").json()["next_step"] == planned["id"]
    assert api.get(answer["Location"]).json() == planned


def test_without_a_day_it_was_done(cast: Cast, as_user: As) -> None:
    deal = cast.deal()
    logged = as_user(cast.alice).post("activities/", {"deal": deal.pk, "subject": "Met them", "kind": "meeting"}).json()
    assert logged["done_at"] is not None
    assert Deal.objects.get(pk=deal.pk).touched_at is not None


def test_it_is_completed_or_cancelled(cast: Cast, as_user: As) -> None:
    api, deal = as_user(cast.alice), cast.deal()
    body = {"deal": deal.pk, "subject": "Call", "due_on": cast.today.isoformat()}
    first, second = (api.post("activities/", body).json()["id"] for _ in range(2))

    assert api.post(f"activities/{first}/completions/", {}).json()["done_at"] is not None
    assert api.delete(f"activities/{first}/").status_code == 422
    assert api.delete(f"activities/{second}/").status_code == 204
    assert Activity.objects.count() == 1
    assert Event.objects.filter(kind="activity.dropped").count() == 1


def test_it_refuses_by_field(cast: Cast, as_user: As) -> None:
    api, deal = as_user(cast.alice), cast.deal()
    both = {"deal": deal.pk, "subject": "Call", "due_on": "2027-01-01", "done_at": "2026-01-01T00:00:00Z"}
    assert api.post("activities/", both).json()["errors"].keys() == {"done_at"}
    assert api.post("activities/", {"subject": "Call"}).json()["errors"].keys() == {"deal"}
    assert api.post("activities/", {"deal": deal.pk, "subject": " "}).json()["errors"].keys() == {"subject"}
    time_only = {"deal": deal.pk, "subject": "Call", "due_time": "10:00"}
    assert api.post("activities/", time_only).json()["errors"].keys() == {"due_on"}


def test_whoever_sees_the_deal_sees_its_activities(cast: Cast, as_user: As) -> None:
    deal = cast.deal()
    activity = as_user(cast.alice).post("activities/", {"deal": deal.pk, "subject": "Met"}).json()["id"]

    for who, read, write in [("bob", 200, 403), ("mia", 200, 200), ("charlie", 404, 404), ("ravi", 200, 403)]:
        api = as_user(getattr(cast, who))
        assert api.get(f"activities/{activity}/").status_code == read
        assert len(api.get("activities/").json()["results"]) == (1 if read == 200 else 0)
        assert api.post(f"activities/{activity}/completions/", {}).status_code == write
    assert as_user(cast.charlie).post("activities/", {"deal": deal.pk, "subject": "x"}).status_code == 422
    assert as_user(cast.bob).post("activities/", {"deal": deal.pk, "subject": "x"}).status_code == 403


def test_a_handed_over_deal_takes_its_activities_out_of_sight(cast: Cast, as_user: As) -> None:
    deal = cast.deal()
    activity = as_user(cast.alice).post("activities/", {"deal": deal.pk, "subject": "Met"})
    as_user(cast.dana).post(f"deals/{deal.pk}/handovers/", {"owner": cast.charlie.pk})

    assert as_user(cast.bob).get(f"activities/{activity.json()['id']}/").status_code == 404
    assert as_user(cast.charlie).get(f"activities/{activity.json()['id']}/").status_code == 200


def test_it_narrows(cast: Cast, as_user: As) -> None:
    api, deal = as_user(cast.alice), cast.deal()
    api.post("activities/", {"deal": deal.pk, "subject": "Call", "kind": "call"})
    api.post("activities/", {"deal": deal.pk, "subject": "Write", "kind": "email", "due_on": "2027-01-05"})

    def found(query: dict[str, object]) -> list[str]:
        return [each["subject"] for each in api.get("activities/", query).json()["results"]]

    assert found({"deal": deal.pk}) == ["Write", "Call"]
    assert found({"done": "true"}) == ["Call"]
    assert found({"kind": ["email", "task"], "due_from": "2027-01-05", "due_to": "2027-01-05"}) == ["Write"]
