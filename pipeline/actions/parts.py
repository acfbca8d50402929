"""One line or one person of a deal: read and written under its lock, so that two people do not undo each other."""

from contacts.models import Contact
from crm.models import User
from pipeline.actions.revising import set_lines, set_people
from pipeline.actions.rules import Line
from pipeline.ledger import writing
from pipeline.models import Deal, DealContact, DealLine


def add_line(deal: Deal, *, line: Line, by: User | None) -> Deal:
    with writing() as ledger:
        lines = ledger.related(DealLine, ledger.lock(deal))
        return set_lines(deal, [*map(_as_line, lines), line], by=by)


def change_line(deal: Deal, *, pk: int, to: Line | None, by: User | None) -> Deal:
    """`None` takes it away. A line that somebody else took away stays away."""
    with writing() as ledger:
        lines = ledger.related(DealLine, ledger.lock(deal))
        changed = [to if line.pk == pk else _as_line(line) for line in lines]
        return set_lines(deal, [line for line in changed if line is not None], by=by)


def set_role(deal: Deal, *, contact: Contact, role: str | None, by: User | None) -> Deal:
    """What a contact is in the deal, whether they were on it already or not; `None` takes them off it."""
    with writing() as ledger:
        links = ledger.related(DealContact, ledger.lock(deal))
        people = {link.contact_id: (link.contact, link.role) for link in links}
        if role is None:
            people.pop(contact.pk, None)
        else:
            people[contact.pk] = (contact, role)
        return set_people(deal, list(people.values()), by=by)


def _as_line(line: DealLine) -> Line:
    return Line(line.product, line.quantity, line.unit_price, line.discount)
