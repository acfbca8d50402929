"""How the settings write what a stage asks for."""

from django import template

from pipeline.models import RequiredField

register = template.Library()


@register.filter
def required_field(name: str) -> str:
    """`expected_close_on` is Expected close date."""
    return str(RequiredField(name).label)
