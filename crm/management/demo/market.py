"""Companies and the people in them, in every country the teams sell to."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from zlib import crc32

from contacts.actions import create_companies, create_contacts
from contacts.models import Company, Contact
from crm.management.demo.company import Demo, Seller, Territory
from crm.management.demo.extras import of_company, of_contact
from crm.management.demo.vocabulary import FALLBACK_SECTOR, JOBS, LANDS, SECTORS, STREETS, Land


@dataclass
class Account:
    """A company as the deals know it."""

    company: Company
    seller: Seller
    land: Land
    weight: float  # how often it buys
    contacts: list[Contact] = field(default_factory=list)
    is_customer: bool = False


def populate(demo: Demo, companies: int, contacts: int) -> dict[int, list[Account]]:
    """The accounts of each team, by team number."""
    markets: dict[int, list[Account]] = {}
    for territory in demo.territories:
        share = len(territory.sellers) / len(demo.sellers)
        markets[territory.team.pk] = _accounts(demo, territory, max(4, round(companies * share)))
    accounts = [account for market in markets.values() for account in market]
    _people(demo, accounts, contacts)
    return markets


def _accounts(demo: Demo, territory: Territory, count: int) -> list[Account]:
    rng = demo.rng
    lands = [LANDS[code] for code in territory.countries]
    names = {land.code: firms(rng, land) for land in lands}
    active = [seller for seller in territory.sellers if seller.until_on is None]
    chosen = [(rng.choice(lands), rng.choices(active, [each.share for each in active])[0]) for _ in range(count)]
    rows = [_row(rng, land, next(names[land.code]), seller) for land, seller in chosen]
    accounts = []
    for company, (land, seller) in zip(create_companies(rows, by=demo.admin), chosen, strict=True):
        if not isinstance(company, Company):
            raise company
        accounts.append(Account(company, seller, land, rng.lognormvariate(0, 0.9)))
    return accounts


def firms(rng: Random, land: Land) -> Iterator[str]:
    """Names of firms in a country, none of them twice."""
    begins, ends = (part.split() for part in land.towns)
    towns = [begin + end for begin in begins for end in ends]
    patterns = land.firms.split("\n")
    every = [pattern.format(town) for town in towns for pattern in patterns]
    rng.shuffle(every)
    yield from every


def _row(rng: Random, land: Land, name: str, seller: Seller) -> dict[str, object]:
    employees = min(max(int(rng.lognormvariate(4.6, 1.1)), 6), 9_000)
    slug = ascii_of(name.lower()).replace(".", " ").split()
    website = f"https://{'-'.join(slug[:2])}.example" if len("".join(slug)) > 4 else ""
    return {
        "name": name, "owner": seller.user, "sector": sector_of(name), "country": land.code, "employees": employees,
        "website": website, **_address(name, land), **of_company(name),
    }  # fmt: skip


def _address(name: str, land: Land) -> dict[str, str]:
    """Where the firm is, and its tax id; always the same for one name, without a throw of the dice."""
    begins, ends = (part.split() for part in land.towns)
    city = next((begin + end for begin in begins for end in ends if begin + end in name), "")
    number = crc32(name.encode())
    return {
        "street": STREETS[land.code].format(number % 90 + 1), "postal_code": str(10_000 + number % 80_000),
        "city": city, "tax_id": f"{land.code}{number % 900_000_000 + 100_000_000}",
    }  # fmt: skip


def sector_of(name: str) -> str:
    lower = name.lower()
    for sector, words in SECTORS.items():
        if any(word in lower for word in words.split()):
            return sector
    return FALLBACK_SECTOR


def ascii_of(text: str) -> str:
    plain = text.replace("ø", "o").replace("ß", "ss").replace("æ", "ae").replace("ł", "l")
    return unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode().replace("/", "")


def _people(demo: Demo, accounts: list[Account], count: int) -> None:
    """One person in most companies, several in those that buy often."""
    rng = demo.rng
    weights = [account.weight for account in accounts]
    chosen = [*accounts, *rng.choices(accounts, weights, k=max(0, count - len(accounts)))][:count]
    rows, owners = [], []
    for account in chosen:
        name = f"{rng.choice(account.land.first.split())} {rng.choice(account.land.last.split())}"
        mailbox = ascii_of(name.lower()).replace(" ", ".").strip(".-")
        domain = account.company.website.removeprefix("https://")
        rows.append({
            "name": name, "owner": account.seller.user, "company": account.company, "title": rng.choice(JOBS),
            "email": f"{mailbox}@{domain}" if mailbox and domain else "",
            "phone": f"+{rng.randrange(30, 49)} 5550 {rng.randrange(100_000, 999_999)}", **of_contact(name),
        })  # fmt: skip
        owners.append(account)
    for contact, account in zip(create_contacts(rows, by=demo.admin), owners, strict=True):
        if not isinstance(contact, Contact):
            raise contact
        account.contacts.append(contact)
