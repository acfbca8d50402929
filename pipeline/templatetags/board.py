"""The board's cards, each drawn once for as long as it stays as it is."""

from collections.abc import Iterable
from functools import lru_cache

from django import template
from django.conf import settings
from django.template.loader import get_template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from pipeline.cards import Card

register = template.Library()


@register.simple_tag
def cards(made: Iterable[Card]) -> SafeString:
    """`pipeline/cards.html` of each. It sees nothing but the card, which makes the drawing a function of it."""
    draw = _draw.__wrapped__ if settings.DEBUG else _draw
    language = get_language()
    return SafeString("".join([draw(card, language) for card in made]))


@lru_cache(maxsize=10_000)
def _draw(card: Card, language: str | None) -> str:
    return get_template("pipeline/cards.html").render({"cards": [card]})
