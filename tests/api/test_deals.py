"""/api/v1/deals/: reading and the facts of a deal."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from crm.models import Event
from pipeline.api.shapes import DealShape
from pipeline.models import Deal, RequiredField
from tests.api.conftest import Caller
from tests.cast import Cast

As = Callable[..., Caller]


def test_it_opens_a_deal_on_top_of_its_stage(cast: Cast, as_user: As) -> None:
    below = cast.deal("Below")

    answer = as_user(cast.alice).post(
        "deals/",
        {
            "title": "Pump station", "company": cast.acme.pk, "source": cast.referral.pk, "amount": "1234.50",
            "currency": "USD", "expected_close_on": "2027-01-31", "external_id": "X-1",
        },
    )  # fmt: skip

    assert answer.status_code == 201
    deal = Deal.objects.get(external_id="X-1")
    assert answer["Location"] == f"http://testserver/api/v1/deals/{deal.pk}/"
    assert answer["ETag"] == '"1"'
    assert (deal.title, deal.owner, deal.team) == ("Pump station", cast.alice, cast.north)
    assert (deal.amount, deal.currency_id, deal.source) == (Decimal("1234.50"), "USD", cast.referral)
    assert deal.rank < below.rank
    assert list(deal.changes.values_list("verb", "by")) == [("opened", cast.alice.pk)]
    event = Event.objects.get(kind="deal.opened", object_id=deal.pk)
    assert event.origin["via"] == "api"


def test_what_it_answers_is_what_a_later_look_shows(cast: Cast, as_user: As) -> None:
    api = as_user(cast.alice)

    opened = api.post(
        "deals/", {"title": "Pump", "amount": 100, "probability_override": "33.3", "company": cast.acme.pk}
    )

    assert api.get(f"deals/{opened.json()['id']}/").json() == opened.json()
    assert api.get("deals/").json()["results"] == [opened.json()]


def test_it_writes_money_and_percentages_as_text(cast: Cast, as_user: As) -> None:
    cast.deal("Yen", amount=Decimal(5000), currency_id="JPY")
    deal = cast.deal(amount=Decimal("1234.5"), probability_override=Decimal("33.5"))

    read = as_user(cast.alice).get(f"deals/{deal.pk}/").json()

    assert (read["amount"], read["currency"], read["probability"]) == ("1234.50", "EUR", "33.50")
    assert read["weighted_amount"] == "413.56"
    yen = as_user(cast.alice).get("deals/", {"currency": "JPY"}).json()["results"][0]
    assert (yen["amount"], yen["weighted_amount"]) == ("5000", "500")


def test_its_shape_has_exactly_the_declared_fields(cast: Cast, as_user: As) -> None:
    deal = cast.deal()
    assert list(as_user(cast.alice).get(f"deals/{deal.pk}/").json()) == list(DealShape._declared_fields)


def test_probability_and_category_are_the_override_or_else_the_stages(cast: Cast, as_user: As) -> None:
    api, deal = as_user(cast.alice), cast.deal()

    assert api.get(f"deals/{deal.pk}/").json()["probability"] == "10.00"
    revised = api.patch(f"deals/{deal.pk}/", {"probability_override": "0", "category_override": "commit"}).json()
    assert (revised["probability"], revised["category"]) == ("0.00", "commit")
    revised = api.patch(f"deals/{deal.pk}/", {"probability_override": None, "category_override": ""}).json()
    assert (revised["probability"], revised["category"]) == ("10.00", "pipeline")


def test_it_opens_with_lines_and_people(cast: Cast, as_user: As) -> None:
    api = as_user(cast.alice)
    lines = [
        {"product": cast.pump.pk, "quantity": "2"},
        {"product": cast.sensor.pk, "unit_price": "50", "discount": 10},
    ]

    deal = api.post(
        "deals/", {"title": "Pumps", "lines": lines, "contacts": [{"contact": cast.carol.pk, "role": "decides"}]}
    ).json()

    assert (deal["amount"], deal["amount_from_lines"]) == ("545.00", True)
    assert api.get(f"deals/{deal['id']}/lines/").json()["results"] == [
        {"product": cast.pump.pk, "quantity": "2.000", "unit_price": "250.00", "discount": "0.00", "total": "500.00"},
        {"product": cast.sensor.pk, "quantity": "1.000", "unit_price": "50.00", "discount": "10.00", "total": "45.00"},
    ]
    assert api.get(f"deals/{deal['id']}/contacts/").json()["results"] == [{"contact": cast.carol.pk, "role": "decides"}]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": 7}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "nul \x00"}, "title"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "1e3"}, "amount"),
        ({"amount": "1.005"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": "1.5", "currency": "JPY"}, "amount"),
        ({"currency": "XXX"}, "currency"),
        ({"company": 10**30}, "company"),
        ({"company": "1"}, "company"),
        ({"company": True}, "company"),
        ({"probability_override": 101}, "probability_override"),
        ({"category_override": "closed"}, "category_override"),
        ({"expected_close_on": "31.12.2026"}, "expected_close_on"),
        ({"lines": [{"product": 0}]}, "lines.0.product"),
        ({"titel": "typing error"}, "titel"),
        ({"version": 3}, "version"),
        ({"at": "2999-01-01T00:00:00Z"}, "at"),
    ],
)
def test_it_refuses_by_field(cast: Cast, as_user: As, sent: dict[str, object], field: str) -> None:
    answer = as_user(cast.alice).post("deals/", {"title": "Pump"} | sent)

    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert list(answer.json()["errors"]) == [field]
    assert Deal.objects.count() == 0


def test_it_refuses_an_external_id_that_is_taken(cast: Cast, as_user: As) -> None:
    cast.deal(external_id="X-1")
    other = cast.deal()
    api = as_user(cast.alice)

    assert api.post("deals/", {"title": "Pump", "external_id": "X-1"}).json()["errors"].keys() == {"external_id"}
    assert api.patch(f"deals/{other.pk}/", {"external_id": "X-1"}).status_code == 422


def test_it_says_what_a_stage_asks_for(cast: Cast, as_user: As) -> None:
    demo = cast.stages["Demo"]
    demo.required_fields = [RequiredField.AMOUNT, RequiredField.CONTACT]
    demo.save()

    answer = as_user(cast.alice).post("deals/", {"title": "Pump", "stage": demo.pk})

    assert answer.status_code == 422
    assert (answer.json()["stage"], answer.json()["needs"]) == (demo.pk, ["amount", "contact"])


def test_a_rep_opens_deals_only_as_their_own(cast: Cast, as_user: As) -> None:
    assert as_user(cast.alice).post("deals/", {"title": "Pump", "owner": cast.bob.pk}).status_code == 422
    assert as_user(cast.mia).post("deals/", {"title": "Pump", "owner": cast.bob.pk}).json()["owner"] == cast.bob.pk


def test_it_revises_facts(cast: Cast, as_user: As) -> None:
    deal = cast.deal()

    answer = as_user(cast.alice).patch(f"deals/{deal.pk}/", {"title": "New", "amount": "2000", "company": None})

    assert (answer.status_code, answer["ETag"]) == (200, '"2"')
    assert (answer.json()["title"], answer.json()["amount"], answer.json()["company"]) == ("New", "2000.00", None)
    assert deal.changes.get(version=2).was == {
        "title": "Pump station",
        "amount": "1000.000",
        "company_id": cast.acme.pk,
    }


@pytest.mark.parametrize(
    "field", ["stage", "pipeline", "owner", "team", "probability", "closed_on", "lines", "outcome"]
)
def test_what_has_a_verb_of_its_own_is_not_set(cast: Cast, as_user: As, field: str) -> None:
    deal = cast.deal()

    answer = as_user(cast.alice).patch(f"deals/{deal.pk}/", {field: 1})

    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]


def test_the_version_in_the_body_minds_only_the_same_fields(cast: Cast, as_user: As) -> None:
    api, deal = as_user(cast.alice), cast.deal()
    api.patch(f"deals/{deal.pk}/", {"amount": "2000"})

    assert api.patch(f"deals/{deal.pk}/", {"title": "New", "version": 1}).status_code == 200
    clash = api.patch(f"deals/{deal.pk}/", {"amount": "3000", "version": 1})
    assert (clash.status_code, clash.json()["version"]) == (409, 3)


def test_it_archives_and_restores(cast: Cast, as_user: As) -> None:
    api, deal = as_user(cast.alice), cast.deal()

    assert api.delete(f"deals/{deal.pk}/").status_code == 204
    assert api.get("deals/").json()["results"] == []
    assert [each["id"] for each in api.get("deals/", {"archived": "true"}).json()["results"]] == [deal.pk]
    assert api.get(f"deals/{deal.pk}/").json()["archived_at"] is not None
    assert api.post(f"deals/{deal.pk}/restorations/").json()["archived_at"] is None
    assert len(api.get("deals/").json()["results"]) == 1


# ── Whose deals ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("who", "sees", "changes"),
    [
        ("alice", {"Alice", "Bob"}, {"Alice"}),
        ("bob", {"Alice", "Bob"}, {"Bob"}),
        ("mia", {"Alice", "Bob"}, {"Alice", "Bob"}),
        ("charlie", {"Charlie"}, {"Charlie"}),
        ("dana", {"Alice", "Bob", "Charlie"}, {"Alice", "Bob", "Charlie"}),
        ("ravi", {"Alice", "Bob", "Charlie"}, set()),
        ("ira", {"Alice", "Bob", "Charlie"}, {"Alice", "Bob", "Charlie"}),
    ],
)
def test_list_detail_and_verbs_agree_on_whose_deals(
    cast: Cast, as_user: As, who: str, sees: set[str], changes: set[str]
) -> None:
    deals = {owner.name: cast.deal(owner=owner) for owner in (cast.alice, cast.bob, cast.charlie)}
    api = as_user(getattr(cast, who))

    listed = {each["id"] for each in api.get("deals/").json()["results"]}

    assert listed == {deals[name].pk for name in sees}
    for name, deal in deals.items():
        read = api.get(f"deals/{deal.pk}/").status_code
        assert read == (200 if name in sees else 404)
        allowed = 200 if name in changes else 404 if name not in sees and who != "ravi" else 403
        assert api.patch(f"deals/{deal.pk}/", {"title": "New"}).status_code == allowed
        moved = api.post(f"deals/{deal.pk}/moves/", {"stage": cast.stages["Demo"].pk})
        assert moved.status_code == allowed


def test_a_company_out_of_sight_is_no_company(cast: Cast, as_user: As) -> None:
    cast.workspace.shares_contacts = False
    cast.workspace.save()

    answer = as_user(cast.alice).post("deals/", {"title": "Pump", "company": cast.globex.pk})

    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["company"])


# ── Narrowing ──────────────────────────────────────────────────────────────────────────────────────


def test_it_narrows_by_the_parameters_of_the_pages(cast: Cast, as_user: As) -> None:
    big = cast.deal("Big pump", amount=Decimal(9000), stage="Demo", source=cast.referral)
    small = cast.deal("Small valve", owner=cast.bob, company=cast.globex, expected_close_on=None)
    late = cast.deal("Late valve", expected_close_on=cast.today - timedelta(days=3), external_id="X-9")
    api = as_user(cast.mia)

    def found(query: dict[str, object]) -> set[int]:
        return {each["id"] for each in api.get("deals/", query).json()["results"]}

    assert found({"stage": cast.stages["Demo"].pk}) == {big.pk}
    assert found({"owner": [cast.alice.pk, cast.bob.pk]}) == {big.pk, small.pk, late.pk}
    assert found({"q": "valve"}) == {small.pk, late.pk}
    assert found({"q": "glob"}) == {small.pk}
    assert found({"source": "none"}) == {small.pk, late.pk}
    assert found({"team": cast.company_team.pk}) == {big.pk, small.pk, late.pk}
    assert found({"in_team": cast.company_team.pk}) == set()
    assert found({"undated": "true"}) == {small.pk}
    assert found({"overdue": "true"}) == {late.pk}
    assert found({"amount_from": "1000.01"}) == {big.pk}
    assert found({"external_id": "X-9"}) == {late.pk}
    assert found({"outcome": "won"}) == set()


@pytest.mark.parametrize(
    "query",
    [
        {"stge": 1}, {"stage": "x"}, {"outcome": "gone"}, {"expected_from": "soon"}, {"archived": "maybe"}, {"q": " "},
        {"limit": 0}, {"limit": 201}, {"limit": "x"}, {"cursor": "x"}, {"fields": "nothing"}, {"expand": "amount"},
        {"mine": "false"}, {"owner": 10**30}, {"closed_from": ["2026-01-01", "2026-01-02"]},
    ],
)  # fmt: skip
def test_a_parameter_it_does_not_understand_is_refused(cast: Cast, as_user: As, query: dict[str, object]) -> None:
    answer = as_user(cast.alice).get("deals/", query)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, list(query))


# ── Cost ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_list_takes_the_same_queries_however_long(
    cast: Cast, as_user: As, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(12):
        cast.deal()
    api = as_user(cast.alice)
    api.get("me/")
    with django_assert_max_num_queries(4):  # workspace, token, reach, deals
        assert len(api.get("deals/").json()["results"]) == 12
    with django_assert_max_num_queries(7):  # and one for each expansion
        api.get("deals/", {"expand": "company,owner,stage"})


@pytest.mark.parametrize("query", ["fields=titel", "expand=amount", "dry_run=true"])
def test_an_address_that_asks_for_nonsense_changes_nothing(cast: Cast, as_user: As, query: str) -> None:
    api, deal = as_user(cast.alice), cast.deal()
    assert api.post(f"deals/?{query}", {"title": "Pump"}).status_code == 422
    assert api.post(f"deals/{deal.pk}/moves/?{query}", {"stage": cast.stages["Demo"].pk}).status_code == 422
    assert api.delete(f"deals/{deal.pk}/?{query}").status_code == 422
    assert api.get(f"deals/{deal.pk}/?{query}").status_code == 422
    assert (Deal.objects.count(), deal.changes.count()) == (1, 1)
