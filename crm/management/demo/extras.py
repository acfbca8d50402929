"""The fields that the invented company added to its records, and what it filled into them.

What a record says follows from its name, so that the rest of the story does not hang on it.
"""

from datetime import date, timedelta
from random import Random
from typing import Any

from crm.custom.actions import create_custom_field
from crm.models import CustomKind, CustomNoun, User

SEGMENTS = {"key_account": "Key account", "growth": "Growth", "standard": "Standard"}
WAYS = {"e_mail": "E-mail", "phone": "Phone", "visit": "Visit"}


def add_fields(admin: User) -> None:
    deal, company, contact = CustomNoun.DEAL, CustomNoun.COMPANY, CustomNoun.CONTACT
    create_custom_field(noun=deal, label="Metering points", kind=CustomKind.NUMBER, by=admin)
    create_custom_field(
        noun=deal, label="Go-live", kind=CustomKind.DATE, in_list=False, by=admin,
        help_text="When the meters have to be read for the first time.",
    )  # fmt: skip
    create_custom_field(noun=deal, label="Public tender", kind=CustomKind.YES_NO, in_list=False, on_card=True, by=admin)
    create_custom_field(
        noun=company, label="Segment", kind=CustomKind.CHOICE, choices=list(SEGMENTS.values()), by=admin
    )
    create_custom_field(
        noun=contact, label="Best reached by", kind=CustomKind.CHOICE, choices=list(WAYS.values()), by=admin
    )


def of_deal(title: str, amount: int, opened_on: date) -> dict[str, Any]:
    """Most know how many points, some the day; few are tenders."""
    rng = Random(f"{title} {opened_on} {amount}")
    said: dict[str, Any] = {}
    if rng.random() < 0.7:
        said["custom.metering_points"] = max(1, round(amount / rng.choice([90, 140, 220]), -1))
    if rng.random() < 0.35:
        said["custom.go_live"] = opened_on + timedelta(days=rng.randrange(120, 400))
    if rng.random() < 0.5:
        said["custom.public_tender"] = rng.random() < 0.15
    return said


def of_company(name: str) -> dict[str, Any]:
    rng = Random(name)
    return {"custom.segment": rng.choices(list(SEGMENTS), [1, 2, 4])[0]} if rng.random() < 0.8 else {}


def of_contact(name: str) -> dict[str, Any]:
    rng = Random(name)
    return {"custom.best_reached_by": rng.choice(list(WAYS))} if rng.random() < 0.4 else {}
