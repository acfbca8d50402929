"""A quote's page for its customer, who has no account: found by the link's token alone, and no way from there further.

Nothing here reads or sets a cookie, except to leave out our own people's looks; so no CSRF token is needed either: who
knows the token may answer, and nobody else knows it.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from functools import partial, wraps
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.csp import csp_override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from crm.counting import counted
from crm.errors import Refused
from crm.models import User
from crm.request import current_workspace, whole_number
from quotes.actions.answers import (
    LONGEST_EMAIL,
    LONGEST_NAME,
    Caller,
    accept_quote,
    ask_question,
    decline_quote,
    see_quote,
)
from quotes.colours import ink_on
from quotes.documents import document_for
from quotes.linking import digest_of
from quotes.models import LANGUAGES, OPEN, Letterhead, Quote, QuoteLink, Status
from quotes.showing import shown
from quotes.wording import Speech

MINUTE = 60
LOOKS, ANSWERS, MISSES = 120, 12, 30  # a minute: of one link, of one link, of one address
POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}
HEADERS = {
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store, private",
}
RELATED = ("quote__deal__owner", "quote__company", "quote__currency", "quote__book")
STANDING = {*OPEN, Status.ACCEPTED, Status.DECLINED, Status.EXPIRED}  # what others offered is not shown any more
View = Callable[[HttpRequest, QuoteLink, str], HttpResponse]


def public(view: View) -> Callable[[HttpRequest, str], HttpResponse]:
    """Give the view the link of the token. One that no longer works, or too many requests, get a page of their own."""

    @csrf_exempt
    @csp_override(POLICY)
    @wraps(view)
    def handle(request: HttpRequest, token: str) -> HttpResponse:
        link = QuoteLink.objects.select_related(*RELATED).filter(digest=digest_of(token)).first()
        language = link.quote.language if link else _asked_language(request)
        with translation.override(language):
            if _is_too_often(request, link):
                answer = _page("busy", language, status=429)
            elif link is None or not link.works(current_workspace().today):
                answer = _page("gone", language, status=410 if link else 404)
            else:
                answer = view(request, link, token)
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        return answer

    return handle


@public
@require_safe
def answer(request: HttpRequest, link: QuoteLink, token: str) -> HttpResponse:
    """The quote. `?choice=1&chosen=…` shows the totals with these optional lines."""
    if request.method == "GET" and not request.GET and "Sec-Purpose" not in request.headers:
        see_quote(link, by=request.user if isinstance(request.user, User) else None)
    return _quote_page(link, token, chosen=_chosen(request.GET), said=request.GET.get("said", ""))


@public
@require_POST
def accept(request: HttpRequest, link: QuoteLink, token: str) -> HttpResponse:
    """For the total that the page showed, and no other."""
    chosen, seen = _chosen(request.POST), _number(request.POST.get("total", ""))
    return _attempt(request, link, token, "accept", partial(accept_quote, chosen=chosen, seen=seen), chosen)


@public
@require_POST
def decline(request: HttpRequest, link: QuoteLink, token: str) -> HttpResponse:
    return _attempt(request, link, token, "decline", partial(decline_quote, reason=request.POST.get("text", "")))


@public
@require_POST
def ask(request: HttpRequest, link: QuoteLink, token: str) -> HttpResponse:
    return _attempt(request, link, token, "ask", partial(ask_question, text=request.POST.get("text", "")))


@public
@require_safe
def pdf(request: HttpRequest, link: QuoteLink, token: str) -> HttpResponse:
    """The very file that was sent."""
    document = None
    with suppress(Refused):  # a font is missing: docs/operating.md says which
        document = document_for(link.quote) if link.quote.status in STANDING else None
    if document is None:
        return _page("gone", link.quote.language, status=404)
    headers = {"Content-Disposition": f'attachment; filename="{document.name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(document.path.read_bytes(), content_type="application/pdf", headers=headers)


@public
@require_safe
def colours(request: HttpRequest, link: QuoteLink, token: str) -> HttpResponse:
    """The letterhead's accent, which a strict policy does not let the page say itself."""
    accent = Letterhead.current().accent
    css = f":root {{ --brand: {accent}; --on-brand: {ink_on(accent)}; }}"
    return HttpResponse(css, content_type="text/css", headers={"Cache-Control": "private, max-age=300"})


