"""The letterhead's settings. Only administrators come here."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from crm.access import admin_only
from crm.request import SignedInRequest
from crm.views.answers import attempt, show
from quotes.actions.letterhead import revise_letterhead
from quotes.letterhead_forms import LetterheadForm
from quotes.models import LANGUAGES, Letterhead
from quotes.previews import sample
from quotes.serving import served_page


@admin_only
def letterhead(request: SignedInRequest) -> HttpResponse:
    current = Letterhead.objects.filter(pk=1).first() or Letterhead(pk=1)
    form = LetterheadForm.of(current, request.POST or None, request.FILES or None)
    if form.is_valid() and attempt(form, revise_letterhead, by=request.user, **form.facts()):
        messages.success(request, _("Saved."))
        return redirect("quotes:letterhead")
    return show(
        request, "quotes/letterhead.html", section="letterhead", form=form, letterhead=current, languages=LANGUAGES
    )


@admin_only
@require_safe
def letterhead_page(request: SignedInRequest, language: str) -> HttpResponse:
    """How a quote looks on it."""
    return served_page(request, sample(language if language in dict(LANGUAGES) else "en", request.user.name), 1)
