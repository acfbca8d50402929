"""Saved views: a question by name, kept, shared, opened with. What it shows is up to who asks it."""

import threading
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.access import reach_of
from crm.errors import Refused
from crm.models import Event, User
from pipeline.models import Pipeline, SavedView, ScreenChoice
from pipeline.processes import NEW_BUSINESS
from pipeline.saving import delete_view, fold_column, open_with, revise_view, save_view
from pipeline.structure import create_pipeline
from tests.cast import Cast
from tests.pipeline.test_board import signed_in

pytestmark = pytest.mark.django_db


def saved(cast: Cast, name: str = "Stalled in North", *, by: User | None = None, **fields: Any) -> SavedView:
    facts: dict[str, Any] = {"screen": "board", "pipeline": cast.pipeline, "query": "stalled=1&sort=-amount"} | fields
    return save_view(name=name, by=by or cast.alice, **facts)


def those_who_have(view: SavedView, cast: Cast) -> set[str]:
    people = (cast.alice, cast.bob, cast.mia, cast.charlie, cast.dana, cast.ravi)
    reaches = {user.name: reach_of(User.objects.get(pk=user.pk)) for user in people}
    return {name for name, reach in reaches.items() if SavedView.objects.visible_to(reach).filter(pk=view.pk).exists()}


# ── Saving ─────────────────────────────────────────────────────────────────────────────────────────


def test_it_keeps_what_is_understood(cast: Cast) -> None:
    view = saved(cast, query="stalled=1&panel=4&from=2026-01&view=9&by=month&nonsense=1&owner=3&owner=4")
    assert view.query == "owner=3&owner=4&stalled=1&by=month"
    event = Event.objects.get(kind="savedview.created")
    assert (event.owner_ids, event.team_ids, event.is_public) == ([cast.alice.pk], [], False)


def test_a_name_is_once_for_each_screen(cast: Cast) -> None:
    saved(cast)
    saved(cast, by=cast.bob)
    saved(cast, screen="list", pipeline=None)
    again: list[dict[str, Any]] = [{}, {"screen": "list", "pipeline": None}]
    for fields in again:
        with pytest.raises(Refused) as refused:
            saved(cast, "stalled IN north", **fields)
        assert refused.value.errors == {"name": ["You have a view of this name."]}


@pytest.mark.parametrize(
    ("fields", "at"), [({"name": ""}, "name"), ({"sharing": "team"}, "team"), ({"sharing": "world"}, "sharing")]
)
def test_it_refuses(cast: Cast, fields: dict[str, Any], at: str) -> None:
    with pytest.raises(Refused) as refused:
        saved(cast, **fields)
    assert list(refused.value.errors) == [at]


def test_who_has_it(cast: Cast) -> None:
    private = saved(cast, "Private")
    team = saved(cast, "Team", sharing="team", team=cast.north)
    company = saved(cast, "Company", sharing="team", team=cast.company_team)
    everyone = saved(cast, "All", sharing="all")
    assert those_who_have(private, cast) == {"Alice"}
    assert those_who_have(team, cast) == {"Alice", "Bob", "Mia", "Dana"}
    assert those_who_have(company, cast) == {"Alice", "Bob", "Mia", "Charlie", "Dana"}
    assert those_who_have(everyone, cast) == {"Alice", "Bob", "Mia", "Charlie", "Dana", "Ravi"}


def test_sharing_and_taking_back_is_told_to_those_it_concerns(cast: Cast) -> None:
    view = revise_view(saved(cast), sharing="team", team=cast.north, by=cast.alice)
    view = revise_view(view, sharing="private", by=cast.alice)
    assert view.team is None
    shared, taken = Event.objects.filter(kind="savedview.revised").order_by("pk")
    assert shared.team_ids == taken.team_ids == [cast.north.pk]
    revise_view(view, sharing="private", by=cast.alice)
    assert Event.objects.filter(kind="savedview.revised").count() == 2


