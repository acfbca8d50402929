"""The house rules that a machine can check."""

import ast
import hashlib
import inspect
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.management import call_command
from django.db import connection
from django.test import RequestFactory

import contacts.actions
import crm.actions
import forecasting.actions
import pipeline.actions
import pipeline.activities
import pipeline.structure
import quotes.actions

ROOT = Path(__file__).resolve().parent.parent
OURS = ["crm", "contacts", "pipeline", "forecasting", "quotes"]
FOLDERS = {".ci", "bench", "bin", "docs", "static", "templates", "tests", *OURS}
FILES = {
    ".dockerignore",
    ".gitattributes",
    ".gitignore",
    ".python-version",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "docker-compose.yml",
    "manage.py",
    "pyproject.toml",
    "requirements-dev.txt",
    "requirements.txt",
}
LONGEST_FILE, LONGEST_BEHAVIOUR, LONGEST_VIEW = 400, 80, 15
WITHOUT_WINDOW = {"DealLine", "DealContact", "Position", "Freshness", "IdempotencyKey", "ListColumns"}
VAGUE = {"utils", "util", "helpers", "helper", "common", "services", "service", "misc"}


def tracked() -> list[Path]:
    """Every file of the repository, new ones included, ignored ones not."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.splitlines() if (path := ROOT / name).is_file()]


def python(*folders: str) -> list[Path]:
    paths = [path for path in tracked() if path.suffix == ".py" and "migrations" not in path.parts]
    return [path for path in paths if not folders or path.relative_to(ROOT).parts[0] in folders]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


# ── Layout ─────────────────────────────────────────────────────────────────────────────────────


def test_the_top_level_is_fixed() -> None:
    tops = {path.relative_to(ROOT).parts for path in tracked()}
    assert {parts[0] for parts in tops if len(parts) > 1} - FOLDERS == set()
    assert {parts[0] for parts in tops if len(parts) == 1} - FILES == set()


def test_no_module_has_a_vague_name() -> None:
    assert [named(path) for path in python() if VAGUE & {path.stem, *path.relative_to(ROOT).parts}] == []


def test_no_file_is_too_long() -> None:
    lengths = {named(path): len(path.read_text().splitlines()) for path in python()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_a_behaviour_is_small() -> None:
    scripts = [path for path in tracked() if path.suffix == ".js" and "vendor" not in path.parts]
    lengths = {named(path): len(path.read_text().splitlines()) for path in scripts}
    assert {name: length for name, length in lengths.items() if length > LONGEST_BEHAVIOUR} == {}


def is_view(function: ast.FunctionDef) -> bool:
    return bool(function.args.args) and function.args.args[0].arg == "request"


def views() -> Iterator[tuple[str, ast.FunctionDef]]:
    for path in python(*OURS):
        if "views" in path.stem or "views" in path.parts:
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.FunctionDef) and node.decorator_list and is_view(node):
                    yield f"{named(path)}:{node.name}", node


def length(function: ast.FunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) and len(function.body) > 1 else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1


def test_a_view_is_short() -> None:
    assert {name: length(view) for name, view in views() if length(view) > LONGEST_VIEW} == {}


def test_a_stage_is_won_by_its_kind_never_by_its_name() -> None:
    by_name = re.compile(r"""\.name(\.lower\(\))?\s*(==|in)\s*[\[({]?["'](won|lost)""", re.IGNORECASE)
    assert [named(path) for path in python(*OURS) if by_name.search(path.read_text())] == []


def test_templates_bring_no_script_or_style_of_their_own() -> None:
    inline = re.compile(
        r"""<script(?![^>]*\b(src|nonce|type="(application/json|importmap)"))|<style|\sstyle=|\son[a-z]+=["']"""
    )
    pages = [path for path in tracked() if path.suffix == ".html"]
    assert [named(path) for path in pages if inline.search(path.read_text())] == []


# ── Who calls whom ─────────────────────────────────────────────────────────────────────────────


def test_imports_go_down() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


VERBS: list[ModuleType] = [
    contacts.actions,
    crm.actions,
    forecasting.actions,
    pipeline.actions,
    pipeline.activities,
    pipeline.structure,
    quotes.actions,
]


@pytest.mark.parametrize("module", VERBS, ids=lambda module: module.__name__)
def test_a_verb_says_by_whom(module: ModuleType) -> None:
    functions = {
        name: inspect.signature(function).parameters
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__.startswith(module.__name__) and not name.startswith("_")
    }
    verbs = {name: parameters["by"].kind for name, parameters in functions.items() if "by" in parameters}
    assert verbs
    assert {name for name, kind in verbs.items() if kind != inspect.Parameter.KEYWORD_ONLY} == set()


# ── Data ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_every_change_of_a_model_has_its_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_a_migration_is_named_by_its_intent() -> None:
    names = [path for path in tracked() if path.parent.name == "migrations" and path.stem != "__init__"]
    assert [named(path) for path in names if not re.fullmatch(r"\d{4}_[a-z][a-z0-9_]+", path.stem)] == []
    assert [named(path) for path in names if "auto" in path.stem or path.stem.endswith("_initial")] == []
    for app in OURS:
        numbers = sorted(path.stem[:4] for path in names if path.relative_to(ROOT).parts[0] == app)
        assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


@pytest.mark.django_db
def test_what_is_called_a_change_is_append_only() -> None:
    tables = {model._meta.db_table for model in apps.get_models() if model.__name__.endswith("Change")}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname IN ('append_only', 'append_only_truncate')"
            " AND tgenabled <> 'D' GROUP BY 1 HAVING count(*) = 2"
        )
        guarded = {table for (table,) in cursor.fetchall()}
    locked = {f"forecasting_{name}" for name in ("adjustment", "adjustmentsnapshot", "forecastsnapshot", "snapshotday")}
    proofs = {"quotes_acceptance", "quotes_remark", "quotes_retraction"}
    assert guarded == tables | {"crm_event"} | locked | proofs


def test_support_can_look_at_every_table_and_change_none() -> None:
    request = RequestFactory().get("/admin/")
    ours = [model for model in apps.get_models() if model._meta.app_label in OURS]
    shown = [model for model in ours if admin.site.is_registered(model)]
    assert {model.__name__ for model in ours} - {model.__name__ for model in shown} == WITHOUT_WINDOW
    for model in shown:
        window = admin.site.get_model_admin(model)
        may = (window.has_add_permission, window.has_change_permission, window.has_delete_permission)
        assert [allowed.__name__ for allowed in may if allowed(request)] == [], model


# ── What it is made of ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_name_hashes_and_no_addresses(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    pinned = re.split(r"^(?=[A-Za-z0-9][\w.-]*(?:\[[\w,-]+\])?==)", text, flags=re.MULTILINE)[1:]
    assert pinned
    assert [entry.split()[0] for entry in pinned if "--hash=sha256:" not in entry] == []


def test_every_dependency_has_a_lower_bound() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [
        *project["dependencies"],
        *(each for group in project["optional-dependencies"].values() for each in group),
    ]
    assert [each for each in wanted if ">=" not in each] == []


def test_vendored_files_are_the_published_ones() -> None:
    vendored = json.loads((ROOT / "static/vendor/vendor.json").read_text())["packages"]
    listed: set[str] = set()
    for package in vendored:
        assert {"name", "version", "licence", "files"} <= package.keys()
        for name, digest in package["files"].items():
            assert hashlib.sha256((ROOT / "static" / name).read_bytes()).hexdigest() == digest, name
            listed.add(name)
    there = {str(path.relative_to(ROOT / "static")) for path in (ROOT / "static/vendor").iterdir()}
    assert there - listed == {"vendor/vendor.json"}


def test_tests_use_real_things() -> None:
    faked = re.compile(r"^\s*(from|import) (unittest\.)?mock\b|MagicMock|@patch", re.MULTILINE)
    paths = [path for path in python("tests") if path.name != Path(__file__).name]
    assert [named(path) for path in paths if faked.search(path.read_text())] == []
