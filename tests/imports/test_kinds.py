"""Every other kind of row: made, changed and left alone by the same file; found by name or external id."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from pytest_django import DjangoAssertNumQueries

from contacts.models import Company, Contact, Source
from crm.models import Currency, ExchangeRate, Membership, User
from forecasting.models import Quota, QuotaChange
from pipeline.models import Deal, Pipeline, Stage
from tests.cast import Cast
from tests.imports.conftest import Importer


def table(kind: str, columns: str, more: str = "", file: str = "rows.csv") -> str:
    return f'[[tables]]\nkind = "{kind}"\nfile = "{file}"\n{more}\n[tables.columns]\n{columns}\n'


def twice(importer: Importer, mapping: str, **options: Any) -> None:
    importer.run(mapping, **options)
    importer.run(mapping, **options)
    assert {row["action"] for row in importer.report} == {"unchanged"}


CONTACTS = table(
    "contacts",
    'name = "name"\nemail = "email"\ncompany = "firm"\ntitle = "job"\nowner = "owner"',
    'key = "email"\ncreate = ["companies"]',
)


def test_contacts_and_their_companies(importer: Importer, cast: Cast) -> None:
    head = "name,email,firm,job,owner\n"
    importer.file("rows.csv", head + "Ina,ina@x.example,Acme,Buyer,Alice\nOto,oto@x.example,New,,Bob\n")
    twice(importer, CONTACTS)
    importer.file("rows.csv", head + "Ina Ilieva,ina@x.example,Acme,Head,Alice\n")
    importer.run(CONTACTS)

    assert importer.actions("rows.csv") == [(2, "updated")]
    ina = Contact.objects.get(email="ina@x.example")
    assert ina.name == "Ina Ilieva"
    assert [(str(each.company), each.title) for each in ina.positions.all()] == [("Acme", "Head")]
    new = Company.objects.get(name="New")
    assert (new.owner, new.team) == (cast.bob, cast.north)


def test_companies_are_updated_by_the_chosen_key_and_empty_cells_say_nothing(importer: Importer, cast: Cast) -> None:
    by_name = table("companies", 'name = "name"\nsector = "sector"\nwebsite = "web"\nowner = "owner"')
    importer.file("rows.csv", "name,sector,web,owner\nAcme,,acme.example,Alice\nNova,Energy,,Alice\n")
    importer.run(by_name)

    assert importer.actions("rows.csv") == [(2, "updated"), (3, "created")]
    cast.acme.refresh_from_db()
    assert (cast.acme.sector, cast.acme.website) == ("Water", "https://acme.example")


def test_two_records_of_one_name_are_not_guessed(importer: Importer, cast: Cast) -> None:
    Company.objects.create(name="Acme", owner=cast.bob, team=cast.north)
    importer.file("rows.csv", "name,sector\nAcme,Energy\nGlobex,Gas\n")

    importer.fails(table("companies", 'name = "name"\nsector = "sector"'))

    assert importer.messages("rows.csv") == [(2, "2 companies are called “Acme”.")]
    assert Company.objects.get(name="Globex").sector == "Gas"


def test_a_key_that_stands_twice_with_other_values_contradicts(importer: Importer, cast: Cast) -> None:
    importer.file("rows.csv", "name,sector\nNova,Gas\nNova,Oil\nNova,Gas\n,Oil\n")

    importer.fails(table("companies", 'name = "name"\nsector = "sector"'), by="dana@example.com")

    assert [(row["line"], row["action"], row["message"]) for row in importer.report] == [
        ("2", "created", ""),
        ("3", "failed", "Line 2 has the same name “Nova” and other values."),
        ("4", "unchanged", "The same as line 2."),
        ("5", "failed", "name: it is empty."),
    ]


def test_a_bad_country_is_refused_like_everywhere(importer: Importer, cast: Cast) -> None:
    importer.file("rows.csv", "name,land\nNova,XX\nTerra,bg\n")

    importer.fails(table("companies", 'name = "name"\ncountry = "land"'), by="dana@example.com")

    assert importer.messages("rows.csv") == [(2, "country: “XX” is not a country’s code.")]
    assert Company.objects.get(name="Terra").country == "BG"


def test_people_join_their_team_on_a_day(importer: Importer, cast: Cast) -> None:
    mapping = table(
        "people", 'name = "name"\nemail = "mail"\nrole = "role"\nteam = "team"\nsince = "since"', 'create = ["teams"]'
    )
    importer.file(
        "rows.csv",
        "name,mail,role,team,since\nNoa,Noa@Example.com,rep,West,2024-02-01\nBob,bob@example.com,rep,South,2025-01-01\n",
    )
    twice(importer, mapping)

    noa = User.objects.get(email="noa@example.com")
    assert (noa.has_usable_password(), noa.memberships.get().team.name) == (False, "West")
    assert [(each.team, each.starts_on, each.ends_on) for each in cast.bob.memberships.order_by("starts_on")] == [
        (cast.north, date(2020, 1, 1), date(2025, 1, 1)),
        (cast.south, date(2025, 1, 1), None),
    ]
    assert Membership.objects.filter(user=noa).count() == 1


def test_an_unknown_role(importer: Importer, cast: Cast) -> None:
    importer.file("rows.csv", "name,mail,role\nNoa,noa@example.com,boss\n")
    importer.fails(table("people", 'name = "name"\nemail = "mail"\nrole = "role"'))
    assert importer.messages("rows.csv") == [(2, "role: “boss” is not a role: rep, manager, admin, read_only, api.")]


def test_exchange_rates(importer: Importer, cast: Cast) -> None:
    known = "c,day,rate\nGBP,2026-01-01,1.15\nGBP,2026-02-01,1.17\n"
    importer.file("rows.csv", known + "EUR,2026-01-01,1\nQQQ,2026-01-01,2\n")

    importer.fails(table("exchange_rates", 'currency = "c"\non = "day"\nrate = "rate"'))

    assert importer.messages("rows.csv") == [
        (4, "currency: EUR is the base currency: its rate is 1."),
        (5, "currency: There is no currency “QQQ”."),
    ]
    importer.file("rows.csv", known.replace("1.15", "1.16"))
    importer.run(table("exchange_rates", 'currency = "c"\non = "day"\nrate = "rate"'))
    assert importer.actions("rows.csv") == [(2, "updated"), (3, "unchanged")]
    assert ExchangeRate.rates_on(date(2026, 1, 5), "EUR").worth["GBP"] == Decimal("1.16")


def test_sources_and_stages(importer: Importer, cast: Cast) -> None:
    importer.file("rows.csv", "name\nReferral\nTrade fair\n")
    importer.run(table("sources", 'name = "name"'))
    assert importer.actions("rows.csv") == [(2, "unchanged"), (3, "created")]
    assert Source.objects.count() == 2

    stages = """
    [[tables]]
    kind = "stages"
    rows = [
      { pipeline = "Renewal", name = "Ask", probability = 40, category = "commit", stall_days = 14 },
      { pipeline = "Renewal", name = "Renewed", kind = "won" },
      { pipeline = "New business", name = "Demo", probability = "30 %" },
    ]
    """
    importer.run(stages)
    assert [row["action"] for row in importer.report] == ["created", "updated", "updated"]
    importer.run(stages)
    assert [row["action"] for row in importer.report] == ["unchanged"] * 3
    renewal = Pipeline.objects.get(name="Renewal")
    assert list(renewal.stages.values_list("name", "kind", "category")) == [
        ("Ask", "open", "commit"), ("Renewed", "won", "closed"), ("Lost", "lost", "omitted"),
    ]  # fmt: skip
    assert Stage.objects.get(name="Demo").probability == 30


QUOTAS = table("quotas", 'owner = "who"\nteam = "team"\nperiod = "period"\namount = "amount"\nnote = "why"')


def test_quotas_need_a_superior(importer: Importer, cast: Cast) -> None:
    importer.file("rows.csv", "who,team,period,amount,why\nAlice,,2026-10,5000,plan\n")
    importer.fails(QUOTAS)
    assert importer.messages("rows.csv") == [(2, "owner: Quotas are set by a superior: name yourself with --by.")]

    importer.file(
        "rows.csv",
        "who,team,period,amount,why\nAlice,,2026-10,5000,plan\n,North,2026-Q4,9000,\nMax,,2026-10,1,\n",
    )
    importer.fails(QUOTAS, by="mia@example.com")
    assert [(row["action"], row["message"]) for row in importer.report] == [
        ("created", ""),
        ("failed", "owner: Quotas are set by a superior, never by oneself."),
        ("failed", "owner: Quotas are set by a superior, never by oneself."),
    ]
    assert Quota.objects.get().owner == cast.alice


def test_quotas_are_revised_with_history(importer: Importer, cast: Cast) -> None:
    importer.file("rows.csv", "who,team,period,amount,why\nAlice,,2026-10,5000,plan\n,North,2026-Q4,9000,\n")
    twice(importer, QUOTAS, by="dana@example.com")
    importer.file("rows.csv", "who,team,period,amount,why\nAlice,,2026-10,6000,more\n,North,2026-Qx,1,\n")

    importer.fails(QUOTAS, by="dana@example.com")

    assert [row["action"] for row in importer.report] == ["updated", "failed"]
    changes = QuotaChange.objects.filter(owner=cast.alice).order_by("id")
    assert list(changes.values_list("was_amount", "amount", "note", "by__name")) == [
        (None, Decimal(5000), "plan", "Dana"),
        (Decimal(5000), Decimal(6000), "more", "Dana"),
    ]


DEALS = table(
    "deals",
    'external_id = "id"\ntitle = "title"\nowner = "owner"\nstage = "stage"\ncompany = "firm"\nsource = "source"\n'
    'product = "product"\nquantity = "n"\ncurrency = "cur"\namount = "amount"\nexpected_close_on = "due"\n'
    'loss_reason = "why"\ncompetitor = "rival"\nprobability_override = "chance"',
    'create = ["companies", "products", "sources", "people", "reasons"]\nemail_at = "new.example"',
)
HEAD = "id,title,owner,stage,firm,source,product,n,cur,amount,due,why,rival,chance\n"


def test_a_deal_makes_what_it_names_if_told_to(importer: Importer, cast: Cast) -> None:
    importer.file(
        "rows.csv",
        HEAD + "x1,Meters,Zoe Lind,Lost,Brix,Web form,Flow meter,3,USD,900,2026-11-30,Bought elsewhere,Hydrolog,\n"
        "x2,Sensors,Alice,Demo,Acme,,Sensor,10,,,2026-12-15,,,80%\n",
    )
    twice(importer, DEALS)

    lost = Deal.objects.get(external_id="x1")
    assert (lost.owner.email, str(lost.company), str(lost.source), lost.currency_id) == (
        "zoe.lind@new.example", "Brix", "Web form", "USD",
    )  # fmt: skip
    assert (str(lost.loss_reason), lost.competitor, lost.base_amount) == ("Bought elsewhere", "Hydrolog", Decimal(810))
    sensors = Deal.objects.get(external_id="x2")
    assert (sensors.amount, sensors.amount_from_lines) == (Decimal(999), True)
    assert sensors.probability_override == Decimal(80)


def test_without_being_told_it_makes_nothing(importer: Importer, cast: Cast) -> None:
    importer.file("rows.csv", HEAD + "x1,Meters,Alice,Demo,Nowhere,,,,,,,,,\n")
    importer.fails(DEALS.replace('"companies", ', ""))
    assert importer.messages("rows.csv") == [(2, "There are no companies called “Nowhere”.")]


def test_the_rules_of_the_verbs_hold(importer: Importer, cast: Cast) -> None:
    demo = cast.stages["Demo"]
    demo.required_fields = ["expected_close_on"]
    demo.save()
    soon = (cast.today + timedelta(days=9)).isoformat()
    importer.file(
        "rows.csv",
        HEAD + "x1,A,Alice,Demo,,,,,,-5,,,,\n"
        "x2,B,Alice,Demo,,,,,,5,,,,\n"
        f"x3,C,Alice,Demo,,,,,,5,{soon},,,\n"
        "x4,D,Alice,Lost,,,,,,5,,,,\n"
        "x5,E,Alice,Demo,,,,,,5,,,,140\n",
    )

    importer.fails(DEALS)

    assert importer.messages("rows.csv") == [
        (2, "amount: An amount cannot be negative."),
        (3, "expected_close_on: Demo needs: Expected close date."),
        (5, "loss_reason: A lost deal needs a reason: map loss_reason or give it a default."),
        (6, "probability_override: A probability is between 0 and 100 percent."),
    ]
    assert list(Deal.objects.values_list("external_id", flat=True)) == ["x3"]


def test_a_list_price_in_another_currency_is_not_taken(importer: Importer, cast: Cast) -> None:
    cast.sensor.currency = Currency.objects.get(pk="USD")
    cast.sensor.save()
    importer.file("rows.csv", HEAD + "x1,A,Alice,Demo,,,Sensor,,,,,,,\n")
    importer.fails(DEALS.replace("email_at", "list_price = true\nemail_at"))
    assert importer.messages("rows.csv") == [(2, "amount: It is empty, and the list price of Sensor is in USD.")]


def test_many_rows_in_a_few_statements(
    importer: Importer, cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    count = 1001
    rows = "".join(f"b{number},Deal {number},Alice,Demo,Acme,,Pump,1,,5,,,,\n" for number in range(count))
    importer.file("rows.csv", HEAD + rows)
    with django_assert_max_num_queries(130):
        importer.run(DEALS)
    assert Deal.objects.count() == count


def test_a_row_the_database_refuses_takes_no_other_with_it(importer: Importer, cast: Cast) -> None:
    importer.file(
        "rows.csv", HEAD + "x1,A,Alice,Demo,,,,,,5,,,,\nx1,B,Alice,Demo,,,,,,5,,,,\nx3,C,Alice,Demo,,,,,,5,,,,\n"
    )
    importer.fails(DEALS.replace("create =", 'key = "title"\ncreate ='))
    assert importer.actions("rows.csv") == [(2, "created"), (3, "failed"), (4, "created")]
    assert importer.messages("rows.csv") == [(3, "external_id: Another deal has this external id.")]
    assert set(Deal.objects.values_list("title", flat=True)) == {"A", "C"}
