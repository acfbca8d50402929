"""What the demo's people, companies and deals are called."""

DIRECTOR = ("Elena Marinova", "DE")
ADMIN = ("Petra Lindqvist", "SE")

# region → its manager, then team → currency, countries, its manager, its reps
REGIONS: dict[str, tuple[str, dict[str, tuple[str, str, str, list[str]]]]] = {
    "Central Europe": (
        "Stefan Brandt",
        {
            "DACH": ("EUR", "DE AT CH", "Anna Keller", ["Jonas Weber", "Iris Novak", "Lena Brandt", "Matteo Keller"]),
            "Benelux": ("EUR", "NL BE LU", "Sophie Adler", ["Daan Visser", "Lotte Peeters", "Bram Jacobs"]),
        },
    ),
    "Northern Europe": (
        "Ingrid Solberg",
        {
            "Nordics": ("EUR", "SE DK NO FI", "Mai Thorsen", ["Elias Lund", "Freja Holm", "Oskar Berg"]),
            "UK and Ireland": ("GBP", "GB IE", "Fiona Hartley", ["Owen Price", "Niamh Byrne", "Callum Reid"]),
        },
    ),
    "South-East Europe": (
        "Viktor Ivanov",
        {
            "Bulgaria, Romania": ("EUR", "BG RO", "Ralitsa Koleva", ["Dimitar Petrov", "Andreea Pop", "Ivan Todorov"]),
            "Adriatics": ("EUR", "HR SI RS", "Luka Horvat", ["Ana Kovač", "Marko Jurić", "Tea Zupan"]),
        },
    ),
}

PLACES = {
    "DE": "Lindental Aarefeld Oderbruch Ruhrauen Nordharz Lahnau Murtal Weserbogen Isarwinkel Saalegrund Hanau Eifelsee",
    "AT": "Tauern Murau Steyrbach Kamptal Attersee",
    "CH": "Limmat Rhodane Engadin Aareufer",
    "NL": "Oosterwaard Zeeland Veldhaven Maasmond",
    "BE": "Scheldt Ardenne Leieland",
    "LU": "Sauer Mosel",
    "SE": "Kamp Norrvik Vänersund Luleälv",
    "DK": "Aarhavn Limfjord Sundby",
    "NO": "Fjordanlegg Hardang Glomma",
    "FI": "Saimaa Kymi Oulujoki",
    "GB": "Severn Tweeddale Pennine Thamesmead Calder",
    "IE": "Shannon Liffey Corrib",
    "BG": "Iztok Trimontium Dunav Rila Struma",
    "RO": "Olt Mureș Argeș Bistrița",
    "HR": "Dalmata Istra Kupa",
    "SI": "Soča Sava Bohinj",
    "RS": "Đerdap Morava Drina",
}
COMPANY_FORMS = {
    "DE": ["Stadtwerke {}", "Wasserverband {}", "{} Wasserwerke GmbH", "Talsperren {} AöR", "Kraftwerk {} AG"],
    "AT": ["{}kraft GmbH", "Energie {} AG", "Wasserwerk {}"],
    "CH": ["{} Trinkwasser AG", "Hydro {} SA", "Elektrizitätswerk {}"],
    "NL": ["Gemeente {}", "Waterschap {}", "{} Energie BV"],
    "BE": ["{} Eau SA", "Watergroep {}", "{} Industrie NV"],
    "LU": ["Syndicat des eaux {}", "{} Energie SA"],
    "SE": ["{} Energi AB", "{} Vatten AB", "{} Kraft AB"],
    "DK": ["{} Spildevand", "{} Forsyning A/S", "{} Vandværk"],
    "NO": ["{} AS", "{} Kraftlag", "{} Vann og avløp"],
    "FI": ["{} Vesi Oy", "{} Energia Oyj"],
    "GB": ["{} Water plc", "{} Power Ltd", "{} Utilities Ltd", "{} Marine Ltd"],
    "IE": ["{} Water DAC", "{} Hydro Ltd"],
    "BG": ["ВиК {} ЕАД", "{} Hydro AD", "Vodokanal {}"],
    "RO": ["Apa {} SA", "Hidro {} SRL"],
    "HR": ["{} vode d.o.o.", "Hidro {} d.d."],
    "SI": ["Komunala {}", "{} energija d.o.o."],
    "RS": ["JKP {}", "{} voda d.o.o."],
}
SECTORS = [
    "Water supply",
    "Waste water",
    "Hydropower",
    "District heating",
    "Food and drink",
    "Chemicals",
    "Public sector",
]

