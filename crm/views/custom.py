"""The fields that the company adds to deals, companies and contacts. Only administrators come here."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.access import admin_only
from crm.custom import actions
from crm.custom.settings_forms import CustomFieldForm, NewCustomFieldForm
from crm.models import CustomField, CustomNoun
from crm.request import SignedInRequest
from crm.views.answers import attempt, show


@admin_only
def custom_fields(request: SignedInRequest) -> HttpResponse:
    fields = list(CustomField.objects.all())
    groups = [
        (noun, [field for field in fields if field.noun == noun and field.archived_at is None]) for noun in CustomNoun
    ]
    archived = [field for field in fields if field.archived_at]
    return show(request, "crm/custom-fields.html", section="custom-fields", groups=groups, archived=archived)


@admin_only
def custom_field_new(request: SignedInRequest, noun: str) -> HttpResponse:
    if noun not in CustomNoun.values:
        raise Http404
    form = NewCustomFieldForm(request.POST or None, noun=noun)
    if form.is_valid() and (
        made := attempt(form, actions.create_custom_field, noun=noun, by=request.user, **form.facts())
    ):
        messages.success(request, _("Added %(name)s.") % {"name": made.label})
        return redirect("crm:custom-fields")
    return show(request, "crm/custom-field.html", section="custom-fields", form=form, noun=CustomNoun(noun))


@admin_only
def custom_field(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(CustomField, pk=pk)
    form = CustomFieldForm(request.POST or None, noun=found.noun, field=found)
    if form.is_valid() and attempt(form, actions.revise_custom_field, found, by=request.user, **form.revised()):
        messages.success(request, _("Saved."))
        return redirect("crm:custom-fields")
    noun, count = CustomNoun(found.noun), actions.used(found)
    return show(
        request, "crm/custom-field.html", section="custom-fields", form=form, noun=noun, field=found, count=count
    )


@admin_only
@require_POST
def custom_field_order(request: SignedInRequest, pk: int) -> HttpResponse:
    """`move=up` or `down` by one place."""
    found = get_object_or_404(CustomField, pk=pk, archived_at=None)
    ids = list(CustomField.objects.filter(noun=found.noun, archived_at=None).values_list("pk", flat=True))
    place = ids.index(found.pk)
    ids.insert(max(0, place + (-1 if request.POST.get("move") == "up" else 1)), ids.pop(place))
    actions.order_custom_fields(found.noun, ids, by=request.user)
    return redirect("crm:custom-fields")


@admin_only
def custom_field_archive(request: SignedInRequest, pk: int) -> HttpResponse:
    """Asks, saying how many records have a value."""
    found = get_object_or_404(CustomField, pk=pk)
    if request.method == "POST":
        actions.archive_custom_field(found, by=request.user)
        messages.success(request, _("Archived %(name)s.") % {"name": found.label})
        return redirect("crm:custom-fields")
    count = actions.used(found)
    return show(request, "crm/custom-field-archive.html", section="custom-fields", field=found, count=count)


@admin_only
@require_POST
def custom_field_restore(request: SignedInRequest, pk: int) -> HttpResponse:
    actions.restore_custom_field(get_object_or_404(CustomField, pk=pk), by=request.user)
    return redirect("crm:custom-fields")