@public
@require_safe
def logo(request: HttpRequest, link: QuoteLink, token: str) -> HttpResponse:
    found = Letterhead.current().logo
    if found is None:
        return HttpResponse(status=404)
    headers = {"Cache-Control": "private, max-age=300", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(bytes(found.content), content_type=found.content_type, headers=headers)


# ── How it goes ────────────────────────────────────────────────────────────────────────────────────


def _attempt(
    request: HttpRequest,
    link: QuoteLink,
    token: str,
    form: str,
    verb: Callable[..., Any],
    chosen: list[int] | None = None,
) -> HttpResponse:
    try:
        verb(link.quote, caller=_caller(request, link), by=None)
    except Refused as refused:
        link.quote.refresh_from_db()
        typed, wrong = request.POST, list(refused.errors)
        return _quote_page(link, token, status=refused.status, chosen=chosen, typed=typed, wrong=wrong, form=form)
    return redirect(f"../?said={form}#said")


def _caller(request: HttpRequest, link: QuoteLink) -> Caller:
    return Caller(
        name=request.POST.get("name", ""),
        email=request.POST.get("email", ""),
        ip=request.META.get("REMOTE_ADDR") or None,
        user_agent=request.headers.get("User-Agent", ""),
        link=link,
    )


def _chosen(sent: Any) -> list[int] | None:
    """The optional lines that are ticked; None if the form was not of the choice."""
    return [number for text in sent.getlist("chosen") if (number := whole_number(text))] if "choice" in sent else None


def _number(text: str) -> Decimal:
    """What is no number equals no total."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")
    return value if value.is_finite() else Decimal("NaN")


def _is_too_often(request: HttpRequest, link: QuoteLink | None) -> bool:
    address = request.META.get("REMOTE_ADDR", "")
    if link is None:
        return counted(f"link:miss:{address}", MINUTE) > MISSES
    if request.method == "POST" and counted(f"link:answer:{link.pk}:{address}", MINUTE) > ANSWERS:
        return True
    return counted(f"link:look:{link.pk}:{address}", MINUTE) > LOOKS


def _asked_language(request: HttpRequest) -> str:
    asked = translation.get_language_from_request(request)
    return asked if asked in dict(LANGUAGES) else "en"


def _page(name: str, language: str, *, status: int) -> HttpResponse:
    """Without a word of the quote. Made without the request: nothing of a session can get into it."""
    say = Speech(language)
    words = {"head": say(f"{name}_head"), "text": say(f"{name}_told"), "say": say, "letterhead": Letterhead.current()}
    return HttpResponse(render_to_string("quotes/public-gone.html", words), status=status)


def _quote_page(
    link: QuoteLink,
    token: str,
    *,
    status: int = 200,
    chosen: list[int] | None = None,
    typed: Any = None,
    wrong: Sequence[str] = (),
    **said: str,
) -> HttpResponse:
    quote, say, letterhead = link.quote, Speech(link.quote.language), Letterhead.current()
    offered = shown(quote, say, chosen) if quote.status in STANDING else None
    context = said | {
        "quote": quote,
        "say": say,
        "letterhead": letterhead,
        "here": reverse("quotes:public", args=[token]),
        "shown": offered,
        "told": _told(quote, say),
        "can_answer": quote.status in OPEN and quote.valid_until >= current_workspace().today,
        "days": {"quoted_on": say.day(quote.quoted_on), "valid_until": say.day(quote.valid_until)},
        "quote_for": say("quote_for", company=quote.company) if quote.company else "",
        "accept_for": say("accept_for", total=offered.total_text) if offered else "",
        "has_document": offered and quote.sent_at,
        "person": _person(say, typed or {}, wrong),
        "typed": typed,
        "wrong": wrong,
        "foot": [part for part in _foot(letterhead) if part],
    }
    return HttpResponse(render_to_string("quotes/public.html", context), status=status)


class Field(NamedTuple):
    name: str
    type: str
    most: int
    label: str
    typed: str
    wrong: str


def _person(say: Speech, typed: Any, wrong: Sequence[str]) -> list[Field]:
    return [
        Field(name, type, most, say(f"your_{name}"), typed.get(name, ""), say(f"wrong_{name}") if name in wrong else "")
        for name, type, most in (("name", "text", LONGEST_NAME), ("email", "email", LONGEST_EMAIL))
    ]


def _foot(letterhead: Letterhead) -> tuple[str, ...]:
    place = f"{letterhead.postal_code} {letterhead.city}".strip()
    return letterhead.street, place, letterhead.phone, letterhead.email, letterhead.website


def _told(quote: Quote, say: Speech) -> str:
    """How the quote stands, if it cannot be answered."""
    day = say.day(timezone.localdate(quote.answered_at)) if quote.answered_at else ""
    match quote.status:
        case Status.ACCEPTED:
            accepted = quote.acceptance
            return say("accepted_by", name=accepted.name if accepted else "", day=day)
        case Status.DECLINED:
            return say("declined_told", day=day)
        case Status.SUPERSEDED:
            return say("superseded_told")
        case Status.CANCELLED:
            return say("cancelled_told")
        case Status.DRAFT | Status.WAITING:
            return say("draft_told")
    return say("expired_told", day=say.day(quote.valid_until)) if quote.valid_until < current_workspace().today else ""
