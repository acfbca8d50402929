"""The quotes' part of the table in tests/test_matrix.py, which says how to read it, and the objects it asks about."""

from datetime import timedelta
from typing import Any

from pipeline.actions import win_deal
from pipeline.models import Deal
from quotes.actions import draft_quote, link_of
from quotes.actions.delivering import StepDraft, save_template, start_delivery
from quotes.actions.renewing import plan_renewal
from quotes.linking import token_of
from quotes.models import Sending
from tests.cast import Cast
from tests.matrix_of_invoices import INVOICES, invoice_objects

QUOTES = """
GET    quotes:quotes              302 200 200 200 200 200 200 200 302
GET    quotes:approvals           302 200 200 200 200 200 200 200 302
GET    quotes:report              302 200 200 200 200 200 200 200 302
GET    quotes:report-file         302 200 200 200 200 200 200 200 302
GET    quotes:report-unpaid       302 200 200 200 200 200 200 200 302
GET    quotes:quote               302 200 200 200 404 404 200 200 302
POST   quotes:quote               302 422 404 422 404 404 422 404 302
GET    quotes:quote-products      302 200 404 200 404 404 200 404 302
GET    quotes:quote-difference    302 200 200 200 404 404 200 200 302
GET    quotes:quote-approval      302 405 405 405 405 405 405 405 302
POST   quotes:quote-approval      302 422 404 422 404 404 422 404 302
GET    quotes:quote-cancellation  302 405 405 405 405 405 405 405 302
POST   quotes:quote-cancellation  302 302 404 302 404 404 302 404 302
GET    quotes:quote-prices        302 405 405 405 405 405 405 405 302
POST   quotes:quote-prices        302 302 404 302 404 404 302 404 302
GET    quotes:quote-sync          302 405 405 405 405 405 405 405 302
POST   quotes:quote-sync          302 302 404 302 404 404 302 404 302
GET    quotes:quote-revision      302 405 405 405 405 405 405 405 302
POST   quotes:quote-revision      302 422 404 422 404 404 422 404 302
GET    quotes:quote-settings      302 403 403 403 403 403 200 403 302
POST   quotes:quote-settings      302 403 403 403 403 403 200 403 302
GET    quotes:quote-pdf           302 200 200 200 404 404 200 200 302
GET    quotes:quote-page          302 200 200 200 404 404 200 200 302
GET    quotes:quote-send          302 200 404 200 404 404 200 404 302
POST   quotes:quote-send          302 200 404 200 404 404 200 404 302
GET    quotes:sending-retry       302 405 405 405 405 405 405 405 302
POST   quotes:sending-retry       302 302 404 302 404 404 302 404 302
GET    quotes:letterhead          302 403 403 403 403 403 200 403 302
POST   quotes:letterhead          302 403 403 403 403 403 200 403 302
GET    quotes:letterhead-page     302 403 403 403 403 403 200 403 302
GET    quotes:for-deal            302 200 200 200 404 404 200 200 302
POST   quotes:for-deal            302 302 404 302 404 404 302 404 302

GET    quotes:quote-customer      302 200 200 200 404 404 200 200 302
GET    quotes:quote-link          302 405 405 405 405 405 405 405 302
POST   quotes:quote-link          302 422 404 422 404 404 422 404 302
GET    quotes:quote-revocation    302 405 405 405 405 405 405 405 302
POST   quotes:quote-revocation    302 302 404 302 404 404 302 404 302
GET    quotes:quote-acceptance    302 200 404 200 404 404 200 404 302
POST   quotes:quote-acceptance    302 200 404 200 404 404 200 404 302
GET    quotes:quote-retraction    302 404 404 200 404 404 200 404 302
POST   quotes:quote-retraction    302 404 404 200 404 404 200 404 302
GET    quotes:quote-decline       302 200 404 200 404 404 200 404 302
POST   quotes:quote-decline       302 200 404 200 404 404 200 404 302
GET    quotes:public              200 200 200 200 200 200 200 200 200
GET    quotes:public-accept       405 405 405 405 405 405 405 405 405
POST   quotes:public-accept       422 422 422 422 422 422 422 422 422
GET    quotes:public-decline      405 405 405 405 405 405 405 405 405
POST   quotes:public-decline      422 422 422 422 422 422 422 422 422
GET    quotes:public-ask          405 405 405 405 405 405 405 405 405
POST   quotes:public-ask          422 422 422 422 422 422 422 422 422
GET    quotes:public-pdf          404 404 404 404 404 404 404 404 404
GET    quotes:public-colours      200 200 200 200 200 200 200 200 200
GET    quotes:public-logo         404 404 404 404 404 404 404 404 404

GET    api:letterhead             401 200 200 200 200 200 200 200 200
PATCH  api:letterhead             401 403 403 403 403 403 200 403 403

GET    api:quotes-list            401 200 200 200 200 200 200 200 200
POST   api:quotes-list            401 422 422 422 422 422 422 403 422
GET    api:quotes-detail          401 200 200 200 404 404 200 200 200
PATCH  api:quotes-detail          401 200 403 200 404 404 200 403 200
GET    api:quotes-links           401 200 200 200 404 404 200 200 200
POST   api:quotes-links           401 201 403 201 404 404 201 403 201
GET    api:quotes-link-revocations 401 405 405 405 405 405 405 405 405
POST   api:quotes-link-revocations 401 200 403 200 404 404 200 403 200
GET    api:quotes-acceptances     401 200 200 200 404 404 200 200 200
POST   api:quotes-acceptances     401 422 403 422 404 404 422 403 422
GET    api:quotes-retractions     401 405 405 405 405 405 405 405 405
POST   api:quotes-retractions     401 422 403 422 404 404 422 403 422
GET    api:quotes-declines        401 405 405 405 405 405 405 405 405
POST   api:quotes-declines        401 422 403 422 404 404 422 403 422
GET    api:quotes-remarks         401 200 200 200 404 404 200 200 200
GET    api:quotes-approvals       401 200 200 200 404 404 200 200 200
POST   api:quotes-approvals       401 422 403 422 404 404 422 403 422
GET    api:quotes-cancellations   401 405 405 405 405 405 405 405 405
POST   api:quotes-cancellations   401 200 403 200 404 404 200 403 200
GET    api:quotes-comparison      401 200 200 200 404 404 200 200 200
GET    api:quotes-grants          401 405 405 405 405 405 405 405 405
POST   api:quotes-grants          401 422 403 422 404 404 422 403 422
GET    api:quotes-lines           401 200 200 200 404 404 200 200 200
PUT    api:quotes-lines           401 422 403 422 404 404 422 403 422
GET    api:quotes-pdf             401 200 200 200 404 404 200 200 200
GET    api:quotes-sendings        401 200 200 200 404 404 200 200 200
POST   api:quotes-sendings        401 422 403 422 404 404 422 403 422
GET    api:quotes-price-changes   401 200 200 200 404 404 200 200 200
POST   api:quotes-price-changes   401 200 403 200 404 404 200 403 200
GET    api:quotes-refusals        401 405 405 405 405 405 405 405 405
POST   api:quotes-refusals        401 422 403 422 404 404 422 403 422
GET    api:quotes-revisions       401 405 405 405 405 405 405 405 405
POST   api:quotes-revisions       401 422 403 422 404 404 422 403 422
GET    api:quotes-syncs           401 405 405 405 405 405 405 405 405
POST   api:quotes-syncs           401 200 403 200 404 404 200 403 200
GET    api:quotes-totals          401 200 200 200 404 404 200 200 200
GET    api:quotes-unsyncs         401 405 405 405 405 405 405 405 405
POST   api:quotes-unsyncs         401 200 403 200 404 404 200 403 200
GET    api:quotes-withdrawals     401 405 405 405 405 405 405 405 405
POST   api:quotes-withdrawals     401 422 403 422 404 404 422 403 422
GET    quotes:after-deal          302 200 200 200 404 404 200 200 302
GET    quotes:deal-delivery       302 200 404 200 404 404 200 404 302
POST   quotes:deal-delivery       302 200 404 200 404 404 200 404 302
GET    quotes:deal-renewals       302 200 404 200 404 404 200 404 302
POST   quotes:deal-renewals       302 200 404 200 404 404 200 404 302
GET    quotes:deliveries          302 200 200 200 200 200 200 200 302
GET    quotes:delivery-steps      302 200 404 200 404 404 200 404 302
POST   quotes:delivery-steps      302 200 404 200 404 404 200 404 302
GET    quotes:step                302 200 404 200 404 404 200 404 302
POST   quotes:step                302 200 404 200 404 404 200 404 302
GET    quotes:renewals            302 200 200 200 200 200 200 200 302
GET    quotes:renewal             302 200 404 200 404 404 200 404 302
POST   quotes:renewal             302 200 404 200 404 404 200 404 302
GET    quotes:renewal-cancellation 302 405 405 405 405 405 405 405 302
POST   quotes:renewal-cancellation 302 302 404 302 404 404 302 404 302
GET    quotes:renewal-planning    302 405 405 405 405 405 405 405 302
POST   quotes:renewal-planning    302 422 404 422 404 404 422 404 302
GET    quotes:renewal-opening     302 405 405 405 405 405 405 405 302
POST   quotes:renewal-opening     302 302 404 302 404 404 302 404 302
GET    quotes:delivery-templates  302 403 403 403 403 403 200 403 302
POST   quotes:delivery-templates  302 403 403 403 403 403 200 403 302
GET    quotes:template-new        302 403 403 403 403 403 200 403 302
POST   quotes:template-new        302 403 403 403 403 403 422 403 302
GET    quotes:template            302 403 403 403 403 403 200 403 302
POST   quotes:template            302 403 403 403 403 403 422 403 302
GET    api:deliveries-list        401 200 200 200 200 200 200 200 200
POST   api:deliveries-list        401 422 422 422 422 422 422 403 422
GET    api:deliveries-detail      401 200 200 200 404 404 200 200 200
GET    api:deliveries-steps       401 200 200 200 404 404 200 200 200
POST   api:deliveries-steps       401 422 403 422 404 404 422 403 422
GET    api:delivery-templates-list 401 200 200 200 200 200 200 200 200
POST   api:delivery-templates-list 401 403 403 403 403 403 422 403 403
GET    api:delivery-templates-detail 401 200 200 200 200 200 200 200 200
PATCH  api:delivery-templates-detail 401 403 403 403 403 403 200 403 403
GET    api:delivery-templates-steps 401 200 200 200 200 200 200 200 200
GET    api:renewals-list          401 200 200 200 200 200 200 200 200
POST   api:renewals-list          401 422 422 422 422 422 422 403 422
GET    api:renewals-detail        401 200 200 200 404 404 200 200 200
PATCH  api:renewals-detail        401 200 403 200 404 404 200 403 200
GET    api:renewals-cancellations 401 405 405 405 405 405 405 405 405
POST   api:renewals-cancellations 401 200 403 200 404 404 200 403 200
GET    api:renewals-plannings     401 405 405 405 405 405 405 405 405
POST   api:renewals-plannings     401 422 403 422 404 404 422 403 422
GET    api:renewals-openings      401 405 405 405 405 405 405 405 405
POST   api:renewals-openings      401 200 403 200 404 404 200 403 200
"""
QUOTES += INVOICES


