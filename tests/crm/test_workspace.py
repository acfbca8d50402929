"""revise_workspace, set_exchange_rate, revise_currency."""

from decimal import Decimal
from typing import Any

import pytest

from crm.actions import revise_currency, revise_workspace, set_exchange_rate
from crm.errors import Refused
from crm.models import Currency, Event, ExchangeRate, Workspace
from crm.signals import rates_changed, workspace_changed
from pipeline.actions import win_deal
from tests.cast import Cast


def test_it_changes_and_says_so(cast: Cast) -> None:
    revise_workspace(name="Halden Meters", by=cast.dana)
    assert Workspace.current().name == "Halden Meters"
    assert Event.objects.get(kind="workspace.revised").data["changed"] == {"name": ["Penstock", "Halden Meters"]}


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"time_zone": "Mars/Olympus"}, "time_zone"), ({"fiscal_start": 13}, "fiscal_start"), ({"name": ""}, "name")],
)
def test_it_refuses(cast: Cast, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        revise_workspace(by=cast.dana, **fields)
    assert list(refused.value.errors) == [field]


def test_only_what_moves_numbers_is_told_above(cast: Cast) -> None:
    heard: list[set[str]] = []

    def hear(changed: set[str], **kwargs: Any) -> None:
        heard.append(changed)

    workspace_changed.connect(hear)
    revise_workspace(name="A", by=None)
    revise_workspace(fiscal_start=4, name="B", by=None)
    workspace_changed.disconnect(hear)
    assert heard == [{"fiscal_start", "name"}]


def test_the_base_currency_stays_once_a_deal_is_closed(cast: Cast) -> None:
    usd = Currency.objects.get(pk="USD")
    win_deal(cast.deal(), reason=cast.fit, by=cast.alice)
    with pytest.raises(Refused):
        revise_workspace(currency=usd, by=cast.dana)
    assert Workspace.objects.get().currency_id == "EUR"


def test_a_rate_is_a_new_row_and_told_above(cast: Cast) -> None:
    heard: list[list[str]] = []

    def hear(currency_ids: list[str], **kwargs: Any) -> None:
        heard.append(currency_ids)

    rates_changed.connect(hear)
    usd = Currency.objects.get(pk="USD")
    set_exchange_rate(currency=usd, on=cast.today, rate=Decimal("0.88"), by=cast.dana)
    rates_changed.disconnect(hear)
    assert heard == [["USD"]]
    assert ExchangeRate.objects.filter(currency=usd).count() == 2
    assert ExchangeRate.rates_on(cast.today, "EUR").rate("USD") == Decimal("0.88")
    assert Event.objects.get(kind="rate.set").data["rate"] == "0.88"


@pytest.mark.parametrize(("code", "rate", "field"), [("USD", "0", "rate"), ("EUR", "1", "currency")])
def test_a_bad_rate_is_refused(cast: Cast, code: str, rate: str, field: str) -> None:
    with pytest.raises(Refused) as refused:
        set_exchange_rate(currency=Currency.objects.get(pk=code), on=cast.today, rate=Decimal(rate), by=cast.dana)
    assert list(refused.value.errors) == [field]


def test_the_base_currency_stays_in_use(cast: Cast) -> None:
    assert not revise_currency(Currency.objects.get(pk="USD"), is_active=False, by=cast.dana).is_active
    with pytest.raises(Refused):
        revise_currency(Currency.objects.get(pk="EUR"), is_active=False, by=cast.dana)
