"""Names: every place, firm and person here is made up."""

from typing import NamedTuple


class Land(NamedTuple):
    """How firms, towns and people of one country sound."""

    code: str
    towns: tuple[str, str]  # beginnings and ends
    firms: str  # one pattern a line; {} is the town
    first: str
    last: str
    currencies: tuple[tuple[str, float], ...] = (("EUR", 1.0),)


STREETS = {
    "DE": "Bahnhofstraße {}", "AT": "Hauptstraße {}", "CH": "Seestrasse {}", "CZ": "Nádražní {}", "PL": "ul. Wodna {}",
    "SE": "Vattengatan {}", "NO": "Havnegata {}", "DK": "Vandværksvej {}", "GB": "{} Mill Lane", "IE": "{} Quay Street",
    "BG": "ul. Vodna {}", "RO": "Str. Apelor {}", "HR": "Vodovodna {}", "SI": "Vodna ulica {}", "GR": "Odos Limnis {}",
}  # fmt: skip
GERMAN = (
    "Aare Brix Linden Eichen Hohen Ober Rosen Stein Wald Neu Kalten Mühl Alten Falken Grün Erlen Sonnen Wieden",
    "feld tal au berg hausen bach brück see heim burg furt rode",
)
SLAVIC = ("Bel Dobr Lub Mil Rad Slav Star Vel Zel Jas Lip Hor Brod Kam", "ovice ava ec any ín nica ov išov ovo")
LANDS = {
    land.code: land
    for land in [
        Land(
            "DE",
            GERMAN,
            "Stadtwerke {}\n{}er Wasserwerke GmbH\nWasserverband {}\nKraftwerk {} AG\nZweckverband Wasser {}\n"
            "Talsperren {} AöR\n{}er Entsorgung GmbH\nFernwärme {} GmbH\nMolkerei {} eG\nPapierfabrik {} GmbH",
            "Holger Ines Katrin Jürgen Sabine Thomas Anke Matthias Birgit Stefan Ulrike Florian Claudia Rainer Nadine",
            "Brandt Hoffmann Lorenz Krause Vogt Seidel Pohl Riedel Böhm Ziegler Kuhn Arndt Franke Winkler Albers",
        ),
        Land(
            "AT",
            GERMAN,
            "{}er Stadtwerke\n{}kraft GmbH\nWasserverband {}\nTauern Energie {} AG\nAbwasserverband {}",
            "Markus Eva Leopold Andrea Gernot Silvia Reinhard Petra",
            "Gruber Huber Steiner Moser Egger Pichler Wallner Haas Lechner",
        ),
        Land(
            "CH",
            GERMAN,
            "{}er Trinkwasser AG\nKraftwerke {} AG\nEnergie {} AG\nIndustrielle Betriebe {}\nARA {}",
            "Urs Regula Beat Sandra Reto Monika Daniel Corinne",
            "Meier Zürcher Ammann Frei Keller-Roth Gerber Wyss Bühler Suter",
            (("CHF", 0.7), ("EUR", 0.3)),
        ),
        Land(
            "CZ",
            SLAVIC,
            "Vodárny {} a.s.\nPovodí {} s.p.\nTeplárna {} a.s.\n{} Energo a.s.\nČistírna {} s.r.o.",
            "Tomáš Jana Petr Lucie Pavel Martina Jiří Veronika",
            "Novák Dvořák Černý Procházka Kučera Veselý Horák Němec",
        ),
        Land(
            "PL",
            SLAVIC,
            "Wodociągi {} Sp. z o.o.\nElektrownia {} S.A.\nZakład Wodny {}\nCiepło {} Sp. z o.o.",
            "Piotr Anna Krzysztof Magdalena Marcin Agnieszka Tomasz Ewa",
            "Kowalczyk Wiśniewski Zieliński Szymański Woźniak Mazur Krawczyk",
        ),
        Land(
            "SE",
            ("Norr Söder Öster Väster Lin Björk Sten Ek Alm Gran Hög", "köping sund vik berga ås näs torp fors hamn"),
            "{} Vatten AB\n{} Energi AB\nKraftverket {} AB\n{}s kommun\n{} Papper AB",
            "Erik Karin Lars Maria Anders Elin Johan Sofia",
            "Lindqvist Bergström Sjöberg Ekman Nyström Hallberg Norén",
        ),
        Land(
            "NO",
            ("Fjord Nord Sør Vest Tind Elve Stor Kvit Lang", "legg heim dal vik nes fjell bu stad"),
            "{} AS\n{} Kraft AS\n{} kommune\n{} Vann og Avløp\nVannkraft {} AS",
            "Ole Ingrid Per Marit Knut Solveig Tor Silje",
            "Hauge Solberg Bakken Strand Moen Lie Dahl-Nilsen",
        ),
        Land(
            "DK",
            ("Aar Ring Lang Sønder Vester Birke Høj Skov", "havn købing sted borg lund rup ager"),
            "{} Spildevand\n{} Forsyning A/S\n{} Vandværk\n{} Fjernvarme A.m.b.a.",
            "Mads Mette Søren Camilla Jens Louise Rasmus",
            "Kjær Mortensen Holm Lauritsen Bech Thorsen",
        ),
        Land(
            "GB",
            ("Ash Brook Cran Dun Elder Fal Glen Holm Kirk Lang Mar North", "ford ley mere ton wick bridge dale combe"),
            "{} Water plc\n{} Utilities\n{} Hydro Ltd\n{} Drainage Board\nRiver {} Power Ltd\n{} Foods Ltd",
            "James Sarah Oliver Emma George Charlotte Harry Alice William Lucy",
            "Hartley Whitmore Ashdown Pemberton Clarke Bradshaw Fenwick Marlow Thorpe Carver",
            (("GBP", 0.75), ("EUR", 0.15), ("USD", 0.10)),
        ),
        Land(
            "IE",
            ("Bally Kil Clon Dun Knock Glen Carrig", "more carra duff brack beg lea tober"),
            "{} Water\n{} County Council\n{} Dairies\n{} Wind and Hydro Ltd",
            "Aoife Conor Niamh Cian Saoirse Eoin Orla",
            "Brennan Gallagher Nolan Doyle Kinsella Tierney",
        ),
        Land(
            "BG",
            ("Топол Лип Явор Бук Камен Соло Горно Бел Ясен", "ово ица ец ин дол поле брод"),
            "ВиК {} ЕАД\nСофиявода {} АД\nТоплофикация {} ЕАД\nВЕЦ {} ООД\nПречиствателна {} АД",
            "Георги Мария Димитър Десислава Николай Радостина Пламен Силвия",
            "Иванов Петров Колев Стоянов Тодоров Ангелов Маринов",
        ),
        Land(
            "RO",
            ("Bistr Cern Dor Mur Olt Săl Târn Vâlc", "iţa eni eşti oara ava in"),
            "Apa {} SA\nHidro {} SA\nCompania de Apă {}\nTermo {} SA",
            "Andrei Ioana Mihai Elena Cristian Raluca Bogdan",
            "Popescu Ionescu Dumitru Stan Munteanu Lungu",
            (("EUR", 0.7), ("RON", 0.3)),
        ),
        Land(
            "HR",
            SLAVIC,
            "Vodovod {} d.o.o.\nElektra {} d.d.\nKomunalno {} d.o.o.\nHidroelektrana {}",
            "Ivan Ana Marko Petra Luka Maja",
            "Horvat Kovačević Babić Marić Jurić Knežević",
        ),
        Land(
            "SI",
            SLAVIC,
            "Vodovod {} d.o.o.\nElektrarne {} d.o.o.\nKomunala {}",
            "Matej Nina Andrej Tina Rok",
            "Zupančič Potočnik Kos Vidmar Golob",
        ),
        Land(
            "GR",
            ("Kal Lef Mesa Neo Pal Perist Argo Xir", "adia ochori opoli ithea ona ari"),
            "DEYA {}\nHydria {} S.A.\nEnergeia {} S.A.\n{} Irrigation Board",
            "Nikos Eleni Yannis Katerina Kostas Sofia",
            "Papadakis Nikolaou Georgiou Vlachos Stathis",
        ),
    ]
}

