from .alerts import Alert, AlertSetting, Digest
from .calendar import FiscalPeriod, PlanRate
from .custom import CustomField, CustomKind, CustomNoun, custom_field, custom_fields
from .events import Event
from .idempotency import IdempotencyKey
from .jobs import Job
from .money import Currency, ExchangeRate
from .people import ApiToken, Membership, Role, Scope, Team, User
from .workspace import Workspace

__all__ = [
    "Alert",
    "AlertSetting",
    "ApiToken",
    "Currency",
    "CustomField",
    "CustomKind",
    "CustomNoun",
    "Digest",
    "Event",
    "ExchangeRate",
    "FiscalPeriod",
    "IdempotencyKey",
    "Job",
    "Membership",
    "PlanRate",
    "Role",
    "Scope",
    "Team",
    "User",
    "Workspace",
    "custom_field",
    "custom_fields",
]
