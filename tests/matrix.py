"""Every address of Penstock with real objects in it, and everyone who might ask for it."""

import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from typing import Any, NamedTuple

from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from contacts.models import Position
from crm.custom.actions import create_custom_field
from crm.models import Alert, ApiToken, Currency, Event, ExchangeRate, Job
from crm.periods import month_of
from crm.rates import set_plan_rate
from forecasting.actions import set_quota, set_quotas
from forecasting.judging import adjust
from forecasting.models import Export, Quota
from forecasting.setting import Entry
from pipeline.actions import change_deals
from pipeline.activities import plan_activity
from pipeline.books import create_price_book
from pipeline.filing import add_file
from pipeline.models import TaxClass, Unit
from pipeline.saving import save_view
from tests.cast import Cast
from tests.matrix_of_quotes import quote_objects

ROLES = ["anon", "alice", "bob", "mia", "charlie", "max", "dana", "ravi", "ira"]
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class Address(NamedTuple):
    name: str  # as in reverse()
    pattern: str
    converters: dict[str, Any]


def addresses() -> list[Address]:
    """Every address of ours; Django's admin has its own tests and only admins."""
    return [address for address in _walk(get_resolver().url_patterns) if not address.name.startswith("admin:")]


def _walk(patterns: Any, space: str = "", prefix: str = "", converters: Any = None) -> Iterator[Address]:
    for each in patterns:
        pattern, known = prefix + str(each.pattern), {**(converters or {}), **each.pattern.converters}
        if isinstance(each, URLResolver):
            yield from _walk(
                each.url_patterns, space + (f"{each.namespace}:" if each.namespace else ""), pattern, known
            )
        elif isinstance(each, URLPattern):
            yield Address(space + (each.name or pattern), pattern, known)


def path_of(address: Address, objects: dict[str, Any]) -> str:
    """The address with objects in the place of its parameters."""
    text = re.sub(r"\(\?P(<\w+>)[^)]*\)", r"\1", address.pattern)
    text = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(value_of(address, match[1], objects)), text)
    path = "/" + text.replace("^.*", "nothing-of-the-kind/").replace("^", "").replace("$", "")
    return path + QUERIES.get(address.name, "").format(
        person=objects["alice"], deal=objects["deal.pk"], team=objects["team.pk"], quote=objects["quote.pk"]
    )


def value_of(address: Address, parameter: str, objects: dict[str, Any]) -> Any:
    noun = NOUNS.get(address.name) or address.name.partition(":")[2]
    for key in (f"{noun}.{parameter}", f"{noun.partition('-')[0]}.{parameter}", parameter):
        if key in objects:
            return objects[key]
    raise LookupError(
        f"tests/matrix.py does not know which {parameter} to ask {address.name} for: tell it in `objects`"
    )


# What an address needs to know beyond its path.
QUERIES = {
    "api:forecast-explanation": "?row=person-{person}-{team}&measure=won",
    "api:quotes-comparison": "?with={quote}",
    "forecasting:quota-history": "?owner={person}",
    "pipeline:board-news": "?deal={deal}",
    "pipeline:view-new": "?screen=list",
}

# Which noun an address is about, where its name does not begin with it.
NOUNS = {
    "pipeline:stage-new": "pipeline-of-settings",
    "pipeline:stage-order": "pipeline-of-settings",
    "pipeline:deals-of-company": "company",
    "pipeline:deals-of-contact": "contact",
    "api:delivery-templates-detail": "delivery-templates",
    "api:delivery-templates-steps": "delivery-templates",
    "api:quota-batches-detail": "quota-batches",
    "api:quota-batches-undoings": "quota-batches",
}


