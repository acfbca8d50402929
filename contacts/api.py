"""Companies, contacts and sources: serializers read; writing calls the same verbs as the pages."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.actions import (
    create_company,
    create_contact,
    create_source,
    link_contact,
    revise_company,
    revise_contact,
    revise_source,
    unlink_contact,
)
from contacts.models import Company, Contact, Source
from crm.access import people_in
from crm.models import Team
from crm.rest.fields import CustomValues, Email, Expandable, Flag, Instant, Ref, Text, Whole, custom, instant
from crm.rest.filters import flag, ids, text
from crm.rest.guard import guarded
from crm.rest.people import TeamShape, UserShape, users
from crm.rest.resource import Expansion, Input, Resource, Row, Shape

PEOPLE = {
    "owner": Expansion(UserShape, lambda reach: users()),
    "team": Expansion(TeamShape, lambda reach: Team.objects.all()),
}


class SourceShape(Shape):
    """Where a deal came from."""

    id = Whole()
    name = Text()
    position = Whole()
    is_active = Flag()

    columns = ("id", "name", "position", "is_active")


class CompanyShape(Shape):
    """An organisation we sell to."""

    id = Whole()
    name = Text()
    website = Text()
    phone = Text()
    sector = Text()
    street = Text()
    postal_code = Text()
    city = Text()
    country = Text(help_text="ISO 3166 alpha-2.")
    tax_id = Text(help_text="Its VAT or other tax number, as on invoices.")
    employees = Whole(allow_null=True)
    note = Text()
    custom = CustomValues()
    owner = Expandable(UserShape)
    team = Expandable(TeamShape, allow_null=True)
    external_id = Text()
    version = Whole()
    created_at = Instant()

    columns = (
        "id", "name", "website", "phone", "sector", "street", "postal_code", "city", "country", "tax_id", "employees",
        "note", "custom", "owner_id", "team_id", "external_id", "version", "created_at",
    )  # fmt: skip

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {
            "id": row["id"],
            "name": row["name"],
            "website": row["website"],
            "phone": row["phone"],
            "sector": row["sector"],
            "street": row["street"],
            "postal_code": row["postal_code"],
            "city": row["city"],
            "country": row["country"],
            "tax_id": row["tax_id"],
            "employees": row["employees"],
            "note": row["note"],
            "custom": custom("company", row["custom"]),
            "owner": row["owner_id"],
            "team": row["team_id"],
            "external_id": row["external_id"],
            "version": row["version"],
            "created_at": instant(row["created_at"]),
        }


class PositionShape(Shape):
    """What a contact is at a company."""

    company = Expandable(CompanyShape)
    title = Text()
    is_sparse = False

    columns = ("id", "company_id", "title")

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {"company": row["company_id"], "title": row["title"]}


class ContactShape(Shape):
    """A person. Where they work is under /contacts/{id}/positions/."""

    id = Whole()
    name = Text()
    email = Text()
    phone = Text()
    note = Text()
    custom = CustomValues()
    owner = Expandable(UserShape)
    team = Expandable(TeamShape, allow_null=True)
    external_id = Text()
    version = Whole()
    created_at = Instant()

    columns = (
        "id",
        "name",
        "email",
        "phone",
        "note",
        "custom",
        "owner_id",
        "team_id",
        "external_id",
        "version",
        "created_at",
    )

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {
            "id": row["id"],
            "name": row["name"],
            "email": row["email"],
            "phone": row["phone"],
            "note": row["note"],
            "custom": custom("contact", row["custom"]),
            "owner": row["owner_id"],
            "team": row["team_id"],
            "external_id": row["external_id"],
            "version": row["version"],
            "created_at": instant(row["created_at"]),
        }


def colleagues(reach: Any) -> QuerySet[Any]:
    """Those whom one may make an owner."""
    return people_in(reach, writing=True)


class CompanyRevision(Input):
    name = Text(max_length=200, required=False)
    website = Text(max_length=200, required=False, allow_blank=True)
    phone = Text(max_length=60, required=False, allow_blank=True)
    sector = Text(max_length=80, required=False, allow_blank=True)
    street = Text(max_length=160, required=False, allow_blank=True)
    postal_code = Text(max_length=20, required=False, allow_blank=True)
    city = Text(max_length=80, required=False, allow_blank=True)
    country = Text(max_length=2, required=False, allow_blank=True)
    tax_id = Text(max_length=40, required=False, allow_blank=True)
    employees = Whole(required=False, allow_null=True)
    note = Text(required=False, allow_blank=True)
    custom = CustomValues()
    owner = Ref(colleagues, required=False)
    external_id = Text(max_length=120, required=False, allow_blank=True)
    version = Whole(required=False, help_text="What you last saw: 409 if the same facts were changed since.")


class CompanyInput(CompanyRevision):
    name = Text(max_length=200)
    version = None  # type: ignore[assignment]


class Companies(Resource):
    scope = "companies"
    model = Company
    shape = CompanyShape
    customised = "company"
    filters = {
        "q": text("Part of the name.", "name__icontains"),
        "owner": ids("Only of these owners.", "owner"),
        "team": ids("Only of these teams.", "team"),
        "sector": text("The whole sector.", "sector"),
        "country": text("The country’s code.", "country__iexact"),
        "external_id": text("The id in your own system.", "external_id"),
    }
    expandable = PEOPLE

    def visible(self) -> QuerySet[Company]:
        return Company.objects.visible_to(self.reach)

    @extend_schema(request=CompanyInput, responses={201: CompanyShape})
    @guarded
    def create(self, request: Request) -> Response:
        """Create a company; you own it unless you name somebody else."""
        sent = {"owner": self.me} | self.read_body(CompanyInput)
        return self.written(create_company(by=self.me, **sent), status=201)

    @extend_schema(request=CompanyRevision, responses=CompanyShape)
    @guarded
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change facts, or the owner and with them the team."""
        company, sent = self.to_change(pk, CompanyRevision, partial=True)
        return self.written(revise_company(company, by=self.me, **sent))


