from django.apps import AppConfig


class ForecastingConfig(AppConfig):
    name = "forecasting"

    def ready(self) -> None:
        from crm.alerts import WATCHERS, Watcher
        from forecasting import alert_words, exporting, past, receivers, seating, watching  # noqa: F401  # jobs and the past: wherever Django runs

        WATCHERS["forecasting"] = Watcher(alert_words.KINDS, watching.watch)
        receivers.connect()
        seating.connect()
