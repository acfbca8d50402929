"""What taxes that are called alike everywhere are called in a document's language. No Django."""

from functools import cache

from quotes.wording import Speech, all_words

ALSO = {  # how else a word is written: its key and language
    "value added tax": ("tax_vat", "en"),
    "umsatzsteuer": ("tax_vat", "de"),
    "ust": ("tax_vat", "de"),
    "mehrwertsteuer": ("tax_vat", "de"),
    "mwst": ("tax_vat", "de"),
    "mwst.": ("tax_vat", "de"),
    "gtgt": ("tax_vat", "vi"),
    "reverse charge: the customer accounts for the tax": ("reverse_charge", "en"),
}


def in_language(text: str, language: str) -> str:
    """A tax, or why there is none. What is in that language already, or no common word, stays as it was typed."""
    key, written_in = _known().get(text.casefold(), ("", language))
    return text if written_in == language else Speech(language)(key)


@cache
def _known() -> dict[str, tuple[str, str]]:
    return ALSO | {
        text.casefold(): (key, language)
        for key in ("tax_vat", "tax_sales", "tax_exempt")
        for language, text in all_words()[key].items()
    }
