"""The verbs of the ground floor: people, teams, the company's settings, exchange rates, API tokens.

Each is atomic, leaves an Event, and raises `Refused` by field. That only administrators may call most of them is
decided in the views.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from crm import events
from crm.calendar import calendar_of, turn
from crm.changes import apply, check
from crm.errors import Refused
from crm.models import ApiToken, Currency, ExchangeRate, Membership, Role, Team, User, Workspace
from crm.signals import person_moved, rates_changed, workspace_changed

USER_FIELDS = {
    "name",
    "email",
    "role",
    "reads",
    "writes",
    "language",
    "theme",
    "has_shortcuts",
    "is_active",
    "external_id",
}
QUIET = {"language", "theme", "has_shortcuts"}  # a matter of taste: not in the audit
WORKSPACE_FIELDS = {"name", "currency", "time_zone", "fiscal_start", "language", "shares_contacts"}
MOVES_NUMBERS = {"currency", "time_zone", "fiscal_start"}
SCOPE = re.compile(r"(\*|[a-z][a-z_-]*):(read|write)")


# ── People ─────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def create_user(*, email: str, name: str, password: str | None = None, by: User | None, **fields: Any) -> User:
    """A new person. Without a password they cannot sign in until one is set."""
    _only_known(USER_FIELDS, fields)
    user = User()
    apply(user, {"email": email.lower(), "name": name, **fields})
    _check_user(user)
    if password is None:
        user.set_unusable_password()
    else:
        _new_password(user, password)
    user.save()
    events.record([events.event("user.created", user, by=by, data={"name": user.name, "role": user.role})])
    return user


@transaction.atomic
def revise_user(user: User, *, by: User | None, **fields: Any) -> User:
    """Change who they are or what they may. Somebody must stay administrator."""
    _only_known(USER_FIELDS, fields)
    user = User.objects.select_for_update().get(pk=user.pk)
    was_admin = user.is_admin and user.is_active
    if "email" in fields:
        fields["email"] = fields["email"].lower()
    changed = apply(user, fields)
    if not changed:
        return user
    _check_user(user)
    if was_admin and not (user.is_admin and user.is_active):
        _keep_an_admin(user)
    user.save()
    if loud := {name: values for name, values in changed.items() if name not in QUIET}:
        events.record([events.event("user.revised", user, by=by, data={"name": user.name, "changed": loud})])
    return user


@transaction.atomic
def set_password(user: User, *, password: str, by: User | None) -> User:
    """Give them a new password; every session of theirs but the one that asked ends."""
    user = User.objects.select_for_update().get(pk=user.pk)
    _new_password(user, password)
    user.save(update_fields=["password"])
    events.record([events.event("user.password_set", user, by=by, data={"name": user.name})])
    return user


def _new_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refused(password=list(error.messages)) from None
    user.set_password(password)


def _check_user(user: User) -> None:
    others = User.objects.exclude(pk=user.pk)
    if user.email and others.filter(email__iexact=user.email).exists():
        raise Refused(email=_("Somebody has this e-mail address already."))
    if user.external_id and others.filter(external_id=user.external_id).exists():
        raise Refused(external_id=_("Another person has this id."))
    check(user, exclude=["password"])


def _keep_an_admin(user: User) -> None:
    admins = User.objects.select_for_update().filter(role=Role.ADMIN, is_active=True).exclude(pk=user.pk)
    if not list(admins):
        raise Refused(role=_("Somebody has to stay administrator."))


# ── Teams ──────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def create_team(*, name: str, parent: Team | None = None, external_id: str = "", by: User | None) -> Team:
    """A new team, last among its neighbours."""
    team = Team(name=name.strip(), parent=parent, external_id=external_id)
    team.position = Team.objects.filter(parent=parent).count()
    _check_team(team)
    team.save()
    data = {"name": team.name, "parent": team.parent_id}
    events.record([events.event("team.created", team, by=by, is_public=True, data=data)])
    return team


@transaction.atomic
def revise_team(team: Team, *, by: User | None, **fields: Any) -> Team:
    """Rename a team, or put it below another one (`parent`), but never below itself."""
    _only_known({"name", "parent", "position", "external_id"}, fields)
    tree = {each.pk: each for each in Team.objects.select_for_update().order_by("pk")}
    team = tree[team.pk]
    changed = apply(team, fields)
    if not changed:
        return team
    _check_team(team)
    above = team.parent_id
    while above is not None:
        if above == team.pk:
            raise Refused(parent=_("A team cannot be below itself."))
        above = tree[above].parent_id
    team.save()
    data = {"name": team.name, "changed": changed}
    events.record([events.event("team.revised", team, by=by, is_public=True, data=data)])
    return team


@transaction.atomic
def delete_team(team: Team, *, by: User | None) -> None:
    """Remove a team that nothing refers to: no team below, nobody in it now or before, no record, no quota."""
    team = Team.objects.select_for_update().get(pk=team.pk)
    if kept_by := what_keeps(team):
        raise Refused(team=_("%(name)s stays: it has %(what)s.") % {"name": team.name, "what": ", ".join(kept_by)})
    events.record([events.event("team.deleted", team, by=by, is_public=True, data={"name": team.name})])
    team.delete()


def what_keeps(team: Team) -> list[str]:
    """In words, what rows of whatever floor name the team."""
    words = {Membership: _("members, those of before included"), Team: _("teams below it")}
    other = _("deals, companies, contacts or quotas")
    links: list[Any] = [field for field in Team._meta.get_fields(include_hidden=True) if field.one_to_many]
    used = [
        each.related_model for each in links if each.related_model._base_manager.filter(**{each.field.name: team})[:1]
    ]
    return sorted({words.get(model, other) for model in used})


def _check_team(team: Team) -> None:
    check(team)
    others = Team.objects.exclude(pk=team.pk)
    if team.external_id and others.filter(external_id=team.external_id).exists():
        raise Refused(external_id=_("Another team has this id."))
    if others.filter(parent_id=team.parent_id, name__iexact=team.name).exists():
        raise Refused(name=_("There is a team of that name here."))


@transaction.atomic
def join_team(
    user: User, *, team: Team, on: date | None = None, is_manager: bool = False, by: User | None
) -> Membership:
    """From `on` (default today) they are in this team and no other; what was before stays as it was.

    A later membership, if there is one, begins when it began. Open deals are with the team of today: they follow at
    once, or when the day has come.
    """
    on = on or Workspace.current().today
    User.objects.select_for_update().get(pk=user.pk)
    then = Membership.objects.on(on).filter(user=user).first()
    if then and then.team_id == team.pk and then.is_manager == is_manager:
        return then
    following = Membership.objects.filter(user=user, starts_on__gt=on).order_by("starts_on").first()
    _end(then, on)
    membership = Membership.objects.create(
        user=user, team=team, is_manager=is_manager, starts_on=on, ends_on=following.starts_on if following else None
    )
    data = {"name": user.name, "team": team.pk, "team_name": team.name, "on": on.isoformat(), "is_manager": is_manager}
    events.record([events.event("user.joined", user, by=by, is_public=True, data=data)])
    _tell_moved(user, on, by)
    return membership


@transaction.atomic
def leave_team(user: User, *, on: date | None = None, by: User | None) -> None:
    """From `on` (default today) they are in no team."""
    on = on or Workspace.current().today
    User.objects.select_for_update().get(pk=user.pk)
    left = list(Membership.objects.filter(Q(ends_on=None) | Q(ends_on__gt=on), user=user).select_related("team"))
    if not left:
        return
    for membership in left:
        _end(membership, on)
    data = {"name": user.name, "team": left[-1].team_id, "team_name": left[-1].team.name, "on": on.isoformat()}
    events.record([events.event("user.left", user, by=by, is_public=True, data=data)])
    _tell_moved(user, on, by)


def _end(membership: Membership | None, on: date) -> None:
    """A membership that would have lasted no day never was."""
    if membership is None:
        return
    if membership.starts_on >= on:
        membership.delete()
    else:
        membership.ends_on = on
        membership.save(update_fields=["ends_on"])


def _tell_moved(user: User, on: date, by: User | None) -> None:
    now = Membership.objects.on(Workspace.current().today).filter(user=user).select_related("team").first()
    person_moved.send(sender=Membership, user=user, team=now.team if now else None, on=on, by=by)


# ── The company ────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def revise_workspace(*, by: User | None, **fields: Any) -> Workspace:
    """Change the company's settings. Another base currency or zone recounts every number.

    Another fiscal start counts from the next year on: periods that began or hold something stay (crm/calendar.py).
    """
    _only_known(WORKSPACE_FIELDS, fields)
    workspace = Workspace.objects.select_for_update().get(pk=1)
    before = calendar_of(workspace)
    changed = apply(workspace, fields)
    if not changed:
        return workspace
    check(workspace)
    workspace.save()
    if "fiscal_start" in changed:
        turn(workspace, before)
    current = Workspace.current()  # the one this request or task has already read
    current.forget_years()
    for name in changed:
        setattr(current, name, getattr(workspace, name))
    data = {"name": workspace.name, "changed": changed}
    events.record([events.event("workspace.revised", workspace, by=by, is_public=True, data=data)])
    if MOVES_NUMBERS & changed.keys():
        workspace_changed.send(sender=Workspace, workspace=workspace, changed=set(changed))
    return workspace


def set_exchange_rate(*, currency: Currency, on: date, rate: Decimal, by: User | None) -> ExchangeRate:
    """One unit of `currency` is worth `rate` of the base currency from `on`. A correction is a newer row."""
    return set_exchange_rates([(currency, on, rate)], by=by)[0]


@transaction.atomic
def set_exchange_rates(rates: Sequence[tuple[Currency, date, Decimal]], *, by: User | None) -> list[ExchangeRate]:
    """Many at once: each a currency, its first day, its worth in the base currency."""
    base = str(Workspace.current().currency_id)
    rows = [ExchangeRate(currency=currency, base_id=base, on=on, rate=rate, by=by) for currency, on, rate in rates]
    for row in rows:
        if row.currency_id == base:
            raise Refused(currency=_("%(code)s is the base currency: its rate is 1.") % {"code": base})
        check(row)
    ExchangeRate.objects.bulk_create(rows, batch_size=2000)
    events.record(
        events.event(
            "rate.set", row, by=by, is_public=True,
            data={"name": row.currency_id, "base": base, "rate": str(row.rate), "on": row.on.isoformat()},
        )
        for row in rows
    )  # fmt: skip
    if rows:
        codes = sorted({row.currency_id for row in rows})
        rates_changed.send(sender=ExchangeRate, currency_ids=codes, since=min(row.on for row in rows))
    return rows


@transaction.atomic
def revise_currency(currency: Currency, *, is_active: bool, by: User | None) -> Currency:
    """Offer a currency for new deals, or no longer."""
    currency = Currency.objects.select_for_update().get(pk=currency.pk)
    if not is_active and currency.pk == Workspace.current().currency_id:
        raise Refused(is_active=_("The base currency stays in use."))
    if changed := apply(currency, {"is_active": is_active}):
        currency.save()
        data = {"name": currency.code, "changed": changed}
        workspace = Workspace.current()
        events.record([events.event("currency.revised", workspace, by=by, is_public=True, data=data)])
    return currency


# ── API tokens ─────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def issue_token(
    *, user: User, name: str, scopes: Iterable[str], expires_at: datetime | None = None, by: User | None
) -> tuple[ApiToken, str]:
    """A token and its key. The key is not kept and cannot be shown again. Scopes read `deals:read`, `*:write` …"""
    scopes = sorted(set(scopes))
    if not name.strip():
        raise Refused(name=_("Name it after what will use it."))
    if not scopes:
        raise Refused(scopes=_("Choose at least one thing it may do."))
    if unknown := [scope for scope in scopes if not SCOPE.fullmatch(scope)]:
        raise Refused(scopes=_("“%(scope)s” is not a scope.") % {"scope": unknown[0]})
    if expires_at is not None and expires_at <= timezone.now():
        raise Refused(expires_at=_("It would have expired already."))
    token, key = ApiToken.issue(user=user, name=name.strip(), scopes=scopes, expires_at=expires_at)
    events.record([_token_event("token.issued", token, by)])
    return token, key


@transaction.atomic
def revoke_token(token: ApiToken, *, by: User | None) -> ApiToken:
    """From now on the key opens nothing."""
    token = ApiToken.objects.select_for_update(of=("self",)).select_related("user").get(pk=token.pk)
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        events.record([_token_event("token.revoked", token, by)])
    return token


def _token_event(kind: str, token: ApiToken, by: User | None) -> Any:
    data = {"name": token.name, "prefix": token.prefix, "user": token.user.name, "scopes": token.scopes}
    return events.event(kind, token, by=by, owner_ids=[token.user_id], data=data)


def _only_known(names: set[str], fields: dict[str, Any]) -> None:
    if unknown := fields.keys() - names:
        raise Refused(**dict.fromkeys(unknown, _("This cannot be changed here.")))
