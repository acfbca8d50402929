"""Pages and the API's lists, answered inside this process by the whole stack: middleware, session, templates."""

import itertools
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import get_user_model
from django.test import Client

from bench.measure import Result, compare, run_sql
from crm.models import ApiToken, Workspace
from pipeline.models import Deal, Stage

FORM = "application/x-www-form-urlencoded"
BOARD_TOTALS = """
SELECT d.stage_id, count(*), sum(d.amount * r.rate),
       sum(d.amount * r.rate * coalesce(d.probability_override, s.probability) / 100)
FROM pipeline_deal d JOIN pipeline_stage s ON s.id = d.stage_id
JOIN (VALUES ('EUR', 1.0), ('USD', 0.9), ('GBP', 1.15)) r(code, rate) ON r.code = d.currency_id
WHERE d.archived_at IS NULL AND d.outcome = 'open' AND d.stage_id = ANY(%(stages)s) GROUP BY d.stage_id
"""
BOARD_CARDS = """
SELECT c.* FROM unnest(%(stages)s::bigint[]) AS s(id), LATERAL (
    SELECT d.*, o.name, u.name, a.subject, a.due_on FROM pipeline_deal d
    LEFT JOIN contacts_company o ON o.id = d.company_id JOIN crm_user u ON u.id = d.owner_id
    LEFT JOIN pipeline_activity a ON a.id = d.next_step_id
    WHERE d.stage_id = s.id AND d.archived_at IS NULL ORDER BY d.rank, d.id LIMIT 25) AS c
"""
MOVE = """
UPDATE pipeline_deal SET stage_id = %(stage)s, rank = %(rank)s, version = version + 1, stage_since = now()
WHERE id = %(id)s
"""
LIST = """
SELECT d.*, o.name, u.name FROM pipeline_deal d LEFT JOIN contacts_company o ON o.id = d.company_id
JOIN crm_user u ON u.id = d.owner_id WHERE d.archived_at IS NULL ORDER BY d.id DESC LIMIT 100
"""
BY_MONTH_AND_OWNER = """
SELECT date_trunc('month', closed_on), owner_id, count(*), sum(base_amount) FROM pipeline_deal
WHERE outcome = 'won' AND archived_at IS NULL GROUP BY 1, 2
"""
BY_REASON = """
SELECT coalesce(win_reason_id, loss_reason_id), outcome, count(*), sum(base_amount) FROM pipeline_deal
WHERE outcome <> 'open' AND archived_at IS NULL AND closed_on >= %(start)s AND closed_on < %(end)s GROUP BY 1, 2
"""


def admin() -> Any:
    return get_user_model().objects.get(email="admin@example.com")


def signed_in() -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(admin(), "crm.backends.PasswordBackend")
    return client


def with_token() -> Client:
    _token, key = ApiToken.issue(user=admin(), name="bench", scopes=["*:read", "*:write"])
    return Client(headers={"Authorization": f"Bearer {key}"})


def answer(ask: Callable[[], Any], status: int = 200) -> Callable[[], Any]:
    def checked() -> Any:
        response = ask()
        if response.status_code != status:
            raise RuntimeError(f"{response.status_code}: {response.content[:2000]!r}")
        return response

    return checked


def board(size: str) -> Result:
    client = signed_in()
    stages = list(Stage.objects.filter(kind="open", pipeline__is_default=True).values_list("pk", flat=True))

    def floor() -> None:
        run_sql(BOARD_TOTALS, params={"stages": stages})
        run_sql(BOARD_CARDS, params={"stages": stages})

    show = answer(lambda: client.get("/board/"))
    cards = show().content.count(b'data-deal="')
    result = compare("board, every team’s deals", size, show, floor, rounds=40)
    result.note = f"{Deal.objects.filter(outcome='open').count():,} open deals, {cards} cards drawn"
    if size == "small":
        result.at_most, result.at_most_p95 = 30, 80
    else:  # twice its floor and one drawing, which is what is not spent in SQL
        result.at_most = round(2 * (result.floor or 0) + result.p50 - (result.in_sql or 0), 1)
    return result