def test_deleted_it_is_nobodys_opening(cast: Cast) -> None:
    view = saved(cast, sharing="all")
    open_with(view, screen="board", by=cast.bob)
    delete_view(view, by=cast.alice)
    assert ScreenChoice.objects.get().view is None
    assert signed_in(cast.bob).get("/board/").status_code == 200


# ── On the board ───────────────────────────────────────────────────────────────────────────────────


def test_a_shared_view_shows_what_one_may_see(cast: Cast) -> None:
    cast.deal("Hers", owner=cast.alice)
    cast.deal("Theirs", owner=cast.charlie)
    view = saved(cast, query="no_step=1", sharing="all", by=cast.charlie)
    page = signed_in(cast.alice).get(f"/board/{cast.pipeline.pk}/?{view.query}&view={view.pk}").content.decode()
    assert ("Hers" in page, "Theirs" in page) == (True, False)
    assert "Shared by Charlie" in page


def test_the_board_opens_with_the_chosen_view(cast: Cast) -> None:
    view = saved(cast)
    client = signed_in(cast.alice)
    assert client.get("/board/").status_code == 200
    client.post("/views/opening/", {"screen": "board", "view": view.pk})
    address = f"/board/{cast.pipeline.pk}/?stalled=1&sort=-amount&view={view.pk}"
    assert client.get("/board/").headers["Location"] == address
    assert client.get("/board/?mine=1").status_code == 200
    assert client.get(f"/board/{cast.pipeline.pk}/").status_code == 200
    client.post("/views/opening/", {"screen": "board"})
    assert client.get("/board/").status_code == 200


def test_a_view_no_longer_shared_does_not_open(cast: Cast) -> None:
    view = saved(cast, sharing="all", by=cast.charlie)
    open_with(view, screen="board", by=cast.alice)
    revise_view(view, sharing="private", by=cast.charlie)
    assert signed_in(cast.alice).get("/board/").status_code == 200


def test_a_view_of_a_pipeline_out_of_use_does_not_open(cast: Cast) -> None:
    other = create_pipeline(template=NEW_BUSINESS, name="Renewals", by=cast.dana)
    open_with(saved(cast, pipeline=other), screen="board", by=cast.alice)
    Pipeline.objects.filter(pk=other.pk).update(is_active=False)
    assert signed_in(cast.alice).get("/board/").status_code == 200


def test_a_changed_view_says_so_and_is_saved_or_reset(cast: Cast) -> None:
    view = saved(cast)
    client = signed_in(cast.alice)
    here = f"/board/{cast.pipeline.pk}/?view={view.pk}"
    assert "view-changed" not in client.get(f"{here}&sort=-amount&stalled=1").content.decode()
    page = client.get(f"{here}&stalled=1&mine=1").content.decode()
    assert "view-changed" in page
    assert 'name="query" value="mine=1&amp;stalled=1"' in page
    client.post(f"/views/{view.pk}/query/", {"query": "mine=1&stalled=1"})
    assert SavedView.objects.get().query == "mine=1&stalled=1"
    assert "view-changed" not in client.get(f"{here}&stalled=1&mine=1").content.decode()


def test_who_may_not_change_it_is_not_asked_to(cast: Cast) -> None:
    view = saved(cast, sharing="all", by=cast.charlie)
    page = signed_in(cast.alice).get(f"/board/{cast.pipeline.pk}/?view={view.pk}&mine=1").content.decode()
    assert "view-changed" in page
    assert f"/views/{view.pk}/query/" not in page
    assert signed_in(cast.alice).post(f"/views/{view.pk}/query/", {"query": ""}).status_code == 404


