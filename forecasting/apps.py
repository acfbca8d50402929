from django.apps import AppConfig


class ForecastingConfig(AppConfig):
    name = "forecasting"

    def ready(self) -> None:
        from forecasting import past, receivers, seating  # noqa: F401  # its past is known wherever Django runs

        receivers.connect()
        seating.connect()
