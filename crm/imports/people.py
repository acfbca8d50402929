"""What a row about people, teams or exchange rates means."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from crm.actions import create_team, create_user, join_team, revise_team, revise_user, set_exchange_rates
from crm.errors import Refused
from crm.imports.mapping import Field
from crm.imports.rows import Action, Row, email_of
from crm.imports.run import Index, Kind, Run
from crm.models import ExchangeRate, Membership, Role, Team, User


def people(run: Run) -> Index[User]:
    """Users by e-mail, external id or name."""
    return run.share("people", lambda: Index(User.objects.all(), _("people"), "email", "external_id", "name"))


def teams(run: Run) -> Index[Team]:
    return run.share("teams", lambda: Index(Team.objects.all(), _("teams"), "external_id", "name"))


def person_called(run: Run, text: str) -> User:
    return people(run).find(text.lower() if "@" in text else text)


def create_people(run: Run, texts: Sequence[str], domain: str) -> None:
    """Somebody for each name or address that is nobody yet: a rep without a team and without a password."""
    known = people(run)
    known.fetch(texts)
    for text in dict.fromkeys(texts):
        if known.get(text.lower() if "@" in text else text) is None:
            name = text.partition("@")[0].replace(".", " ").title() if "@" in text else text
            if "@" not in text and not domain:
                raise Refused(owner=_("“%(text)s” is nobody yet: set email_at to make addresses.") % {"text": text})
            email = text if "@" in text else email_of(text, domain)
            known.add(create_user(email=email, name=name, by=run.by))


def team_on(run: Run, user: User, day: Any) -> Team | None:
    """The team the user was in on that day; each membership is read once."""
    spells = run.share(("memberships", user.pk), lambda: list(user.memberships.select_related("team")))
    return next(
        (each.team for each in spells if each.starts_on <= day and (each.ends_on is None or each.ends_on > day)), None
    )


class Teams(Kind):
    """A team below its `parent`, which must come first."""

    name, noun = "teams", "team"
    fields = {"name": Field(is_needed=True), "parent": Field(), "external_id": Field()}
    keys = ("external_id", "name")

    def write_row(self, row: Row) -> Action:
        known = teams(self.run)
        parent = row.values.get("parent")
        fields = row.values | ({"parent": known.find(parent)} if parent else {})
        team = known.get(row.values[self.table.key])
        if team is None:
            known.add(create_team(by=self.by, **fields))
            return Action.CREATED
        if all(getattr(team, name) == value for name, value in fields.items()):
            return Action.UNCHANGED
        known.add(revise_team(team, by=self.by, **fields))
        return Action.UPDATED


class People(Kind):
    """A person, and since when in which team."""

    name, noun = "people", "person"
    fields = {
        "email": Field(is_needed=True),
        "name": Field(is_needed=True),
        "role": Field(),
        "external_id": Field(),
        "language": Field(),
        "is_active": Field("yes"),
        "team": Field(),
        "is_manager": Field("yes"),
        "since": Field("day"),
    }
    keys = ("email", "external_id")
    creates = frozenset({"teams"})

    def write_row(self, row: Row) -> Action:
        facts = {name: value for name, value in row.values.items() if name not in {"team", "is_manager", "since"}}
        facts["email"] = facts["email"].lower()
        if facts.get("role") not in {None, *Role.values}:
            known = {"role": facts["role"], "roles": ", ".join(Role.values)}
            raise Refused(role=_("“%(role)s” is not a role: %(roles)s.") % known)
        user = people(self.run).get(facts["email"] if self.table.key == "email" else facts[self.table.key])
        if user is None:
            user = create_user(by=self.by, **facts)
            action = Action.CREATED
        elif all(getattr(user, name) == value for name, value in facts.items()):
            action = Action.UNCHANGED
        else:
            user = revise_user(user, by=self.by, **facts)
            action = Action.UPDATED
        moved = "team" in row.values and self._join(user, row.values)
        people(self.run).add(user)
        return Action.UPDATED if moved and action is Action.UNCHANGED else action

    def _join(self, user: User, values: dict[str, Any]) -> bool:
        """Whether they were not in that team, in that function, on that day."""
        team = self._team(values["team"])
        on = values.get("since") or self.run.workspace.today
        is_manager = values.get("is_manager", False)
        then = Membership.objects.on(on).filter(user=user).first()
        if then and (then.team_id, then.is_manager) == (team.pk, is_manager):
            return False
        join_team(user, team=team, on=on, is_manager=is_manager, by=self.by)
        self.run.shared.pop(("memberships", user.pk), None)
        return True

    def _team(self, text: str) -> Team:
        known = teams(self.run)
        team = known.get(text)
        if team is None and "teams" in self.table.create:
            team = create_team(name=text, by=self.by)
            known.add(team)
        return team or known.find(text)


class ExchangeRates(Kind):
    """What one unit of a currency is worth in the company's, from a day on."""

    name, noun = "exchange_rates", "rate"
    fields = {
        "currency": Field(is_needed=True),
        "on": Field("day", is_needed=True),
        "rate": Field("number", is_needed=True),
    }

    def write(self, rows: Sequence[Row]) -> None:
        known = {(rate.currency_id, rate.on): rate.rate for rate in self._newest()}
        for row in rows:
            self.attempt(row, lambda row=row: self._write(row, known))  # type: ignore[misc]

    def _newest(self) -> "QuerySet[ExchangeRate]":
        return ExchangeRate.objects.filter(base_id=self.run.workspace.currency_id).order_by("id")

    def _write(self, row: Row, known: dict[Any, Any]) -> Action:
        currency, on, rate = self.run.currency(row.values["currency"]), row.values["on"], row.values["rate"]
        row.name = f"{currency} {on}"
        before = known.get((currency.pk, on))
        if before == rate:
            return Action.UNCHANGED
        set_exchange_rates([(currency, on, rate)], by=self.by)
        known[currency.pk, on] = rate
        return Action.UPDATED if before is not None else Action.CREATED


KINDS: list[type[Kind]] = [Teams, People, ExchangeRates]
