"""/a/<token>/: the quote's page for its customer, and that nothing else can be reached from there."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from crm.discretion import WithoutTokens
from quotes import colours
from quotes.actions import accept_quote, cancel_quote, decline_quote, link_of, revise_quote, revoke_link
from quotes.actions.answers import Caller
from quotes.actions.states import mark_sent
from quotes.models import LANGUAGES, Acceptance, Letterhead, Quote, QuoteLink, Remark
from quotes.views.public import ANSWERS, MISSES
from quotes.wording import Speech
from tests.cast import Cast
from tests.quotes.sent import customer, link_to, path_to, sent_quote

pytestmark = pytest.mark.django_db
CAROL = {"name": "Carol Reyes", "email": "carol@acme.example"}


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())).replace("\N{NO-BREAK SPACE}", " ")


def form_of(page: Any) -> dict[str, Any]:
    """What the accept form would send, before a name is typed."""
    part = page.content.decode().partition('id="answer"')[2].partition("</div>")[0]
    pairs = re.findall(r'name="(\w+)" value="([^"]*)"', part)
    sent: dict[str, Any] = {}
    for name, value in pairs:
        sent.setdefault(name, []).append(value)
    return sent


# ── The page ───────────────────────────────────────────────────────────────────────────────────────


def test_it_shows_the_quote_without_signing_in(cast: Cast) -> None:
    quote = sent_quote(cast, introduction="As we spoke.", terms="Ex works.")
    page = customer().get(path_to(quote))
    assert page.status_code == 200
    for words in (
        "Pump station",
        f"Quote {quote}",
        "For Acme",
        "2 × 250.00 · Tax 19%",
        "Total EUR 595.00",
        "Net 500.00",
    ):
        assert words in text_of(page)
    assert "VAT 19% of 500.00 95.00" in text_of(page)
    assert ("As we spoke." in text_of(page), "Ex works." in text_of(page)) == (True, True)


@pytest.mark.parametrize("language", [code for code, _name in LANGUAGES])
def test_it_speaks_the_quotes_language_and_nothing_else(cast: Cast, language: str) -> None:
    quote = sent_quote(cast, language=language)
    page = customer().get(path_to(quote), headers={"accept-language": "fr"})
    say = Speech(language)
    assert f'<html lang="{language}">' in page.content.decode()
    for key in ("lines_head", "accept_head", "ask_head", "decline_head", "optional", "sum", "your_name", "valid_until"):
        assert say(key) in text_of(page)
    assert say.money(Decimal(595), "EUR").replace("\N{NO-BREAK SPACE}", " ") in text_of(page)
    if language != "en":
        assert not re.search(r"\b(Accept|Decline|Question|Total|Your|Download|optional tick)\b", text_of(page))


def test_choosing_optional_lines_shows_the_servers_totals(cast: Cast) -> None:
    quote = sent_quote(cast)
    path, sensor = path_to(quote), quote.lines.get(name="Sensor").pk
    page = customer().get(path, {"choice": "1", "chosen": str(sensor)})
    assert "Accept for 713.88 EUR" in text_of(page)
    assert form_of(page) == {"choice": ["1"], "chosen": [str(sensor)], "total": ["713.88"]}
    assert "Accept for 595.00 EUR" in text_of(customer().get(path, {"choice": "1"}))


def test_accepting_takes_what_the_page_showed(cast: Cast) -> None:
    quote = sent_quote(cast)
    path, sensor, them = path_to(quote), quote.lines.get(name="Sensor").pk, customer()
    page = them.get(path, {"choice": "1", "chosen": str(sensor)})
    done = them.post(f"{path}accept/", form_of(page) | CAROL, follow=True)
    kept = Acceptance.objects.get()
    assert (kept.total, kept.chosen, kept.ip, kept.user_agent) == (
        Decimal("713.88"), [sensor], "127.0.0.1", "Mozilla/5.0 (iPhone)",
    )  # fmt: skip
    assert kept.link == link_to(quote)
    assert "Accepted by Carol Reyes" in text_of(done)
    assert f'action="{path}accept/"' not in done.content.decode()


def test_another_total_than_was_shown_is_not_accepted(cast: Cast) -> None:
    quote = sent_quote(cast)
    path = path_to(quote)
    for total in ("594.99", "", "NaN", "sNaN", "Infinity", "1e999999999", "all"):
        page = customer().post(f"{path}accept/", {"choice": "1", "total": total} | CAROL)
        assert page.status_code == 422
        assert Speech("en")("wrong_total") in text_of(page)
    assert not Acceptance.objects.exists()


def test_what_is_wrong_is_said_in_the_quotes_language_and_what_was_typed_stays(cast: Cast) -> None:
    quote = sent_quote(cast, language="de")
    path = path_to(quote)
    sent = form_of(customer().get(path)) | {"name": "Carol Reyes", "email": "carol"}
    page = customer().post(f"{path}accept/", sent)
    assert page.status_code == 422
    assert "Bitte geben Sie eine gültige E-Mail-Adresse an." in text_of(page)
    assert ('value="Carol Reyes"' in page.content.decode(), 'value="carol"' in page.content.decode()) == (True, True)


def test_declining_and_asking(cast: Cast) -> None:
    quote = sent_quote(cast)
    path, them = path_to(quote), customer()
    asked = them.post(f"{path}ask/", CAROL | {"text": "Does it swim?"}, follow=True)
    assert "your question has arrived" in text_of(asked)
    declined = them.post(f"{path}decline/", {"text": "It does not."}, follow=True)
    assert "This quote was declined" in text_of(declined)
    assert list(Remark.objects.order_by("pk").values_list("kind", "name", "text")) == [
        ("question", "Carol Reyes", "Does it swim?"),
        ("declined", "", "It does not."),
    ]
    assert them.post(f"{path}ask/", CAROL | {"text": "And if it did?"}).status_code == 302


def test_a_question_without_words_is_asked_for_them(cast: Cast) -> None:
    page = customer().post(f"{path_to(sent_quote(cast))}ask/", CAROL)
    assert (page.status_code, Speech("en")("wrong_text") in text_of(page)) == (422, True)


@pytest.mark.parametrize("said", [{"name": " \0 "}, {"email": f"{'c' * 60}@{'.'.join(['d' * 60] * 4)}.example"}])
def test_what_cannot_be_kept_is_asked_for_again(cast: Cast, said: dict[str, str]) -> None:
    page = customer().post(f"{path_to(sent_quote(cast))}accept/", {"choice": "1", "total": "595.00"} | CAROL | said)
    assert (page.status_code, Speech("en")(f"wrong_{next(iter(said))}") in text_of(page)) == (422, True)


def test_what_no_keyboard_writes_is_left_out(cast: Cast) -> None:
    path, them = path_to(sent_quote(cast)), customer()
    them.post(f"{path}ask/", CAROL | {"text": "Does it\0\r\nswim?\x1b"})
    them.post(f"{path}accept/", {"choice": "1", "total": "595.00"} | CAROL | {"name": "Carol\0\r\nReyes"})
    assert Remark.objects.get().text == "Does it\nswim?"
    assert Acceptance.objects.get().name == "Carol Reyes"


def test_the_log_does_not_say_how_to_answer(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    path = path_to(sent_quote(cast))
    caplog.handler.addFilter(WithoutTokens())
    customer().post(f"{path}ask/", CAROL)
    assert caplog.messages == ["Unprocessable Content: /a/…/ask/"]


def test_hostile_words_are_only_words(cast: Cast) -> None:
    path = path_to(sent_quote(cast, title="<script>alert(1)</script>"))
    page = customer().post(f"{path}ask/", {"name": '"><img src=x onerror=alert(1)>', "text": "</textarea><script>"})
    assert not re.search(r"<script>|<img", page.content.decode())


# ── How it stands ──────────────────────────────────────────────────────────────────────────────────


def test_what_cannot_be_accepted_any_more_says_so_kindly(cast: Cast) -> None:
    def told(quote: Quote) -> str:
        page = customer().get(path_to(quote))
        assert page.status_code == 200
        assert "Accept this quote" not in text_of(page)
        assert "Ask a question" in text_of(page)
        return text_of(page)

    expired, cancelled, declined = sent_quote(cast), sent_quote(cast), sent_quote(cast)
    Quote.objects.filter(pk=expired.pk).update(valid_until=cast.today - timedelta(days=1))
    cancel_quote(cancelled, by=cast.alice)
    decline_quote(declined, caller=Caller(""), by=None)
    assert "Ask us below for a new one" in told(expired)
    assert "This quote was withdrawn" in told(cancelled)
    assert "This quote was declined" in told(declined)


def test_an_older_version_points_to_the_newer_one_and_shows_no_prices(cast: Cast) -> None:
    old = sent_quote(cast)
    path = path_to(old)
    new = revise_quote(old, by=cast.alice)
    assert "Accept for 595.00 EUR" in text_of(customer().get(path))
    mark_sent(new, by=cast.alice)
    page = text_of(customer().get(path))
    assert ("There is a newer version" in page, "250.00" in page) == (True, False)


def test_two_who_accept_at_the_same_time_are_told_who_was_first(cast: Cast) -> None:
    quote = sent_quote(cast)
    path = path_to(quote)
    sent = form_of(customer().get(path)) | CAROL
    accept_quote(quote, caller=Caller("Dave", "dave@acme.example"), by=None)
    page = customer().post(f"{path}accept/", sent)
    assert page.status_code == 422
    assert "Accepted by Dave" in text_of(page)


@pytest.mark.parametrize("way", ["revoked", "expired"])
def test_a_link_that_works_no_more_shows_nothing_and_takes_nothing(cast: Cast, way: str) -> None:
    quote = sent_quote(cast, language="vi")
    path, link = path_to(quote), link_to(quote)
    if way == "revoked":
        revoke_link(link, by=cast.alice)
    else:
        QuoteLink.objects.update(expires_on=cast.today - timedelta(days=1))
    page = customer().get(path)
    assert (page.status_code, Speech("vi")("gone_told") in text_of(page), quote.title in text_of(page)) == (
        410,
        True,
        False,
    )
    for part in ("accept/", "decline/", "ask/"):
        assert customer().post(path + part, CAROL | {"text": "?", "total": "595.000"}).status_code == 410
    assert customer().get(f"{path}pdf/").status_code == 410
    assert Quote.objects.get().status == "sent"


def test_a_link_that_never_was_is_not_found(cast: Cast) -> None:
    page = customer().get("/a/" + "x" * 43 + "/", headers={"accept-language": "ru"})
    assert (page.status_code, Speech("ru")("gone_head") in text_of(page)) == (404, True)


# ── Links ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_link_is_unguessable_and_the_table_does_not_tell_it(cast: Cast) -> None:
    quote = sent_quote(cast)
    token = path_to(quote).split("/")[2]
    stored = [str(value) for value in QuoteLink.objects.values_list().get()]
    assert (len(token), token in " ".join(stored)) == (43, False)
    assert path_to(quote) == path_to(quote)


def test_a_key_that_changed_leaves_links_working_and_the_next_one_new(cast: Cast, settings: Any) -> None:
    quote = sent_quote(cast)
    old = path_to(quote)
    settings.SECRET_KEY = "another"
    assert customer().get(old).status_code == 200
    assert path_to(quote) == "/a/"


def test_a_revoked_link_is_followed_by_another(cast: Cast) -> None:
    quote = sent_quote(cast)
    old, link = path_to(quote), link_to(quote)
    revoke_link(link, by=cast.alice)
    revoke_link(link, by=cast.alice)
    assert path_to(quote) != old
    again = link_of(quote, expires_on=cast.today + timedelta(days=3), by=cast.alice)
    assert again.expires_on == cast.today + timedelta(days=3)
    assert QuoteLink.objects.filter(revoked_at=None).count() == 1


# ── Nothing else ───────────────────────────────────────────────────────────────────────────────────


def test_every_address_on_the_page_is_its_own(cast: Cast) -> None:
    quote = sent_quote(cast)
    path = path_to(quote)
    page = customer().get(path)
    addresses = re.findall(r'(?:href|src|action|formaction)="([^"]*)"', page.content.decode())
    assert {address for address in addresses if not address.startswith((path, "/static/", "data:"))} == set()
    assert "http" not in " ".join(addresses)


def test_it_leaves_no_cookie_and_no_trace(cast: Cast) -> None:
    quote = sent_quote(cast)
    path, them = path_to(quote), customer()
    sent = form_of(them.get(path))
    for answer in (them.get(path), them.post(f"{path}ask/", CAROL), them.post(f"{path}accept/", sent | CAROL)):
        assert not answer.cookies
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
        assert "no-store" in answer.headers["Cache-Control"]
        policy = answer.headers["Content-Security-Policy"]
        assert ("default-src 'none'" in policy, "frame-ancestors 'none'" in policy) == (True, True)
    assert them.get("/deals/").status_code == 302


def test_who_is_signed_in_sees_what_the_customer_sees_and_is_not_counted(cast: Cast) -> None:
    quote = sent_quote(cast)
    path, mine = path_to(quote), Client()
    mine.force_login(cast.alice, "crm.backends.PasswordBackend")
    assert mine.get(path).status_code == 200
    assert "Alice" not in mine.get(path).content.decode()
    assert (Quote.objects.get().views, Quote.objects.get().status) == (0, "sent")
    customer().get(path)
    assert (Quote.objects.get().views, Quote.objects.get().status) == (1, "viewed")


def test_too_many_answers_or_guesses_are_turned_away(cast: Cast) -> None:
    cache.clear()
    path = path_to(sent_quote(cast))
    answers = [customer().post(f"{path}ask/").status_code for _ in range(ANSWERS + 1)]
    assert answers == [422] * ANSWERS + [429]
    assert customer().get(path).status_code == 200
    guesses = [customer().get(f"/a/guess-{number}/").status_code for number in range(MISSES + 1)]
    assert guesses == [404] * MISSES + [429]


def test_the_letterhead_colours_what_is_pressed(cast: Cast) -> None:
    Letterhead.objects.update_or_create(pk=1, defaults={"name": "Pumps & Co", "accent": "#ffd500"})
    path = path_to(sent_quote(cast))
    assert customer().get(f"{path}colours.css").content == b":root { --brand: #ffd500; --on-brand: #000000; }"
    assert "Pumps &amp; Co" in customer().get(path).content.decode()
    assert colours.ink_on("#1d4ed8") == "#ffffff"
    assert round(colours.contrast("#000000", "#ffffff"), 3) == 21
