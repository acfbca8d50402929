"""What the ground floor says to the floors above."""

from django.dispatch import Signal

person_moved = Signal()  # user: User, team: Team | None, on: date, by: User | None
rates_changed = Signal()  # currency_ids: list[str], since: date
workspace_changed = Signal()  # workspace: Workspace, changed: set[str]; base currency, time zone or fiscal start
periods_held = Signal()  # workspace: Workspace → date | None: the last day whose fiscal periods must stay as they are
