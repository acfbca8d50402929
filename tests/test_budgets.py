"""What a browser has to load, compressed: figures that are the same on every machine."""

import gzip
import json
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from crm.statics import without_comments
from tests.cast import Cast

pytestmark = pytest.mark.django_db
BOARD_SCRIPTS = 45_000


def script_of(url: str) -> str:
    """A script as production serves it."""
    path = finders.find(urlsplit(url).path.removeprefix("/static/"))
    assert isinstance(path, str), url
    script = Path(path).read_text()
    return without_comments(script) if "/js/" in url else script


def with_imports(names: Iterable[str], modules: dict[str, str]) -> set[str]:
    """The addresses of these modules and of all that they import."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        url = modules[waiting.pop()]
        if url not in found:
            found.add(url)
            waiting += re.findall(r'(?:from|^import) "([^"]+)"', script_of(url), re.MULTILINE)
    return found


def test_all_scripts_that_the_board_loads_with_its_panel_menu_and_forms(client: Client, cast: Cast) -> None:
    deal = cast.deal()
    client.force_login(cast.alice)
    page = client.get(f"/board/?panel={deal.pk}").content.decode()
    opened = [f"/board/{cast.pipeline.pk}/filter/", "/deals/new/", "/search/", "/settings/shortcuts/"]
    opened += [f"/deals/{deal.pk}/{form}/" for form in ("menu", "stage", "win", "lose", "owner", "facts/amount")]
    forms = [client.get(url, headers={"HX-Request": "true"}).content.decode() for url in opened]
    names = {
        f"penstock/{name}"
        for text in re.findall(r'data-behaviour="([^"]+)"', page + "".join(forms))
        for name in text.split()
    }
    modules = re.search(r'<script type="importmap"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert {"penstock/board", "penstock/choices"} <= names
    assert modules
    loaded = {*re.findall(r'<script[^>]* src="([^"]+)"', page), *with_imports(names, json.loads(modules[1])["imports"])}
    weights = {url: len(gzip.compress(script_of(url).encode(), 9)) for url in sorted(loaded)}
    assert sum(weights.values()) <= BOARD_SCRIPTS, weights


def test_scripts_are_served_without_the_lines_that_explain_them() -> None:
    script = "// What it is.\nimport a;\n\n/** Says so. */\nexport const url = 'http://a'; // kept\n  // more\n}\n"
    assert without_comments(script) == "import a;\n\nexport const url = 'http://a'; // kept\n}\n"
