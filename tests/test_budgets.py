"""What a browser has to load, compressed: figures that are the same on every machine."""

import gzip
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from crm.statics import without_comments
from tests.cast import Cast

pytestmark = pytest.mark.django_db
BOARD_SCRIPTS = 45_000


def weight(url: str) -> int:
    path = finders.find(urlsplit(url).path.removeprefix("/static/"))
    assert isinstance(path, str), url
    script = Path(path).read_text()
    served = without_comments(script) if "/js/" in url else script
    return len(gzip.compress(served.encode(), 9))


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
