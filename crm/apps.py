import gc
from typing import Any

from babel.numbers import get_currency_precision, get_territory_currencies
from django.apps import AppConfig
from django.db.models.signals import post_migrate

COUNTRIES = (
    "AE AR AU BD BG BR CA CH CL CN CO CZ DE DK EG GB GE HK HU ID IL IN IS JO JP KE KR KW KZ MA MD MK MX MY NG NO NZ PE"
    " PH PK PL QA RO RS RU SA SE SG TH TN TR TW TZ UA US UY UZ VN ZA"
)


MANY_OBJECTS = 20_000  # a page makes thousands and drops them: to look for circles among them every 2,000 is in vain


class CrmConfig(AppConfig):
    name = "crm"

    def ready(self) -> None:
        gc.set_threshold(MANY_OBJECTS, *gc.get_threshold()[1:])
        from crm import celery  # noqa: F401  # so that tasks find their broker wherever Django runs

        post_migrate.connect(lay_the_ground, sender=self)


def lay_the_ground(**kwargs: Any) -> None:
    """The one workspace and the currencies it may use; run after every migrate."""
    from crm.models import Currency, Workspace

    if not Currency.objects.exists():
        codes = {get_territory_currencies(country)[0] for country in COUNTRIES.split()}
        Currency.objects.bulk_create(Currency(code=code, digits=get_currency_precision(code)) for code in sorted(codes))
    Workspace.objects.get_or_create(pk=1, defaults={"currency_id": "EUR"})
