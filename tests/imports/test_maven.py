"""The shipped mapping on files of the same shape."""

from datetime import UTC, date, datetime
from decimal import Decimal

from django.db.models import Sum

from contacts.models import Company
from crm.models import Event, Membership, Team, User, Workspace
from forecasting.models import ForecastCell, WinLossCell
from pipeline.models import Deal, DealChange, Pipeline, Product
from tests.imports.conftest import DEALS, MAVEN, Importer


def test_a_dry_run_says_what_would_happen_and_changes_nothing(maven: Importer) -> None:
    said = maven.run(MAVEN, commit=False)

    assert "sales_pipeline.csv → deals: 5 rows: 5 created\n" in said
    assert "sales_teams.csv → people: 4 rows: 2 created, 2 unchanged\n" in said
    assert said.endswith("Dry run: nothing was written. Run it again with --commit to write.\n")
    counts = [model.objects.count() for model in (Deal, User, Team, Company, Product, DealChange)]
    assert counts == [0, 0, 0, 0, 0, 0]
    assert Workspace.objects.get().name == "Penstock"


def test_the_company_and_its_tree_of_teams(maven: Importer) -> None:
    maven.run(MAVEN)

    workspace = Workspace.objects.get()
    assert (workspace.name, workspace.currency_id, workspace.time_zone) == ("Maven Hardware", "USD", "America/New_York")
    assert [(team.name, str(team.parent)) for team in Team.objects.order_by("id")] == [
        ("Maven Hardware", "None"),
        ("Central", "Maven Hardware"),
        ("East", "Maven Hardware"),
        ("Dustin Brinkmann’s team", "Central"),
        ("Rocco Neubert’s team", "East"),
    ]
    assert [
        (each.user.email, each.user.role, each.team.name, each.is_manager, each.starts_on)
        for each in Membership.objects.select_related("user", "team").order_by("id")[1:3]
    ] == [
        ("rocco.neubert@example.com", "manager", "Rocco Neubert’s team", True, date(2016, 1, 1)),
        ("anna.snelling@example.com", "rep", "Dustin Brinkmann’s team", False, date(2016, 1, 1)),
    ]
    assert User.objects.get(name="Mei-Mei Johns").email == "mei-mei.johns@example.com"


def test_typos_are_mended_by_the_value_maps(maven: Importer) -> None:
    maven.run(MAVEN)

    assert list(Company.objects.order_by("name").values_list("name", "sector", "country", "employees")) == [
        ("Acme Corporation", "technology", "US", 2822),
        ("Bioholding", "medical", "PH", 1356),
        ("Hottechi", "technology", "KR", 16499),
    ]
    assert Company.objects.get(name="Bioholding").note == "Founded 2012. Part of Acme Corporation."
    assert list(Product.objects.order_by("name").values_list("name", "family", "unit_price", "currency")) == [
        ("GTX Pro", "GTX", Decimal(4821), "USD"),
        ("MG Special", "MG", Decimal(55), "USD"),
    ]


def test_deals_are_worth_what_they_closed_at_or_the_list_price(maven: Importer) -> None:
    maven.run(MAVEN)

    columns = ("external_id", "title", "stage__name", "outcome", "amount", "closed_on", "owner__name", "team__name")
    assert list(Deal.objects.order_by("id").values_list(*columns)) == [
        ("1C1I7A6R", "MG Special, Acme Corporation", "Won", "won", Decimal(59), date(2017, 3, 1), "Anna Snelling",
         "Dustin Brinkmann’s team"),
        ("Z063OYW0", "GTX Pro, Bioholding", "Won", "won", Decimal(4514), date(2017, 3, 11), "Anna Snelling",
         "Dustin Brinkmann’s team"),
        ("EC4QE1BX", "GTX Pro, Hottechi", "Lost", "lost", Decimal(4821), date(2017, 3, 7), "Cassey Cress",
         "Rocco Neubert’s team"),
        ("MV1LWRNH", "GTX Pro", "Engaging", "open", Decimal(4821), None, "Mei-Mei Johns", "Dustin Brinkmann’s team"),
        ("PE84CX4O", "MG Special", "Prospecting", "open", Decimal(55), None, "Cassey Cress", "Rocco Neubert’s team"),
    ]  # fmt: skip


def test_a_deal_has_its_product_as_a_line_that_does_not_feed_the_amount(maven: Importer) -> None:
    maven.run(MAVEN)

    deal = Deal.objects.get(external_id="Z063OYW0")
    assert [(str(line.product), line.unit_price, line.total) for line in deal.lines.all()] == [
        ("GTX Pro", Decimal(4821), Decimal(4821))
    ]
    assert (deal.amount_from_lines, deal.amount, deal.base_amount) == (False, Decimal(4514), Decimal(4514))


