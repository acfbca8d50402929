from django.apps import AppConfig


class QuotesConfig(AppConfig):
    name = "quotes"

    def ready(self) -> None:
        from pipeline.search import KINDS
        from quotes import receivers
        from quotes.finding import QUOTE

        receivers.connect()
        KINDS["quote"] = QUOTE
