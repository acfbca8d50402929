"""create_user, revise_user, set_password."""

from typing import Any

import pytest

from crm.actions import create_user, revise_user, set_password
from crm.errors import Refused
from crm.models import Event, Role, User
from tests.cast import Cast


def test_it_makes_a_person_who_can_sign_in(cast: Cast) -> None:
    user = create_user(
        email="Eva@Example.com", name="Eva", role=Role.MANAGER, password="granite-otter-71", by=cast.dana
    )
    assert (user.email, user.role, user.check_password("granite-otter-71")) == ("eva@example.com", Role.MANAGER, True)
    event = Event.objects.get(kind="user.created")
    assert (event.actor, event.object_id, event.data) == (cast.dana, user.pk, {"name": "Eva", "role": "manager"})


def test_without_a_password_nobody_signs_in(cast: Cast) -> None:
    assert not create_user(email="eva@example.com", name="Eva", by=cast.dana).has_usable_password()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"email": "ALICE@example.com"}, "email"),
        ({"email": "nonsense"}, "email"),
        ({"name": ""}, "name"),
        ({"role": "king"}, "role"),
        ({"password": "short"}, "password"),
        ({"is_staff": True}, "is_staff"),
    ],
)
def test_it_refuses(cast: Cast, fields: dict[str, Any], field: str) -> None:
    values: dict[str, Any] = {"email": "eva@example.com", "name": "Eva", "by": cast.dana} | fields
    with pytest.raises(Refused) as refused:
        create_user(**values)
    assert list(refused.value.errors) == [field]
    assert not User.objects.filter(name="Eva").exists()


def test_a_revision_says_what_changed(cast: Cast) -> None:
    revise_user(cast.alice, role=Role.MANAGER, theme="dark", by=cast.dana)
    assert Event.objects.get(kind="user.revised").data == {"name": "Alice", "changed": {"role": ["rep", "manager"]}}


def test_taste_is_not_audited(cast: Cast) -> None:
    assert revise_user(cast.alice, theme="dark", language="bg", by=cast.alice).theme == "dark"
    assert not Event.objects.filter(kind="user.revised").exists()


@pytest.mark.parametrize("fields", [{"role": Role.REP}, {"is_active": False}])
def test_somebody_stays_administrator(cast: Cast, fields: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        revise_user(cast.dana, by=cast.dana, **fields)
    assert refused.value.errors == {"role": ["Somebody has to stay administrator."]}
    create_user(email="eva@example.com", name="Eva", role=Role.ADMIN, by=None)
    revise_user(cast.dana, by=cast.dana, **fields)


def test_a_new_password_leaves_an_event_without_it(cast: Cast) -> None:
    set_password(cast.alice, password="granite-otter-71", by=cast.dana)
    cast.alice.refresh_from_db()
    assert cast.alice.check_password("granite-otter-71")
    assert Event.objects.get(kind="user.password_set").data == {"name": "Alice"}
