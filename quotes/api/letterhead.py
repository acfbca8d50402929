"""The letterhead: one for the company, so one address. Everyone reads it, admins change it."""

import base64
import binascii
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from crm.rest.fields import Choice, Text, Whole
from crm.rest.guard import guarded
from crm.rest.resource import Answers, Input
from quotes.actions.letterhead import FIELDS, revise_letterhead
from quotes.logos import LARGEST
from quotes.models import Letterhead, Paper


class LogoShape(serializers.Serializer[Any]):
    sha256 = Text()
    content_type = Text(help_text="image/png, image/jpeg or image/svg+xml.")
    width = Whole()
    height = Whole()


class LetterheadShape(serializers.Serializer[Any]):
    """Who the seller is on quotes, invoices and reminders from now on. What went out keeps the one that it had."""

    name = Text(help_text="Empty: the workspace’s.")
    street = Text()
    postal_code = Text()
    city = Text()
    country = Text(help_text="ISO 3166: two letters.")
    email = Text()
    phone = Text()
    website = Text()
    tax_id = Text(help_text="A VAT number.")
    tax_number = Text(help_text="Of the local tax office.")
    register = Text()
    bank = Text()
    iban = Text()
    bic = Text()
    legal = Text(help_text="One a line.")
    footer = Text()
    accent = Text(help_text="A colour that is readable on white, like #1d4ed8.")
    paper = Choice(Paper.choices)
    logo = LogoShape(allow_null=True)

    @staticmethod
    def of(letterhead: Letterhead) -> dict[str, Any]:
        logo = letterhead.logo
        shown = {name: getattr(logo, name) for name in LogoShape._declared_fields} if logo else None
        return {name: getattr(letterhead, name) for name in FIELDS} | {"logo": shown}


class LetterheadInput(Input):
    name = Text(max_length=160, required=False, allow_blank=True)
    street = Text(max_length=160, required=False, allow_blank=True)
    postal_code = Text(max_length=20, required=False, allow_blank=True)
    city = Text(max_length=80, required=False, allow_blank=True)
    country = Text(max_length=2, required=False, allow_blank=True)
    email = Text(max_length=254, required=False, allow_blank=True)
    phone = Text(max_length=60, required=False, allow_blank=True)
    website = Text(max_length=120, required=False, allow_blank=True)
    tax_id = Text(max_length=40, required=False, allow_blank=True)
    tax_number = Text(max_length=40, required=False, allow_blank=True)
    register = Text(max_length=120, required=False, allow_blank=True)
    bank = Text(max_length=120, required=False, allow_blank=True)
    iban = Text(max_length=42, required=False, allow_blank=True)
    bic = Text(max_length=11, required=False, allow_blank=True)
    legal = Text(max_length=600, required=False, allow_blank=True)
    footer = Text(max_length=200, required=False, allow_blank=True)
    accent = Text(max_length=7, required=False)
    paper = Choice(Paper.choices, required=False)
    logo = Text(
        max_length=LARGEST * 4 // 3 + 4,
        required=False,
        allow_null=True,
        help_text="The file, a PNG, JPEG or SVG, in base64; null takes it away.",
    )

    def validate_logo(self, text: str | None) -> bytes:
        try:
            return base64.b64decode(text or "", validate=True)
        except (binascii.Error, ValueError):
            raise ValidationError(_("This is not base64.")) from None


class LetterheadAnswers(Answers):
    scope = "quotes"

    @extend_schema(responses=LetterheadShape)
    def get(self, request: Request) -> Response:
        """Read the letterhead"""
        return Response(LetterheadShape.of(_stored()))

    @extend_schema(request=LetterheadInput, responses=LetterheadShape)
    @guarded
    def patch(self, request: Request) -> Response:
        """Change the letterhead

        Admins only. The fields you send; the others stay.
        """
        self.only_admins()
        sent = self.read_body(LetterheadInput, partial=True)
        return Response(LetterheadShape.of(revise_letterhead(by=self.me, **sent)))


def _stored() -> Letterhead:
    """As it was entered: `current` fills in the name."""
    return Letterhead.objects.select_related("logo").filter(pk=1).first() or Letterhead(pk=1)
