"""The verbs of companies, contacts and sources. Form, API, import and shell all call these.

`fields` are any of COMPANY_FIELDS or CONTACT_FIELDS, or `custom.<key>`. `by` is who did it (None: Penstock itself),
`version` what the caller last saw. They raise `Refused` by field, or `Conflict`; who may call them is decided before,
by finding the record through Reach.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from contacts.models import Company, Contact, Position, Source
from contacts.places import COUNTRIES
from contacts.signals import companies_changed
from crm import events
from crm.changes import apply, apply_custom, check, same_fields
from crm.custom.values import is_custom, split
from crm.errors import Refused
from crm.models import Event, Membership, User, Workspace
from crm.request import surroundings

COMPANY_FIELDS = {
    "name", "website", "phone", "sector", "street", "postal_code", "city", "country", "tax_id", "employees", "note",
    "external_id", "owner",
}  # fmt: skip
CONTACT_FIELDS = {"name", "email", "phone", "note", "external_id", "owner"}
SPLITS_REPORTS = {"sector", "country"}

Row = Mapping[str, Any]
Record = Company | Contact


# ── Companies ──────────────────────────────────────────────────────────────────────────────────────


def create_company(*, name: str, owner: User, by: User | None, is_complete: bool = True, **fields: Any) -> Company:
    """A new company, in its owner's team of today."""
    return _only(create_companies([{"name": name, "owner": owner, **fields}], by=by, is_complete=is_complete))


@transaction.atomic
def create_companies(rows: Sequence[Row], *, by: User | None, is_complete: bool = True) -> list[Company | Refused]:
    """Many at once in a fixed number of statements; for each row the new company, or why it was refused.

    Those that are only named in passing are not `is_complete`: they need no more than a name.
    """
    return _create(Company, COMPANY_FIELDS, "company", rows, by, is_complete=is_complete)


@transaction.atomic
def revise_company(company: Company, *, version: int | None = None, by: User | None, **fields: Any) -> Company:
    """Change facts, or the owner and with them the team. Conflict if the same facts were changed since `version`."""
    company = Company.objects.select_for_update().get(pk=company.pk)
    changed = _revise(company, COMPANY_FIELDS, "company", version, by, fields)
    if SPLITS_REPORTS & changed.keys():
        companies_changed.send(sender=Company, company_ids=[company.pk])
    return company


# ── Contacts ───────────────────────────────────────────────────────────────────────────────────────


def create_contact(
    *, name: str, owner: User, company: Company | None = None, title: str = "", by: User | None, **fields: Any
) -> Contact:
    """A new person, in the owner's team of today; at `company` with that job title, if one is given."""
    return _only(create_contacts([{"name": name, "owner": owner, "company": company, "title": title, **fields}], by=by))


@transaction.atomic
def create_contacts(rows: Sequence[Row], *, by: User | None) -> list[Contact | Refused]:
    """Many at once in a fixed number of statements. A row may name its `company` and job `title`."""
    facts = [{name: value for name, value in row.items() if name not in {"company", "title"}} for row in rows]
    people = _create(Contact, CONTACT_FIELDS, "contact", facts, by)
    positions = [
        Position(contact=person, company=row["company"], title=(row.get("title") or "").strip())
        for person, row in zip(people, rows, strict=True)
        if isinstance(person, Contact) and row.get("company")
    ]
    Position.objects.bulk_create(positions, batch_size=2000)
    events.record([_linked(position, by) for position in positions])
    return people


@transaction.atomic
def revise_contact(contact: Contact, *, version: int | None = None, by: User | None, **fields: Any) -> Contact:
    """Change facts, or the owner and with them the team. Conflict if the same facts were changed since `version`."""
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    _revise(contact, CONTACT_FIELDS, "contact", version, by, fields)
    return contact


@transaction.atomic
def link_contact(contact: Contact, *, company: Company, title: str = "", by: User | None) -> Position:
    """Say that the contact works at the company, or what their job title there is now."""
    Contact.objects.select_for_update().get(pk=contact.pk)
    position = Position.objects.filter(contact=contact, company=company).first()
    position = position or Position(contact=contact, company=company)
    if position.pk and position.title == title.strip():
        return position
    position.title = title.strip()
    check(position)
    position.save()
    events.record([_linked(position, by)])
    return position


@transaction.atomic
def unlink_contact(contact: Contact, *, company: Company, by: User | None) -> None:
    """The contact no longer works at the company. Their deals stay."""
    Contact.objects.select_for_update().get(pk=contact.pk)
    if Position.objects.filter(contact=contact, company=company).delete()[0]:
        data = {"name": contact.name, "company": company.pk, "company_name": company.name}
        events.record([events.event("contact.unlinked", contact, by=by, data=data)])


def _linked(position: Position, by: User | None) -> Event:
    data = {
        "name": position.contact.name,
        "company": position.company_id,
        "company_name": position.company.name,
        "title": position.title,
    }
    return events.event("contact.linked", position.contact, by=by, data=data)


# ── Sources ────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def create_source(*, name: str, by: User | None) -> Source:
    """Somewhere deals come from, behind the others."""
    source = Source(name=name.strip(), position=Source.objects.count())
    _check_source(source)
    source.save()
    events.record([events.event("source.created", source, by=by, is_public=True, data={"name": source.name})])
    return source


