"""The manager's table: the team tree with its people, and what they owe, won and have open in a period."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from crm.access import Reach, owned_by
from crm.models import Currency, ExchangeRate, Membership, Team, User, Workspace
from crm.money import Money, NotConvertible, Rates, round_to
from crm.periods import Period
from forecasting.models import ForecastCell, Freshness, Quota, StaleCell
from forecasting.weighting import Figures, Row, mismatch
from pipeline.models import Deal, Outcome

Place = tuple[int | None, int]  # team, owner


@dataclass(frozen=True, slots=True)
class Leftover:
    """Open deals that stand in no period, or whose expected close has passed: shown beside the table, never dropped."""

    deals: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Table:
    period: Period
    currency: str
    rows: list[Row]
    total: Row
    undated: Leftover
    overdue: int
    fresh_at: datetime | None
    stale_since: datetime | None
    rates_on: date | None

    @property
    def days_left(self) -> int:
        return max(0, (self.period.end - Workspace.current().today).days)


def forecast_table(
    reach: Reach,
    period: Period,
    *,
    team: int | None = None,
    owner: int | None = None,
    pipeline: int | None = None,
) -> Table:
    """Quota, won, open and weighted of everyone within `reach`, in the workspace's currency, from the cells.

    `team` narrows to a team and those below it, `owner` to a person.
    """
    workspace = Workspace.current()
    tree = _Tree(reach, period, team, owner)
    cells = ForecastCell.objects.filter(owned_by(reach, reach.reads))
    if pipeline:
        cells = cells.filter(pipeline=pipeline)
    figures = _figures(cells.filter(month__gte=period.start, month__lt=period.end))
    quotas = _Quotas(period, workspace)
    rows = tree.rows(figures, quotas)
    undated = cells.filter(tree.within(), month=None).exclude(category="omitted")
    sums = undated.aggregate(count=Sum("deals"), amount=Sum("base_amount"))
    return Table(
        period=period,
        currency=workspace.currency_id,
        rows=rows,
        total=rows[0],
        undated=Leftover(sums["count"] or 0, sums["amount"] or Decimal(0)),
        overdue=_overdue(reach, tree, period, workspace.today, pipeline),
        fresh_at=Freshness.objects.values_list("at", flat=True).first(),
        stale_since=StaleCell.objects.order_by("id").values_list("marked_at", flat=True).first(),
        rates_on=quotas.newest_rate,
    )


def _figures(cells: QuerySet[ForecastCell]) -> dict[Place, Figures]:
    figures: dict[Place, Figures] = defaultdict(Figures)
    rows = cells.values_list("team_id", "owner_id", "category").annotate(
        Sum("deals"), Sum("base_amount"), Sum("base_weighted"), Sum("not_convertible")
    )
    for team, owner, category, deals, amount, weighted, not_convertible in rows:
        figures[team, owner].add(category, deals, amount, weighted, not_convertible)
    return figures


def _overdue(reach: Reach, tree: "_Tree", period: Period, today: date, pipeline: int | None) -> int:
    if period.start >= today:
        return 0
    deals = Deal.objects.visible_to(reach).live().filter(tree.within(), outcome=Outcome.OPEN)
    deals = deals.filter(expected_close_on__gte=period.start, expected_close_on__lt=min(period.end, today))
    return (deals.filter(pipeline=pipeline) if pipeline else deals).aggregate(count=Count("id"))["count"]


class _Tree:
    """Teams and the people in them during the period, as far as the reach goes."""

    def __init__(self, reach: Reach, period: Period, team: int | None, owner: int | None) -> None:
        self.reach, self.owner = reach, owner
        teams = {each.pk: each for each in Team.objects.all()}
        self.children: dict[int | None, list[Team]] = defaultdict(list)
        for each in teams.values():
            self.children[each.parent_id].append(each)
        seen = set(teams) if reach.reads is None else set(reach.reads) & set(teams)
        self.narrowed = team
        if team is not None:
            seen &= set(self._below(team))
        self.teams = {pk: each for pk, each in teams.items() if pk in seen}
        self.roots = [each for each in self.teams.values() if each.parent_id not in self.teams]
        memberships = Membership.objects.filter(
            Q(ends_on=None) | Q(ends_on__gt=period.start), starts_on__lt=period.end, user__is_active=True
        )
        self.members: dict[int | None, set[int]] = defaultdict(set)
        for user, in_team in memberships.values_list("user_id", "team_id"):
            if in_team in self.teams or user == reach.user_id:
                self.members[in_team].add(user)
        self.workspace = Workspace.current()

    def within(self) -> Q:
        """Which cells and deals the table covers, beyond the reach."""
        condition = Q(owner_id=self.owner) if self.owner else Q()
        return condition & Q(team_id__in=list(self.teams)) if self.narrowed is not None else condition

    def _below(self, team: int) -> Iterable[int]:
        yield team
        for child in self.children[team]:
            yield from self._below(child.pk)

    def rows(self, figures: dict[Place, Figures], quotas: "_Quotas") -> list[Row]:
        """Depth first: the company or the one visible root, its people, its teams."""
        owners: dict[int | None, set[int]] = defaultdict(set)
        for team, owner in figures:
            owners[team].add(owner)
        for in_team, members in self.members.items():
            owners[in_team] |= members
        wanted = {owner for places in owners.values() for owner in places if self.owner in (None, owner)}
        self.names = dict(User.objects.filter(pk__in=wanted).order_by("name", "pk").values_list("pk", "name"))
        self.places = {team: [pk for pk in self.names if pk in members] for team, members in owners.items()}
        strays = [team for team in self.places if team not in self.teams] if self.narrowed is None else []
        if len(self.roots) == 1 and not any(self.places[team] for team in strays):
            return self._team_rows(self.roots[0], 0, "company", figures, quotas)
        top = Row("company", 0, self.workspace.name, 0)
        below = [row for root in self.roots for row in self._team_rows(root, 1, top.key, figures, quotas)]
        for stray in strays:
            below += self._people_rows(stray, 1, top.key, figures, quotas)
        self._add_up(top, [row for row in below if row.depth == 1], None)
        return [top, *below]

    def _team_rows(
        self, team: Team, depth: int, parent: str, figures: dict[Place, Figures], quotas: "_Quotas"
    ) -> list[Row]:
        row = Row("team" if depth else "company", team.pk, team.name, depth, parent if depth else "", team_id=team.pk)
        below = self._people_rows(team.pk, depth + 1, row.key, figures, quotas)
        for child in self.children[team.pk]:
            if child.pk in self.teams:
                below += self._team_rows(child, depth + 1, row.key, figures, quotas)
        self._add_up(row, [each for each in below if each.depth == depth + 1], quotas.of_team(team.pk))
        row.may_set_quota = self._may_set(team.pk)
        return [row, *below]

    def _people_rows(
        self, team: int | None, depth: int, parent: str, figures: dict[Place, Figures], quotas: "_Quotas"
    ) -> list[Row]:
        rows = []
        for owner in self.places.get(team, []):
            row = Row(
                "person", owner, self.names[owner], depth, parent, figures.get((team, owner), Figures()), team_id=team
            )
            if owner in self.members[team]:
                row.quota = row.own_quota = quotas.of_owner(owner)
            row.may_set_quota = owner != self.reach.user_id and team is not None and self._may_set(team)
            rows.append(row)
        return rows

    def _may_set(self, team: int) -> bool:
        reach = self.reach
        return reach.is_manager and reach.may_write and (reach.writes is None or team in reach.writes)

    @staticmethod
    def _add_up(row: Row, below: list[Row], own_quota: Decimal | None) -> None:
        for child in below:
            row.figures.include(child.figures)
        quotas = [child.quota for child in below]
        known = [quota for quota in quotas if quota is not None]
        row.own_quota = own_quota
        row.quota = own_quota if own_quota is not None else sum(known, Decimal(0)) if known else None
        row.quota_mismatch = mismatch(quotas, own_quota)


class _Quotas:
    """Quotas of a period in the workspace's currency, at the rate of each quota's first day (its plan rate)."""

    def __init__(self, period: Period, workspace: Workspace) -> None:
        self.period, self.workspace = period, workspace
        self._rates: dict[date, Rates] = {}
        self.newest_rate = (
            ExchangeRate.objects.filter(base=workspace.currency_id, on__lte=workspace.today)
            .order_by("-on")
            .values_list("on", flat=True)
            .first()
        )
        digits = dict(Currency.objects.values_list("code", "digits"))
        self.digits = digits[workspace.currency_id]
        rows = Quota.objects.filter(starts_on__gte=period.start, ends_on__lte=period.end)
        self.amounts: dict[tuple[str, int], dict[tuple[date, date], Decimal]] = defaultdict(dict)
        for quota in rows:
            subject = ("owner", quota.owner_id) if quota.owner_id else ("team", quota.team_id or 0)
            if (amount := self._convert(quota)) is not None:
                self.amounts[subject][quota.starts_on, quota.ends_on] = amount

    def of_owner(self, pk: int) -> Decimal | None:
        return self._total(self.amounts.get(("owner", pk), {}))

    def of_team(self, pk: int) -> Decimal | None:
        return self._total(self.amounts.get(("team", pk), {}))

    def _total(self, amounts: dict[tuple[date, date], Decimal]) -> Decimal | None:
        """A quarter's own quota, else its months'; null where nothing was set."""
        found = []
        for part in self.period.parts():
            whole = amounts.get((part.start, part.end))
            months = [
                amount
                for (start, _), amount in amounts.items()
                if start in part and (start, _) != (part.start, part.end)
            ]
            found += [whole] if whole is not None else months
        return sum(found, Decimal(0)) if found else None

    def _convert(self, quota: Quota) -> Decimal | None:
        base = self.workspace.currency_id
        if quota.currency_id == base:
            return quota.amount
        if quota.starts_on not in self._rates:
            self._rates[quota.starts_on] = ExchangeRate.rates_on(quota.starts_on, base)
        try:
            money = self._rates[quota.starts_on].convert(Money(quota.amount, quota.currency_id), base)
        except NotConvertible:
            return None
        return round_to(money.amount, self.digits)
