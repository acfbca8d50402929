from django.apps import AppConfig


class QuotesConfig(AppConfig):
    name = "quotes"

    def ready(self) -> None:
        from crm.alerts import WATCHERS, Watcher
        from pipeline.search import KINDS
        from quotes import receivers, watching
        from quotes.finding import QUOTE

        WATCHERS["quotes"] = Watcher(watching.KINDS, watching.watch)
        receivers.connect()
        KINDS["quote"] = QUOTE
