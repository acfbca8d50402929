"""Tax examples that others have published: what was sold, and the tax and the total that the source states.

Only figures, each with where it stands. `rounding` is named where the source says how, or where the ways differ.
"""

from dataclasses import dataclass
from decimal import Decimal

from pipeline.pricing import NOTHING, Amount, Discount, Line, Percent, Rounding, Tax

CEN = "github.com/ConnectingEurope/eInvoicing-EN16931"
PEPPOL = "github.com/OpenPEPPOL/peppol-bis-invoice-3 rules/examples"
GOBL = "github.com/invopop/gobl examples"


@dataclass(frozen=True)
class Published:
    source: str
    lines: list[Line]
    tax: str
    total: str
    net: str = ""
    by_rate: dict[str, str] | None = None
    includes_tax: bool = False
    rounding: Rounding | None = None  # None: it comes to the same either way

    @property
    def roundings(self) -> list[Rounding]:
        return [self.rounding] if self.rounding else ["line", "document"]


def taxes(*rates: str) -> tuple[Tax, ...]:
    """Of several: one upon the price each; with a ° upon the earlier ones too."""
    return tuple(
        Tax(f"Tax {place}" if len(rates) > 1 else "Tax", Decimal(rate.removesuffix("°")), rate.endswith("°"))
        for place, rate in enumerate(rates, 1)
    )


def line(price: str, *rates: str, n: str = "1", off: Discount = NOTHING) -> Line:
    return Line(Decimal(n), Decimal(price), off, taxes(*rates))


def lines(rate: str, *priced: tuple[str, str]) -> list[Line]:
    """(quantity, price), all with one tax."""
    return [line(price, rate, n=quantity) for quantity, price in priced]


def less(amount: str) -> Amount:
    return Amount(Decimal(amount))