SECTORS = {  # what is in a firm's name → sector; the first that fits
    "Water utility": "wasser vodá vodovod wodoc zakład vatten vann vand water apa apă вик софия deya hydria zweck",
    "Wastewater": "entsorgung abwasser ara čistír spildevand drainage пречист",
    "Hydropower": "kraft talsperren povodí elektrown kraftverket hydro hidro вец elektrarne river tauern hidroelek",
    "District heating": "fernwärme tepl ciepło fjernvarme termo топло",
    "Food and beverage": "molkerei foods dairies",
    "Paper": "papier papper",
    "Municipality": "kommun council komunal irrigation industrielle",
}
FALLBACK_SECTOR = "Energy utility"

JOBS = [
    "Head of operations", "Technical director", "Head of procurement", "Managing director", "Plant manager",
    "Automation engineer", "Head of asset management", "Water quality manager", "Project manager", "Finance director",
    "Network engineer", "Maintenance lead",
]  # fmt: skip


class Line(NamedTuple):
    """A product: its family, name and list price."""

    family: str
    name: str
    price: int


PRODUCTS = [
    Line("Telemetry", "Telemetry station TS-4", 3850), Line("Telemetry", "Radio gateway RG-2", 1240),
    Line("Telemetry", "Modem kit LTE-M", 390), Line("Metering", "Ultrasonic meter UM-80", 690),
    Line("Metering", "Flow meter FM-300", 4200), Line("Metering", "Meter reading licence", 18),
    Line("Sensors", "Level sensor LS-10", 540), Line("Sensors", "Pressure logger PL-5", 880),
    Line("Sensors", "Water quality probe WQ-7", 2960), Line("Sensors", "Vibration sensor set VS-3", 5400),
    Line("Control", "Dosing controller DC-2", 6100), Line("Control", "SCADA server licence", 14500),
    Line("Control", "Operator workstation", 3200), Line("Control", "Gate actuator GA-9", 7800),
    Line("Software", "Data platform, per year", 9600), Line("Software", "Leak analytics, per district", 4800),
    Line("Service", "Commissioning day", 1150), Line("Service", "Support contract, per year", 5200),
    Line("Service", "Operator training", 1900),
]  # fmt: skip

