"""How the API writes JSON."""

from typing import Any

from rest_framework.renderers import JSONRenderer


class Escaped(JSONRenderer):
    ensure_ascii = True


class Json(JSONRenderer):
    """UTF-8, but half a character that somebody sent and is told of is written as it came: \\ud800."""

    def render(self, *args: Any, **kwargs: Any) -> bytes:
        try:
            written: bytes = super().render(*args, **kwargs)
        except UnicodeEncodeError:
            written = Escaped().render(*args, **kwargs)
        return written