@transaction.atomic
def revise_source(source: Source, *, by: User | None, **fields: Any) -> Source:
    """Rename a source, or take it in or out of use: what it has brought stays."""
    source = Source.objects.select_for_update().get(pk=source.pk)
    changed = apply(source, fields)
    if changed:
        _check_source(source)
        source.save()
        data = {"name": source.name, "changed": changed}
        events.record([events.event("source.revised", source, by=by, is_public=True, data=data)])
    return source


def _check_source(source: Source) -> None:
    check(source)
    if Source.objects.filter(name__iexact=source.name).exclude(pk=source.pk).exists():
        raise Refused(name=_("There is a source of that name."))


# ── What they share ────────────────────────────────────────────────────────────────────────────────


def _create[M: Record](
    model: Callable[..., M],
    names: set[str],
    noun: str,
    rows: Sequence[Row],
    by: User | None,
    *,
    is_complete: bool = True,
) -> list[M | Refused]:
    taken = _taken(model, [row.get("external_id") or "" for row in rows])
    teams = _teams(row["owner"] for row in rows)
    drafts: list[M | Refused] = []
    with surroundings():  # the company's settings and custom fields are read once for all
        for row in rows:
            try:
                draft = _draft(model(team_id=teams.get(row["owner"].pk)), names, row, taken, is_complete=is_complete)
            except Refused as refused:
                drafts.append(refused)
            else:
                taken |= {draft.external_id} - {""}
                drafts.append(draft)
    created = [draft for draft in drafts if not isinstance(draft, Refused)]
    _insert(model, created)
    events.record(
        events.event(f"{noun}.created", record, by=by, data={"name": record.name, "version": 1}) for record in created
    )
    return drafts


def _draft[M: Record](record: M, names: set[str], row: Row, taken: set[str], *, is_complete: bool) -> M:
    _only_known(names, row)
    own, custom = split(_tidy(row))
    apply(record, own)
    if is_complete:
        apply_custom(record, custom, is_new=True)
    _check(record, taken)
    return record


def _insert(model: Any, records: Sequence[Record]) -> None:
    try:
        with transaction.atomic():
            model.objects.bulk_create(records, batch_size=1000)
    except IntegrityError as error:  # somebody else took the id between our look and our writing
        raise Refused(external_id=_("Another record has this id.")) from error


def _revise(
    record: Record, names: set[str], noun: str, version: int | None, by: User | None, fields: Mapping[str, Any]
) -> dict[str, list[Any]]:
    _only_known(names, fields)
    was = [record.owner_id] if record.owner_id else []
    was_teams = [record.team_id] if record.team_id else []
    changed = apply(record, _tidy(fields))
    if not changed:
        return {}
    same_fields(record, noun, version, changed)
    if "owner" in changed:
        record.team_id = _teams([record.owner]).get(record.owner_id)
    _check(record, _taken(type(record), [record.external_id]) if "external_id" in changed else set())
    record.version += 1
    record.save()
    reach = {
        "owner_ids": sorted({*was, record.owner_id}),
        "team_ids": sorted({*was_teams, *([record.team_id] if record.team_id else [])}),
    }
    data = {"name": record.name, "version": record.version, "changed": changed}
    events.record([events.event(f"{noun}.revised", record, by=by, data=data, **reach)])
    return changed


def _check(record: Record, taken: set[str]) -> None:
    errors: dict[str, Any] = {}
    if not record.name:
        errors["name"] = _("A name is needed.")
    if isinstance(record, Company) and record.country and record.country not in COUNTRIES:
        errors["country"] = _("“%(code)s” is not a country’s code.") % {"code": record.country}
    if record.external_id in taken:
        errors["external_id"] = _("Another record has this id.")
    if not record.owner.is_active:
        errors["owner"] = _("%(name)s no longer works here.") % {"name": record.owner.name}
    if errors:
        raise Refused(**errors)
    check(record)


def _tidy(fields: Row) -> dict[str, Any]:
    """What people type as what we keep: `de` is DE, `acme.example` is https://acme.example."""
    tidy = dict(fields)
    if tidy.get("country"):
        tidy["country"] = tidy["country"].strip().upper()
    if tidy.get("website"):
        tidy["website"] = _with_scheme(tidy["website"].strip())
    return tidy


def _with_scheme(address: str) -> str:
    return f"https://{address}" if address and "://" not in address else address


def _taken(model: Any, external_ids: Iterable[str]) -> set[str]:
    wanted = {text.strip() for text in external_ids} - {""}
    return set(model.objects.filter(external_id__in=wanted).values_list("external_id", flat=True)) if wanted else set()


def _teams(owners: Iterable[User]) -> dict[int, int]:
    ids = {owner.pk for owner in owners}
    return dict(Membership.objects.on(Workspace.current().today).filter(user__in=ids).values_list("user_id", "team_id"))


def _only_known(names: set[str], fields: Mapping[str, Any]) -> None:
    if unknown := {name for name in fields if not is_custom(name)} - names:
        raise Refused(**dict.fromkeys(unknown, _("This cannot be changed here.")))


def _only[M: models.Model](created: Sequence[M | Refused]) -> M:
    if isinstance(created[0], Refused):
        raise created[0]
    return created[0]
