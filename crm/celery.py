"""The Celery app and the whole beat schedule."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

app = Celery("penstock")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "refresh cells that nobody woke us for": {"task": "forecasting.tasks.refresh_cells", "schedule": 20.0},
    "take up jobs whose worker died": {"task": "crm.tasks.resume_jobs", "schedule": 15.0},
    "let deals follow their owners into new teams": {
        "task": "pipeline.tasks.follow_memberships",
        "schedule": crontab(minute=2),
    },
    "let the forecast follow who takes a new seat today": {
        "task": "forecasting.tasks.follow_seats",
        "schedule": crontab(minute=3),
    },
    "let open deals follow the rates that begin today": {
        "task": "forecasting.tasks.follow_rates",
        "schedule": crontab(minute=4),
    },
    "tell people what they should know": {
        "task": "crm.tasks.raise_alerts",
        "schedule": crontab(minute=25),
    },
    "mail what was told": {
        "task": "crm.tasks.send_digests",
        "schedule": crontab(minute="5,35"),
    },
    "let quotes run out that nobody answered in time": {
        "task": "quotes.tasks.expire_quotes",
        "schedule": crontab(minute=7),
    },
    "send mails whose time has come": {"task": "quotes.tasks.deliver_mails", "schedule": 60.0},
    "set the PDFs that nobody woke us for": {
        "task": "quotes.tasks.make_documents",
        "schedule": crontab(minute="*/5"),
    },
    "notice overdue invoices and remind of them": {
        "task": "quotes.tasks.watch_invoices",
        "schedule": crontab(minute=35),
    },
    "forget for good what was deleted 30 days ago": {
        "task": "pipeline.tasks.purge_deleted",
        "schedule": crontab(hour=2, minute=20),
    },
    "write down the fiscal periods of the next two years": {
        "task": "crm.tasks.keep_periods_ahead",
        "schedule": crontab(hour=0, minute=50),
    },
    "forget the API's answers of yesterday": {
        "task": "crm.tasks.forget_idempotency_keys",
        "schedule": crontab(minute=40),
    },
    "forget exports a week old": {"task": "forecasting.tasks.forget_exports", "schedule": crontab(hour=3, minute=5)},
    "lock the forecast as it stood when the company’s day ended": {
        "task": "forecasting.tasks.lock_days",
        "schedule": crontab(minute="*/10"),
    },
    "bring in line what follows deals that nobody woke us for": {
        "task": "quotes.tasks.follow_deals",
        "schedule": 30.0,
    },
    "open the renewals whose day has come": {
        "task": "quotes.tasks.open_renewals",
        "schedule": crontab(minute="*/10"),
    },
    "rebuild all cells every night": {
        "task": "forecasting.tasks.rebuild_cells",
        "schedule": crontab(hour=1, minute=10),
    },
}
