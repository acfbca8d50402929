"""What a reminder says on paper and in its mail: which invoice, since when, and what of it is still to be paid."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from quotes.documents import Data, letterhead_part, lines_part
from quotes.models import Invoice, Tone
from quotes.totals import totals_of
from quotes.wording import Speech

SHOWN = 10  # lines of the invoice: with the letter, a page
COLUMNS = ("position", "item", "quantity", "amount")


@dataclass(frozen=True, slots=True)
class Level:
    """The `number`-th reminder, on the day `on`, asking for payment within `days`."""

    number: int
    tone: str
    on: date
    days: int


def usual_tone(number: int, most: int) -> Tone:
    """Of so many reminders."""
    return Tone.FIRST if number == 1 else Tone.LAST if number >= most else Tone.NEXT


def title_of(say: Speech, level: Level) -> str:
    return say(f"reminder_{level.tone}", level=level.number)


def letter_of(say: Speech, invoice: Invoice, level: Level) -> list[str]:
    """Its paragraphs, from the greeting to what is asked for."""
    assert invoice.due_on is not None
    amount = say.money(invoice.owed, invoice.currency_id, invoice.currency.digits)
    words = {"number": invoice.number, "amount": amount, "day": say.day(invoice.due_on)}
    asked = words | {"day": say.day(level.on + timedelta(days=level.days))}
    text = say(f"reminder_{level.tone}_text", **words)
    return [greeting_of(say, invoice), text, say("please_pay", **asked), say("paid_meanwhile")]


def greeting_of(say: Speech, invoice: Invoice) -> str:
    return say("greeting", name=invoice.contact.name) if invoice.contact else say("greeting_nobody")


def reminder_document_of(invoice: Invoice, level: Level) -> Data:
    assert invoice.due_on is not None
    assert invoice.issued_on is not None
    say, owner = Speech(invoice.language), invoice.deal.owner
    facts = [
        (say("date"), say.day(level.on)),
        (say("invoice"), invoice.number),
        (say("of_day"), say.day(invoice.issued_on)),
        (say("due_on"), say.day(invoice.due_on)),
        (say("overdue"), say("days", count=(level.on - invoice.due_on).days)),
        (say("contact"), owner.name),
    ]
    return {
        **letterhead_part(say),
        "date": level.on.isoformat(),
        "kind": title_of(say, level),
        "number": invoice.number,
        "to": invoice.address.splitlines(),
        "facts": [list(fact) for fact in facts],
        "subject": invoice.title,
        "introduction": "\n\n".join(letter_of(say, invoice, level)),
        **_summary(say, invoice),
        "notes": [{"head": "", "text": f"{say('regards')}\n{owner.name}"}],
        "href": "",
        "answer": "",
    }


def _summary(say: Speech, invoice: Invoice) -> Data:
    """Its first lines in brief, and how what is owed comes about. Not its taxes: it is no second invoice."""
    lines, digits = list(invoice.lines.all()), invoice.currency.digits
    part = lines_part(say, invoice, lines, totals_of(invoice, lines))
    rows = [row | {"description": ""} for row in part["rows"]]
    if (more := len(rows) - SHOWN) > 0:
        rows[SHOWN:] = [{"kind": "note", "name": say("more_lines", count=more)}]
    sums: list[tuple[str, Decimal, str]] = [("total", invoice.total, "strong")]
    sums += [(name, -sum_, "plain") for name, sum_ in (("paid", invoice.paid), ("credited", invoice.credited)) if sum_]
    totals = [
        {"label": say(name, currency=invoice.currency_id), "value": say.amount(amount, digits), "style": style}
        for name, amount, style in [*sums, ("open_amount", invoice.owed, "total")]
    ]
    return {"columns": [each for each in part["columns"] if each["name"] in COLUMNS], "rows": rows, "totals": totals}
