"""Files of a deal: added, read, deleted and had back. Reach is asked each time, also for the bytes."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from crm.access import reach_of
from crm.request import SignedInRequest
from crm.views.answers import attempt
from pipeline.deal_forms import FilesForm
from pipeline.filing import add_files, delete_file, restore_file
from pipeline.models import Deal, DealFile
from pipeline.serving import served
from pipeline.views.answers import changeable, changed, dialog


@login_required
def deal_files(request: SignedInRequest, pk: int) -> HttpResponse:
    """GET is the form, POST adds one or more."""
    deal = changeable(request, pk)
    form = FilesForm(request.POST or None, request.FILES or None)
    if form.is_valid() and (added := attempt(form, add_files, deal, files=form.cleaned_data["file"], by=request.user)):
        text = ngettext("%(count)d file added", "%(count)d files added", len(added)) % {"count": len(added)}
        return changed(request, deal, text, undo=False)
    return dialog(request, "pipeline/files.html", deal=deal, form=form)


@login_required
@require_safe
def file_content(request: SignedInRequest, pk: int) -> HttpResponse:
    """The bytes, to be saved; `?inline` shows an image or a PDF, walled off from everything else of ours."""
    mine = Deal.objects.visible_to(reach_of(request.user))
    return served(request, get_object_or_404(DealFile, pk=pk, deleted_at=None, deal__in=mine))


@login_required
@require_POST
def file_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    file = delete_file(_changeable(request, pk), by=request.user)
    back = reverse("pipeline:file-restore", args=[file.pk])
    return changed(request, changeable(request, file.deal_id), _("Deleted: %(file)s") % {"file": file.name}, undo=back)


@login_required
@require_POST
def file_restore(request: SignedInRequest, pk: int) -> HttpResponse:
    file = restore_file(_changeable(request, pk), by=request.user)
    return changed(
        request, changeable(request, file.deal_id), _("Restored: %(file)s") % {"file": file.name}, undo=False
    )


def _changeable(request: SignedInRequest, pk: int) -> DealFile:
    return get_object_or_404(DealFile, pk=pk, deal__in=Deal.objects.editable_by(reach_of(request.user)))
