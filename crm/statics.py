"""Static files in production: hashed names, compressed, and the stylesheet's imports written into it (one request)."""

import re
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]

ENTRY = "css/app.css"


class Statics(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if not dry_run and ENTRY in paths:
            whole = self._with_imports(ENTRY)
            self.delete(ENTRY)
            self.save(ENTRY, ContentFile(whole.encode()))
            paths[ENTRY] = (self, ENTRY)
        yield from super().post_process(paths, dry_run, **options)

    def _with_imports(self, name: str) -> str:
        with self.open(name) as file:
            source = file.read().decode()
        return re.sub(r'@import "([^"]+)";', lambda match: self._with_imports(f"css/{match[1]}"), source)
