"""What a browser has to load, compressed: figures that are the same on every machine."""

import gzip
import json
import re
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
BOARD = 35_000  # with six columns of 25 cards


def source(name: str) -> str:
    path = finders.find(name)
    assert isinstance(path, str), name
    return Path(path).read_text()


def compressed(text: str) -> int:
    return len(gzip.compress(text.encode(), 6))


def weight(url: str) -> int:
    script = source(urlsplit(url).path.removeprefix("/static/"))
    return compressed(without_comments(script) if "/js/" in url else script)


def test_all_scripts_that_the_board_may_load(client: Client, cast: Cast) -> None:
    client.force_login(cast.alice)
    page = client.get("/board/").content.decode()
    scripts = re.findall(r'<script[^>]* src="([^"]+)"', page)
    modules = re.search(r'<script type="importmap"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert scripts
    assert modules
    weights = {url: weight(url) for url in [*scripts, *json.loads(modules[1])["imports"].values()]}
    assert sum(weights.values()) <= BOARD_SCRIPTS, weights


def test_scripts_are_served_without_the_lines_that_explain_them() -> None:
    script = "// What it is.\nimport a;\n\n/** Says so. */\nexport const url = 'http://a'; // kept\n  // more\n}\n"
    assert without_comments(script) == "import a;\n\nexport const url = 'http://a'; // kept\n}\n"


def test_the_style_of_every_page() -> None:
    assert compressed(without_spaces(with_imports(source("css/app.css"), source))) <= STYLE


def test_styles_are_served_without_the_spaces_that_make_them_readable() -> None:
    style = '/* What it is. */\n.a > .b,\n.c { width: calc(1px + 2px); &:hover { content: "a b"; } }\n'
    assert without_spaces(style) == '.a > .b,.c{width: calc(1px + 2px);&:hover{content: "a b";}}'


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
