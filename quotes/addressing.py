"""To whom a quote or an invoice goes, as it stands on paper."""

from typing import Any

from babel import Locale

from contacts.models import Company, Contact
from quotes.models import Invoice, Quote


def address_of(company: Company | None, contact: Contact | None, language: str) -> str:
    """As it stands on a letter, the country named in the letter's language."""
    lines = [company.name] if company else []
    lines += [contact.name] if contact else []
    if company:
        country = Locale.parse(language, sep="-").territories.get(company.country, company.country)
        lines += [company.street, f"{company.postal_code} {company.city}".strip(), country if company.country else ""]
    return "\n".join(line for line in lines if line)


def made_for(document: Quote | Invoice) -> str:
    """The address that it has unless somebody types another one."""
    return address_of(document.company, document.contact, document.language)


def readdress(document: Quote | Invoice, was: str) -> dict[str, list[Any]]:
    """One that is still as it was made is made anew, for whom and in which language it is now. A typed one stays."""
    now = made_for(document)
    if document.address != was or now == was:
        return {}
    document.address = now
    return {"address": [was, now]}
