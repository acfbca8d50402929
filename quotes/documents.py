"""What a document says, every word and number written already.

`document_of` is for the preview and for sending alike. The layout is templates/quotes/documents/*.typ.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from babel import Locale

from pipeline.models import TaxKind
from pipeline.pricing import Totals
from quotes.keeping import kept, plan
from quotes.lines import rows_of
from quotes.linking import address_of
from quotes.models import DiscountKind, Document, DocumentKind, Letterhead, LineItem, LineKind, Quote, Status
from quotes.models.priced import PricedDocument, PricedLine
from quotes.owing import reason_of
from quotes.totals import totals_of
from quotes.wording import MINUS, Speech

type Data = dict[str, Any]

REASONS = {
    TaxKind.REVERSE: "reverse_charge",
    TaxKind.INTRA: "intra_community",
    TaxKind.EXPORT: "export",
}  # why there is no tax: it has to be said


# ── A quote ────────────────────────────────────────────────────────────────────────────────────────


def document_of(quote: Quote) -> Data:
    link = next((link for link in quote.links.all() if link.revoked_at is None), None)
    return told(quote, rows_of(quote), contact=quote.deal.owner.name, href=address_of(link) if link else "")


def told(quote: Quote, lines: Sequence[LineItem], *, contact: str, href: str = "") -> Data:
    say = Speech(quote.language)
    version = f", {say('version', version=quote.version)}" if quote.version > 1 else ""
    return {
        **letterhead_part(say),
        "date": quote.quoted_on.isoformat(),
        "kind": say("quote"),
        "number": quote.number + version,
        "to": quote.address.splitlines(),
        "facts": [
            [say("date"), say.day(quote.quoted_on)],
            [say("valid_until"), say.day(quote.valid_until)],
            [say("payment"), payment(say, quote.payment_days)],
            [say("contact"), contact],
        ],
        "subject": quote.title,
        "introduction": quote.introduction,
        **lines_part(say, quote, lines, totals_of(quote, lines)),
        "notes": notes(say, quote.terms, lines, includes_tax=quote.includes_tax),
        "href": href,
        "answer": say("accept_at", link=href.partition("://")[2]) if href else "",
    }


def plan_for(quote: Quote) -> Document:
    """What the customer gets from now on; for a quote that is locked."""
    return plan(DocumentKind.QUOTE, document_of(quote), name=f"{quote}.pdf")


def document_for(quote: Quote) -> Document | None:
    """The PDF that the customer has. None as long as nothing was sent. Raises FontMissing."""
    is_out = quote.sent_at is not None and quote.status not in {Status.DRAFT, Status.WAITING}
    return kept(quote, plan_for, is_out=is_out)


# ── Parts of every kind ────────────────────────────────────────────────────────────────────────────


def letterhead_part(say: Speech) -> Data:
    seller = Letterhead.current()
    territories = Locale.parse(say.language, sep="-").territories
    town = f"{seller.postal_code} {seller.city}".strip()
    country = territories.get(seller.country, seller.country)
    named = [
        (say("tax_id"), seller.tax_id),
        (say("tax_number"), seller.tax_number),
    ]
    banking = [(say("account"), seller.iban), (say("bic"), seller.bic)]
    columns = [
        [seller.name, seller.street, town, country],
        [seller.phone, seller.email, seller.website, *_named(named)],
        [seller.bank, *_named(banking)],
        [seller.register, *seller.legal.splitlines()],
    ]
    filled = [[line for line in column if line] for column in columns]
    return {
        "language": say.language,
        "paper": seller.paper,
        "accent": seller.accent,
        "logo": seller.logo_id or "",
        "seller": seller.name,
        "seller_line": ", ".join(part for part in (seller.street, town) if part),
        "footer": [column for column in filled if column],
        "footer_line": seller.footer,
        "page": say("page", page="{page}", pages="{pages}"),
    }


def _named(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """A number is never torn apart; where it is narrow it stands below its name."""
    return [f"{name} {value.replace(' ', '\N{NO-BREAK SPACE}')}" for name, value in pairs if value]


def lines_part(say: Speech, priced: PricedDocument, lines: Sequence[PricedLine], totals: Totals) -> Data:
    """`rows`, their `columns` (those that somebody needs) and the `totals` below them."""
    digits = priced.currency.digits
    rows, place = [], 0
    for line in lines:
        place += line.kind == LineKind.ITEM
        rows.append(_row(say, line, place, digits))
    last = say("amount" if priced.includes_tax else "net", currency=priced.currency_id)
    names = ["position", "item", "quantity", "price", "discount", "tax"]
    used = [name for name in names if name not in {"discount", "tax"} or any(row.get(name) for row in rows)]
    columns = [{"name": name, "label": say(name)} for name in used] + [{"name": "amount", "label": last}]
    return {"columns": columns, "rows": rows, "totals": _totals(say, priced, totals, digits)}


def _row(say: Speech, line: PricedLine, place: int, digits: int) -> Data:
    if line.kind != LineKind.ITEM:
        return {"kind": line.kind, "name": line.name}
    amount = say.amount(line.net, digits)
    decimals = -int(line.unit_price.normalize().as_tuple().exponent)
    return {
        "kind": "item",
        "position": str(place),
        "name": line.name,
        "description": line.description,
        "quantity": f"{say.number(line.quantity)} {line.unit}".strip(),
        "price": say.amount(line.unit_price, max(digits, decimals)),
        "discount": _discount(say, line.discount_kind, line.discount, digits),
        "tax": " + ".join(say.percent(Decimal(tax["rate"])) for tax in line.taxes),
        "amount": amount if line.counts else f"({amount})",
        "mark": _mark(say, line),
        "counts": line.counts,
        "is_part": isinstance(line, LineItem) and line.bundle_id is not None,
    }


def _mark(say: Speech, line: PricedLine) -> str:
    if not isinstance(line, LineItem) or not line.is_optional:
        return ""
    return say("chosen") if line.is_chosen else say("optional")


def _discount(say: Speech, kind: str, discount: Decimal, digits: int) -> str:
    if not discount:
        return ""
    return say.percent(discount) if kind == DiscountKind.PERCENT else MINUS + say.amount(discount, digits)


def _totals(say: Speech, priced: PricedDocument, totals: Totals, digits: int) -> list[Data]:
    """Prices that include tax add up to the total, and the tax in it is named below."""
    rows: list[Data] = []

    def row(label: str, amount: Decimal, style: str = "plain") -> None:
        rows.append({"label": label, "value": say.amount(amount, digits), "style": style})

    def taxes(key: str, style: str = "plain") -> None:
        for group in totals.tax_groups:
            words = {"name": group.name, "rate": say.percent(group.rate), "base": say.amount(group.base, digits)}
            row(say(key, **words), group.tax, style)

    if totals.discount:
        percent = f" {say.percent(priced.discount)}" if priced.discount_kind == DiscountKind.PERCENT else ""
        row(say("lines_total"), totals.lines_total)
        row(say("whole_discount") + percent, -totals.discount)
    total = say("total", currency=priced.currency_id)
    if priced.includes_tax:
        row(total, totals.total, "total")
        row(say("whole_net"), totals.net, "muted")
        taxes("tax_within", "muted")
    else:
        row(say("whole_net"), totals.net, "strong")
        taxes("tax_of")
        row(total, totals.total, "total")
    return rows


def notes(say: Speech, terms: str, lines: Iterable[PricedLine], *, includes_tax: bool) -> list[Data]:
    """Below the totals: what the law wants said of untaxed lines, and the terms."""
    said = [say("includes_tax")] if includes_tax else []
    for line in lines:
        if line.kind == LineKind.ITEM and not line.taxes:
            reason = say(REASONS[TaxKind(line.tax_kind)]) if line.tax_kind in REASONS else reason_of(line, say.language)
            said += [reason] if reason and reason not in said else []
    found = [{"head": "", "text": "\n".join(said)}] if said else []
    return [*found, {"head": say("terms"), "text": terms}] if terms else found


def payment(say: Speech, days: int) -> str:
    return say("payment_days", count=days) if days else say("payment_at_once")
