"""The bar of a screen: its views as tabs, the one that is open and whether it was changed; other ways to look."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as lazy

from crm.access import Reach
from crm.models import User
from pipeline.columns import Columns, MonthColumns
from pipeline.filters import ALL, DealFilter
from pipeline.models import Outcome, Pipeline, SavedView, Screen, ScreenChoice
from pipeline.saving import OF_THE_MOMENT
from pipeline.sorting import Sort, choices

SHOWN = 3  # saved views that are tabs; the others are behind “more”
USUAL: dict[str, list[tuple[str, Any]]] = {
    Screen.BOARD: [
        ("", lazy("All open")),
        ("mine=1", lazy("My deals")),
        ("stalled=1", lazy("Stalled")),
        ("no_step=1", lazy("No next step")),
    ],
    Screen.LIST: [
        (f"view={ALL}", lazy("All deals")),
        ("outcome=open", lazy("Open")),
        ("mine=1&outcome=open", lazy("My deals")),
    ],
}


@dataclass(slots=True)
class Tab:
    name: str
    url: str
    is_current: bool = False
    is_opening: bool = False  # the screen opens with it
    view: SavedView | None = None


@dataclass(slots=True)
class Bar:
    """`query` is what would be saved; `is_changed`: it is not what the current view keeps."""

    screen: str
    pipeline: Pipeline | None
    usual: list[Tab]
    saved: list[Tab]
    query: str
    folded: set[str]
    has_opening: bool
    current: Tab | None = None
    is_changed: bool = False
    may_change: bool = False

    @property
    def tabs(self) -> list[Tab]:
        """Those that are drawn; the open one always is."""
        first = self.saved[:SHOWN]
        return first if self.current is None or self.current in first else [*first[:-1], self.current]

    @property
    def more(self) -> int:
        return max(0, len(self.saved) - SHOWN)


def choice_of(user: User, screen: str) -> ScreenChoice:
    return ScreenChoice.objects.filter(user=user, screen=screen).first() or ScreenChoice(user=user, screen=screen)


def bar_of(user: User, screen: str, pipeline: Pipeline | None, asked: DealFilter, choice: ScreenChoice) -> Bar:
    views = SavedView.objects.visible_to(asked.reach).filter(screen=screen, pipeline=pipeline)
    at = int(number) if (number := asked.look.get("view", "")).isdecimal() else 0
    saved = [
        Tab(view.name, address_of(view), view.pk == at, view.pk == choice.view_id, view)
        for view in views.select_related("owner", "pipeline")
    ]
    current = next((tab for tab in saved if tab.is_current), None)
    query = asked.with_look(**dict.fromkeys(OF_THE_MOMENT, ""))
    view = current.view if current else None
    return Bar(
        screen=screen,
        pipeline=pipeline,
        usual=_usual(screen, pipeline, asked, current),
        saved=saved,
        query=query,
        folded=set(choice.folded),
        has_opening=any(tab.is_opening for tab in saved),
        current=current,
        is_changed=view is not None and not same(view.query, query),
        may_change=view is not None and (view.owner_id == user.pk or asked.reach.is_admin),
    )


def _usual(screen: str, pipeline: Pipeline | None, asked: DealFilter, current: Tab | None) -> list[Tab]:
    """What every company looks at, shown the way it is now."""
    look = DealFilter(QueryDict(), asked.reach, asked.look).with_look(**dict.fromkeys(OF_THE_MOMENT, ""))
    here, filters = place_of(screen, pipeline), asked.asked.urlencode()
    return [
        Tab(
            str(name),
            f"{here}?{'&'.join(filter(None, [query, look]))}".removesuffix("?"),
            current is None and same(query.removeprefix(f"view={ALL}"), filters),
        )
        for query, name in USUAL[screen]
    ]


def same(one: str, other: str) -> bool:
    """Whether two queries ask the same, in whatever order."""
    return _parts(one) == _parts(other)


def _parts(query: str) -> dict[str, Any]:
    return {name: sorted(values) for name, values in QueryDict(query).lists()}


def place_of(screen: str, pipeline: Pipeline | None) -> str:
    if screen == Screen.LIST:
        return reverse("pipeline:deals")
    return reverse("pipeline:board", args=[pipeline.pk] if pipeline else [])


def address_of(view: SavedView) -> str:
    here = place_of(view.screen, view.pipeline)
    return f"{here}?{'&'.join(filter(None, [view.query, f'view={view.pk}']))}"


def opening_address(reach: Reach, choice: ScreenChoice) -> str:
    """Where a screen goes that is opened without a question."""
    views = SavedView.objects.visible_to(reach).select_related("pipeline").exclude(pipeline__is_active=False)
    found = views.filter(pk=choice.view_id, screen=choice.screen).first() if choice.view_id else None
    return address_of(found) if found else ""


class Order(NamedTuple):
    name: Any
    query: str
    is_current: bool


@dataclass(slots=True)
class Ways:
    """The same deals shown otherwise: addresses without the question mark."""

    by: str
    stages: str
    months: str
    list_url: str
    orders: list[Order]


def ways_of(asked: DealFilter, pipeline: Pipeline, columns: Columns) -> Ways:
    of_list = asked.asked.copy()
    of_list["pipeline"], of_list["outcome"] = str(pipeline.pk), Outcome.OPEN.value
    return Ways(
        by=columns.by,
        stages=asked.with_look(by="", **{"from": ""}),
        months=asked.with_look(by=MonthColumns.by, **{"from": ""}),
        list_url=f"{place_of(Screen.LIST, None)}?{of_list.urlencode()}",
        orders=[_order(asked, columns, text, name) for text, name in choices() if text or not columns.by],
    )


def _order(asked: DealFilter, columns: Columns, text: str, name: Any) -> Order:
    """The order in use leads to its reverse."""
    sort = Sort.of(text)
    is_current = sort.name == columns.sort.name
    to = columns.sort.turned if is_current and sort else sort
    return Order(name, asked.with_look(sort=str(to)), is_current)
