"""The verbs of saved views, of the view a screen opens with, and of folded columns."""

from typing import Any

from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from crm import events
from crm.access import reach_of
from crm.changes import apply, check
from crm.errors import Refused
from crm.models import Event, User
from pipeline.filters import DealFilter
from pipeline.models import Pipeline, SavedView, Screen, ScreenChoice, Sharing

FIELDS = {"name", "query", "sharing", "team"}
OF_THE_MOMENT = {"view", "from"}  # parameters that say where one is, not what one looks at


@transaction.atomic
def save_view(*, screen: str, by: User, pipeline: Pipeline | None = None, **fields: Any) -> SavedView:
    """Keep a query by name: for oneself, or (`sharing`) for a team or everyone."""
    view = SavedView(owner=by, screen=screen, pipeline=pipeline if screen == Screen.BOARD else None)
    _set(view, fields, by)
    _record(view, "created", by)
    return view


@transaction.atomic
def revise_view(view: SavedView, *, by: User, **fields: Any) -> SavedView:
    """Rename it, share it, or keep another query in it."""
    view = SavedView.objects.select_for_update().get(pk=view.pk)
    before = view.sharing, view.team_id
    if changed := _set(view, fields, by):
        _record(view, "revised", by, was=before, changed=changed)
    return view


@transaction.atomic
def delete_view(view: SavedView, *, by: User) -> None:
    """For everyone it was shared with; who opened a screen with it opens the usual one."""
    _record(view, "deleted", by)
    view.delete()


@transaction.atomic
def open_with(view: SavedView | None, *, screen: str, by: User) -> None:
    """The view that a screen opens with for this person; None: the usual one."""
    if view is not None and view.screen != screen:
        raise Refused(view=_("This view is of another screen."))
    ScreenChoice.objects.update_or_create(user=by, screen=screen, defaults={"view": view})


@transaction.atomic
def fold_column(key: str, *, is_folded: bool, by: User) -> None:
    """Draw a column of the board as a narrow strip, for this person."""
    ScreenChoice.objects.get_or_create(user=by, screen=Screen.BOARD)
    choice = ScreenChoice.objects.select_for_update().get(user=by, screen=Screen.BOARD)
    others = [other for other in choice.folded if other != key]
    choice.folded = [*others, key][-100:] if is_folded else others
    choice.save(update_fields=["folded"])


def tidy(query: str, by: User) -> str:
    """The parameters that are understood, without those of the moment."""
    asked = DealFilter.of(QueryDict(query), reach_of(by))
    return asked.with_look(**dict.fromkeys(OF_THE_MOMENT, ""))


def _set(view: SavedView, fields: dict[str, Any], by: User) -> dict[str, list[Any]]:
    if unknown := fields.keys() - FIELDS:
        raise Refused(**dict.fromkeys(unknown, _("This cannot be changed here.")))
    if "query" in fields:
        fields["query"] = tidy(fields["query"], by)
    if fields.get("sharing", Sharing.TEAM) != Sharing.TEAM:
        fields["team"] = None
    changed = apply(view, fields)
    check(view)
    if view.sharing == Sharing.TEAM and view.team is None:
        raise Refused(team=_("Say which team."))
    if changed:
        _save(view)
    return changed


def _save(view: SavedView) -> None:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:
        if "view_name_once" not in str(error):
            raise
        raise Refused(name=_("You have a view of this name.")) from error


def _record(view: SavedView, verb: str, by: User, *, was: tuple[str, int | None] | None = None, **data: Any) -> None:
    """Whoever could open it, or now can, may know."""
    shared = [was or (view.sharing, view.team_id), (view.sharing, view.team_id)]
    event: Event = events.event(
        f"savedview.{verb}",
        view,
        by=by,
        is_public=any(sharing == Sharing.ALL for sharing, _team in shared),
        owner_ids=[view.owner_id],
        team_ids=sorted({team for _sharing, team in shared if team}),
        data={"name": view.name, "screen": view.screen, **data},
    )
    events.record([event])