def test_the_form_saves_shares_and_opens(cast: Cast) -> None:
    client = signed_in(cast.alice)
    facts = {"screen": "board", "pipeline": cast.pipeline.pk, "query": "mine=1", "name": "Mine", "opens": "on"}
    answer = client.post("/views/new/", facts | {"sharing": "team", "team": cast.north.pk})
    view = SavedView.objects.get()
    assert (view.sharing, view.team, view.query) == ("team", cast.north, "mine=1")
    assert answer.headers["Location"] == f"/board/{cast.pipeline.pk}/?mine=1&view={view.pk}"
    assert client.get("/board/").headers["Location"] == answer.headers["Location"]
    again = client.post("/views/new/", facts | {"sharing": "private"})
    assert again.status_code == 422
    assert "You have a view of this name." in again.content.decode()
    assert 'value="Mine"' in again.content.decode()
    other = client.post(f"/views/{view.pk}/", {"name": "Ours", "sharing": "team", "team": cast.south.pk})
    assert other.status_code == 422  # a team that is none of hers
    client.post(f"/views/{view.pk}/", {"name": "Ours", "sharing": "all"})
    assert client.post(f"/views/{view.pk}/delete/").headers["Location"] == f"/board/{cast.pipeline.pk}/"
    assert not SavedView.objects.exists()


def test_an_admin_tidies_up_what_is_shared(cast: Cast) -> None:
    shared, private = saved(cast, sharing="all"), saved(cast, "Private")
    admin = signed_in(cast.dana)
    assert admin.post(f"/views/{shared.pk}/delete/").status_code == 302
    assert admin.post(f"/views/{private.pk}/delete/").status_code == 404


def test_a_view_of_another_screen_opens_no_board(cast: Cast) -> None:
    view = saved(cast, screen="list", pipeline=None)
    client = signed_in(cast.alice)
    assert client.post("/views/opening/", {"screen": "board", "view": view.pk}).status_code == 404


@pytest.mark.parametrize("number", [1, 4])
def test_it_costs_the_same_whatever_the_number_of_views(cast: Cast, number: int) -> None:
    for each in range(number):
        saved(cast, f"View {each}", sharing="all", by=cast.charlie)
    client = signed_in(cast.alice)
    url = f"/board/{cast.pipeline.pk}/?view={SavedView.objects.latest('pk').pk}"
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    assert len(queries) == 10


# ── Folding ────────────────────────────────────────────────────────────────────────────────────────


def test_a_folded_column_keeps_its_figures_and_loads_no_cards(cast: Cast) -> None:
    deal = cast.deal()
    stage = cast.stages["Qualify"].pk
    client = signed_in(cast.alice)
    client.post(f"/board/{cast.pipeline.pk}/folding/", {"column": stage, "folded": "1"})
    page = client.get(f"/board/{cast.pipeline.pk}/").content.decode()
    assert f'class="column is-folded" id="column-{stage}"' in page
    assert f'id="deal-{deal.pk}"' not in page
    assert f'id="head-{stage}" data-head="{stage}" data-count="1"' in page
    assert f'id="deal-{deal.pk}"' in client.get(f"/board/{cast.pipeline.pk}/columns/{stage}/").content.decode()
    assert "is-folded" not in signed_in(cast.bob).get(f"/board/{cast.pipeline.pk}/").content.decode()
    client.post(f"/board/{cast.pipeline.pk}/folding/", {"column": stage})
    assert "is-folded" not in client.get(f"/board/{cast.pipeline.pk}/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_windows_fold_at_once(cast: Cast) -> None:
    def fold(key: str) -> None:
        fold_column(key, is_folded=True, by=cast.alice)
        connection.close()

    threads = [threading.Thread(target=fold, args=[str(key)]) for key in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ScreenChoice.objects.get().folded) == [str(key) for key in range(6)]


def test_everyone_may_keep_views_for_themselves(cast: Cast) -> None:
    client = signed_in(cast.ravi)
    facts = {"screen": "list", "query": "stalled=1", "name": "Stalled", "sharing": "private"}
    assert client.post("/views/new/", facts).headers["Location"].startswith("/deals/?stalled=1&view=")
