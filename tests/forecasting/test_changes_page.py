"""The page of changes: its finding, its drawing and table, the deals behind a cause, and what slipped."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from crm.models import ExchangeRate
from crm.periods import add_months
from forecasting.falls import Part, falls
from pipeline.actions import hand_over_deal, lose_deal, open_deal, win_deal
from pipeline.models import Deal, DealChange
from tests.cast import Cast

pytestmark = pytest.mark.django_db
PAGE = "/forecast/changes/"


@pytest.fixture
def month(cast: Cast) -> str:
    """Three deals that stood open as the month began: one is won, one is lost."""
    for title in ("Won one", "Lost one", "Open one"):
        known_before(cast, cast.deal(title))
    win_deal(Deal.objects.get(title="Won one"), reason=cast.fit, by=cast.alice)
    lose_deal(Deal.objects.get(title="Lost one"), reason=cast.price, by=cast.alice)
    return f"{cast.today:%Y-%m}"


def known_before(cast: Cast, deal: Deal) -> None:
    """A change of long ago, as if it had been opened then."""
    ago = timezone.now() - timedelta(days=60)
    DealChange.objects.create(
        deal=deal, version=0, verb="opened", effective_at=ago, recorded_at=ago, known_at=ago, outcome="open",
        pipeline_id=deal.pipeline_id, stage_id=deal.stage_id, owner_id=deal.owner_id, team_id=deal.team_id,
        amount=deal.amount, currency_id=deal.currency_id, expected_close_on=deal.expected_close_on,
    )  # fmt: skip


def page(client: Client, cast: Cast, query: str = "", status: int = 200) -> str:
    client.force_login(cast.dana)
    answer = client.get(f"{PAGE}?{query}")
    assert answer.status_code == status
    return answer.content.decode()


def test_it_says_what_happened_draws_it_and_has_it_as_a_table(client: Client, cast: Cast, month: str) -> None:
    text = page(client, cast, f"period={month}")
    assert "pipeline fell by 2k since" in text
    assert text.count('class="c-lost"') >= 1
    assert '<td class="num">−1,000.00</td>' in text
    assert "2 of 3" not in text
    assert "1 of 3 deals expected at the beginning are still open, after 0 pushes" in text


def test_a_cause_opens_its_deals(client: Client, cast: Cast, month: str) -> None:
    text = page(client, cast, f"period={month}&cause=lost")
    assert "Lost one</a>" in text
    assert "Won one</a>" not in text
    both = page(client, cast, f"period={month}&cause=all")
    assert both.index("Won one</a>") < both.index("Lost one</a>")
    assert "Open one</a>" not in both


def test_a_deal_that_others_have_now_is_counted_without_its_name(client: Client, cast: Cast) -> None:
    deal = cast.deal("Secret plant")
    known_before(cast, deal)
    hand_over_deal(deal, to=cast.charlie, by=cast.dana)
    client.force_login(cast.mia)
    text = client.get(f"{PAGE}?period={cast.today:%Y-%m}&cause=owner_out").content.decode()
    assert f"Deal {deal.pk}, which others have now" in text
    assert "Secret plant" not in text
    assert "−1,000.00" in text


def test_it_can_be_shown_in_another_currency_and_still_adds_up(client: Client, cast: Cast, month: str) -> None:
    ExchangeRate.objects.create(currency_id="GBP", base_id="EUR", on=cast.today, rate=Decimal(3))
    text = page(client, cast, f"period={month}&currency=GBP")
    table = text[text.index("<tbody>", text.index('id="waterfall"')) : text.index("</figure>")]
    figures = re.findall(r'<td class="num">([^<]*)</td></tr>', table)
    start, *causes, end = [Decimal(figure.replace(",", "").replace("−", "-")) for figure in figures]
    assert (start, end) == (1000, Decimal("333.33"))
    assert start + sum(causes) == end


def test_another_beginning_and_another_end(client: Client, cast: Cast) -> None:
    cast.deal()
    tomorrow = cast.today + timedelta(days=1)
    assert "grew by 1k" in page(client, cast, f"period={cast.today:%Y-%m}&since={cast.today}")
    before = cast.today - timedelta(days=3)
    nothing = page(client, cast, f"period={cast.today:%Y-%m}&since={before}&until={before}")
    assert "No open deals in" in nothing
    assert "is not a day or a moment up to now" in page(client, cast, f"until={tomorrow}", 422)
    assert "The end must come after the beginning." in page(client, cast, f"since={cast.today}&until={before}", 422)


def test_the_next_quarter_is_looked_at_since_the_beginning_of_this_one(client: Client, cast: Cast) -> None:
    later = add_months(cast.today, 4)
    open_deal(title="Later", owner=cast.alice, amount=Decimal(500), expected_close_on=later, by=cast.alice)
    assert "pipeline grew by 500 since" in page(client, cast, f"period={later:%Y-%m}")


def test_a_team_out_of_reach_is_not_there(client: Client, cast: Cast) -> None:
    client.force_login(cast.mia)
    assert client.get(f"{PAGE}?team={cast.south.pk}").status_code == 404


# ── The drawing ────────────────────────────────────────────────────────────────────────────────────


def test_bars_stand_on_one_another_and_the_smallest_can_be_seen() -> None:
    parts = [Part("start", Decimal(100), "Open"), Part("lost", Decimal(-50), "Lost"), Part("up", Decimal("0.01"), "Up")]
    drawn = falls([*parts, Part("end", Decimal("50.01"), "Open")], 640)
    start, lost, up, end = drawn.bars
    assert (start.y, start.height, start.css) == ("22.0", "206.0", "c-open")
    assert (lost.y, lost.height, lost.css) == ("22.0", "103.0", "c-lost")
    assert (up.height, up.css) == ("1.5", "c-commit")
    assert float(end.y) + float(end.height) == pytest.approx(228)
    assert [x1 for x1, _x2, _y in drawn.links] == [f"{float(bar.x) + float(bar.width):.1f}" for bar in drawn.bars[:-1]]


def test_nothing_at_all_can_be_drawn() -> None:
    drawn = falls([Part("start", Decimal(0), "Open"), Part("end", Decimal(0), "Open")])
    assert [bar.height for bar in drawn.bars] == ["0.0", "0.0"]
