"""The API of quotes: reading through Reach, writing by the verbs of the pages."""

from rest_framework.views import APIView
from rest_framework.viewsets import ViewSetMixin

from quotes.api import after
from quotes.api.quotes import Quotes
from quotes.api.report import QuotesReport

RESOURCES: dict[str, type[ViewSetMixin]] = {**after.RESOURCES, "quotes": Quotes}
ANSWERS: dict[str, type[APIView]] = {"reports/quotes": QuotesReport}
