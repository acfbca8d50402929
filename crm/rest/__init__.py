"""What every API view shares: who is calling, what they may, pages, fields, and errors as problem+json (RFC 9457)."""

from crm.rest.pages import Cursor
from crm.rest.problems import problem
from crm.rest.signing_in import HasScope, SessionAuthentication, Throttle, TokenAuthentication

__all__ = ["Cursor", "HasScope", "SessionAuthentication", "Throttle", "TokenAuthentication", "problem"]
