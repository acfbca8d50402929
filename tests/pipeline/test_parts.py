"""One line, one person at a time; two people at once do not undo each other. The forms of the page on top."""

import threading
from decimal import Decimal

import pytest

from contacts.models import Contact
from pipeline.actions import Line, add_line, change_line, set_lines, set_role
from tests.cast import Cast, make_cast
from tests.crowd import Elsewhere
from tests.pipeline.pages import HTMX, fresh, post, signed_in, text


@pytest.mark.django_db
class TestLines:
    def test_one_is_changed_and_the_others_stay(self, cast: Cast) -> None:
        deal = set_lines(cast.deal(), [Line(cast.pump), Line(cast.sensor)], feed_amount=True, by=cast.alice)
        first = deal.lines.first()
        assert first is not None
        changed = change_line(deal, pk=first.pk, to=Line(cast.pump, Decimal(3), discount=Decimal(10)), by=cast.alice)
        assert [(line.product, line.total) for line in deal.lines.all()] == [
            (cast.pump, Decimal(675)), (cast.sensor, Decimal("99.9")),
        ]  # fmt: skip
        assert changed.amount == Decimal("774.9")

    def test_the_form_knows_the_line(self, cast: Cast) -> None:
        deal = set_lines(cast.deal(), [Line(cast.pump, Decimal(2), discount=Decimal(5))], by=cast.alice)
        line = deal.lines.get()
        address = f"/deals/{deal.pk}/lines/?line={line.pk}"
        form = text(signed_in(cast.alice).get(address, **HTMX))
        assert ("Change the line" in form, 'value="2"' in form, 'value="5"' in form) == (True, True, True)
        sent = {"product": cast.sensor.pk, "quantity": "4", "unit_price": "", "discount": ""}
        assert post(cast.alice, address, sent, **HTMX).status_code == 200
        assert [(each.product, each.quantity) for each in deal.lines.all()] == [(cast.sensor, Decimal(4))]

    def test_the_amount_follows_the_lines_or_not(self, cast: Cast) -> None:
        deal = set_lines(cast.deal(), [Line(cast.pump, Decimal(2))], by=cast.alice)
        post(cast.alice, f"/deals/{deal.pk}/lines/", {"feed": ["0", "1"]}, **HTMX)
        assert (fresh(deal).amount, fresh(deal).amount_from_lines) == (Decimal(500), True)
        post(cast.alice, f"/deals/{deal.pk}/lines/", {"feed": ["0"]}, **HTMX)
        assert (fresh(deal).amount, fresh(deal).amount_from_lines) == (Decimal(500), False)


@pytest.mark.django_db
class TestPeople:
    def test_a_role_is_changed_where_it_stands_even_of_somebody_from_elsewhere(self, cast: Cast) -> None:
        gina = Contact.objects.create(name="Gina", owner=cast.alice, team=cast.north)
        deal = set_role(cast.deal(), contact=gina, role="uses", by=cast.alice)
        post(cast.alice, f"/deals/{deal.pk}/people/", {"contact": gina.pk, "role": "champion"}, **HTMX)
        assert [(link.contact, link.role) for link in deal.people.all()] == [(gina, "champion")]

    def test_somebody_new_is_added_with_a_name(self, cast: Cast) -> None:
        deal = cast.deal()
        sent = {"name": "Gina Ferri", "email": "gina@acme.example", "role": "buys"}
        post(cast.alice, f"/deals/{deal.pk}/people/", sent, **HTMX)
        link = deal.people.get()
        assert (link.contact.name, link.role, link.contact.owner) == ("Gina Ferri", "buys", cast.alice)
        assert [position.company for position in link.contact.positions.all()] == [cast.acme]

    def test_nobody_is_refused_beside_the_name(self, cast: Cast) -> None:
        answer = post(cast.alice, f"/deals/{cast.deal().pk}/people/", {"role": "buys"}, **HTMX)
        assert (answer.status_code, "Choose somebody, or say their name." in text(answer)) == (422, True)


@pytest.mark.django_db(transaction=True)
def test_what_two_add_at_once_is_all_there() -> None:
    cast = make_cast()
    deal = cast.deal()
    people = [Contact.objects.create(name=name, owner=cast.alice) for name in ("Gina", "Hugo")]
    start = threading.Barrier(4)

    def at_once(number: int) -> None:
        start.wait()
        if number < 2:
            set_role(deal, contact=people[number], role="uses", by=cast.alice)
        else:
            add_line(deal, line=Line(cast.pump), by=cast.alice)

    for each in [Elsewhere(lambda number=number: at_once(number)) for number in range(4)]:  # type: ignore[misc]
        each.done()
    assert (deal.people.count(), deal.lines.count(), fresh(deal).version) == (2, 2, 5)
