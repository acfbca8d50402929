"""What a row about a quota means."""

from django.utils.translation import gettext as _

from crm.calendar import fiscal_calendar
from crm.errors import Refused
from crm.imports.mapping import Field
from crm.imports.people import person_called, teams
from crm.imports.rows import Action, Row
from crm.imports.run import Kind
from crm.periods import BadPeriod
from forecasting.actions import set_quota
from forecasting.models import Quota
from forecasting.types import BadType, ForecastType


class Quotas(Kind):
    """What a person or a team is to win in a month (2026-11) or a quarter (2026-Q4)."""

    name, noun = "quotas", "quota"
    fields = {
        "owner": Field(),
        "team": Field(),
        "period": Field(is_needed=True),
        "amount": Field("number", is_needed=True),
        "currency": Field(),
        "type": Field(),
        "note": Field(),
    }

    def write_row(self, row: Row) -> Action:
        values = row.values
        row.name = f"quota {values.get('owner') or values.get('team')} {values['period']}"
        if self.by is None:
            raise Refused(owner=_("Quotas are set by a superior: name yourself with --by."))
        if ("owner" in values) == ("team" in values):
            raise Refused(owner=_("A quota is for one person or one team."))
        owner = person_called(self.run, values["owner"]) if "owner" in values else None
        team = teams(self.run).find(values["team"]) if "team" in values else None
        try:
            period = fiscal_calendar().parse(values["period"])
        except BadPeriod:
            text = _("“%(text)s” is not a period like 2026-11 or 2026-Q4.") % {"text": values["period"]}
            raise Refused(period=text) from None
        currency = self.run.currency(values["currency"]).pk if "currency" in values else ""
        try:
            kind = ForecastType.parse(values.get("type", "revenue"))
        except BadType:
            raise Refused(type=_("There is no such forecast type.")) from None
        same = Quota.objects.filter(owner=owner, team=team, unit=kind.unit, family=kind.family)
        there = same.filter(starts_on=period.start, ends_on=period.end).first()
        quota = set_quota(
            owner=owner, team=team, period=period, amount=values["amount"], currency=currency, type=kind,
            note=values.get("note", ""), by=self.by,
        )  # fmt: skip
        if there and quota and quota.version == there.version:
            return Action.UNCHANGED
        return Action.UPDATED if there else Action.CREATED


KINDS: list[type[Kind]] = [Quotas]
