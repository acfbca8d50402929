"""What a value of each kind is: one registry, for forms, API, imports and addresses alike.

`clean` takes what a caller has (a Decimal, a date, a user, or the value as JSON) and returns what JSON keeps, in one
spelling only, so that equal values are equal texts. `read` takes text, as an address has it. Both raise BadValue.
"""

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

NUMBER = re.compile(r"[-+]?[0-9]{1,18}(\.[0-9]{1,10})?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
CODE = re.compile(r"[A-Z]{3}")
LONGEST = 2000
YES, NO = "yes", "no"


class BadValue(ValueError):
    """A sentence for a person."""


class Kind:
    """A value that is None is none: 0 and no are values."""

    has_range = False  # can be asked for from … before …

    def clean(self, value: Any, known: Collection[str]) -> Any:
        """`known` are the keys of the choices."""
        raise NotImplementedError

    def read(self, text: str, known: Collection[str]) -> Any:
        return self.clean(text, known)


class Text(Kind):
    def clean(self, value: Any, known: Collection[str]) -> str | None:
        if not isinstance(value, str):
            raise BadValue(_("A text is needed."))
        text = value.replace("\r\n", "\n").strip()
        if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
            raise BadValue(_("This text has characters that cannot be kept."))
        if len(text) > LONGEST:
            raise BadValue(_("At most %(most)d characters.") % {"most": LONGEST})
        return text or None


class Number(Kind):
    has_range = True

    def clean(self, value: Any, known: Collection[str]) -> str:
        return number(value)


class Money(Kind):
    """`{"amount": "1200.5", "currency": "EUR"}`. As text `1200.5 EUR`."""

    has_range = True

    def clean(self, value: Any, known: Collection[str]) -> dict[str, str] | None:
        if isinstance(value, Mapping) and value.keys() == {"amount", "currency"}:
            value = (value["amount"], value["currency"])
        if not isinstance(value, tuple | list) or len(value) != 2:
            raise BadValue(_("An amount and a currency are needed."))
        amount, currency = value
        if amount is None:
            return None
        text, code = number(amount), str(currency or "")
        if not CODE.fullmatch(code):
            raise BadValue(_("A currency is needed, like EUR."))
        if abs(Decimal(text)) >= Decimal("1e15"):
            raise BadValue(_("This amount is too large."))
        if len(text.partition(".")[2]) > 3:
            raise BadValue(_("An amount has at most three decimals."))
        return {"amount": text, "currency": code}

    def read(self, text: str, known: Collection[str]) -> Any:
        amount, _space, code = text.strip().rpartition(" ")
        return self.clean((amount, code), known) if amount else {"amount": number(code)}


class Date(Kind):
    has_range = True

    def clean(self, value: Any, known: Collection[str]) -> str:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value.isoformat()
        if isinstance(value, str) and DAY.fullmatch(value.strip()):
            try:
                return date.fromisoformat(value.strip()).isoformat()
            except ValueError:
                pass
        raise BadValue(_("A date like 2026-12-31 is needed."))


class Choice(Kind):
    def clean(self, value: Any, known: Collection[str]) -> str:
        if not isinstance(value, str) or value not in known:
            raise BadValue(_("“%(value)s” is not one of the choices.") % {"value": value})
        return value


class Choices(Kind):
    """Each once, in the order of the choices."""

    def clean(self, value: Any, known: Collection[str]) -> list[str] | None:
        if not isinstance(value, list | tuple | set):
            raise BadValue(_("A list of choices is needed."))
        chosen = {Choice().clean(each, known) for each in value}
        return [key for key in known if key in chosen] or None

    def read(self, text: str, known: Collection[str]) -> list[str] | None:
        return self.clean([text], known)


class Person(Kind):
    """A user's id."""

    def clean(self, value: Any, known: Collection[str]) -> int:
        pk = getattr(value, "pk", value)
        if isinstance(pk, bool) or not isinstance(pk, int) or not 0 < pk < 2**63:
            raise BadValue(_("A person’s number is needed."))
        return pk

    def read(self, text: str, known: Collection[str]) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 20):
            raise BadValue(_("A person’s number is needed."))
        return self.clean(int(text), known)


class Link(Text):
    """http or https and nothing else: what looks like an address without it gets https."""

    def clean(self, value: Any, known: Collection[str]) -> str | None:
        text = super().clean(value, known)
        if not text:
            return None
        if re.fullmatch(r"[\w-]+(\.[\w-]+)+([/?#:]\S*)?", text):
            text = f"https://{text}"
        try:
            parts = urlsplit(text)
            is_good = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            is_good = False
        if not is_good or re.search(r"[\s\\<>\"]", text):
            raise BadValue(_("A link like https://example.com is needed."))
        return text


class YesNo(Kind):
    def clean(self, value: Any, known: Collection[str]) -> bool:
        if not isinstance(value, bool):
            raise BadValue(_("Yes or no is needed."))
        return value

    def read(self, text: str, known: Collection[str]) -> bool:
        if text not in {YES, NO}:
            raise BadValue(_("Yes or no is needed."))
        return text == YES


def number(value: Any) -> str:
    """In its shortest spelling: 12.50 is 12.5, 1E3 is 1000, -0 is 0."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise BadValue(_("A number is needed."))
    text = format(value, "f") if isinstance(value, Decimal) else str(value).strip()
    if not NUMBER.fullmatch(text):
        raise BadValue(_("A number is needed: at most 18 digits and 10 decimals."))
    whole = Decimal(text)
    return format(whole.normalize() if whole else Decimal(0), "f")


KINDS: dict[str, Kind] = {
    "text": Text(),
    "number": Number(),
    "money": Money(),
    "date": Date(),
    "choice": Choice(),
    "choices": Choices(),
    "person": Person(),
    "link": Link(),
    "yes_no": YesNo(),
}
