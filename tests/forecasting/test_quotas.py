"""Quotas: set by a superior, kept with who, when and why; their pages, with and without scripts."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from crm.errors import Conflict, Refused
from crm.models import Event, Membership, Team, User
from crm.periods import Period, month_of, quarter_of, year_of
from forecasting.actions import set_quota
from forecasting.authority import may_set_quota
from forecasting.models import Quota, QuotaChange
from tests.cast import Cast

As = Callable[[User], Client]
EVERYONE = ["alice", "bob", "mia", "charlie", "max", "dana", "ravi", "ira"]


@pytest.fixture
def quarter(cast: Cast) -> Period:
    return quarter_of(cast.today)


@pytest.fixture
def signed_in() -> As:
    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


def address(subject: str, period: Period) -> str:
    return f"/forecast/quotas/{subject}/{period.key}/"


# ── The verb ───────────────────────────────────────────────────────────────────────────────────────


def test_it_is_set_revised_and_removed_and_every_revision_is_kept(cast: Cast, quarter: Period) -> None:
    quota = set_quota(owner=cast.alice, period=quarter, amount=Decimal(100), note="Plan", by=cast.mia)
    assert quota is not None
    revised = set_quota(owner=cast.alice, period=quarter, amount=Decimal(120), currency="USD", by=cast.dana)
    assert revised is not None
    assert (revised.pk, revised.amount, revised.currency_id, revised.version) == (quota.pk, 120, "USD", 2)
    assert set_quota(owner=cast.alice, period=quarter, amount=None, note="Left", by=cast.dana) is None
    kept = QuotaChange.objects.values_list("was_amount", "was_currency_id", "amount", "currency_id", "note", "by__name")
    assert list(kept) == [
        (120, "USD", None, "USD", "Left", "Dana"),
        (100, "EUR", 120, "USD", "", "Dana"),
        (None, "", 100, "EUR", "Plan", "Mia"),
    ]
    assert Event.objects.filter(kind="quota.set").count() == 3


def test_what_changes_nothing_leaves_nothing(cast: Cast, quarter: Period) -> None:
    for _ in range(2):
        set_quota(owner=cast.alice, period=quarter, amount=Decimal(100), by=cast.mia)
    set_quota(owner=cast.bob, period=quarter, amount=None, by=cast.mia)
    assert QuotaChange.objects.count() == 1


@pytest.mark.parametrize("who", EVERYONE)
def test_nobody_sets_their_own(cast: Cast, quarter: Period, who: str) -> None:
    person = getattr(cast, who)
    with pytest.raises(Refused, match="never by oneself"):
        set_quota(owner=person, period=quarter, amount=Decimal(100), by=person)
    assert not Quota.objects.exists()


@pytest.mark.parametrize("who", EVERYONE)
@pytest.mark.parametrize("subject", ["alice", "charlie", "mia", "north", "company_team"])
def test_only_superiors_set(cast: Cast, quarter: Period, who: str, subject: str) -> None:
    by, of = getattr(cast, who), getattr(cast, subject)
    whose: Any = {"owner": of} if isinstance(of, User) else {"team": of}
    if may_set_quota(by, of):
        assert set_quota(**whose, period=quarter, amount=Decimal(1), by=by) is not None
    else:
        with pytest.raises(Refused, match="by a superior"):
            set_quota(**whose, period=quarter, amount=Decimal(1), by=by)


def test_who_those_superiors_are(cast: Cast) -> None:
    """Managers for those below them, an administrator for all; a manager not for the team they answer for."""
    can = {
        subject: {who for who in EVERYONE if may_set_quota(getattr(cast, who), getattr(cast, subject))}
        for subject in ("alice", "mia", "charlie", "dana", "north", "company_team")
    }
    assert can == {
        "alice": {"mia", "dana"},
        "mia": {"dana"},
        "charlie": {"max", "dana"},
        "dana": set(),
        "north": {"dana"},
        "company_team": {"dana"},
    }


def test_a_manager_of_managers_sets_those_of_whole_teams(cast: Cast, quarter: Period) -> None:
    elena = User.objects.create(email="elena@example.com", name="Elena", role="manager", password="!")
    Membership.objects.create(user=elena, team=cast.company_team, is_manager=True, starts_on=cast.today)
    assert set_quota(team=cast.north, period=quarter, amount=Decimal(1), by=elena) is not None
    assert set_quota(owner=cast.mia, period=quarter, amount=Decimal(1), by=elena) is not None
    with pytest.raises(Refused):
        set_quota(team=cast.company_team, period=quarter, amount=Decimal(1), by=elena)


@pytest.mark.parametrize(("amount", "field"), [(Decimal(-1), "amount"), (Decimal("1e15"), "amount")])
def test_it_refuses_nonsense(cast: Cast, quarter: Period, amount: Decimal, field: str) -> None:
    with pytest.raises(Refused) as refused:
        set_quota(owner=cast.alice, period=quarter, amount=amount, by=cast.mia)
    assert list(refused.value.errors) == [field]


def test_it_is_for_a_month_or_a_quarter_of_the_fiscal_calendar(cast: Cast, quarter: Period) -> None:
    cast.workspace.fiscal_start = 2
    cast.workspace.save()
    for period in (year_of(cast.today), quarter_of(quarter.start, 1)):
        with pytest.raises(Refused) as refused:
            set_quota(owner=cast.alice, period=period, amount=Decimal(1), by=cast.mia)
        assert list(refused.value.errors) == ["period"]
    assert set_quota(owner=cast.alice, period=quarter_of(cast.today, 2), amount=Decimal(1), by=cast.mia) is not None


def test_somebody_elses_revision_is_a_conflict(cast: Cast, quarter: Period) -> None:
    set_quota(owner=cast.alice, period=quarter, amount=Decimal(100), version=0, by=cast.mia)
    with pytest.raises(Conflict) as conflict:
        set_quota(owner=cast.alice, period=quarter, amount=Decimal(200), version=0, by=cast.dana)
    assert conflict.value.current.amount == 100


# ── The form of one ────────────────────────────────────────────────────────────────────────────────


def test_the_form_sets_it(cast: Cast, quarter: Period, signed_in: As) -> None:
    sent = {"amount": "35,000.50", "currency": "USD", "note": "Castelli", "version": "0"}
    answer = signed_in(cast.mia).post(address(f"person-{cast.alice.pk}", quarter), sent)
    assert answer.status_code == 302
    assert answer["Location"] == f"/forecast/quotas/?period={year_of(quarter.start).key}#person-{cast.alice.pk}"
    quota = Quota.objects.get()
    assert (quota.owner, quota.amount, quota.currency_id) == (cast.alice, Decimal("35000.50"), "USD")
    assert QuotaChange.objects.get().note == "Castelli"


@pytest.mark.parametrize(
    ("language", "text", "amount"),
    [("en", "1,234.5", "1234.5"), ("bg", "1234,5", "1234.5"), ("bg", "1234.5", "1234.5"), ("vi", "1.234,5", "1234.5")],
)
def test_amounts_are_read_as_the_language_writes_them(
    cast: Cast, quarter: Period, signed_in: As, language: str, text: str, amount: str
) -> None:
    client = signed_in(cast.mia)
    client.cookies["language"] = language
    client.post(
        address(f"person-{cast.alice.pk}", quarter),
        {"amount": text, "version": "0"},
        headers={"accept-language": language},
    )
    assert Quota.objects.get().amount == Decimal(amount)


def test_a_refused_form_keeps_its_text(cast: Cast, quarter: Period, signed_in: As) -> None:
    answer = signed_in(cast.mia).post(
        address(f"person-{cast.alice.pk}", quarter), {"amount": "much", "note": "Because", "version": "0"}
    )
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="much"' in text
    assert "Because</textarea>" in text
    assert "Enter an amount." in text
    assert not Quota.objects.exists()


def test_nobody_sets_their_own_by_the_form(cast: Cast, quarter: Period, signed_in: As) -> None:
    for person in (cast.alice, cast.mia, cast.dana):
        answer = signed_in(person).post(address(f"person-{person.pk}", quarter), {"amount": "1", "version": "0"})
        assert answer.status_code == 422
        assert "never by oneself" in answer.content.decode()
    assert not Quota.objects.exists()


def test_their_own_can_be_read_but_has_no_field(cast: Cast, quarter: Period, signed_in: As) -> None:
    set_quota(owner=cast.alice, period=quarter, amount=Decimal(100), by=cast.mia)
    text = signed_in(cast.alice).get(address(f"person-{cast.alice.pk}", quarter)).content.decode()
    assert "100 EUR" in text
    assert 'name="amount"' not in text


def test_a_conflict_shows_theirs_and_keeps_what_was_typed(cast: Cast, quarter: Period, signed_in: As) -> None:
    set_quota(owner=cast.alice, period=quarter, amount=Decimal(100), by=cast.mia)
    client, where = signed_in(cast.dana), address(f"person-{cast.alice.pk}", quarter)
    answer = client.post(where, {"amount": "200", "currency": "EUR", "version": "0"})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "It is €100 now" in text
    assert 'value="200"' in text
    assert 'name="version" value="1"' in text
    assert client.post(where, {"amount": "200", "currency": "EUR", "version": "1"}).status_code == 302
    assert Quota.objects.get().amount == 200


def test_in_a_dialog_it_closes_and_the_numbers_follow(cast: Cast, quarter: Period, signed_in: As) -> None:
    answer = signed_in(cast.mia).post(
        address(f"person-{cast.alice.pk}", quarter), {"amount": "1", "version": "0"},
        headers={"HX-Request": "true", "HX-Target": "dialog"},
    )  # fmt: skip
    assert answer.status_code == 204
    assert "dialog:close" in answer["HX-Trigger"]
    assert "penstock:forecast" in answer["HX-Trigger"]


@pytest.mark.parametrize(
    "subject", ["person-{charlie}", "team-{south}", "person-0", "deal-1", "person-99999999999999999999"]
)
def test_what_may_not_be_seen_is_not_found(cast: Cast, quarter: Period, signed_in: As, subject: str) -> None:
    where = address(subject.format(charlie=cast.charlie.pk, south=cast.south.pk), quarter)
    for person in (cast.alice, cast.mia):
        assert signed_in(person).get(where).status_code == 404
        assert signed_in(person).post(where, {"amount": "1"}).status_code == 404


@pytest.mark.parametrize("key", ["2026-Q9", "never", "2026", "2026-11..2026-12"])
def test_a_period_that_has_no_quota_is_not_found(cast: Cast, signed_in: As, key: str) -> None:
    answer = signed_in(cast.mia).post(f"/forecast/quotas/person-{cast.alice.pk}/{key}/", {"amount": "1"})
    assert answer.status_code == 404
    assert not Quota.objects.exists()


# ── The grid ───────────────────────────────────────────────────────────────────────────────────────


def cells_of(client: Client, period: Period, query: str = "") -> dict[str, Any]:
    grid = client.get(f"/forecast/quotas/?period={period.key}{query}").context["grid"]
    return {cell.id: cell for line in grid.lines for cell in [*line.cells, line.year]}


def test_the_grid_sums_months_quarters_and_teams(cast: Cast, quarter: Period, signed_in: As) -> None:
    months = [month_of(first) for first in quarter.months]
    for month in months:
        set_quota(owner=cast.alice, period=month, amount=Decimal(10), by=cast.mia)
    set_quota(owner=cast.bob, period=quarter, amount=Decimal(50), by=cast.mia)
    set_quota(team=cast.north, period=quarter, amount=Decimal(90), by=cast.dana)
    cells = cells_of(signed_in(cast.dana), quarter)
    year = year_of(quarter.start)

    def cell(who: str, period: Period) -> Any:
        return cells[f"q-{who}-{period.key}"]

    alice, north = f"person-{cast.alice.pk}-{cast.north.pk}", f"team-{cast.north.pk}"
    assert [cell(alice, month).value for month in months] == ["10", "10", "10"]
    assert (cell(alice, quarter).value, cell(alice, quarter).counts, cell(alice, year).counts) == ("", 30, 30)
    assert (cell(north, months[0]).value, cell(north, months[0]).counts) == ("", 10)
    assert (cell(north, quarter).value, cell(north, quarter).mismatch) == ("90", -10)
    assert cell(f"company-{cast.company_team.pk}", year).counts == 90


def test_only_what_may_be_set_is_a_field(cast: Cast, quarter: Period, signed_in: As) -> None:
    for person, fields in ((cast.mia, {"Alice", "Bob"}), (cast.alice, set()), (cast.ravi, set())):
        cells = cells_of(signed_in(person), quarter).values()
        assert {cell.label.split(",")[0] for cell in cells if cell.url} == fields
    everyone = {cell.label.split(",")[0] for cell in cells_of(signed_in(cast.dana), quarter).values() if cell.url}
    assert everyone == {"Penstock", "North", "South", "Alice", "Bob", "Charlie"}


def test_a_cell_answers_with_itself_and_its_sums(cast: Cast, quarter: Period, signed_in: As) -> None:
    month = month_of(cast.today)
    answer = signed_in(cast.mia).post(
        address(f"person-{cast.alice.pk}", month), {"amount": "70", "version": "0", "note": ""},
        headers={"HX-Request": "true"},
    )  # fmt: skip
    text = answer.content.decode()
    assert answer.status_code == 200
    mine = f"q-person-{cast.alice.pk}-{cast.north.pk}"
    assert f'id="{mine}-{month.key}" hx-swap-oob="true"' in text
    assert f'id="{mine}-{quarter.key}" hx-swap-oob="true"' in text
    assert f'id="q-company-{cast.north.pk}-{month.key}"' in text
    assert 'name="version" value="1"' in text
    assert f"q-person-{cast.bob.pk}" not in text


def test_a_refused_cell_keeps_its_text(cast: Cast, signed_in: As) -> None:
    answer = signed_in(cast.mia).post(
        address(f"person-{cast.alice.pk}", month_of(cast.today)), {"amount": "-5", "version": "0"},
        headers={"HX-Request": "true"},
    )  # fmt: skip
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="-5"' in text
    assert "A quota cannot be negative." in text


def test_a_cell_that_somebody_else_revised_is_a_conflict(cast: Cast, signed_in: As) -> None:
    month = month_of(cast.today)
    set_quota(owner=cast.alice, period=month, amount=Decimal(100), by=cast.dana)
    answer = signed_in(cast.mia).post(
        address(f"person-{cast.alice.pk}", month), {"amount": "5", "version": "0"}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 409
    assert Quota.objects.get().amount == 100


def test_the_grid_costs_the_same_whatever_its_size(
    cast: Cast, quarter: Period, signed_in: As, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(cast.dana)
    for number in range(12):
        person = User.objects.create(email=f"p{number}@example.com", name=f"Person {number}", password="!")
        Membership.objects.create(user=person, team=cast.north, starts_on=quarter.start)
        set_quota(owner=person, period=quarter, amount=Decimal(number), by=cast.dana)
    with django_assert_max_num_queries(10):
        assert client.get("/forecast/quotas/").status_code == 200


# ── History ────────────────────────────────────────────────────────────────────────────────────────


def test_history_says_who_when_why_and_what_it_was(cast: Cast, quarter: Period, signed_in: As) -> None:
    set_quota(owner=cast.alice, period=quarter, amount=Decimal(100), by=cast.mia)
    set_quota(owner=cast.alice, period=quarter, amount=Decimal(80), note="On leave", by=cast.dana)
    answer = signed_in(cast.alice).get(f"/forecast/quotas/history/?owner={cast.alice.pk}&period={quarter.key}")
    revisions = answer.context["revisions"]
    told = [(each.change.by.name, each.change.was_amount, each.change.amount, each.change.note) for each in revisions]
    assert told == [("Dana", 100, 80, "On leave"), ("Mia", None, 100, "")]
    assert answer.context["total"] == 80


def test_history_of_a_former_member_stays_open_to_the_old_team(cast: Cast, quarter: Period, signed_in: As) -> None:
    Membership.objects.filter(user=cast.alice).update(ends_on=cast.today)
    Membership.objects.create(user=cast.alice, team=cast.south, starts_on=cast.today)
    past = quarter.shift(-1)
    where = f"/forecast/quotas/history/?owner={cast.alice.pk}&period="
    assert signed_in(cast.mia).get(where + past.key).status_code == 200
    assert signed_in(cast.mia).get(where + quarter.shift(1).key).status_code == 404
    assert signed_in(cast.max).get(where + past.key).status_code == 404


def test_history_of_another_team_is_not_found(cast: Cast, signed_in: As) -> None:
    for query in (f"owner={cast.charlie.pk}", f"team={cast.south.pk}", ""):
        assert signed_in(cast.mia).get(f"/forecast/quotas/history/?{query}").status_code == 404


def test_teams_have_a_history_too(cast: Cast, quarter: Period, signed_in: As) -> None:
    set_quota(team=Team.objects.get(pk=cast.north.pk), period=quarter, amount=Decimal(100), by=cast.dana)
    answer = signed_in(cast.mia).get(f"/forecast/quotas/history/?team={cast.north.pk}&period={quarter.key}")
    assert len(answer.context["revisions"]) == 1