def objects_of(cast: Cast) -> dict[str, Any]:
    """`noun.parameter` → value. The deal, its activity, company, contact and quota are Alice's, of the North team."""
    deal = cast.deal()
    call = plan_activity(deal, subject="Call", due_on=cast.today, by=cast.alice)
    set_quota(owner=cast.alice, period=month_of(date(2030, 1, 1)), amount=cast.pump.unit_price, by=cast.mia)
    quota = Quota.objects.get()
    sent = set_quotas([Entry(cast.bob, month_of(date(2030, 1, 1)), quota.amount)], kind="sent", by=cast.mia)
    assert sent is not None
    said = adjust(
        owner=cast.alice, team=cast.north, period=month_of(date(2030, 1, 1)), measure="forecast",
        amount=cast.pump.unit_price, by=cast.mia,
    )  # fmt: skip
    assert said is not None
    planned = set_plan_rate(
        currency=Currency.objects.get(pk="USD"), period=month_of(date(2030, 1, 1)), rate=cast.pump.unit_price, by=None
    )
    assert planned is not None
    bulk = change_deals([deal.pk], "hand_over", {"to": cast.alice}, title="Hand over", by=cast.alice)
    view = save_view(screen="list", name="Hers", query="mine=1", by=cast.alice)
    token, _key = ApiToken.issue(user=cast.alice, name="Hers", scopes=["*:read"])
    file = add_file(deal, file=ContentFile(b"%PDF-1.7"), name="offer.pdf", by=cast.alice)
    custom_field = create_custom_field(noun="company", label="Region", kind="text", by=cast.dana)
    alert = Alert.objects.create(user=cast.alice, kind="quota", about="2030-Q1", facts=ALERTED)
    book = create_price_book(name="List", currency=cast.pump.currency, by=cast.dana)
    numbers = {
        "alert": alert.pk, "alerts": alert.pk,
        "deal": deal.pk, "deals": deal.pk, "activity": call.pk, "activities": call.pk, "company": cast.acme.pk,
        "file": file.pk,
        "companies": cast.acme.pk, "contact": cast.carol.pk, "contacts": cast.carol.pk,
        "position": Position.objects.get().pk, "source": cast.referral.pk, "sources": cast.referral.pk,
        "pipeline": cast.pipeline.pk, "pipelines": cast.pipeline.pk, "pipeline-of-settings": cast.pipeline.pk,
        "stage": cast.stages["Demo"].pk, "stages": cast.stages["Demo"].pk, "product": cast.pump.pk,
        "products": cast.pump.pk, "unit": Unit.objects.get(code="HUR").pk, "units": Unit.objects.get(code="HUR").pk,
        "tax": TaxClass.objects.get(name="Exempt").pk, "price": book.pk,
        "reason": cast.fit.pk, "win-reasons": cast.fit.pk, "loss-reasons": cast.price.pk,
        "person": cast.bob.pk, "users": cast.bob.pk, "team": cast.north.pk, "teams": cast.north.pk, "token": token.pk,
        "quotas": quota.pk, "quota-batch-undo": sent.pk, "quota-batches": sent.pk,
        "adjustments": said.pk, "events": Event.objects.get(kind="pipeline.created").pk,
        "exchange-rates": ExchangeRate.objects.get().pk, "exchange": ExchangeRate.objects.get().pk,
        "plan": planned.pk,
        "custom": custom_field.pk, "custom-fields": custom_field.pk, "win": cast.fit.pk, "loss": cast.price.pk,
        "deals-bulk-undo": bulk.pk, "view": view.pk, "views": view.pk, "job": bulk.job.pk,
        "export-file": written(cast).pk,
    }  # fmt: skip
    return {f"{noun}.pk": pk for noun, pk in numbers.items()} | {
        "alice": cast.alice.pk,
        "deals.file": file.pk,
        "board.pipeline": cast.pipeline.pk,
        "board.column": cast.stages["Demo"].pk,
        "deal-facts.fact": "amount",
        "products.kind": "prices",
        "reason.kind": "win",
        "reason-new.kind": "win",
        "reason-order.kind": "win",
        "reason-merge.kind": "win",
        "reason-merge.pk": cast.fit.pk,
        "export.form": "csv",
        "cell.row": f"person-{cast.alice.pk}-{cast.north.pk}",
        "cell.measure": "forecast",
        "quota.subject": f"person-{cast.alice.pk}",
        "quota.period": "2030-01",
        "adjustment.line": f"person-{cast.alice.pk}-{cast.north.pk}",
        "adjustment.period": "2030-01",
        "adjustment.measure": "forecast",
        "contacts.company": cast.acme.pk,
        "currency.code": "EUR",
        "currencies.pk": "EUR",
        "custom-field-new.noun": "deal",
    } | quote_objects(cast, deal)  # fmt: skip


def written(cast: Cast) -> Export:
    """A file that a worker wrote for Alice."""
    job = Job.objects.create(kind="write_deals", title="deals.csv", by=cast.alice, state=Job.State.DONE)
    export = Export.objects.create(by=cast.alice, job=job, row="-", measure="won", form="csv", name="deals.csv")
    export.path.parent.mkdir(parents=True, exist_ok=True)
    export.path.write_bytes(b"Number\r\n")
    return export


ALERTED = {"names": ["Bob"], "count": 1, "period": "2030-Q1"}


class Everyone:
    """A client for each role, signed in; Ira calls with a token and nothing else. All ask about the same objects."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.objects = objects_of(cast)
        self.clients = {role: self.client(role) for role in ROLES}

    def client(self, role: str) -> Client:
        client = Client(raise_request_exception=False)
        if role == "ira":
            _token, key = ApiToken.issue(user=self.cast.ira, name="API", scopes=["*:read", "*:write"])
            client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        elif role != "anon":
            client.force_login(getattr(self.cast, role), "crm.backends.PasswordBackend")
        return client

    def ask(self, role: str, method: str, path: str) -> int:
        """The status of the answer; whatever it changed is taken back, in the browser too."""
        is_api = path.startswith("/api/")
        kind = "application/json" if is_api else "application/x-www-form-urlencoded"
        body = b"{}" if is_api and method != "GET" else b""
        client = self.clients[role]
        cookies = deepcopy(client.cookies)
        with transaction.atomic():
            response = client.generic(method, path, body, content_type=kind)
            transaction.set_rollback(True)
        client.cookies = cookies
        return response.status_code
