from django.apps import AppConfig


class ForecastingConfig(AppConfig):
    name = "forecasting"

    def ready(self) -> None:
        from forecasting import exporting, past, receivers, seating  # noqa: F401  # jobs and the past: wherever Django runs

        receivers.connect()
        seating.connect()