COUNTED = ["two", "three", "four", "five", "six", "eight"]
TITLES = {  # family → what such deals are called
    "Telemetry": [
        "Telemetry for {n} pump stations", "Gateways, {side} network", "Remote valves for {few} reservoirs",
        "Sewer level alarms", "Radio network, {side} valley", "Telemetry refresh {year}", "Alarm routing, {few} plants",
        "Pump station telemetry, phase {p}",
    ],
    "Metering": [
        "Flow meters for the {side} intake", "Ultrasonic meters, {many} units", "Smart hydrants, phase {p}",
        "Metering refresh {year}", "Meter reading, {side} district", "District meters, lot {p}", "Bulk meters, pilot",
        "Smart meters, {many} households",
    ],
    "Sensors": [
        "Leak detection, district {p}", "Level sensors, pilot site", "Water quality probes", "Dam safety sensors",
        "Penstock pressure logging", "Turbine vibration monitoring", "Pressure loggers, {many} points",
        "Reservoir sensors, lot {p}", "Chlorine monitoring, {side} works",
    ],
    "Control": [
        "Dosing control upgrade", "Control room refit", "Hydropower SCADA, unit {p}", "Spillway gate automation",
        "SCADA audit", "Dispatcher workstation, second control room", "Pump control, {side} works",
        "Weir automation, stage {p}", "Filter control, {few} lines",
    ],
    "Software": [
        "Data platform, {few} years", "Night-flow analytics", "Reservoir twin, pilot", "SCADA hosting",
        "Leak analytics, {few} districts", "Asset register {year}", "Energy optimisation, {few} plants",
    ],
    "Service": [
        "Renewal and expansion {year}", "Support contract {year}", "Borehole pumps, framework",
        "Calibration service {year}", "Operator training, {few} teams", "Maintenance framework, lot {p}",
        "Sensor lease {year}",
    ],
}  # fmt: skip
SIDES = ["north", "south", "east", "west", "upper", "lower"]

BEATEN_BY = {"Hydrolog": 5, "Sensoria": 5, "Aquasys": 4, "Own build": 3}  # how often each competitor wins …
BEATEN = {"Hydrolog": 9, "Sensoria": 4, "Aquasys": 4, "Own build": 1}  # … and loses
SOURCES = {  # name → share of deals, effect on the chance to win
    "Partner referral": (20, 0.45), "Existing customer": (24, 0.35), "Trade fair": (14, -0.10), "Web form": (18, -0.30),
    "Tender portal": (10, -0.05), "Outbound": (14, -0.55),
}  # fmt: skip

TOUCHES = {  # kind → what was done; {} is a contact's name
    "call": ["Called {}", "{} called back", "Call about the schedule with {}", "Call about prices with {}"],
    "email": [
        "Sent references to {}",
        "Sent the data sheet",
        "{} asked about delivery times",
        "Answered questions of {}",
    ],
    "meeting": ["Site visit with {}", "Demo for {}", "Scope workshop", "Meeting with {} and purchasing"],
    "note": [
        "Budget confirmed for this year",
        "Tender expected after the summer",
        "Wants one delivery date for all sites",
    ],
}
NEXT_STEPS = [  # by stage: kind and what is to be done
    [("call", "discovery call"), ("task", "send questionnaire"), ("call", "call {}"), ("meeting", "site visit")],
    [("meeting", "demo on site"), ("task", "send demo recording"), ("task", "confirm attendees"), ("meeting", "demo")],
    [("meeting", "scope workshop"), ("call", "call {}"), ("task", "revised drawings"), ("meeting", "steering group")],
    [
        ("task", "legal review"),
        ("call", "call about clause 7"),
        ("task", "signature due"),
        ("meeting", "procurement board"),
    ],
]
