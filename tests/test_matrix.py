"""Who gets which answer at every address: role × URL.

Anon has not signed in; Alice owns the deal, its company, contact, activity and quota; Bob is in her team and Mia
manages it; Charlie and Max are another team and its manager; Dana is admin, Ravi reads everything, Ira has a token.

Bodies are empty, so 200 or 422 on a form means: you may, but say what. 404 means: not yours to see or to change.
A method that is not listed changes nothing: it answers 405, or as GET does.
"""

from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from tests.cast import make_cast
from tests.conftest import forget
from tests.matrix import METHODS, ROLES, Address, Everyone, addresses, path_of
from tests.matrix_of_catalogue import CATALOGUE
from tests.matrix_of_pipeline import PIPELINE
from tests.matrix_of_quotes import QUOTES

pytestmark = pytest.mark.django_db

TABLE = f"""
                                  anon    bob     charlie dana    ira
                                  |   alice   mia |   max |   ravi|
{PIPELINE}{CATALOGUE}
{QUOTES}

GET    contacts:companies         302 200 200 200 200 200 200 200 302
GET    contacts:company-new       302 200 200 200 200 200 200 403 302
POST   contacts:company-new       302 200 200 200 200 200 200 403 302
GET    contacts:company           302 200 200 200 200 200 200 200 302
GET    contacts:company-edit      302 200 404 200 404 404 200 404 302
POST   contacts:company-edit      302 200 404 200 404 404 200 404 302
GET    contacts:company-people    302 200 404 200 404 404 200 404 302
POST   contacts:company-people    302 422 404 422 404 404 422 404 302
GET    contacts:contacts          302 200 200 200 200 200 200 200 302
GET    contacts:contact-new       302 200 200 200 200 200 200 403 302
POST   contacts:contact-new       302 200 200 200 200 200 200 403 302
GET    contacts:contact           302 200 200 200 200 200 200 200 302
GET    contacts:contact-edit      302 200 404 200 404 404 200 404 302
POST   contacts:contact-edit      302 200 404 200 404 404 200 404 302
GET    contacts:contact-companies 302 200 404 200 404 404 200 404 302
POST   contacts:contact-companies 302 422 404 422 404 404 422 404 302
GET    contacts:position          302 200 404 200 404 404 200 404 302
POST   contacts:position          302 200 404 200 404 404 200 404 302
GET    contacts:sources           302 403 403 403 403 403 200 403 302
GET    contacts:source            302 403 403 403 403 403 200 403 302
POST   contacts:source            302 403 403 403 403 403 200 403 302
GET    contacts:source-use        302 403 403 403 403 403 405 403 302
POST   contacts:source-use        302 403 403 403 403 403 302 403 302

GET    forecasting:forecast       302 200 200 200 200 200 200 200 302
GET    forecasting:cell           302 200 200 200 404 404 200 200 302
GET    forecasting:mine           302 200 200 200 200 200 200 200 302
GET    forecasting:cell-export    302 405 405 405 405 405 405 405 302
POST   forecasting:cell-export    302 200 200 200 404 404 200 200 302
GET    forecasting:export         302 200 200 200 200 200 200 200 302
GET    forecasting:export-file    302 200 404 404 404 404 404 404 302
GET    forecasting:quotas         302 200 200 200 200 200 200 200 302
GET    forecasting:quota-history  302 200 200 200 404 404 200 200 302
GET    forecasting:quota-comparison 302 200 200 200 200 200 200 200 302
GET    forecasting:quota-spread   302 403 403 200 403 200 200 403 302
POST   forecasting:quota-spread   302 403 403 200 403 200 200 403 302
GET    forecasting:quota-copy     302 403 403 200 403 200 200 403 302
POST   forecasting:quota-copy     302 403 403 200 403 200 200 403 302
GET    forecasting:quota-paste    302 403 403 200 403 200 200 403 302
POST   forecasting:quota-paste    302 403 403 200 403 200 200 403 302
GET    forecasting:quota-batch-undo 302 405 405 405 405 405 405 405 302
POST   forecasting:quota-batch-undo 302 404 404 302 404 404 404 404 302
GET    forecasting:quota          302 200 200 200 404 404 200 200 302
POST   forecasting:quota          302 200 200 200 404 404 200 200 302
GET    forecasting:adjustment     302 200 200 200 404 404 200 200 302
POST   forecasting:adjustment     302 200 200 200 404 404 200 200 302
GET    forecasting:dashboard      302 200 200 200 200 200 200 200 302
GET    forecasting:accuracy       302 200 200 200 200 200 200 200 302
GET    forecasting:changes        302 200 200 200 200 200 200 200 302
GET    forecasting:plan           302 200 200 200 200 200 200 200 302
GET    forecasting:plan-quotas    302 404 404 200 404 200 200 404 302
POST   forecasting:plan-quotas    302 404 404 422 404 422 422 404 302
GET    crm:alerts                 302 200 200 200 200 200 200 200 302
GET    crm:alert                  302 302 404 404 404 404 404 404 302
GET    crm:alerts-read            302 405 405 405 405 405 405 405 302
POST   crm:alerts-read            302 302 302 302 302 302 302 302 302
GET    crm:alert-settings         302 200 200 200 200 200 200 200 302
POST   crm:alert-settings         302 302 302 302 302 302 302 302 302
GET    forecasting:tree           302 403 403 403 403 403 200 403 302
POST   forecasting:tree           302 403 403 403 403 403 200 403 302
GET    forecasting:win-loss       302 200 200 200 200 200 200 200 302

GET    crm:healthz                200 200 200 200 200 200 200 200 200
GET    crm:readyz                 200 200 200 200 200 200 200 200 200
GET    crm:live                   403 204 204 204 204 204 204 204 403
GET    crm:jobs                   302 200 200 200 200 200 200 200 302
GET    crm:job                    302 200 404 404 404 404 200 404 302
GET    crm:job-cancel             302 405 405 405 405 405 405 405 302
POST   crm:job-cancel             302 422 404 404 404 404 422 404 302
GET    crm:sign-in                200 302 302 302 302 302 302 302 200
POST   crm:sign-in                200 200 200 200 200 200 200 200 200
GET    crm:sign-out               405 405 405 405 405 405 405 405 405
POST   crm:sign-out               302 302 302 302 302 302 302 302 302
GET    crm:settings               302 200 200 200 200 200 200 200 302
GET    crm:profile                302 200 200 200 200 200 200 200 302
POST   crm:profile                302 200 200 200 200 200 200 200 302
GET    crm:password               302 405 405 405 405 405 405 405 302
POST   crm:password               302 422 422 422 422 422 422 422 302
GET    crm:shortcuts              302 200 200 200 200 200 200 200 302
POST   crm:shortcuts              302 302 302 302 302 302 302 302 302
GET    crm:theme                  302 405 405 405 405 405 405 405 302
POST   crm:theme                  302 302 302 302 302 302 302 302 302
GET    crm:workspace              302 403 403 403 403 403 200 403 302
POST   crm:workspace              302 403 403 403 403 403 200 403 302
GET    crm:people                 302 403 403 403 403 403 200 403 302
GET    crm:person-new             302 403 403 403 403 403 200 403 302
POST   crm:person-new             302 403 403 403 403 403 200 403 302
GET    crm:person                 302 403 403 403 403 403 200 403 302
POST   crm:person                 302 403 403 403 403 403 200 403 302
GET    crm:person-team            302 403 403 403 403 403 405 403 302
POST   crm:person-team            302 403 403 403 403 403 422 403 302
GET    crm:person-password        302 403 403 403 403 403 405 403 302
POST   crm:person-password        302 403 403 403 403 403 422 403 302
GET    crm:person-use             302 403 403 403 403 403 405 403 302
POST   crm:person-use             302 403 403 403 403 403 302 403 302
GET    crm:teams                  302 403 403 403 403 403 200 403 302
GET    crm:team-new               302 403 403 403 403 403 200 403 302
POST   crm:team-new               302 403 403 403 403 403 200 403 302
GET    crm:team                   302 403 403 403 403 403 200 403 302
POST   crm:team                   302 403 403 403 403 403 200 403 302
GET    crm:team-members           302 403 403 403 403 403 405 403 302
POST   crm:team-members           302 403 403 403 403 403 422 403 302
GET    crm:team-delete           302 403 403 403 403 403 405 403 302
POST   crm:team-delete           302 403 403 403 403 403 422 403 302
GET    crm:currencies             302 403 403 403 403 403 200 403 302
GET    crm:currencies-import      302 403 403 403 403 403 200 403 302
POST   crm:currencies-import      302 403 403 403 403 403 200 403 302
GET    crm:fiscal-year            302 403 403 403 403 403 200 403 302
POST   crm:fiscal-year            302 403 403 403 403 403 200 403 302
GET    crm:plan-rates             302 403 403 403 403 403 200 403 302
POST   crm:plan-rates             302 403 403 403 403 403 200 403 302
GET    crm:currency               302 403 403 403 403 403 200 403 302
POST   crm:currency               302 403 403 403 403 403 200 403 302
GET    crm:currency-use           302 403 403 403 403 403 405 403 302
POST   crm:currency-use           302 403 403 403 403 403 422 403 302
GET    crm:custom-fields          302 403 403 403 403 403 200 403 302
GET    crm:custom-field-new       302 403 403 403 403 403 200 403 302
POST   crm:custom-field-new       302 403 403 403 403 403 200 403 302
GET    crm:custom-field           302 403 403 403 403 403 200 403 302
POST   crm:custom-field           302 403 403 403 403 403 200 403 302
GET    crm:custom-field-order     302 403 403 403 403 403 405 403 302
POST   crm:custom-field-order     302 403 403 403 403 403 302 403 302
GET    crm:custom-field-archive   302 403 403 403 403 403 200 403 302
POST   crm:custom-field-archive   302 403 403 403 403 403 302 403 302
GET    crm:custom-field-restore   302 403 403 403 403 403 405 403 302
POST   crm:custom-field-restore   302 403 403 403 403 403 302 403 302
GET    crm:tokens                 302 200 200 200 200 200 200 200 302
POST   crm:tokens                 302 200 200 200 200 200 200 200 302
GET    crm:token-revoke           302 405 405 405 405 405 405 405 302
POST   crm:token-revoke           302 302 404 404 404 404 302 404 302
GET    crm:audit                  302 403 403 403 403 403 200 403 302

GET    api:pipelines-list         401 200 200 200 200 200 200 200 200
POST   api:pipelines-list         401 403 403 403 403 403 422 403 403
GET    api:pipelines-detail       401 200 200 200 200 200 200 200 200
GET    api:stages-list            401 200 200 200 200 200 200 200 200
POST   api:stages-list            401 403 403 403 403 403 422 403 403
GET    api:stages-detail          401 200 200 200 200 200 200 200 200
PATCH  api:stages-detail          401 403 403 403 403 403 200 403 403
DELETE api:stages-detail          401 403 403 403 403 403 204 403 403
GET    api:deals-list             401 200 200 200 200 200 200 200 200
POST   api:deals-list             401 422 422 422 422 422 422 403 422
GET    api:deals-detail           401 200 200 200 404 404 200 200 200
PATCH  api:deals-detail           401 200 403 200 404 404 200 403 200
DELETE api:deals-detail           401 204 403 204 404 404 204 403 204
GET    api:deals-changes          401 200 200 200 404 404 200 200 200
GET    api:deals-clones           401 405 405 405 405 405 405 405 405
POST   api:deals-clones           401 201 403 201 404 404 201 403 201
GET    api:deals-file             401 200 200 200 404 404 200 200 200
DELETE api:deals-file             401 204 403 204 404 404 204 403 204
GET    api:deals-files            401 200 200 200 404 404 200 200 200
POST   api:deals-files            401 415 403 415 404 404 415 403 415
GET    api:deals-merges           401 405 405 405 405 405 405 405 405
POST   api:deals-merges           401 422 403 422 404 404 422 403 422
GET    api:deals-contacts         401 200 200 200 404 404 200 200 200
PUT    api:deals-contacts         401 422 403 422 404 404 422 403 422
GET    api:deals-handovers        401 405 405 405 405 405 405 405 405
POST   api:deals-handovers        401 422 403 422 404 404 422 403 422
GET    api:deals-lines            401 200 200 200 404 404 200 200 200
PUT    api:deals-lines            401 422 403 422 404 404 422 403 422
GET    api:deals-losses           401 405 405 405 405 405 405 405 405
POST   api:deals-losses           401 422 403 422 404 404 422 403 422
GET    api:deals-moves            401 405 405 405 405 405 405 405 405
POST   api:deals-moves            401 422 403 422 404 404 422 403 422
GET    api:deals-reopenings       401 405 405 405 405 405 405 405 405
POST   api:deals-reopenings       401 422 403 422 404 404 422 403 422
GET    api:deals-restorations     401 405 405 405 405 405 405 405 405
POST   api:deals-restorations     401 200 403 200 404 404 200 403 200
GET    api:deals-undoings         401 405 405 405 405 405 405 405 405
POST   api:deals-undoings         401 422 403 422 404 404 422 403 422
GET    api:deals-wins             401 405 405 405 405 405 405 405 405
POST   api:deals-wins             401 422 403 422 404 404 422 403 422
GET    api:activities-list        401 200 200 200 200 200 200 200 200
POST   api:activities-list        401 422 422 422 422 422 422 403 422
GET    api:activities-detail      401 200 200 200 404 404 200 200 200
DELETE api:activities-detail      401 204 403 204 404 404 204 403 204
GET    api:activities-completions 401 405 405 405 405 405 405 405 405
POST   api:activities-completions 401 200 403 200 404 404 200 403 200
GET    api:views-list             401 200 200 200 200 200 200 200 200
POST   api:views-list             401 422 422 422 422 422 422 403 422
GET    api:views-detail           401 200 404 404 404 404 404 404 404
PATCH  api:views-detail           401 200 404 404 404 404 404 403 404
DELETE api:views-detail           401 204 404 404 404 404 404 403 404
GET    api:win-reasons-list       401 200 200 200 200 200 200 200 200
POST   api:win-reasons-list       401 403 403 403 403 403 422 403 403
GET    api:win-reasons-detail     401 200 200 200 200 200 200 200 200
PATCH  api:win-reasons-detail     401 403 403 403 403 403 200 403 403
GET    api:loss-reasons-list      401 200 200 200 200 200 200 200 200
POST   api:loss-reasons-list      401 403 403 403 403 403 422 403 403
GET    api:loss-reasons-detail    401 200 200 200 200 200 200 200 200
PATCH  api:loss-reasons-detail    401 403 403 403 403 403 200 403 403
GET    api:companies-list         401 200 200 200 200 200 200 200 200
POST   api:companies-list         401 422 422 422 422 422 422 403 422
GET    api:companies-detail       401 200 200 200 200 200 200 200 200
PATCH  api:companies-detail       401 200 403 200 403 403 200 403 200
GET    api:contacts-list          401 200 200 200 200 200 200 200 200
POST   api:contacts-list          401 422 422 422 422 422 422 403 422
GET    api:contacts-detail        401 200 200 200 200 200 200 200 200
PATCH  api:contacts-detail        401 200 403 200 403 403 200 403 200
GET    api:contacts-positions     401 200 200 200 200 200 200 200 200
POST   api:contacts-positions     401 422 403 422 403 403 422 403 422
GET    api:contacts-position      401 405 405 405 405 405 405 405 405
DELETE api:contacts-position      401 204 403 204 403 403 204 403 204
GET    api:custom-fields-list     401 200 200 200 200 200 200 200 200
POST   api:custom-fields-list     401 403 403 403 403 403 422 403 403
GET    api:custom-fields-detail   401 200 200 200 200 200 200 200 200
PATCH  api:custom-fields-detail   401 403 403 403 403 403 200 403 403
GET    api:sources-list           401 200 200 200 200 200 200 200 200
POST   api:sources-list           401 403 403 403 403 403 422 403 403
GET    api:sources-detail         401 200 200 200 200 200 200 200 200
PATCH  api:sources-detail         401 403 403 403 403 403 200 403 403
GET    api:adjustments-list       401 200 200 200 200 200 200 200 200
POST   api:adjustments-list       401 422 422 422 422 422 422 403 422
GET    api:adjustments-detail     401 200 200 200 404 404 200 200 200
GET    api:quotas-list            401 200 200 200 200 200 200 200 200
POST   api:quotas-list            401 422 422 422 422 422 422 403 422
GET    api:quotas-detail          401 200 200 200 404 404 200 200 200
PATCH  api:quotas-detail          401 422 422 200 404 404 200 403 422
DELETE api:quotas-detail          401 422 422 204 404 404 204 403 422
GET    api:quotas-changes         401 200 200 200 404 404 200 200 200
GET    api:quota-batches-list     401 200 200 200 200 200 200 200 200
POST   api:quota-batches-list     401 422 422 422 422 422 422 403 422
GET    api:quota-batches-detail   401 404 404 200 404 404 404 404 404
GET    api:quota-batches-spreads  401 405 405 405 405 405 405 405 405
POST   api:quota-batches-spreads  401 422 422 422 422 422 422 403 422
GET    api:quota-batches-copies   401 405 405 405 405 405 405 405 405
POST   api:quota-batches-copies   401 422 422 422 422 422 422 403 422
GET    api:quota-batches-undoings 401 405 405 405 405 405 405 405 405
POST   api:quota-batches-undoings 401 404 404 201 404 404 404 403 404
GET    api:users-list             401 200 200 200 200 200 200 200 200
GET    api:users-detail           401 200 200 200 200 200 200 200 200
GET    api:teams-list             401 200 200 200 200 200 200 200 200
GET    api:teams-detail           401 200 200 200 200 200 200 200 200
GET    api:events-list            401 200 200 200 200 200 200 200 200
GET    api:events-detail          401 200 200 200 200 200 200 200 200
GET    api:currencies-list        401 200 200 200 200 200 200 200 200
GET    api:currencies-detail      401 200 200 200 200 200 200 200 200
GET    api:exchange-rates-list    401 200 200 200 200 200 200 200 200
POST   api:exchange-rates-list    401 403 403 403 403 403 422 403 403
POST   api:exchange-rates-import  401 403 403 403 403 403 422 403 403
GET    api:exchange-rates-import  401 405 405 405 405 405 405 405 405
GET    api:plan-rates-list        401 200 200 200 200 200 200 200 200
POST   api:plan-rates-list        401 403 403 403 403 403 422 403 403
GET    api:plan-rates-detail      401 200 200 200 200 200 200 200 200
GET    api:fiscal-year            401 200 200 200 200 200 200 200 200
GET    api:exchange-rates-detail  401 200 200 200 200 200 200 200 200
GET    api:alerts-list            401 200 200 200 200 200 200 200 200
GET    api:alerts-detail          401 200 404 404 404 404 404 404 404
GET    api:alerts-read            401 405 405 405 405 405 405 405 405
POST   api:alerts-read            401 200 404 404 404 404 404 403 404
GET    api:forecast               401 200 200 200 200 200 200 200 200
GET    api:forecast-accuracy      401 200 200 200 200 200 200 200 200
GET    api:forecast-changes       401 200 200 200 200 200 200 200 200
GET    api:forecast-changes-deals 401 200 200 200 200 200 200 200 200
GET    api:forecast-slippage      401 200 200 200 200 200 200 200 200
GET    api:forecast-dashboard     401 200 200 200 200 200 200 200 200
GET    api:forecast-plan          401 200 200 200 200 200 200 200 200
GET    api:forecast-explanation   401 200 200 200 404 404 200 200 200
GET    api:forecast-tree          401 200 200 200 200 200 200 200 200
GET    api:forecast-tree-seats    401 405 405 405 405 405 405 405 405
POST   api:forecast-tree-seats    401 403 403 403 403 403 422 403 403
GET    api:forecast-tree-places   401 405 405 405 405 405 405 405 405
POST   api:forecast-tree-places   401 403 403 403 403 403 422 403 403
GET    api:search             401 200 200 200 200 200 200 200 200
GET    api:reports-quotes         401 200 200 200 200 200 200 200 200
GET    api:reports-win-loss       401 200 200 200 200 200 200 200 200
GET    api:me                     401 200 200 200 200 200 200 200 200
GET    api:schema                 200 200 200 200 200 200 200 200 200
GET    api:docs                   200 200 200 200 200 200 200 200 200
GET    api:nowhere                404 404 404 404 404 404 404 404 404

GET    admin/login/               302 302 302 302 302 302 302 302 302

GET    admin/password_change/     302 302 302 302 302 302 302 302 302
"""


