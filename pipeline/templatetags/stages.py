"""How the settings write what a stage asks for."""

from django import template

from pipeline.models import askable

register = template.Library()


@register.filter
def required_field(name: str) -> str:
    """`expected_close_on` is Expected close date."""
    return askable().get(name, name)
