"""How pages write countries and web addresses."""

from django import template

from contacts.places import countries

register = template.Library()


@register.filter
def country(code: str) -> str:
    """DE is Germany, or Германия."""
    return countries().get(code, code)


@register.filter
def host(address: str) -> str:
    """https://www.acme.example/about is acme.example."""
    return address.partition("://")[2].partition("/")[0].removeprefix("www.")
