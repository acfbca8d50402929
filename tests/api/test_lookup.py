"""Records by id with prepared SQL: the same answer as the queryset's, for everyone and on every day."""

from datetime import timedelta

import pytest

from contacts.models import Company
from crm.access import people_in, reach_of
from crm.models import Membership, Workspace
from crm.request import surroundings
from crm.rest.lookup import by_id
from pipeline.api.inputs import companies
from tests.cast import Cast


@pytest.mark.parametrize("who", ["alice", "mia", "charlie", "dana", "ravi"])
@pytest.mark.parametrize("shares", [True, False])
def test_it_finds_what_the_queryset_finds(cast: Cast, who: str, shares: bool) -> None:
    cast.workspace.shares_contacts = shares
    cast.workspace.save()
    reach = reach_of(getattr(cast, who))
    for company in (cast.acme, cast.globex):
        assert by_id(companies, reach, company.pk) == Company.objects.visible_to(reach).filter(pk=company.pk).first()
    assert by_id(companies, reach, 10**30) is None


def test_a_record_comes_whole(cast: Cast) -> None:
    found = by_id(companies, reach_of(cast.alice), cast.acme.pk)
    same = Company.objects.get(pk=cast.acme.pk)
    assert [getattr(found, field.attname) for field in Company._meta.concrete_fields] == [
        getattr(same, field.attname) for field in Company._meta.concrete_fields
    ]


def test_who_is_in_a_team_is_asked_anew_each_day(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    reach, tomorrow = reach_of(cast.alice), cast.today + timedelta(days=1)
    assert by_id(people_in, reach, cast.bob.pk) == cast.bob
    Membership.objects.filter(user=cast.bob).update(ends_on=tomorrow)

    monkeypatch.setattr(Workspace, "today", tomorrow)

    with surroundings(via="api"):
        assert by_id(people_in, reach, cast.bob.pk) is None
