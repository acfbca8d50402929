"""Pages of companies, contacts and sources: found through Reach, changed by one verb, shown."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts import actions, search
from contacts.forms import (
    CompanyForm,
    ContactForm,
    FilterForm,
    LinkForm,
    NewContactForm,
    PositionForm,
    RecordForm,
    SourceForm,
    SourceUseForm,
)
from contacts.models import Company, Contact, Position, Source
from contacts.places import countries
from crm import wording
from crm.access import Reach, admin_only, people_in, reach_of
from crm.custom.listing import CustomColumns
from crm.custom.words import shown_of
from crm.errors import Conflict
from crm.models import Event, User
from crm.paging import Page, page_by, page_by_name
from crm.request import SignedInRequest
from crm.views.answers import attempt, show

HISTORY = 30
PEOPLE = (  # counted for the rows shown, not for every company there is
    Position.objects.filter(company=OuterRef("pk")).order_by().values("company").annotate(n=Count("pk")).values("n")
)


# ── Lists ──────────────────────────────────────────────────────────────────────────────────────────


@login_required
def companies(request: SignedInRequest) -> HttpResponse:
    """`?q=&sector=&country=&owner=`, 50 by name; with `q` the 50 closest."""
    everyone = Company.objects.visible_to(reach_of(request.user))
    chosen = FilterForm(request.GET).chosen()
    custom = CustomColumns("company", request.GET)
    found = custom.narrowed(everyone)
    found = found.filter(**{name: chosen[name] for name in ("sector", "country", "owner") if name in chosen})
    text = chosen.get("q", "")
    found = search.companies_like(found, text) if text else found
    rows = found.annotate(people=Coalesce(Subquery(PEOPLE), 0)).select_related("owner")
    context = _listed(request, rows, text, custom) | {"total": found.count(), "chosen": chosen}
    if _wants_more(request):
        return show(request, "contacts/companies.html#rows", **context)
    return show(request, "contacts/companies.html", **context, **_choices(everyone))


@login_required
def contacts(request: SignedInRequest) -> HttpResponse:
    """`?q=&owner=`, 50 by name; with `q` the 50 closest."""
    everyone = Contact.objects.visible_to(reach_of(request.user))
    chosen = FilterForm(request.GET).chosen()
    custom = CustomColumns("contact", request.GET)
    found = custom.narrowed(everyone)
    found = found.filter(owner=chosen["owner"]) if "owner" in chosen else found
    text = chosen.get("q", "")
    found = search.contacts_like(found, text) if text else found
    rows = found.select_related("owner").prefetch_related("positions__company")
    context = _listed(request, rows, text, custom) | {"total": found.count(), "chosen": chosen}
    if _wants_more(request):
        return show(request, "contacts/contacts.html#rows", **context)
    return show(request, "contacts/contacts.html", **context, owners=_owners(everyone))


def _listed(request: SignedInRequest, rows: Any, text: str, custom: CustomColumns) -> dict[str, Any]:
    """The closest to the text, else by the custom field asked for, else by name."""
    if text:
        page = Page(search.closest(rows, text)[:50], "")
    elif custom.order:
        page = page_by(request, rows, *custom.order)
    else:
        page = page_by_name(request, rows)
    custom.draw(page.rows)
    return {"listed": page, "search": text, "custom": custom}


def _wants_more(request: SignedInRequest) -> bool:
    return bool(request.headers.get("HX-Request")) and "after" in request.GET


def _choices(everyone: Any) -> dict[str, Any]:
    """What the list can be narrowed to: only what is there."""
    names = countries()
    used = everyone.exclude(country="").order_by().values_list("country", flat=True).distinct()
    return {
        "sectors": everyone.exclude(sector="").order_by("sector").values_list("sector", flat=True).distinct(),
        "countries": sorted(((code, names.get(code, code)) for code in used), key=lambda pair: pair[1]),
        "owners": _owners(everyone),
    }


def _owners(everyone: Any) -> Any:
    return User.objects.filter(pk__in=everyone.order_by().values("owner"))


# ── Companies ──────────────────────────────────────────────────────────────────────────────────────


@login_required
def company(request: SignedInRequest, pk: int) -> HttpResponse:
    reach = reach_of(request.user)
    found = get_object_or_404(Company.objects.visible_to(reach).select_related("owner", "team"), pk=pk)
    positions = found.positions.select_related("contact").order_by("contact__name", "pk")
    positions = positions.filter(contact__in=Contact.objects.visible_to(reach))
    return show(
        request, "contacts/company.html", company=found, positions=positions, history=_history("company", pk),
        custom=shown_of("company", found.custom),
        country=countries().get(found.country, found.country), may_change=reach.changes(found.owner_id, found.team_id),
    )  # fmt: skip


@login_required
def company_new(request: SignedInRequest) -> HttpResponse:
    reach = _writing(request)
    initial = {"owner": request.user, "name": request.GET.get("name", "")}
    form = CompanyForm(request.POST or None, initial=initial, owners=people_in(reach, writing=True))
    similar: Any = []
    if form.is_valid():
        similar = _alike(request, search.similar_companies, Company.objects.visible_to(reach), form, "name", "website")
        if not similar and (made := attempt(form, actions.create_company, by=request.user, **form.facts())):
            messages.success(request, _("Added %(name)s.") % {"name": made.name})
            return redirect("contacts:company", made.pk)
    return _company_form(request, form, similar=similar)


@login_required
def company_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Company.objects.editable_by(reach_of(request.user)), pk=pk)
    form = CompanyForm.of(found, request.POST or None, owners=_possible_owners(request, found))
    form, conflict = _revise(request, form, actions.revise_company, found)
    if form.is_bound and not form.errors and not conflict:
        return redirect("contacts:company", pk)
    return _company_form(request, form, company=found, conflict=conflict)


def _company_form(request: SignedInRequest, form: CompanyForm, **context: Any) -> HttpResponse:
    sectors = Company.objects.exclude(sector="").order_by("sector").values_list("sector", flat=True).distinct()
    return _form_page(request, "contacts/company-form.html", form, sectors=sectors, **context)


# ── Contacts ───────────────────────────────────────────────────────────────────────────────────────


@login_required
def contact(request: SignedInRequest, pk: int) -> HttpResponse:
    reach = reach_of(request.user)
    found = get_object_or_404(Contact.objects.visible_to(reach).select_related("owner", "team"), pk=pk)
    positions = found.positions.select_related("company").filter(company__in=Company.objects.visible_to(reach))
    return show(
        request, "contacts/contact.html", contact=found, positions=positions, history=_history("contact", pk),
        custom=shown_of("contact", found.custom),
        may_change=reach.changes(found.owner_id, found.team_id),
    )  # fmt: skip


@login_required
def contact_new(request: SignedInRequest) -> HttpResponse:
    reach = _writing(request)
    companies = Company.objects.visible_to(reach)
    initial = {"owner": request.user, "company": request.GET.get("company"), "name": request.GET.get("name", "")}
    form = NewContactForm(
        request.POST or None, initial=initial, owners=people_in(reach, writing=True), companies=companies
    )
    similar: Any = []
    if form.is_valid():
        similar = _alike(request, search.similar_contacts, Contact.objects.visible_to(reach), form, "name", "email")
        if not similar and (made := attempt(form, actions.create_contact, by=request.user, **form.facts())):
            messages.success(request, _("Added %(name)s.") % {"name": made.name})
            return redirect("contacts:contact", made.pk)
    at = companies.filter(pk=_number(form["company"].value())).first()
    return _form_page(request, "contacts/contact-form.html", form, company=at, similar=similar)


@login_required
def contact_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Contact.objects.editable_by(reach_of(request.user)), pk=pk)
    form = ContactForm.of(found, request.POST or None, owners=_possible_owners(request, found))
    form, conflict = _revise(request, form, actions.revise_contact, found)
    if form.is_bound and not form.errors and not conflict:
        return redirect("contacts:contact", pk)
    return _form_page(request, "contacts/contact-form.html", form, contact=found, conflict=conflict)


# ── Who works where ────────────────────────────────────────────────────────────────────────────────


@login_required
def company_people(request: SignedInRequest, pk: int) -> HttpResponse:
    """Choose a contact who works at the company: `?q=` finds them, a POST links them."""
    reach = reach_of(request.user)
    at = get_object_or_404(Company.objects.editable_by(reach), pk=pk)
    people = Contact.objects.visible_to(reach)
    form = LinkForm(request.POST if request.method == "POST" else None, choices=people)
    if form.is_valid() and _link(request, form, form.cleaned_data["end"], at):
        return redirect("contacts:company", pk)
    text = request.GET.get("q", "").strip()
    found = search.closest(search.contacts_like(people, text), text) if text else people.order_by("name", "pk")
    found = found.exclude(positions__company=at).prefetch_related("positions__company")
    return show(request, "contacts/company-people.html", form=form, company=at, found=found[:8], search=text)


@login_required
def contact_companies(request: SignedInRequest, pk: int) -> HttpResponse:
    """Choose a company where the contact works: `?q=` finds it, a POST links it."""
    reach = reach_of(request.user)
    who = get_object_or_404(Contact.objects.editable_by(reach), pk=pk)
    everyone = Company.objects.visible_to(reach)
    form = LinkForm(request.POST if request.method == "POST" else None, choices=everyone)
    if form.is_valid() and _link(request, form, who, form.cleaned_data["end"]):
        return redirect("contacts:contact", pk)
    text = request.GET.get("q", "").strip()
    found = search.closest(search.companies_like(everyone, text), text) if text else everyone.order_by("name", "pk")
    found = found.exclude(positions__contact=who)
    return show(request, "contacts/contact-companies.html", form=form, contact=who, found=found[:8], search=text)


def _link(request: SignedInRequest, form: LinkForm, who: Contact, at: Company) -> Position | None:
    title = form.cleaned_data["title"]
    linked: Position | None = attempt(form, actions.link_contact, who, company=at, title=title, by=request.user)
    return linked


@login_required
def position(request: SignedInRequest, pk: int) -> HttpResponse:
    """The job title of a contact at a company. An empty POST of `remove` takes the link away."""
    found = get_object_or_404(_positions(reach_of(request.user)), pk=pk)
    form = PositionForm(request.POST or None, initial={"title": found.title})
    if "remove" in request.POST:
        actions.unlink_contact(found.contact, company=found.company, by=request.user)
        return redirect(_back(request, found))
    if form.is_valid() and attempt(
        form, actions.link_contact, found.contact, company=found.company, by=request.user, **form.cleaned_data
    ):
        return redirect(_back(request, found))
    return _form_page(request, "contacts/position.html", form, position=found, back=_back(request, found))


def _positions(reach: Reach) -> Any:
    """A link may be changed by whoever may change one of its ends and sees the other."""
    mine = Q(contact__in=Contact.objects.editable_by(reach)) | Q(company__in=Company.objects.editable_by(reach))
    seen = Position.objects.filter(
        contact__in=Contact.objects.visible_to(reach), company__in=Company.objects.visible_to(reach)
    )
    return seen.filter(mine).select_related("contact", "company")


def _back(request: SignedInRequest, found: Position) -> str:
    if (request.POST.get("at") or request.GET.get("at")) == "contact":
        return reverse("contacts:contact", args=[found.contact_id])
    return reverse("contacts:company", args=[found.company_id])


# ── Sources (settings) ─────────────────────────────────────────────────────────────────────────────


@admin_only
def sources(request: SignedInRequest) -> HttpResponse:
    form = SourceForm(request.POST or None)
    if form.is_valid() and attempt(form, actions.create_source, by=request.user, **form.cleaned_data):
        return redirect("contacts:sources")
    return show(
        request, "contacts/sources.html", form=form, sources=Source.objects.all(),
        section="sources",
    )  # fmt: skip


@admin_only
def source(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Source, pk=pk)
    form = SourceForm(request.POST or None, initial={"name": found.name})
    if form.is_valid() and attempt(form, actions.revise_source, found, by=request.user, **form.cleaned_data):
        return redirect("contacts:sources")
    return show(request, "contacts/source.html", form=form, source=found, section="sources")


@admin_only
@require_POST
def source_use(request: SignedInRequest, pk: int) -> HttpResponse:
    form = SourceUseForm(request.POST)
    form.is_valid()
    actions.revise_source(get_object_or_404(Source, pk=pk), by=request.user, **form.cleaned_data)
    return redirect("contacts:sources")


# ── What they share ────────────────────────────────────────────────────────────────────────────────


def _writing(request: SignedInRequest) -> Reach:
    """The reach of somebody who may make records at all."""
    reach = reach_of(request.user)
    if not reach.may_write:
        raise PermissionDenied
    return reach


def _possible_owners(request: SignedInRequest, record: Company | Contact) -> Any:
    people = people_in(reach_of(request.user), writing=True).values("pk")
    return User.objects.filter(Q(pk__in=people) | Q(pk=record.owner_id))


def _alike(request: SignedInRequest, find: Callable[..., Any], among: Any, form: RecordForm, *names: str) -> Any:
    """What may be there already, until the person says “Add anyway”."""
    if "anyway" in request.POST:
        return []
    return find(among, **{name: form.cleaned_data[name] for name in names})


def _revise[F: RecordForm](
    request: SignedInRequest, form: F, verb: Callable[..., Any], record: Company | Contact
) -> tuple[F, Conflict | None]:
    if not form.is_valid():
        return form, None
    version = form.cleaned_data["version"]
    try:
        attempt(form, verb, record, version=version, by=request.user, **form.revised())
    except Conflict as conflict:
        return form.rebased(conflict.current), conflict
    return form, None


def _form_page(
    request: SignedInRequest,
    template: str,
    form: RecordForm | PositionForm,
    *,
    conflict: Conflict | None = None,
    similar: Any = (),
    **context: Any,
) -> HttpResponse:
    """409 with what somebody else changed, 422 with what is there already or is wrong; the text typed stays."""
    theirs = wording.entries([conflict.change])[0] if conflict else None
    status = 409 if conflict else 422 if similar else 0
    return show(request, template, status=status, form=form, theirs=theirs, similar=similar, **context)


def _history(noun: str, pk: int) -> list[wording.Entry]:
    events = Event.objects.filter(noun=noun, object_id=pk).select_related("actor").order_by("-pk")
    return wording.entries(events[:HISTORY])


def _number(value: Any) -> int:
    text = str(getattr(value, "pk", value) or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
