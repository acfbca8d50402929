"""What goes on in the background: how far it is, what it left out, and how to stop it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from crm.jobs import cancel_job, jobs_of
from crm.paging import page_newest_first
from crm.request import SignedInRequest


@login_required
@require_safe
def jobs(request: SignedInRequest) -> HttpResponse:
    """One's own, newest first; an administrator sees everybody's."""
    page = page_newest_first(request, jobs_of(request.user).select_related("by").defer("report"))
    return render(request, "crm/jobs.html", {"page": page})


@login_required
@require_safe
def job(request: SignedInRequest, pk: int) -> HttpResponse:
    """With its report; for scripts only the strip, which asks again by itself until the job has come to its end."""
    found = get_object_or_404(jobs_of(request.user).select_related("by"), pk=pk)
    template = "crm/job-strip.html" if request.headers.get("HX-Request") else "crm/job.html"
    return render(request, template, {"job": found})


@login_required
@require_POST
def job_cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    cancelled = cancel_job(get_object_or_404(jobs_of(request.user), pk=pk), by=request.user)
    if request.headers.get("HX-Request"):
        return render(request, "crm/job-strip.html", {"job": cancelled})
    return redirect("crm:job", pk=pk)
