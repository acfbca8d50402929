"""What contacts say to the floors above."""

from django.dispatch import Signal

companies_changed = Signal()  # company_ids: list[int]; sector or country changed, by which reports are split