def expected() -> dict[tuple[str, str], list[int]]:
    rows: dict[tuple[str, str], list[int]] = {}
    for line in TABLE.splitlines():
        if line[:1].isalpha():
            method, name, *codes = line.split()
            assert (method, name) not in rows, f"{method} {name} stands there twice"
            rows[method, name] = [int(code) for code in codes]
    return rows


EXPECTED = expected()
ADDRESSES = addresses()


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Everyone]:
    """Made once for all addresses, and then taken back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield Everyone(make_cast())
        transaction.set_rollback(True)


@pytest.fixture
def everyone(world: Everyone, db: None) -> Everyone:
    forget()  # how often somebody has asked
    return world


def test_every_address_is_in_the_table() -> None:
    assert {address.name for address in ADDRESSES} - {name for _method, name in EXPECTED} == set()


def test_the_table_names_no_address_that_is_gone() -> None:
    assert {name for _method, name in EXPECTED} - {address.name for address in ADDRESSES} == set()


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: f"{address.name} {address.pattern}")
def test_everyone_gets_their_answer(everyone: Everyone, address: Address) -> None:
    path = path_of(address, everyone.objects)
    methods = METHODS if address.name.startswith("api:") else ["GET", "POST"]
    answers = {
        method: [everyone.ask(role, method, path) for role in ROLES]
        for method in methods
        if (method, address.name) in EXPECTED
    }
    assert answers == {method: EXPECTED[method, address.name] for method in answers}
    for method in set(methods) - answers.keys():
        assert everyone.ask("dana", method, path) in {404, 405, answers["GET"][ROLES.index("dana")]}


def test_a_list_promises_nothing_that_a_page_does_not_keep(everyone: Everyone) -> None:
    """List ⊆ page ⊆ verbs: whoever is shown a deal can open it, and whoever may change it can move it."""
    from crm.access import reach_of
    from pipeline.models import Deal

    cast = everyone.cast
    for owner in (cast.alice, cast.bob, cast.mia, cast.charlie, cast.max, cast.dana):
        cast.deal(owner.name, owner=owner)
    for role in ROLES[1:-1]:
        reach = reach_of(getattr(cast, role))
        shown = everyone.clients[role].get("/api/v1/deals/").json()["results"]
        assert {deal["id"] for deal in shown} == set(Deal.objects.visible_to(reach).values_list("pk", flat=True))
        may_change = set(Deal.objects.editable_by(reach).values_list("pk", flat=True))
        for deal in shown:
            assert everyone.ask(role, "GET", f"/deals/{deal['id']}/") == 200
            moved = everyone.ask(role, "POST", f"/deals/{deal['id']}/stage/")
            assert moved == (200 if deal["id"] in may_change else 404)
