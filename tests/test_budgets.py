"""What a browser has to load, compressed: figures that are the same on every machine."""

import gzip
import json
import re
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from contacts.models import Company
from crm.statics import with_imports, without_comments, without_spaces
from pipeline.activities import plan_activity
from pipeline.structure import add_stage
from tests.cast import Cast

pytestmark = pytest.mark.django_db
BOARD_SCRIPTS = 45_000
STYLE = 18_000
FORECAST_STYLE = 8_000  # beside it, on the pages of the forecast and the reports alone
QUOTE_STYLE = 8_000  # likewise, on those of quotes and invoices
BOARD = 35_000  # with six columns of 25 cards


def source(name: str) -> str:
    path = finders.find(name)
    assert isinstance(path, str), name
    return Path(path).read_text()


def compressed(text: str) -> int:
    return len(gzip.compress(text.encode(), 6))


def script_of(url: str) -> str:
    """As production serves it."""
    script = source(urlsplit(url).path.removeprefix("/static/"))
    return without_comments(script) if "/js/" in url else script


def modules_of(names: Iterable[str], addresses: dict[str, str]) -> set[str]:
    """The addresses of these modules and of all that they import."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        url = addresses[waiting.pop()]
        if url not in found:
            found.add(url)
            waiting += re.findall(r'\b(?:from|import) "([^"]+)"', script_of(url))
    return found


def test_all_scripts_that_the_board_loads_with_its_panel_menu_and_forms(client: Client, cast: Cast) -> None:
    deal = cast.deal()
    client.force_login(cast.alice)
    page = client.get(f"/board/?panel={deal.pk}").content.decode()
    opened = [f"/board/{cast.pipeline.pk}/filter/", "/deals/new/", "/search/", "/settings/shortcuts/"]
    opened += [f"/deals/{deal.pk}/{form}/" for form in ("menu", "stage", "win", "lose", "owner", "facts/amount")]
    forms = "".join(client.get(url, headers={"HX-Request": "true"}).content.decode() for url in opened)
    names = {
        f"penstock/{name}" for text in re.findall(r'data-behaviour="([^"]+)"', page + forms) for name in text.split()
    }
    addresses = re.search(r'<script type="importmap"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert {"penstock/board", "penstock/choices"} <= names
    assert addresses
    loaded = modules_of(names, json.loads(addresses[1])["imports"])
    loaded.update(re.findall(r'<script[^>]* src="([^"]+)"', page))
    weights = {url: compressed(script_of(url)) for url in sorted(loaded)}
    assert sum(weights.values()) <= BOARD_SCRIPTS, weights


def test_scripts_are_served_without_the_lines_that_explain_them() -> None:
    script = "// What.\nimport a;\n\n/** Says so. */\nexport const url = 'http://a'; // so\n  // more\n}\nb // c;\nd\n"
    assert without_comments(script) == "import a;export const url = 'http://a';}\nb // c;\nd\n"


@pytest.mark.parametrize(("sheet", "most"), [("app", STYLE), ("forecast", FORECAST_STYLE), ("quotes", QUOTE_STYLE)])
def test_the_styles(sheet: str, most: int) -> None:
    assert compressed(without_spaces(with_imports(source(f"css/{sheet}.css"), source))) <= most


def test_styles_are_served_without_the_spaces_that_make_them_readable() -> None:
    style = '/* What it is. */\n.a > .b,\n.c { width: calc(1px + 2px); &:hover { content: "a b"; } }\n'
    assert without_spaces(style) == '.a > .b,.c{width:calc(1px + 2px);&:hover{content:"a b";}}'


def test_a_board_of_six_columns_with_25_cards(client: Client, cast: Cast) -> None:
    """No two cards alike: titles, companies, amounts, owners and what comes next differ as they do in life."""
    for name in ("Преговори", "Договор"):
        cast.stages[name] = add_stage(cast.pipeline, name=name, probability=Decimal(80), by=cast.dana)
    words = ["Помпена станция", "Level sensors", "Renewal", "Пречиствателна станция", "Pilot", "Framework contract"]
    towns = ["Стара Загора", "Wolfsburg", "Lyon", "Пловдив", "Đà Nẵng", "Bergen", "Велико Търново"]
    columns = [stage for stage in cast.stages.values() if stage.is_open]
    for number in range(150):
        town = towns[number % len(towns)]
        company = Company.objects.create(name=f"{town} Water {number}", owner=cast.alice, team=cast.north)
        deal = cast.deal(
            f"{words[number % len(words)]} {town} {number}",
            owner=[cast.alice, cast.bob, cast.mia][number % 3],
            stage=columns[number % len(columns)].name,
            company=company,
            amount=Decimal(number * 977) / 7,
            currency_id=["EUR", "USD"][number % 2],
        )
        if number % 3:
            due_on = cast.today + timedelta(days=number % 20 - 5)
            plan_activity(deal, subject=f"Call about the offer {number}", due_on=due_on, by=cast.mia)
    client.force_login(cast.mia)
    page = client.get("/board/").content.decode()
    assert page.count('data-deal="') == 150
    assert compressed(page) <= BOARD