PUBLISHED = [
    # ── EN 16931: the standard's own examples, and those of Peppol ────────────────────────────────
    Published(
        f"{CEN} ubl/examples/ubl-tc434-example1.xml",
        [
            *lines(
                "6", ("2", "9.95"), ("1", "9.85"), ("1", "8.29"), ("2", "7.23"), ("1", "35.00"), ("1", "35.00"),
                ("1", "10.65"), ("1", "1.55"), ("3", "4.79"), ("1", "8.29"), ("2", "8.29"), ("1", "9.95"),
                ("2", "1.65"), ("1", "3.90"), ("6", "17.02"), ("-6", "18.33"),
            ),
            *lines("21", ("1", "10.80"), ("2", "3.80"), ("2", "4.67"), ("1", "18.63")),
        ],
        tax="20.73", total="250.33", net="229.60", by_rate={"6": "10.99", "21": "9.74"}, rounding="document",
    ),
    Published(
        f"{CEN} ubl/examples/ubl-tc434-example2.xml",
        [
            line("1273.00", "25"), line("3.96", "15", n="-1"), line("2.48", "15", n="2"), line("25.00", "0", n="-1"),
            line("0.75", "25", n="250"), line("100", "25", n="-1"), line("100", "25"),
        ],
        tax="365.28", total="1801.78", net="1436.50", by_rate={"25": "365.13", "15": "0.15", "0": "0"},
        rounding="document",
    ),
    Published(
        f"{CEN} ubl/examples/ubl-tc434-example4.xml",
        [line("1.00", "25", n="1000"), line("5.00", "25", n="100"), line("5.00", "12", n="500")],
        tax="675.00", total="4675.00", net="4000.00", by_rate={"25": "375.00", "12": "300.00"},
    ),
    Published(
        f"{CEN} ubl/examples/ubl-tc434-example5.xml",
        [
            line("1.00", "25", n="1000"), line("5.00", "25", n="100"), line("5.00", "12", n="500"),
            line("150", "25", n="-1"), line("150", "25"),
        ],
        tax="675.00", total="4675.00", net="4000.00",
    ),
    Published(f"{CEN} ubl/examples/ubl-tc434-example8.xml", [line("908.91", "21")], tax="190.87", total="1099.78"),
    Published(f"{CEN} ubl/examples/ubl-tc434-example9.xml", lines("21", ("3", "49.00")), tax="30.87", total="177.87"),
    Published(
        f"{CEN} ubl/examples/sample-discount-price.xml",
        [line("0.1234", "25", n="100", off=less("0.22"))], tax="3.03", total="15.15", net="12.12",
    ),
    Published(
        f"{CEN} cii/examples/CII_business_example_01.xml",
        lines("19", ("1", "12122.59"), ("-1", "606.13"), ("1", "177.41")),
        tax="2221.84", total="13915.71", net="11693.87", rounding="document",
    ),
    Published(
        f"{PEPPOL}/base-example.xml", lines("25", ("7", "400"), ("-3", "500"), ("1", "25")),
        tax="331.25", total="1656.25", net="1325",
    ),
    Published(
        f"{PEPPOL}/base-negative-inv-correction.xml", lines("25", ("-7", "400"), ("3", "500"), ("-1", "25")),
        tax="-331.25", total="-1656.25", net="-1325",
    ),
    Published(
        f"{PEPPOL}/Allowance-example.xml",
        [
            line("410", "25", n="10", off=less("100")), line("100", "0", n="10"), line("900", "25"),
            line("200", "25"), line("200", "25", n="-1"),
        ],
        tax="1225.00", total="7125.00", net="5900", by_rate={"25": "1225", "0": "0"},
    ),
    Published(f"{PEPPOL}/vat-category-Z.xml", lines("0", ("10", "120.00")), tax="0", total="1200.00", net="1200.00"),
    # ── Canada: two taxes beside each other, and one upon the other ───────────────────────────────
    Published(
        "revenuquebec.ca/en/entreprise/taxes/tvq_tps/calcul-taxes.aspx, GST and QST since 2013",
        [line("100", "5", "9.975")], tax="14.98", total="114.98", by_rate={"5": "5.00", "9.975": "9.98"},
    ),
    Published(
        "revenu.gouv.qc.ca/eng/entreprise/taxes/tvq_tps/info.asp (2008), QST upon GST",
        [line("100", "5", "7.5°")], tax="12.88", total="112.88", by_rate={"5": "5.00", "7.5": "7.88"},
    ),
    Published(
        "sbinfocanada.about.com/od/gsthst/f/calculateGST.htm, Manitoba",
        [line("39.99", "5", "7")], tax="4.80", total="44.79", by_rate={"5": "2.00", "7": "2.80"},
    ),
    Published(
        "sbinfocanada.about.com/od/gsthst/f/calculateGST.htm, Prince Edward Island, PST upon GST",
        [line("39.99", "5", "10°")], tax="6.20", total="46.19", by_rate={"5": "2.00", "10": "4.20"},
    ),
    Published("slideserve.com/alfreda-mayer/sales-tax, Ontario", [line("100", "13")], tax="13.00", total="113.00"),
    Published("slideserve.com/alfreda-mayer/sales-tax, Manitoba", [line("100", "7", "5")], tax="12.00", total="112.00"),
    Published("slideserve.com/alfreda-mayer/sales-tax, Nova Scotia", [line("100", "15")], tax="15.00", total="115.00"),
    Published(
        f"{GOBL}/ca/out/invoice-ca-ca.json", [line("90.00", "8.5", n="20", off=Percent(Decimal(10)))],
        tax="137.70", total="1757.70", net="1620.00",
    ),
    # ── India: central and state tax ──────────────────────────────────────────────────────────────
    Published(
        "lawcrux.com/data5t/gt/gtexmp/example_17.htm, 1 % off one line",
        [line("300000", "18", off=Percent(Decimal(1))), line("5000", "18")], tax="54360", total="356360", net="302000",
    ),
    Published(
        "byjus.com/question-answer/m-s-real-paint-sold-2-tins-of-lustre-paint-and-taxable-value-of-each-1",
        [line("2800", "14", "14", n="2")], tax="1568", total="7168", by_rate={"14": "784"},
    ),
    Published(
        "adityaguptaofficial.com/gst-invoice-calculator", [line("10000", "9", "9")],
        tax="1800", total="11800", by_rate={"9": "900"},
    ),
    # ── Australia, New Zealand, Singapore ─────────────────────────────────────────────────────────
    Published(
        "support.myhomefone.com.au, why GST on an invoice may be more than 10 % of the total: 0.104 and 0.105",
        lines("10", ("1", "1.04"), ("1", "1.05")), tax="0.21", total="2.30", rounding="line",
    ),
    Published(f"{GOBL}/au/out/invoice-simple.json", lines("10", ("2", "40.00")), tax="8.00", total="88.00"),
    Published("ird.govt.nz/changes-2010/gst/businesses/calculating", [line("1500", "15")], tax="225", total="1725"),
    Published(
        "ird.govt.nz/changes-2010/gst/businesses/calculating, 3/23 of the price", [line("1725", "15")],
        tax="225.00", total="1725.00", net="1500.00", includes_tax=True,
    ),
    Published("devineaccounting.co.nz/GST-Calculator.aspx", [line("200", "15")], tax="30", total="230"),
    Published("devineaccounting.co.nz/GST-Calculator.aspx", [line("500", "15")], tax="75", total="575"),
    Published(
        "devineaccounting.co.nz/GST-Calculator.aspx", [line("115", "15")],
        tax="15", total="115", net="100", includes_tax=True,
    ),
    Published("calcgst.nz/howto", [line("200", "15")], tax="26.09", total="200", net="173.91", includes_tax=True),
    Published("gstcalculator.net/gst-calculator-singapore", [line("300", "9")], tax="27", total="327"),
    Published(
        "gstcalculator.net/gst-calculator-singapore", [line("218", "9")],
        tax="18", total="218", net="200", includes_tax=True,
    ),
    # ── United Kingdom, Ireland ───────────────────────────────────────────────────────────────────
    Published(
        "hmrc.gov.uk/vat/forms-rates/rates/calculating.htm, standard", [line("100", "20")], tax="20", total="120",
    ),
    Published("hmrc.gov.uk/vat/forms-rates/rates/calculating.htm, reduced", [line("100", "5")], tax="5", total="105"),
    Published(
        "support.caterbook.net, How is VAT calculated on invoices: a sixth of the total",
        [line("9.99", "20", n="9")], tax="14.99", total="89.91", includes_tax=True,
    ),
    Published("webuser.co.uk/forums 394365", [line("74.59", "17.5")], tax="13.05", total="87.64"),
    Published(
        "webuser.co.uk/forums 394365, back again", [line("87.64", "17.5")],
        tax="13.05", total="87.64", net="74.59", includes_tax=True,
    ),
    Published(
        "bookkeepers.org.uk/Forum 85461, 7/47", [line("235", "17.5")],
        tax="35", total="235", net="200", includes_tax=True,
    ),
    Published(
        "bookkeepers.org.uk/Forum 85461, 1/6", [line("240", "20")], tax="40", total="240", net="200", includes_tax=True
    ),
    Published(
        "bookkeepers.org.uk/Forum 85461, 1/21", [line("210", "5")], tax="10", total="210", net="200", includes_tax=True
    ),
    Published(
        "problempages.co.uk 14437, out of £100", [line("100", "17.5")],
        tax="14.89", total="100", net="85.11", includes_tax=True,
    ),
    Published("irishtaxhub.ie/blog/vat-calculation-ireland", [line("1000", "23")], tax="230", total="1230"),
    Published(
        "revenue.ie, services received from abroad: a consultancy fee", [line("100000", "23")],
        tax="23000", total="123000",
    ),
    # ── Germany, Switzerland, Latin America ───────────────────────────────────────────────────────
    Published("datenbank.nwb.de/Dokument/1060140, an invoice of goods", [line("400", "19")], tax="76", total="476"),
    Published("joevoi.de/rechnen/brutto-netto-umrechnung", [line("10", "19")], tax="1.90", total="11.90"),
    Published(
        f"{GOBL}/de/out/invoice-de-de.json", [line("90.00", "19", n="20", off=Percent(Decimal(10)))],
        tax="307.80", total="1927.80", net="1620.00",
    ),
    Published("checkall.ch/en/calculator/vat-calculator", [line("100", "8.1")], tax="8.10", total="108.10"),
    Published(
        "checkall.ch/en/calculator/vat-calculator", [line("108.10", "8.1")],
        tax="8.10", total="108.10", net="100", includes_tax=True,
    ),
    Published(
        "easycalculation.com/finance/vat-calculator-switzerland.html", [line("25000", "8")],
        tax="1851.85", total="25000", net="23148.15", includes_tax=True,
    ),
    Published(
        f"{GOBL}/ar/out/invoice-mixed-rates.json",
        [
            line("15000", "10.5", n="200"), line("45000", "21", n="50"), line("180000", "21"),
            line("48", "27", n="12000"),
        ],
        tax="980820.00", total="6986820.00", net="6006000.00",
        by_rate={"10.5": "315000", "21": "510300", "27": "155520"},
    ),
    Published(f"{GOBL}/co/out/simplified.json", [line("200000.00", "19")], tax="38000.00", total="238000.00"),
    Published(
        f"{GOBL}/cr/out/invoice-cr-multi-rate.json",
        [
            line("45000", "4"), line("2500", "2", n="24"), line("1200", "1", n="50"), line("5500", "0.5", n="20"),
            line("12000", "13", n="5"),
        ],
        tax="11950.00", total="346950.00", net="335000.00",
        by_rate={"4": "1800", "2": "1200", "1": "600", "0.5": "550", "13": "7800"},
    ),
]  # fmt: skip
