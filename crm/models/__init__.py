from .events import Event
from .money import Currency, ExchangeRate
from .people import ApiToken, Membership, Role, Scope, Team, User
from .workspace import Workspace

__all__ = [
    "ApiToken",
    "Currency",
    "Event",
    "ExchangeRate",
    "Membership",
    "Role",
    "Scope",
    "Team",
    "User",
    "Workspace",
]
