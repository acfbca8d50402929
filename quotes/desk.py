"""What the pages of quotes and invoices have in common: a document that is typed into while it is a draft."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import cached_property

from contacts.models import Contact
from crm.access import Reach
from pipeline.models import TaxClass, Unit
from pipeline.pricing import Totals
from quotes.entering import Entry, Row, keyed, rows_of
from quotes.models import Invoice, PricedLine, Quote
from quotes.totals import priced, totals_of


@dataclass
class Desk[D: (Quote, Invoice)]:
    """`noun` names its page, and the document in the templates."""

    noun: ClassVar[str]
    badge: ClassVar[str]  # the template of its state
    texts_of: ClassVar[tuple[str, ...]]  # fields of the form in their own box
    beside: ClassVar[tuple[str, ...]]  # fields with a place of their own
    has_options: ClassVar[bool] = False  # whether a line may be optional

    document: D
    reach: Reach
    entry: Entry | None = None  # what was sent, and is shown as it was typed
    form: Any = None
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)  # about the whole
    saved: Entry | None = None  # what has just been stored
    overtaken: str = ""  # who saved it first
    problem: str = ""  # why a button did nothing

    def form_of(self, data: QueryDict | None = None) -> Any:
        raise NotImplementedError

    @property
    def address(self) -> str:
        return reverse(f"quotes:{self.noun}", args=[self.document.pk])

    @property
    def products_address(self) -> str:
        return reverse(f"quotes:{self.noun}-products", args=[self.document.pk])

    @cached_property
    def lines(self) -> Sequence[PricedLine]:
        raise NotImplementedError

    @cached_property
    def rows(self) -> list[Row]:
        if self.entry:
            return self.entry.rows
        rows = rows_of(self.lines, self.document.currency.digits)
        return keyed(rows, self.saved, self.document) if self.saved else rows

    @cached_property
    def shown_rows(self) -> list[Row]:
        """Where they are typed into, with what their taxes are called."""
        names = {each.pk: each.name for each in self.tax_classes} if self.is_edited else {}
        for row in self.rows:
            row.tax_name = names.get(row.tax_class or 0, "")
        return self.rows

    @cached_property
    def facts(self) -> Any:
        return self.form or self.form_of()

    @property
    def focus(self) -> str:
        return self.saved.focus if self.saved else ""

    @cached_property
    def totals(self) -> Totals:
        return totals_of(self.document, self.lines)

    @cached_property
    def counts(self) -> tuple[int, int]:
        """How many lines are in the total, and how many there are."""
        lines = priced(self.lines)
        return sum(line.counts for line in lines), len(lines)

    @cached_property
    def discount_percent(self) -> Any:
        whole = self.totals.lines_total
        return self.totals.discount / whole if whole else None

    @property
    def lock(self) -> int:
        """What the page has seen of the document."""
        return self.entry.lock or 0 if self.entry else self.document.lock

    @property
    def texts(self) -> list[Any]:
        return [self.facts[name] for name in self.texts_of]

    @property
    def has_wrong_text(self) -> bool:
        return any(field.errors for field in self.texts)

    @property
    def complaints(self) -> list[str]:
        """What was refused and stands beside no field."""
        shown = {*self.texts_of, *self.beside}
        left = [text for name, texts in self.errors.items() if name not in shown for text in texts]
        return list(dict.fromkeys(left))

    @cached_property
    def may_change(self) -> bool:
        """Whether the person may change the deal, and so what belongs to it."""
        return self.reach.changes(self.document.deal.owner_id, self.document.deal.team_id)

    @property
    def is_edited(self) -> bool:
        return self.may_change and self.document.is_draft

    @cached_property
    def tax_classes(self) -> list[TaxClass]:
        used = {row.tax_class for row in self.rows}
        return list(TaxClass.objects.filter(Q(is_active=True) | Q(pk__in=used - {None})))

    @cached_property
    def units(self) -> list[str]:
        return [unit.name_in(self.document.language) for unit in Unit.objects.all()]

    @cached_property
    def contacts(self) -> Any:
        """The people at the company and on the deal."""
        document = self.document
        there = Q(positions__company=document.company_id) if document.company_id else Q()
        known = Contact.objects.filter(there | Q(deal_roles__deal=document.deal_id) | Q(pk=document.contact_id))
        return Contact.objects.visible_to(self.reach).filter(pk__in=known.values("pk")).order_by("name")