def team_board(size: str) -> Result:
    client = Client()
    manager = get_user_model().objects.filter(role="manager").order_by("pk")[0]
    client.force_login(manager, "crm.backends.PasswordBackend")
    return compare("board of a manager’s team", size, answer(lambda: client.get("/board/")), None, rounds=40)


def move(size: str) -> Result:
    client = signed_in()
    stages = list(Stage.objects.filter(kind="open", pipeline__is_default=True).order_by("position")[:2])
    deals = itertools.cycle(
        list(Deal.objects.filter(stage=stages[0]).order_by("rank").values_list("pk", flat=True)[:200])
    )
    column = list(Deal.objects.filter(stage=stages[1]).order_by("rank").values_list("pk", flat=True)[:25])
    turn = itertools.count()

    def drag() -> Any:
        number = next(turn)
        to = stages[1 - number // 200 % 2]
        facts = urlencode({"stage": to.pk, "after": column[number % 25]})
        headers = {"X-Board": str(to.pipeline_id)}
        return client.post(f"/deals/{next(deals)}/stage/", facts, FORM, headers=headers)  # as the browser does

    def floor() -> None:
        pk = next(deals)
        run_sql(MOVE, params={"stage": stages[1].pk, "rank": f"8{pk:08}1", "id": pk})

    drawn = len(answer(drag)().content)
    result = compare("the answer to a drag", size, answer(drag), floor, rounds=200, at_most=10)
    result.note = f"card and both heads, summed over all deals, {drawn / 1024:.1f} KB; the floor is one UPDATE"
    return result


def deals_by_api(size: str) -> Result:
    client = with_token()
    ask = answer(lambda: client.get("/api/v1/deals/", {"limit": 100}))
    count = len(json.loads(ask().content)["results"])
    result = compare("100 deals by API", size, ask, lambda: run_sql(LIST), rounds=80, at_most=12)
    result.note = f"{count} deals, {len(ask().content) // 1024} KB"
    return result


def deals_page(size: str) -> Result:
    client = signed_in()
    return compare("list of deals", size, answer(lambda: client.get("/deals/")), lambda: run_sql(LIST), rounds=40)


SEARCHED = ["haldenburg", "telemtry", "haldenbrug water", "turbine service halstoum", "nor", "12 gateways", "qwertz"]
FOUND = """
SELECT id, title FROM pipeline_deal WHERE archived_at IS NULL AND penstock_fold(title) LIKE '%%haldenburg%%'
ORDER BY closed_on DESC NULLS FIRST, id DESC LIMIT 8
"""


def search_page(size: str) -> Result:
    """Words, beginnings, numbers, slips, and what is nowhere, by turns."""
    client, asked = signed_in(), itertools.cycle(SEARCHED)
    headers = {"HX-Request": "true", "HX-Target": "hits"}
    show = answer(lambda: client.get("/search/", {"q": next(asked)}, headers=headers))
    result = compare("search", size, show, lambda: run_sql(FOUND), rounds=70, at_most=50)
    result.note = "seven questions by turns, two misspelt, over deals, companies and contacts; the floor finds one word"
    return result


def forecast_page(size: str) -> Result:
    client = signed_in()
    ask = answer(lambda: client.get("/forecast/", {"kind": "quarter"}))
    return compare("forecast page", size, ask, lambda: run_sql(BY_MONTH_AND_OWNER), rounds=30)


def win_loss_page(size: str) -> Result:
    from crm.periods import year_of

    client = signed_in()
    year = year_of(Workspace.current().today)
    period = {"start": year.start, "end": year.end}
    ask = answer(lambda: client.get("/reports/win-loss/", {"period": year.key}))
    return compare("win/loss page", size, ask, lambda: run_sql(BY_REASON, params=period), rounds=30)
