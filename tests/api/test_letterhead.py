"""/api/v1/letterhead/: who the seller is, read by everyone, changed by admins."""

import base64
from collections.abc import Callable

from crm.models import Event
from quotes.documents import document_of
from quotes.models import Letterhead
from tests.api.conftest import Caller
from tests.cast import Cast
from tests.quotes.test_documents import draft
from tests.quotes.test_letterhead import SVG, png

AsUser = Callable[..., Caller]


def test_it_is_read_as_it_was_entered(cast: Cast, as_user: AsUser) -> None:
    told = as_user(cast.alice).get("letterhead/").json()
    assert (told["name"], told["accent"], told["logo"]) == ("", "#1d4ed8", None)


def test_an_admin_changes_what_is_sent_and_nothing_else(cast: Cast, as_user: AsUser) -> None:
    admin = as_user(cast.dana)
    sent = {"name": "Halden", "country": "DE", "iban": "DE02 1203", "logo": base64.b64encode(png()).decode()}
    told = admin.patch("letterhead/", sent).json()
    assert (told["name"], told["country"], told["paper"]) == ("Halden", "DE", "a4")
    assert (told["logo"]["content_type"], told["logo"]["width"]) == ("image/png", 4)
    assert admin.patch("letterhead/", {"city": "Magdeburg"}).json()["name"] == "Halden"
    assert admin.patch("letterhead/", {"logo": None}).json()["logo"] is None
    assert document_of(draft(cast))["seller"] == "Halden"
    assert Event.objects.filter(kind="letterhead.revised", actor=cast.dana).count() == 3


def test_what_cannot_be_printed_is_refused(cast: Cast, as_user: AsUser) -> None:
    admin = as_user(cast.dana)
    wrong = {
        "accent": "#ffff00", "country": "XX", "paper": "a3", "email": "nobody", "logo": "not base64!",
        "bic": "A" * 12, "nothing": "x",
    }  # fmt: skip
    for name, value in wrong.items():
        response = admin.patch("letterhead/", {name: value})
        assert (response.status_code, list(response.json()["errors"])) == (422, [name])
    bad = base64.b64encode(SVG.replace(b"<rect", b"<script/><rect")).decode()
    assert list(admin.patch("letterhead/", {"logo": bad}).json()["errors"]) == ["logo"]
    assert not Letterhead.objects.exists()


def test_nobody_else_changes_it(cast: Cast, as_user: AsUser) -> None:
    assert as_user(cast.mia).patch("letterhead/", {"name": "Mine"}).status_code == 403
