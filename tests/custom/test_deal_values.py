"""Custom fields of deals: through the verbs, in history, undone."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from crm.custom.actions import archive_custom_field, revise_custom_field
from crm.errors import Conflict, NeedsFields, Refused
from crm.models import Event
from pipeline.actions import move_deal, open_deal, revise_deal, undo_change
from pipeline.chronicle import chronicle_of
from pipeline.models import Deal
from pipeline.structure import revise_stage
from tests.cast import Cast
from tests.custom.fields import SAMPLES, custom, custom_field, one_of_each

pytestmark = pytest.mark.django_db


def test_every_kind_comes_back_as_it_was_entered(cast: Cast) -> None:
    one_of_each()
    for number in range(2):
        fields = {f"custom.{kind}": values[number] for kind, values in SAMPLES.items()}
        deal = cast.deal(**fields, **custom(person=cast.bob))
        kept = type(deal).objects.get(pk=deal.pk).custom
        assert kept == deal.custom
        assert kept.keys() == {*SAMPLES, "person"}
        assert revise_deal(deal, by=cast.alice, **{f"custom.{key}": value for key, value in kept.items()}).version == 1


def test_zero_and_no_are_values(cast: Cast) -> None:
    one_of_each()
    deal = cast.deal(**custom(number=0, yes_no=False, money=(Decimal(0), "EUR")))
    assert deal.custom == {"number": "0", "yes_no": False, "money": {"amount": "0", "currency": "EUR"}}


@pytest.mark.parametrize("empty", [None, "", []])
def test_an_empty_value_goes_away(cast: Cast, empty: object) -> None:
    custom_field("text")
    deal = cast.deal(**custom(text="Blue"))
    assert revise_deal(deal, by=cast.alice, **custom(text=empty)).custom == {}


def test_refusals_name_the_field(cast: Cast) -> None:
    one_of_each()
    archive_custom_field(custom_field("text", key="old", label="Old"), by=cast.dana)
    bad: dict[str, Any] = {
        "custom.number": "twelve",
        "custom.choice": "tiny",
        "custom.person": 10**9,
        "custom.money": ("5.001", "EUR"),
        "custom.link": "javascript:alert(1)",
        "custom.nothing": 1,
        "custom.old": "x",
    }
    with pytest.raises(Refused) as refused:
        cast.deal(**bad)
    assert refused.value.errors.keys() == bad.keys()


def test_a_required_field_is_asked_of_new_deals_and_never_lost(cast: Cast) -> None:
    before = cast.deal()
    custom_field("number", label="Seats", is_required=True)
    with pytest.raises(Refused, match="Seats is needed"):
        cast.deal()
    deal = cast.deal(**custom(number=0))
    with pytest.raises(Refused, match="Seats is needed"):
        revise_deal(deal, by=cast.alice, **custom(number=None))
    assert revise_deal(before, title="Still free", by=cast.alice).title == "Still free"


def test_a_retired_choice_stays_but_is_not_chosen_anew(cast: Cast) -> None:
    field = custom_field("choice")
    deal = cast.deal(**custom(choice="small"))
    revise_custom_field(field, retired=["small"], by=cast.dana)
    revise_deal(deal, by=cast.alice, **custom(choice="small"))
    with pytest.raises(Refused):
        cast.deal(**custom(choice="small"))
    revise_deal(deal, by=cast.alice, **custom(choice="large"))
    assert undo_change(deal, version=2, by=cast.alice).custom == {"choice": "small"}


def test_history_says_each_change_in_words(cast: Cast) -> None:
    one_of_each()
    deal = cast.deal()
    revise_deal(deal, by=cast.alice, **custom(yes_no=False, person=cast.bob.pk))
    revise_deal(deal, by=cast.alice, **custom(yes_no=True, person=None))
    deal.refresh_from_db()
    changes = list(deal.changes.select_related("by").order_by("-version"))
    assert [entry.text for entry in chronicle_of(deal, changes, []).entries][:4] == [
        "<b>Alice</b> took The person Bob away",
        "<b>Alice</b> changed The yes_no No → Yes",
        "<b>Alice</b> set The person to Bob",
        "<b>Alice</b> set The yes_no to No",
    ]
    event = Event.objects.filter(kind="deal.revised").latest("pk")
    assert event.data["changed"] == {"custom.yes_no": [False, True], "custom.person": [cast.bob.pk, None]}


def test_undo_takes_back_one_field_and_no_other(cast: Cast) -> None:
    one_of_each()
    deal = cast.deal(**custom(text="Blue", number=5))
    revise_deal(deal, by=cast.alice, **custom(text="Red"))
    deal = undo_change(deal, version=2, by=cast.bob)
    assert (deal.version, deal.custom) == (3, {"text": "Blue", "number": "5"})


def test_somebody_elses_change_of_the_same_field_is_a_conflict_of_another_is_not(cast: Cast) -> None:
    one_of_each()
    deal = cast.deal()
    revise_deal(deal, version=1, by=cast.alice, **custom(text="Blue"))
    revise_deal(deal, version=1, by=cast.bob, **custom(number=5))
    with pytest.raises(Conflict, match="Alice changed this"):
        revise_deal(deal, version=1, by=cast.bob, **custom(text="Red"))


def test_a_stage_asks_for_custom_fields(cast: Cast) -> None:
    field = custom_field("number", label="Seats")
    revise_stage(cast.stages["Demo"], required_fields=["amount", "custom.number"], by=cast.dana)
    demo = cast.stages["Demo"]
    demo.refresh_from_db()
    deal = cast.deal()
    with pytest.raises(NeedsFields) as needs:
        move_deal(deal, to=demo, by=cast.alice)
    assert needs.value.fields == ["custom.number"]
    deal = move_deal(deal, to=demo, fields={"custom.number": 0}, by=cast.alice)
    assert (deal.stage_id, deal.custom) == (demo.pk, {"number": "0"})
    archive_custom_field(field, by=cast.dana)
    assert move_deal(cast.deal(), to=demo, by=cast.alice).stage_id == demo.pk


def test_a_stage_asks_for_nothing_that_is_not_there(cast: Cast) -> None:
    with pytest.raises(Refused, match=r"custom\.nothing"):
        revise_stage(cast.stages["Demo"], required_fields=["custom.nothing"], by=cast.dana)


def test_what_nobody_added_cannot_be_opened_with(cast: Cast) -> None:
    with pytest.raises(Refused):
        open_deal(title="X", owner=cast.alice, by=cast.alice, **custom(a=1))


def test_they_are_edited_in_place(cast: Cast) -> None:
    one_of_each()
    deal = cast.deal()
    sent: dict[str, dict[str, object]] = {
        "text": {"custom.text": "Blue"},
        "number": {"custom.number": "0"},
        "money": {"custom.money_0": "1200.50", "custom.money_1": "USD"},
        "date": {"custom.date": "2026-12-31"},
        "choice": {"custom.choice": "huge"},
        "choices": {"custom.choices": ["huge", "small"]},
        "person": {"custom.person": cast.bob.pk},
        "link": {"custom.link": "example.com"},
        "yes_no": {"custom.yes_no": "no"},
    }
    client = Client()
    client.force_login(cast.alice)
    for version, (key, values) in enumerate(sent.items(), 1):
        address = f"/deals/{deal.pk}/facts/cf_{key}/"
        assert client.get(address).status_code == 200
        answer = client.post(address, {**values, "version": version}, HTTP_HX_REQUEST="true")
        assert answer.status_code == 200, (key, answer.content)
    deal.refresh_from_db()
    assert deal.custom == {
        "text": "Blue",
        "number": "0",
        "money": {"amount": "1200.5", "currency": "USD"},
        "date": "2026-12-31",
        "choice": "huge",
        "choices": ["small", "huge"],
        "person": cast.bob.pk,
        "link": "https://example.com",
        "yes_no": False,
    }
    page = client.get(f"/deals/{deal.pk}/").content.decode()
    for text in ("Blue", "$1,200.50", "31 Dec 2026", "Small, Huge", "Bob", ">No<", 'href="https://example.com"'):
        assert text in page, text
    for key in sent:
        assert client.get(f"/deals/{deal.pk}/facts/cf_{key}/").status_code == 200


@pytest.mark.parametrize("fact", ["cf_nothing", "cf_number_from", "cf_old", "custom.number"])
def test_only_fields_in_use_are_edited(cast: Cast, fact: str) -> None:
    custom_field("number")
    archive_custom_field(custom_field("text", key="old", label="Old"), by=cast.dana)
    client = Client()
    client.force_login(cast.alice)
    assert client.get(f"/deals/{cast.deal().pk}/facts/{fact}/").status_code == 404


def test_what_is_wrong_stands_beside_the_field_and_the_text_stays(cast: Cast) -> None:
    custom_field("link")
    client = Client()
    client.force_login(cast.alice)
    answer = client.post(
        f"/deals/{cast.deal().pk}/facts/cf_link/", {"custom.link": "javascript:x"}, HTTP_HX_REQUEST="true"
    )
    assert answer.status_code == 422
    assert "A link like https://example.com is needed." in answer.content.decode()
    assert 'value="javascript:x"' in answer.content.decode()


def test_a_new_deal_is_asked_for_what_is_required(cast: Cast) -> None:
    custom_field("number", label="Seats", is_required=True)
    client = Client()
    client.force_login(cast.alice)
    answer = client.post("/deals/new/", {"line": "Acme, pumps"})
    assert answer.status_code == 422
    assert "error" in answer.content.decode()
    assert 'value="Acme, pumps"' in answer.content.decode()
    assert client.post("/deals/new/", {"line": "Acme, pumps", "custom.number": "0"}).status_code == 302
    assert Deal.objects.get().custom == {"number": "0"}


def test_a_drop_asks_for_what_the_stage_requires(cast: Cast) -> None:
    custom_field("choices", label="Regions")
    demo = cast.stages["Demo"]
    revise_stage(demo, required_fields=["custom.choices"], by=cast.dana)
    deal = cast.deal()
    client = Client()
    client.force_login(cast.alice)
    address = f"/deals/{deal.pk}/stage/"
    answer = client.post(address, {"stage": demo.pk}, HTTP_X_BOARD=str(cast.pipeline.pk))
    assert answer.status_code == 422
    assert 'name="needed-custom.choices"' in answer.content.decode()
    sent = {"stage": demo.pk, "needs": ["custom.choices"], "needed-custom.choices": ["huge"]}
    assert client.post(address, sent, HTTP_X_BOARD=str(cast.pipeline.pk)).status_code == 200
    deal.refresh_from_db()
    assert (deal.stage_id, deal.custom) == (demo.pk, {"choices": ["huge"]})
