"""What the demo's company looks like on paper."""

from crm.management.demo.company import NAME, Demo
from quotes.actions.letterhead import revise_letterhead

LOGO = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">
<rect width="40" height="40" rx="9" fill="#0f5c7a"/>
<path d="M12 9v22M28 9v22M12 20h16" stroke="#fff" stroke-width="5" fill="none"/></svg>"""


def print_letterhead(demo: Demo) -> None:
    """Invented throughout: the IBAN is the one of examples, and .example is nobody's."""
    revise_letterhead(
        name=f"{NAME} GmbH",
        street="Wasserstraße 14",
        postal_code="39104",
        city="Magdeburg",
        country="DE",
        email="sales@halden.example",
        phone="+49 391 555 0142",
        website="halden.example",
        tax_id="DE123456788",
        register="HRB 12345, Amtsgericht Stendal",
        bank="Sparkasse Magdeburg",
        iban="DE02 1203 0000 0000 2020 51",
        bic="BYLADEM1001",
        legal="Geschäftsführung: Elena Marinova",
        accent="#0f5c7a",
        logo=LOGO,
        by=demo.admin,
    )
