"""What customers read, in their language and never in the reader's: words, numbers and days of documents and mails.

The words stand in quotes/words/*.toml, one entry with all languages beside each other.
"""

import tomllib
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

WORDS = Path(__file__).parent / "words"
MINUS = "\N{MINUS SIGN}"


@cache
def all_words() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(WORDS.glob("*.toml")):
        for key, texts in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if key in found:
                raise ValueError(f"“{key}” is worded twice, again in {path.name}.")
            found[key] = texts
    return found


class Speech:
    """One language: `say("valid_until")`, `say("payment_days", count=30)`; in templates `{{ say.valid_until }}`."""

    do_not_call_in_templates = True

    def __init__(self, language: str) -> None:
        self.language = language
        self.locale = Locale.parse(language, sep="-")

    def __call__(self, key: str, **values: Any) -> str:
        text = all_words()[key][self.language]
        if isinstance(text, dict):
            text = text.get(self.locale.plural_form(values["count"]), text["other"])
        return str(text).format(**values) if values else str(text)

    def __getitem__(self, key: str) -> str:
        return self(key)

    def amount(self, amount: Decimal, digits: int = 2) -> str:
        """Without the currency, which a column's head names once."""
        return self._number(amount, f"#,##0.{'0' * digits}" if digits else "#,##0")

    def money(self, amount: Decimal, currency: str, digits: int = 2) -> str:
        return f"{self.amount(amount, digits)}\N{NO-BREAK SPACE}{currency}"

    def number(self, number: Decimal) -> str:
        """A quantity: as many decimals as it has, at most three."""
        return self._number(number, "#,##0.###")

    def percent(self, percent: Decimal) -> str:
        return format_percent(percent / 100, locale=self.locale, decimal_quantization=False).replace("-", MINUS)

    def day(self, day: date) -> str:
        return format_date(day, "medium", locale=self.locale)

    def _number(self, number: Decimal, pattern: str) -> str:
        return format_decimal(number, pattern, locale=self.locale).replace("-", MINUS)