def test_deals_take_effect_at_noon_of_their_days_and_their_history_is_marked_incomplete(maven: Importer) -> None:
    maven.run(MAVEN)

    deal = Deal.objects.get(external_id="EC4QE1BX")
    assert [(change.verb, change.effective_at) for change in deal.changes.order_by("id")] == [
        ("opened", datetime(2016, 10, 25, 16, tzinfo=UTC)),  # noon in New York
        ("lost", datetime(2017, 3, 7, 17, tzinfo=UTC)),
    ]
    assert (deal.has_full_history, str(deal.lost_from), str(deal.loss_reason)) == (False, "Engaging", "Not recorded")
    assert Deal.objects.get(external_id="PE84CX4O").opened_at == datetime(2017, 12, 31, 17, tzinfo=UTC)


def test_the_pipeline_is_made_and_the_board_opens_on_it(maven: Importer) -> None:
    maven.run(MAVEN)

    pipeline = Pipeline.objects.get(is_default=True)
    assert [(stage.name, stage.kind, stage.probability) for stage in pipeline.stages.all()] == [
        ("Prospecting", "open", Decimal(10)),
        ("Engaging", "open", Decimal(35)),
        ("Won", "won", Decimal(100)),
        ("Lost", "lost", Decimal(0)),
    ]


def test_forecast_and_reports_are_right_at_once(maven: Importer) -> None:
    maven.run(MAVEN)

    cells = ForecastCell.objects.exclude(category="won")
    assert cells.aggregate(Sum("base_amount"), Sum("base_weighted")) == {
        "base_amount__sum": Decimal("4876.000"),
        "base_weighted__sum": Decimal("1692.850"),  # 4821 × 35 % + 55 × 10 %
    }
    won = ForecastCell.objects.filter(category="won").aggregate(Sum("base_amount"), Sum("deals"))
    assert won == {"base_amount__sum": Decimal(4573), "deals__sum": 2}
    lost = WinLossCell.objects.get(dimension="sector", key="technology", outcome="lost")
    assert (lost.deals, lost.value) == (1, Decimal(4821))


def test_a_second_import_changes_nothing(maven: Importer) -> None:
    maven.run(MAVEN)
    before = (DealChange.objects.count(), Event.objects.count(), Deal.objects.count())

    said = maven.run(MAVEN)

    assert {row["action"] for row in maven.report} == {"unchanged"}
    assert "sales_pipeline.csv → deals: 5 rows: 5 unchanged\n" in said
    assert (DealChange.objects.count(), Event.objects.count(), Deal.objects.count()) == before


def test_changed_cells_become_changes_through_the_verbs(maven: Importer) -> None:
    maven.run(MAVEN)
    changed = {
        "Won,10/20/2016,3/1/2017,59": "Won,10/20/2016,3/2/2017,61",
        "Lost,10/25/2016,3/7/2017,0": "Engaging,10/25/2016,,",
        "Mei-Mei Johns,GTXPro,,Engaging,11/3/2016,,": "Carl Lin,GTXPro,,Won,11/3/2016,6/1/2017,4000",
        "MG Special,,Prospecting,,,": "GTXPro,,Engaging,,,",
    }
    deals = DEALS
    for old, new in changed.items():
        deals = deals.replace(old, new)
    maven.file("sales_pipeline.csv", deals)

    maven.run(MAVEN)

    assert maven.actions("sales_pipeline.csv") == [
        (2, "updated"), (3, "unchanged"), (4, "updated"), (5, "updated"), (6, "updated"),
    ]  # fmt: skip

    def verbs(external_id: str) -> list[str]:
        changes = DealChange.objects.filter(deal__external_id=external_id).order_by("id")
        return list(changes.values_list("verb", flat=True))

    assert verbs("1C1I7A6R") == ["opened", "won", "revised", "won"]
    assert verbs("EC4QE1BX") == ["opened", "lost", "reopened"]
    assert verbs("MV1LWRNH") == ["opened", "revised", "handed_over", "won"]
    assert verbs("PE84CX4O") == ["opened", "revised", "revised", "moved"]
    assert Deal.objects.get(external_id="1C1I7A6R").closed_on == date(2017, 3, 2)
    assert Deal.objects.get(external_id="EC4QE1BX").closed_on is None
    assert str(Deal.objects.get(external_id="MV1LWRNH").team) == "Rocco Neubert’s team"
    assert Deal.objects.get(external_id="PE84CX4O").amount == Decimal(4821)


def test_one_bad_row_neither_stops_nor_hides_the_others(maven: Importer) -> None:
    maven.file(
        "sales_pipeline.csv",
        DEALS.replace("10/25/2016,3/11/2017,4514", "10/25/2016,31/12/2017,4514")
        .replace("EC4QE1BX,Cassey Cress", "EC4QE1BX,Nobody")
        .replace("11/3/2016,,", "11/3/2016,,,too many"),
    )

    assert maven.fails(MAVEN) == "3 rows failed; the others were imported."

    assert maven.messages("sales_pipeline.csv") == [
        (3, "closed_on (column “close_date”): “31/12/2017” is not a date like %m/%d/%Y"),
        (4, "There are no people called “Nobody”."),
        (5, "9 cells where the first line names 8 columns."),
    ]
    assert "  sales_pipeline.csv line 4, deal EC4QE1BX: There are no people called “Nobody”.\n" in maven.said
    assert set(Deal.objects.values_list("external_id", flat=True)) == {"1C1I7A6R", "PE84CX4O"}
