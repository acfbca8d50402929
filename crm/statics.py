"""Static files in production: hashed names, compressed, a stylesheet's imports written into it (one request), and our
styles and scripts without what only explains them."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]

SHEETS = ("css/app.css", "css/forecast.css", "css/quotes.css", "css/public.css")
SCRIPTS = "js/"


def without_comments(script: str) -> str:
    """Without comments, empty lines, indentation and the ends of lines that end nothing.

    No text of ours spans lines, and none has `; // ` in it.
    """
    bare = re.sub(r"^\s+|(?<=[;{}(),]) // .*$", "", script, flags=re.MULTILINE)
    bare = re.sub(r"^(//.*|/\*\*.*\*/)\n", "", bare, flags=re.MULTILINE)
    return re.sub(r"^((?:(?! // ).)*[;{,(\[])\n", r"\1", bare, flags=re.MULTILINE)


def without_spaces(style: str) -> str:
    """Without comments, and without the spaces that only make it readable."""
    bare = re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL))
    return re.sub(r" ?([{};,]) ?|(?<=[\w-])(:) ", r"\1\2", bare).strip()


def with_imports(style: str, read: Callable[[str], str]) -> str:
    """`read` finds an imported file by its name in css/."""
    return re.sub(r'@import "([^"]+)";', lambda match: with_imports(read(f"css/{match[1]}"), read), style)


class Statics(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        for name in [name for name in SHEETS if name in paths and not dry_run]:
            self._rewrite(paths, name, lambda style: without_spaces(with_imports(style, self._read)))
        for name in [name for name in paths if name.startswith(SCRIPTS) and not dry_run]:
            self._rewrite(paths, name, without_comments)
        yield from super().post_process(paths, dry_run, **options)

    def _rewrite(self, paths: dict[str, Any], name: str, change: Callable[[str], str]) -> None:
        whole = change(self._read(name))
        self.delete(name)
        self.save(name, ContentFile(whole.encode()))
        paths[name] = (self, name)

    def _read(self, name: str) -> str:
        with self.open(name) as file:
            text: str = file.read().decode()
        return text
