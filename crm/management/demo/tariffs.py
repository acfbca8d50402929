"""What the demo company's products cost, for whom; how they are taxed, counted and called in German."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from crm.management.demo.company import RATES, Demo
from crm.models import Currency
from crm.money import round_to
from pipeline.books import PriceRow, create_price_book, set_prices
from pipeline.catalogue import Item, create_product, revise_product, set_items
from pipeline.models import PriceBook, Product, TaxClass, Unit
from pipeline.taxing import TaxRow, create_unit, revise_tax_class

VAT = {"Standard rate": Decimal(19), "Reduced rate": Decimal(7)}
COST = {"Software": Decimal("0.30"), "Service": Decimal("0.62")}  # of the price; of devices:
COST_OF_DEVICES = Decimal("0.56")
UNITS = {"Commissioning day": "DAY", "Operator training": "DAY"}
TIERS = {10: Decimal("0.95"), 50: Decimal("0.90")}  # of devices, from this many on
IN_GERMAN = {
    "Telemetry station TS-4": "Fernwirkstation TS-4", "Radio gateway RG-2": "Funk-Gateway RG-2",
    "Modem kit LTE-M": "Modem-Set LTE-M", "Ultrasonic meter UM-80": "Ultraschallzähler UM-80",
    "Flow meter FM-300": "Durchflussmesser FM-300", "Meter reading licence": "Lizenz Zählerauslesung",
    "Level sensor LS-10": "Pegelsensor LS-10", "Pressure logger PL-5": "Drucklogger PL-5",
    "Water quality probe WQ-7": "Wassergütesonde WQ-7", "Vibration sensor set VS-3": "Schwingungssensor-Satz VS-3",
    "Dosing controller DC-2": "Dosierregler DC-2", "SCADA server licence": "Lizenz Leitsystem-Server",
    "Operator workstation": "Bedienplatz", "Gate actuator GA-9": "Schieberantrieb GA-9",
    "Data platform, per year": "Datenplattform, pro Jahr", "Leak analytics, per district": "Leckanalyse, pro Bezirk",
    "Commissioning day": "Inbetriebnahme vor Ort", "Support contract, per year": "Wartungsvertrag, pro Jahr",
    "Operator training": "Schulung der Bediener",
}  # fmt: skip


def set_out(demo: Demo) -> None:
    for name, rate in VAT.items():
        found = TaxClass.objects.get(name=name)
        revise_tax_class(found, taxes=[TaxRow("VAT", rate)], by=demo.admin)
    create_unit(
        name="years", code="ANN", names={"de": "Jahre", "ru": "г.", "vi": "năm", "zh-hans": "年"}, by=demo.admin
    )
    units = {unit.code: unit for unit in Unit.objects.all()}
    for product in demo.products:
        _describe(demo, product, units)
    _manual(demo)
    _bundle(demo, {product.name: product for product in demo.products})
    _books(demo)


def _describe(demo: Demo, product: Product, units: dict[str, Unit]) -> None:
    code = UNITS.get(product.name, "ANN" if product.name.endswith("per year") else "C62")
    cost = product.unit_price * COST.get(product.family, COST_OF_DEVICES)
    words = {"de": {"name": IN_GERMAN[product.name]}}
    revise_product(product, unit=units[code], cost=round_to(cost), translations=words, by=demo.admin)


def _manual(demo: Demo) -> None:
    create_product(
        name="Manual, printed", code="HI-180", family="Service", unit_price=Decimal("12.50"), cost=Decimal("4.10"),
        currency=demo.workspace.currency, tax_class=TaxClass.objects.get(name="Reduced rate"),
        unit=Unit.objects.get(code="C62"), translations={"de": {"name": "Handbuch, gedruckt"}}, by=demo.admin,
    )  # fmt: skip


def _bundle(demo: Demo, named: dict[str, Product]) -> None:
    kit = create_product(
        name="Pump station kit", code="HI-190", family="Telemetry", unit_price=Decimal(7200), cost=Decimal(4300),
        currency=demo.workspace.currency, unit=Unit.objects.get(code="C62"), by=demo.admin,
        description="One station with radio, level and pressure, put into operation.",
        translations={"de": {"name": "Pumpstations-Set"}},
    )  # fmt: skip
    parts = ["Telemetry station TS-4", "Radio gateway RG-2", "Level sensor LS-10", "Pressure logger PL-5"]
    options = ["Operator training", "Support contract, per year"]
    items = [Item(named[name]) for name in [*parts, "Commissioning day"]]
    set_items(kit, [*items, *(Item(named[name], is_optional=True) for name in options)], by=demo.admin)


def _books(demo: Demo) -> None:
    euro, year = demo.workspace.currency, demo.workspace.today.year
    usual = create_price_book(name=f"List {year}", currency=euro, is_default=True, by=demo.admin)
    _price(demo, usual, Decimal(1), demo.products)
    partners = create_price_book(name="Partners", currency=euro, parent=usual, by=demo.admin)
    _price(demo, partners, Decimal("0.88"), [each for each in demo.products if each.family not in COST])
    energy = create_price_book(name="Hydropower, Austria", currency=euro, parent=usual, sector="Hydropower",
                               country="AT", by=demo.admin)  # fmt: skip
    _price(demo, energy, Decimal("0.96"), [each for each in demo.products if each.family == "Control"])
    for code, rate in RATES.items():
        currency = Currency.objects.get(pk=code)
        book = create_price_book(name=f"List {year}, {code}", currency=currency, is_default=True, by=demo.admin)
        _price(demo, book, 1 / Decimal(str(rate)), demo.products)
    rise = [PriceRow(each, _round(each.unit_price * Decimal("1.03")), starts_on=date(year + 1, 1, 1))
            for each in demo.products]  # fmt: skip
    set_prices(usual, rise, by=demo.admin)


def _price(demo: Demo, book: PriceBook, factor: Decimal, products: Sequence[Product]) -> None:
    """At a factor of the list; devices by tiers too."""
    rows = [PriceRow(each, _round(each.unit_price * factor)) for each in products]
    rows += [
        PriceRow(each, _round(each.unit_price * factor * less), Decimal(quantity))
        for each in products
        for quantity, less in TIERS.items()
        if each.family not in COST
    ]
    set_prices(book, rows, by=demo.admin)


def _round(price: Decimal) -> Decimal:
    """Whole above 100."""
    return round_to(price, 0 if price > 100 else 2)
