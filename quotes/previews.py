"""Page images of a document, kept for a while under what they show."""

import hashlib
import json

from django.core.cache import cache

from quotes.documents import Data
from quotes.typesetting import pages_of

KEPT = 600  # seconds


def digest_of(data: Data) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def page_images(data: Data) -> list[bytes]:
    """A PNG for each page. Raises Refused if a font is missing."""
    key = f"quotes:pages:{digest_of(data)}"
    images: list[bytes] | None = cache.get(key)
    if images is None:
        images = pages_of(data)
        cache.set(key, images, KEPT)
    return images
