"""Countries by their ISO 3166 code, named in the reader's language."""

from functools import lru_cache

from babel import Locale
from django.utils.translation import get_language

NOT_COUNTRIES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}


def _countries() -> frozenset[str]:
    codes = (str(code) for code in Locale.parse("en").territories)
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha()) - NOT_COUNTRIES


COUNTRIES = _countries()


@lru_cache(maxsize=16)
def _named(language: str) -> dict[str, str]:
    names = Locale.parse(language.replace("-hans", "_Hans").replace("-", "_")).territories
    known = ((code, names[code]) for code in COUNTRIES if code in names)
    return dict(sorted(known, key=lambda pair: pair[1].casefold()))


def countries() -> dict[str, str]:
    """Every country's code and name in the current language, by name."""
    return _named(get_language() or "en")
