"""What a row about companies, contacts or sources means."""

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from contacts.actions import (
    create_companies,
    create_contacts,
    create_source,
    link_contact,
    revise_company,
    revise_contact,
)
from contacts.models import Company, Contact, Position, Source
from crm.changes import apply
from crm.errors import Refused
from crm.imports.custom import custom_values, fields_of
from crm.imports.mapping import Field
from crm.imports.people import create_people, people, person_called
from crm.imports.rows import Action, Row
from crm.imports.run import Index, Kind, Run
from crm.models import User


def companies(run: Run) -> Index[Company]:
    return run.share(
        "companies", lambda: Index(Company.objects.select_related("owner"), _("companies"), "external_id", "name")
    )


def contacts(run: Run) -> Index[Contact]:
    records = Contact.objects.select_related("owner")
    return run.share("contacts", lambda: Index(records, _("contacts"), "external_id", "email", "name"))


def sources(run: Run) -> Index[Source]:
    return run.share("sources", lambda: Index(Source.objects.all(), _("sources"), "name"))


def create_companies_called(run: Run, owners: Mapping[str, User]) -> None:
    """A company, owned as said, for each name that is none yet."""
    known = companies(run)
    known.fetch(owners)
    missing = [{"name": name, "owner": owner} for name, owner in owners.items() if known.get(name) is None]
    for company in create_companies(missing, by=run.by, is_complete=False):
        if isinstance(company, Company):  # a refused name fails the rows that use it: it is not found
            known.add(company)


def create_sources_called(run: Run, names: Iterable[str]) -> None:
    known = sources(run)
    known.fetch(names)
    for name in dict.fromkeys(names):
        if known.get(name) is None:
            known.add(create_source(name=name, by=run.by))


class Sources(Kind):
    """Where deals come from."""

    name, noun = "sources", "source"
    fields = {"name": Field(is_needed=True)}
    keys = ("name",)

    def write_row(self, row: Row) -> Action:
        if sources(self.run).get(row.values["name"]):
            return Action.UNCHANGED
        create_sources_called(self.run, [row.values["name"]])
        return Action.CREATED


class Records(Kind):
    """Companies and contacts: known ones one by one, new ones in bulk."""

    @classmethod
    def all_fields(cls) -> Mapping[str, Field]:
        return {**cls.fields, **fields_of(cls.noun)}

    def index(self) -> "Index[Any]":
        raise NotImplementedError

    def create(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[Any]:
        raise NotImplementedError

    def prepare(self, rows: Sequence[Row]) -> None:
        people(self.run).fetch(_texts(rows, "owner"))
        if "people" in self.table.create:
            create_people(self.run, list(_texts(rows, "owner")), self.table.options.get("email_at", ""))
        self.index().fetch(_texts(rows, self.table.key))

    def write(self, rows: Sequence[Row]) -> None:
        self.prepare(rows)
        new: list[tuple[Row, dict[str, Any]]] = []
        for row in rows:
            try:
                record = self.index().get(row.values[self.table.key])
                facts = self.facts(row, is_new=record is None)
            except Refused as refused:
                row.fail(refused)
                continue
            if record is None:
                new.append((row, facts))
            else:
                self.attempt(row, lambda record=record, facts=facts: self.revise(record, facts))  # type: ignore[misc]
        self._create(new)

    def _create(self, new: Sequence[tuple[Row, dict[str, Any]]]) -> None:
        for (row, _facts), record in zip(new, self.create([facts for _row, facts in new]), strict=True):
            if isinstance(record, Refused):
                row.fail(record)
            else:
                self.index().add(record)
                row.done(Action.CREATED)

    def facts(self, row: Row, *, is_new: bool) -> dict[str, Any]:
        facts = row.values | custom_values(self.run, self.noun, row)
        owner = facts.pop("owner", None)
        if owner:
            facts["owner"] = person_called(self.run, owner)
        elif is_new:
            if self.by is None:
                raise Refused(owner=_("Nobody owns it: map an owner, or name yourself with --by."))
            facts["owner"] = self.by
        return facts

    def revise(self, record: Any, facts: dict[str, Any]) -> Action:
        raise NotImplementedError


class Companies(Records):
    name, noun = "companies", "company"
    fields = {
        "name": Field(is_needed=True),
        "external_id": Field(),
        "owner": Field(),
        "website": Field(),
        "phone": Field(),
        "sector": Field(),
        "street": Field(),
        "postal_code": Field(),
        "city": Field(),
        "country": Field(),
        "tax_id": Field(),
        "employees": Field("whole"),
        "note": Field(),
    }
    keys = ("external_id", "name")
    creates = frozenset({"people"})
    options = frozenset({"email_at"})

    def index(self) -> Index[Company]:
        return companies(self.run)

    def create(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[Company | Refused]:
        return create_companies(rows, by=self.by)

    def revise(self, record: Company, facts: dict[str, Any]) -> Action:
        if not apply(copy.copy(record), facts):
            return Action.UNCHANGED
        company = revise_company(record, by=self.by, **facts)
        self.index().add(company)
        return Action.UPDATED if company.version > record.version else Action.UNCHANGED


class Contacts(Records):
    """A person, and at which `company` with which job `title`."""

    name, noun = "contacts", "contact"
    fields = {
        "name": Field(is_needed=True),
        "external_id": Field(),
        "owner": Field(),
        "email": Field(),
        "phone": Field(),
        "note": Field(),
        "company": Field(),
        "title": Field(),
    }
    keys = ("external_id", "email", "name")
    creates = frozenset({"people", "companies"})
    options = frozenset({"email_at"})

    def index(self) -> Index[Contact]:
        return contacts(self.run)

    def prepare(self, rows: Sequence[Row]) -> None:
        super().prepare(rows)
        companies(self.run).fetch(_texts(rows, "company"))
        if "companies" in self.table.create:
            owners = {row.values["company"]: self._owner(row) for row in rows if "company" in row.values}
            create_companies_called(self.run, {name: owner for name, owner in owners.items() if owner})

    def _owner(self, row: Row) -> User | None:
        try:
            owner: User = super().facts(row, is_new=True)["owner"]
        except Refused:
            return None
        return owner

    def facts(self, row: Row, *, is_new: bool) -> dict[str, Any]:
        facts = super().facts(row, is_new=is_new)
        if company := facts.get("company"):
            facts["company"] = companies(self.run).find(company)
        return facts

    def create(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[Contact | Refused]:
        return create_contacts(rows, by=self.by)

    def revise(self, record: Contact, facts: dict[str, Any]) -> Action:
        company, title = facts.pop("company", None), facts.pop("title", "")
        linked = bool(company) and self._link(record, company, title)
        if not apply(copy.copy(record), facts):
            return Action.UPDATED if linked else Action.UNCHANGED
        contact = revise_contact(record, by=self.by, **facts)
        self.index().add(contact)
        return Action.UPDATED if linked or contact.version > record.version else Action.UNCHANGED

    def _link(self, contact: Contact, company: Company, title: str) -> bool:
        position = Position.objects.filter(contact=contact, company=company).first()
        if position and (not title or position.title == title):
            return False
        link_contact(contact, company=company, title=title, by=self.by)
        return True


def _texts(rows: Iterable[Row], name: str) -> set[str]:
    return {row.values[name] for row in rows if name in row.values}


KINDS: list[type[Kind]] = [Sources, Companies, Contacts]
