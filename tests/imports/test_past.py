"""Deals that were brought in from files are found in the past as the files tell it: by a slow reading of the rows."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple

from crm.access import reach_of
from crm.calendar import fiscal_calendar
from crm.models import User, Workspace
from crm.past import looking_back
from forecasting.table import forecast_table
from pipeline.models import Deal
from tests.imports.conftest import MAVEN, Importer
from tests.lives import moment

AGENTS = {
    "Anna Snelling": "Dustin Brinkmann’s team",
    "Mei-Mei Johns": "Dustin Brinkmann’s team",
    "Cassey Cress": "Rocco Neubert’s team",
}
PRICES = {"GTX Pro": Decimal(4821), "MG Special": Decimal(55)}
HEAD = "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"


class Row(NamedTuple):
    key: str
    agent: str
    product: str
    stage: str
    engaged: date
    closed: date | None
    value: Decimal | None

    def line(self) -> str:
        closed = f"{self.closed:%m/%d/%Y}" if self.closed else ""
        value = "" if self.value is None else f"{self.value}"
        return f"{self.key},{self.agent},{self.product},,{self.stage},{self.engaged:%m/%d/%Y},{closed},{value}\n"

    def on(self, day: date) -> tuple[str, str, Decimal, date | None] | None:
        """Stage, outcome, amount and day of closing at the end of a day, told from the row alone."""
        if self.engaged > day:
            return None
        amount = self.value or PRICES[self.product]
        if self.closed is None or self.closed > day:
            return ("Engaging", "open", amount, None)
        return (self.stage, self.stage.lower(), amount, self.closed)


def some(random: Random) -> list[Row]:
    rows = []
    for number in range(40):
        stage = random.choice(["Won", "Won", "Lost", "Engaging"])
        engaged = date(2017, 1, 1) + timedelta(days=random.randrange(300))
        closed = None if stage == "Engaging" else engaged + timedelta(days=random.randrange(60))
        value = Decimal(random.randrange(1, 9999)) if stage == "Won" else None if closed is None else Decimal(0)
        agent, product = random.choice(list(AGENTS)), random.choice(list(PRICES))
        rows.append(Row(f"K{number}", agent, product, stage, engaged, closed, value))
    return rows


def test_a_day_is_as_a_reading_of_the_rows_up_to_it_says(maven: Importer) -> None:
    rows = some(Random(7))
    maven.file("sales_pipeline.csv", HEAD + "".join(row.line() for row in rows))
    maven.run(MAVEN)
    zone = Workspace.objects.get().zone
    admin = User.objects.get(email="sales.operations@example.com")

    for month in (1, 3, 6, 9, 12):
        day = date(2017, month, 28)
        then = {row.key: state for row in rows if (state := row.on(day))}
        end = datetime.combine(day, time.max, zone).astimezone(UTC)
        with looking_back(moment(end)):
            columns = ("external_id", "stage__name", "outcome", "amount", "closed_on")
            found = {key: tuple(rest) for key, *rest in Deal.objects.values_list(*columns)}
            table = forecast_table(reach_of(admin), fiscal_calendar().parse(f"2017-Q{(month + 2) // 3}"))
            won = {row.name: row.figures.won for row in table.rows}
        assert found == then
        first = date(2017, month - (month - 1) % 3, 1)
        expected = Counter[str]()
        for row in rows:
            state = then.get(row.key)
            if state and state[1] == "won" and state[3] and state[3] >= first:
                for name in (row.agent, AGENTS[row.agent], "Maven Hardware"):
                    expected[name] += int(state[2])
        assert {name: value for name, value in won.items() if value and name not in {"Central", "East"}} == expected
