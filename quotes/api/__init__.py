"""The API of quotes: reading through Reach, writing by the verbs of the pages."""

from rest_framework.views import APIView
from rest_framework.viewsets import ViewSetMixin

from quotes.api.deliveries import Deliveries
from quotes.api.invoices import Invoices
from quotes.api.letterhead import LetterheadAnswers
from quotes.api.quotes import Quotes
from quotes.api.renewals import Renewals
from quotes.api.report import QuotesReport
from quotes.api.templates import DeliveryTemplates

RESOURCES: dict[str, type[ViewSetMixin]] = {
    "deliveries": Deliveries,
    "delivery-templates": DeliveryTemplates,
    "renewals": Renewals,
    "quotes": Quotes,
    "invoices": Invoices,
}
ANSWERS: dict[str, type[APIView]] = {"reports/quotes": QuotesReport, "letterhead": LetterheadAnswers}
