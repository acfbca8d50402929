"""A link's token: unguessable, found by its digest, and made anew from what is stored whenever it is shown."""

import base64
import hashlib
import secrets

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

from quotes.models import QuoteLink


def new_seed() -> str:
    return secrets.token_hex(16)


def token_of(seed: str) -> str:
    made = salted_hmac("quotes.link", seed, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def address_of(link: QuoteLink) -> str:
    """The whole address to send; empty if the server's key has changed since, for then nobody can make it again."""
    token = token_of(link.seed)
    return settings.SITE_URL + reverse("quotes:public", args=[token]) if digest_of(token) == link.digest else ""