DEAL_SUBJECTS = [
    "Telemetry for {n} pump stations", "Dosing control upgrade", "Leak detection, district {d}", "Turbine vibration monitoring",
    "Level sensors, pilot site", "Flow meters for the north intake", "Smart hydrants, phase {d}", "Dam safety sensors",
    "Spillway gate automation", "Control room refit", "SCADA audit", "Renewal and expansion {y}", "Sewer level alarms",
    "Hydropower SCADA, unit {d}", "Data platform, three years", "Borehole pumps, framework", "Ultrasonic meters, {h} units",
    "Remote valves for {d} reservoirs", "Metering refresh {y}", "Water quality probes", "Night-flow analytics",
    "Reservoir twin, pilot", "Gateways for {n} sites", "Support contract {y}", "Valve study", "Flood alarms, upper valley",
    "Pump control, station {n}", "Chlorine analysers", "Cathodic protection survey", "Pressure logging, ring main",
    "Dispatcher workstation, second control room", "Heat meter rollout, phase {d}", "Sludge line instrumentation",
]  # fmt: skip
STEPS = [
    ("call", "call {who}"), ("meeting", "demo on site"), ("task", "send questionnaire"), ("meeting", "scope workshop"),
    ("task", "confirm attendees"), ("task", "revised drawings"), ("email", "send demo recording"),
    ("meeting", "steering group"), ("call", "call about clause 7"), ("task", "contract back"), ("task", "legal review"),
    ("call", "discovery call"), ("meeting", "site visit"), ("meeting", "procurement board"), ("call", "architecture call"),
]  # fmt: skip
TOUCHES = [
    ("call", "Called {who}", "Budget is confirmed for this year. Wants gateways as an option and one delivery date."),
    ("email", "Sent the reference list to {who}", ""),
    ("meeting", "Workshop with {who}", "They compare three suppliers; the tender closes at the end of the month."),
    ("note", "Procurement goes through the framework agreement", ""),
    ("call", "Talked to {who} about scope", "Phase 2 can wait until the pilot has run a winter."),
    ("email", "Answered technical questions", ""),
    ("meeting", "Site walk with {who}", "Old cabling must go; add a day of installation."),
]
TITLES = [
    "Head of operations",
    "Managing director",
    "Technical director",
    "Procurement",
    "Plant manager",
    "Head of assets",
]
ROLES = ["champion", "decides", "influences", "buys", "uses", "blocks"]
FIRST = ["Ines", "Holger", "Marco", "Freya", "Tomas", "Greta", "Nils", "Klara", "Pavel", "Mira", "Sven", "Alba", "Hugo", "Petra", "Radu", "Sanja", "Aoife", "Liam", "Katja", "Emil", "Zora", "Ruben", "Marta", "Filip", "Nora", "Jasper", "Vesna", "Olivia", "Henrik", "Lucia"]
LAST = ["Ferreira", "Brandt", "Furlan", "Dahl", "Hruby", "Winter", "Lindgren", "Vogel", "Novotny", "Popescu", "Berger", "Costa", "Maric", "Doyle", "Murphy", "Stoyanov", "Petkova", "Jansen", "Maes", "Kral", "Nielsen", "Virtanen", "Haas", "Moretti", "Babic", "Evans", "Ward", "Georgiou", "Radev", "Kowal"]
PRODUCTS = [
    ("Level sensor", "Sensors", 640), ("Ultrasonic flow meter", "Sensors", 1850), ("Pressure logger", "Sensors", 420),
    ("Telemetry gateway", "Control", 1290), ("Valve actuator", "Control", 2350), ("Control cabinet", "Control", 7900),
    ("SCADA licence, year", "Software", 4800), ("Analytics, year", "Software", 3600), ("Digital twin, pilot", "Software", 18500),
    ("Installation day", "Services", 1150), ("Support, year", "Services", 2900),
]  # fmt: skip
SOURCES = [
    ("Existing customer", 0.5),
    ("Partner referral", 0.52),
    ("Trade fair", 0.33),
    ("Web form", 0.28),
    ("Outbound", 0.22),
]
COMPETITORS = ["Hydrolog", "Sensoria", "Aquasys"]
WORTH = {"GBP": 1.152, "USD": 0.884, "CHF": 1.058, "SEK": 0.0902, "DKK": 0.13405, "NOK": 0.0856, "RON": 0.1968}

ENDINGS = ["Nord", "Sud", "Alta", "Delta", "Nova", "II"]
