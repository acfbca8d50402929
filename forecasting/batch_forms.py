"""What may be typed to set many quotas at once. Each form knows what it proposes; verbs save."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.calendar import fiscal_calendar, periods_in
from crm.forms import AmountField, Form, LongText, number_typed
from crm.models import Currency
from crm.periods import BadPeriod, Period
from forecasting.batches import Draft
from forecasting.models import QuotaBatch
from forecasting.pasting import NOTHING, Block, TooMuch, apart, block_of
from forecasting.proposals import Proposal, Subject, copy_forward, spread
from forecasting.setting import Entry
from forecasting.wording import period_label, short_label

EVERYBODY = ("", gettext_lazy("Everybody whose quotas I set"))


class ManyForm(Form):
    """About a draft: a year, a type, and whose quotas may be set in it."""

    kind: str
    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=2000, required=False, help_text=gettext_lazy("Kept with each revision.")
    )

    def __init__(self, draft: Draft, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.draft = draft
        self.order_fields([name for name in self.fields if name != "note"])
        if "subject" in self.fields:
            nobody = [EVERYBODY] if not self.fields["subject"].required else []
            self.fields["subject"].choices = [*nobody, *draft.choices]  # type: ignore[attr-defined]
        if draft.type.is_count:
            self.fields.pop("currency", None)

    def propose(self) -> Proposal:
        raise NotImplementedError

    @property
    def known(self) -> dict[str, Any]:
        """What goes with every entry."""
        currency = self.cleaned_data.get("currency")
        return {
            "currency": currency.pk if currency else "", "type": self.draft.type, "note": self.cleaned_data["note"],
        }  # fmt: skip


def _currency() -> "forms.ModelChoiceField[Currency]":
    return forms.ModelChoiceField(
        label=gettext_lazy("Currency"),
        queryset=Currency.objects.filter(is_active=True),
        required=False,
        empty_label=gettext_lazy("As it was"),
    )


class SpreadForm(ManyForm):
    kind = QuotaBatch.Kind.SPREAD
    subject = forms.ChoiceField(label=gettext_lazy("Whose year"))
    amount = AmountField(
        label=gettext_lazy("For the whole year"),
    )
    currency = _currency()
    into = forms.ChoiceField(
        label=gettext_lazy("Into"),
        choices=[("month", gettext_lazy("Months")), ("quarter", gettext_lazy("Quarters"))],
    )
    shape = forms.ChoiceField(
        label=gettext_lazy("How"),
        choices=[
            ("even", gettext_lazy("Evenly")),
            ("won", gettext_lazy("As last year was won")),
            ("quotas", gettext_lazy("As last year’s quotas")),
        ],
    )

    def propose(self) -> Proposal:
        known = self.cleaned_data
        subject = self.draft.subjects[known["subject"]]
        return spread(subject, self.draft.year, known["amount"], into=known["into"], shape=known["shape"], **self.known)


class CopyForm(ManyForm):
    kind = QuotaBatch.Kind.COPY
    period = forms.ChoiceField(label=gettext_lazy("What"))
    subject = forms.ChoiceField(label=gettext_lazy("Whose"), required=False)
    percent = forms.DecimalField(
        label=gettext_lazy("More or less, in percent"),
        localize=True,
        required=False,
        min_value=Decimal(-100),
        max_value=Decimal(10_000),
        decimal_places=4,
        initial=0,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "input num"}),
    )

    def __init__(self, draft: Draft, data: Any = None, initial: Any = None) -> None:
        super().__init__(draft, data, initial)
        calendar = fiscal_calendar()
        periods = [draft.year, *sorted(periods_in(draft.year, calendar), key=lambda period: period.kind, reverse=True)]
        arrow = "{} \N{RIGHTWARDS ARROW} {}"
        self.periods = {period.key: period for period in periods}
        self.fields["period"].choices = [  # type: ignore[attr-defined]
            (period.key, arrow.format(period_label(period), period_label(calendar.beside(period, 1))))
            for period in periods
        ]

    def propose(self) -> Proposal:
        known = self.cleaned_data
        chosen = self.draft.subjects.get(known["subject"])
        subjects = [chosen] if chosen else self.draft.subjects.values()
        period = self.periods[known["period"]]
        percent = known["percent"] or Decimal(0)
        return copy_forward(subjects, period, percent=percent, type=self.draft.type, note=known["note"])


class PasteForm(ManyForm):
    """Names and periods are read where the block has them; else it is laid from `subject` down and `period` on."""

    kind = QuotaBatch.Kind.PASTE
    text = LongText(
        label=gettext_lazy("Cells of a spreadsheet"),
        rows=8,
        max_length=400_000,
        strip=False,  # an empty corner counts
        help_text=gettext_lazy("Names in the first column and periods in the first row are recognised."),
    )
    subject = forms.ChoiceField(label=gettext_lazy("Without names, from"), required=False)
    period = forms.ChoiceField(label=gettext_lazy("Without periods, from"))
    currency = _currency()

    def __init__(self, draft: Draft, data: Any = None, initial: Any = None) -> None:
        super().__init__(draft, data, initial)
        self.fields["subject"].choices = draft.choices  # type: ignore[attr-defined]
        self.periods = periods_in(draft.year, fiscal_calendar())
        choices = [(period.key, period_label(period)) for period in self.periods]
        self.fields["period"].choices = choices  # type: ignore[attr-defined]
        self.labels = {
            text.casefold(): period
            for period in self.periods
            for text in (short_label(period), period_label(period), period.key)
        }

    def clean_text(self) -> Block:
        try:
            return block_of(self.cleaned_data["text"], self._is_period)
        except TooMuch:
            raise forms.ValidationError(_("This is too much at once.")) from None

    def propose(self) -> Proposal:
        block: Block = self.cleaned_data["text"]
        proposal = Proposal([])
        subjects = self._subjects(block, proposal)
        periods = self._periods(block, proposal)
        found: dict[Any, Entry] = {}
        for subject, row in zip(subjects, block.rows, strict=False):
            for period, text in zip(periods, row, strict=False):
                if subject and period and text not in NOTHING and (entry := self._entry(subject, period, text)):
                    found[entry.key] = entry
                elif subject and period and text not in NOTHING:
                    proposal.unread.append(_("“%(text)s” is not an amount.") % {"text": text[:40]})
        proposal.entries = list(found.values())
        return proposal

    def _subjects(self, block: Block, proposal: Proposal) -> list[Subject | None]:
        if block.names is None:
            rows = {row.subject: row for row in self.draft.rows}
            first = self.cleaned_data["subject"] or next(iter(rows), "")
            alike = [key for key in rows if (rows[key].kind == "person") == first.startswith("person")]
            below = alike[alike.index(first) :] if first in alike else []
            if len(below) < len(block.rows):
                proposal.unread.append(_("There are more rows than people or teams below the first."))
            return [self.draft.subjects[key] for key in below]
        by_name = {row.name.casefold(): self.draft.subjects[row.subject] for row in reversed(self.draft.rows)}
        emails = {each.email: each for each in self.draft.subjects.values() if hasattr(each, "email")}
        found = [by_name.get(name.casefold()) or emails.get(name.casefold()) for name in block.names]
        unknown = [name for name, subject in zip(block.names, found, strict=True) if subject is None and name]
        text = _("“%(name)s” is nobody whose quota you set.")
        proposal.unread += [text % {"name": name[:40]} for name in unknown]
        return found

    def _periods(self, block: Block, proposal: Proposal) -> list[Period | None]:
        if block.heads is not None:
            return [self._period(head) if head else None for head in block.heads]
        first = next(period for period in self.periods if period.key == self.cleaned_data["period"])
        alike = [period for period in self.periods if period.kind == first.kind and period.start >= first.start]
        if block.rows and max(map(len, block.rows)) > len(alike):
            proposal.unread.append(_("There are more columns than periods left in the year."))
        return list(alike)

    def _is_period(self, text: str) -> bool:
        return self._period(text) is not None

    def _period(self, text: str) -> Period | None:
        if known := self.labels.get(text.casefold()):
            return known
        try:
            period = fiscal_calendar().parse(text)
        except BadPeriod:
            return None
        return period if period.kind in {"month", "quarter"} else None

    def _entry(self, subject: Subject, period: Period, text: str) -> Entry | None:
        number, currency = apart(text)
        try:
            amount = number_typed(number)
        except ValueError:
            return None
        known = self.known
        if currency and not self.draft.type.is_count:
            if not Currency.objects.filter(pk=currency).exists():
                return None
            known["currency"] = currency
        return Entry(subject, period, amount, **known)