class ContactRevision(Input):
    name = Text(max_length=200, required=False)
    email = Email(max_length=254, required=False, allow_blank=True)
    phone = Text(max_length=60, required=False, allow_blank=True)
    note = Text(required=False, allow_blank=True)
    custom = CustomValues()
    owner = Ref(colleagues, required=False)
    external_id = Text(max_length=120, required=False, allow_blank=True)
    version = Whole(required=False, help_text="What you last saw: 409 if the same facts were changed since.")


class ContactInput(ContactRevision):
    name = Text(max_length=200)
    company = Ref(lambda reach: Company.objects.visible_to(reach), required=False)
    title = Text(max_length=120, required=False, allow_blank=True, help_text="The job title at `company`.")
    version = None  # type: ignore[assignment]


class PositionInput(Input):
    company = Ref(lambda reach: Company.objects.visible_to(reach))
    title = Text(max_length=120, required=False, allow_blank=True)


class Contacts(Resource):
    scope = "contacts"
    model = Contact
    shape = ContactShape
    customised = "contact"
    filters = {
        "q": text("Part of the name.", "name__icontains"),
        "email": text("The whole address.", "email__iexact"),
        "company": ids("Only those who work at these companies.", "companies"),
        "owner": ids("Only of these owners.", "owner"),
        "team": ids("Only of these teams.", "team"),
        "external_id": text("The id in your own system.", "external_id"),
    }
    expandable = PEOPLE

    def visible(self) -> QuerySet[Contact]:
        return Contact.objects.visible_to(self.reach)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        several = "company" in self.request.query_params
        return super().filter_queryset(queryset).distinct() if several else super().filter_queryset(queryset)

    @extend_schema(request=ContactInput, responses={201: ContactShape})
    @guarded
    def create(self, request: Request) -> Response:
        """Create a contact, at a company if you name one."""
        sent = {"owner": self.me} | self.read_body(ContactInput)
        return self.written(create_contact(by=self.me, **sent), status=201)

    @extend_schema(request=ContactRevision, responses=ContactShape)
    @guarded
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change facts, or the owner and with them the team."""
        contact, sent = self.to_change(pk, ContactRevision, partial=True)
        return self.written(revise_contact(contact, by=self.me, **sent))

    @extend_schema(responses=PositionShape(many=True))
    @action(detail=True, methods=["get"])
    def positions(self, request: Request, pk: int) -> Response:
        """List where the contact works."""
        companies = Company.objects.visible_to(self.reach)
        return self.page(self.find(pk).positions.filter(company__in=companies), PositionShape, ordering=("id",))

    @extend_schema(request=PositionInput, responses={201: PositionShape})
    @positions.mapping.post
    @guarded
    def link(self, request: Request, pk: int) -> Response:
        """Say that the contact works at a company, or what their job title there is now."""
        contact, sent = self.to_change(pk, PositionInput)
        position = link_contact(contact, by=self.me, **sent)
        return Response(PositionShape.of(position.__dict__), status=201)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["delete"], url_path="positions/(?P<company>[0-9]+)", url_name="position")
    @guarded
    def unlink(self, request: Request, pk: int, company: int) -> Response:
        """The contact no longer works at the company."""
        contact = self.find_to_change(pk)
        position = self.find_in(contact.positions.select_related("company"), company=company)
        unlink_contact(contact, company=position.company, by=self.me)
        return Response(status=204)


class SourceRevision(Input):
    name = Text(max_length=120, required=False)
    is_active = Flag(required=False)


class SourceInput(Input):
    name = Text(max_length=120)


class Sources(Resource):
    scope = "companies"
    model = Source
    shape = SourceShape
    ordering = ("position", "id")
    filters = {"is_active": flag("Only those in use, or only those that are not.", "is_active")}

    def visible(self) -> QuerySet[Source]:
        return Source.objects.all()

    @extend_schema(request=SourceInput, responses={201: SourceShape})
    @guarded
    def create(self, request: Request) -> Response:
        """Create a source

        Admins only.
        """
        self.only_admins()
        return self.written(create_source(by=self.me, **self.read_body(SourceInput)), status=201)

    @extend_schema(request=SourceRevision, responses=SourceShape)
    @guarded
    def partial_update(self, request: Request, pk: int) -> Response:
        """Rename a source, or take it in or out of use

        Admins only. What it has brought stays.
        """
        self.only_admins()
        source = self.find(pk)
        return self.written(revise_source(source, by=self.me, **self.read_body(SourceRevision, partial=True)))


RESOURCES = {"companies": Companies, "contacts": Contacts, "sources": Sources}
