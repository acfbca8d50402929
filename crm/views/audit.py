"""Who did what, when and from where. The table itself can't be changed; this only reads it."""

from typing import Any

from django.db import connection
from django.http import HttpResponse

from crm import wording
from crm.access import admin_only
from crm.models import Event, User
from crm.paging import page_newest_first
from crm.request import SignedInRequest
from crm.views.answers import show

# Each next noun is one step down the index on (noun, …): counting through millions of events is not needed.
NOUNS = """
WITH RECURSIVE nouns AS (
    SELECT min(noun) AS noun FROM crm_event
    UNION ALL SELECT (SELECT min(noun) FROM crm_event WHERE noun > nouns.noun) FROM nouns WHERE nouns.noun IS NOT NULL
) SELECT noun FROM nouns WHERE noun IS NOT NULL
"""


@admin_only
def audit(request: SignedInRequest) -> HttpResponse:
    """`?person=&noun=`, newest first, by key."""
    events = Event.objects.select_related("actor")
    person, noun = request.GET.get("person", ""), request.GET.get("noun", "")
    if person.isascii() and person.isdigit() and len(person) < 19:
        events = events.filter(actor=int(person))
    if noun:
        events = events.filter(noun=noun)
    listed = page_newest_first(request, events)
    context: dict[str, Any] = {"entries": wording.entries(listed.rows), "listed": listed}
    context |= {"person": person, "noun": noun}
    if request.headers.get("HX-Request") and "after" in request.GET:
        return show(request, "crm/audit.html#rows", **context)
    return show(request, "crm/audit.html", section="audit", people=User.objects.all(), nouns=_nouns(), **context)


def _nouns() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(NOUNS)
        return [(noun, wording.noun(noun)) for (noun,) in cursor.fetchall()]