def quote_objects(cast: Cast, deal: Deal) -> dict[str, Any]:
    """`noun.parameter` → value: a draft of Alice's deal."""
    quote = draft_quote(deal, by=cast.alice)
    link = link_of(quote, by=cast.alice)
    key, to = "matrix", ["carol@acme.example"]
    mail = Sending.objects.create(key=key, kind="quote", deal=deal, quote=quote, to=to, subject="Q", state="failed")
    return {
        **after_objects(cast, deal),
        **invoice_objects(cast),
        "letterhead-page.language": "en",
        "quote-page.number": 1,
        "sending-retry.pk": mail.pk,
        "public.token": token_of(link.seed),
        "quote.pk": quote.pk,
        "report-file.form": "csv",
        "report-unpaid.form": "csv",
        "quotes.pk": quote.pk,
        "for-deal.pk": deal.pk,
    }


def after_objects(cast: Cast, deal: Deal) -> dict[str, Any]:
    """Of a won deal of Alice's: its delivery with a step to do, and a renewal to come."""
    template = save_template(name="Usual", steps=[StepDraft("Ship", 9)], by=cast.dana)
    won = win_deal(cast.deal("Won"), reason=cast.fit, by=cast.alice)
    delivery = start_delivery(won, template=template, by=cast.alice)
    assert delivery is not None
    renewal = plan_renewal(won, due_on=cast.today + timedelta(days=99), by=cast.alice)
    return {
        "template.pk": template.pk, "delivery-templates.pk": template.pk, "delivery.pk": delivery.pk,
        "deliveries.pk": delivery.pk, "step.pk": delivery.steps.get().pk, "renewal.pk": renewal.pk,
        "renewals.pk": renewal.pk, "after-deal.pk": won.pk, "deal-delivery.pk": won.pk, "deal-renewals.pk": won.pk,
    }  # fmt: skip
