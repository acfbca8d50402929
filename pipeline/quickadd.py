"""What one line says about a new deal: “Stadtwerke Lindental, level sensors 14k €, Friday”. No database, no Django."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from babel import Locale

SCALE = {"k": 1_000, "т": 1_000, "тыс": 1_000, "хил": 1_000, "m": 1_000_000, "mio": 1_000_000, "mln": 1_000_000,
         "м": 1_000_000, "млн": 1_000_000, "万": 10_000, "亿": 100_000_000, "tr": 1_000_000}  # fmt: skip
SYMBOLS = {
    "€": "EUR",
    "$": "USD",
    "£": "GBP",
    "¥": "CNY",
    "元": "CNY",
    "₽": "RUB",
    "₫": "VND",
    "лв": "BGN",
    "zł": "PLN",
}
NUMBER = r"\d{1,3}(?:[  '.,]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d+)?"
SCALES = "|".join(sorted(map(re.escape, SCALE), key=len, reverse=True))
CLOSES = re.compile(r"\b(?:closes?|closing|by|due|until|до|към|截至|đến)\s*$", re.I)  # before a day
STEP = re.compile(
    r"^(?:call|mail|e-mail|email|meet|visit|send|ask|demo|follow|обад|изпрат|позвон|напис|встреч|gọi|gặp|gửi|致电|联系)",
    re.I,
)
DAY = re.compile(
    r"\b(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})\b|\b(?P<d2>\d{1,2})\.(?P<m2>\d{1,2})\.(?P<y2>\d{4})?(?!\d)"
)


class Understood(NamedTuple):
    """`next_on` is when the next step is due, `closes_on` when the deal is expected to close."""

    title: str = ""
    company: str = ""
    amount: Decimal | None = None
    currency: str = ""
    next_step: str = ""
    next_on: date | None = None
    closes_on: date | None = None
    owner: str = ""  # as written behind @
    source: str = ""  # as written behind #


def understand(line: str, *, today: date, codes: frozenset[str], language: str = "en") -> Understood:
    """`codes` are the currencies in use. What is no money, day or name is, split at commas, company and title."""
    found = Understood()
    texts: list[str] = []
    line, found = _take_names(line, found)
    for part in re.split(r"[,;，；]\s+|[，；]|\n", line):
        rest, found = _take_money(part.strip(), found, codes)
        rest, found = _take_day(rest, found, today, language)
        if rest:
            texts.append(rest)
    company, title = (texts[0], ", ".join(texts[1:])) if len(texts) > 1 else ("", " ".join(texts))
    return found._replace(company=company, title=title[:1].upper() + title[1:])


NAMES = {"owner": re.compile(r"(?<!\S)@([^\W\d][\w.'’-]*)"), "source": re.compile(r"(?<!\S)#([^\W\d][\w.'’-]*)")}


def _take_names(text: str, found: Understood) -> tuple[str, Understood]:
    """The first @owner and the first #source; a number behind # is none."""
    said = {}
    for name, pattern in NAMES.items():
        if match := pattern.search(text):
            said[name] = match[1].rstrip(".'’-")
            text = f"{text[: match.start()].rstrip()} {text[match.start(1) + len(said[name]) :].lstrip(' ')}"
    return text, found._replace(owner=said.get("owner", ""), source=said.get("source", ""))


# ── Money ──────────────────────────────────────────────────────────────────────────────────────────


def _take_money(text: str, found: Understood, codes: frozenset[str]) -> tuple[str, Understood]:
    if found.amount is not None:
        return text, found
    units = "|".join(map(re.escape, [*SYMBOLS, *codes]))
    unit_first = rf"(?P<u1>{units})\s?(?P<n1>{NUMBER})\s?(?P<s1>{SCALES})?(?!\w)"
    unit_last = rf"(?<![\w.,])(?P<n2>{NUMBER})\s?(?P<s2>{SCALES})?\.?\s?(?P<u2>{units})(?!\w)"
    scaled = rf"(?<![\w.,])(?P<n3>{NUMBER})\s?(?P<s3>{SCALES})(?!\w)"
    match = re.search(f"{unit_first}|{unit_last}|{scaled}", text, re.I)
    if not match:
        return text, found
    groups = match.groupdict()
    number = next(groups[name] for name in ("n1", "n2", "n3") if groups[name])
    scale = next((groups[name] for name in ("s1", "s2", "s3") if groups[name]), "")
    unit = next((groups[name] for name in ("u1", "u2") if groups[name]), "")
    currency = SYMBOLS.get(unit.lower(), unit.upper())
    amount = _number(number, is_scaled=bool(scale)) * SCALE.get(scale.lower(), 1)
    rest = _joined(text[: match.start()], text[match.end() :])
    return rest, found._replace(amount=amount.normalize() + 0, currency=currency if currency in codes else "")


def _number(text: str, *, is_scaled: bool) -> Decimal:
    """`12.500` and `12,500` are twelve thousand five hundred; `12.5` and `12,50` have decimals; so has `1,250k`."""
    text = re.sub(r"[  ']", "", text)
    if is_scaled and re.fullmatch(r"\d+[.,]\d+", text):
        return Decimal(text.replace(",", "."))
    if re.fullmatch(r"\d{1,3}([.,]\d{3})+", text):
        return Decimal(re.sub(r"[.,]", "", text))
    whole, mark, decimals = text.rpartition("," if text.rfind(",") > text.rfind(".") else ".")
    return Decimal(f"{re.sub(r'[.,]', '', whole)}.{decimals}" if mark else text)


# ── Days ───────────────────────────────────────────────────────────────────────────────────────────


def _take_day(text: str, found: Understood, today: date, language: str) -> tuple[str, Understood]:
    """A day with words beside it is a step (“call Ines Friday”); after “closes” or “by” it is the expected close."""
    for start, end, day in _days(text, today, language):
        before, after = text[:start].strip(), text[end:].strip()
        words = _joined(before, after)
        if closing := CLOSES.search(before):
            return _joined(before[: closing.start()], after), found._replace(closes_on=day)
        if STEP.match(words):
            return "", found._replace(next_on=day, next_step=words)
        return words, found._replace(next_on=day)
    return text, found


def _days(text: str, today: date, language: str) -> Iterator[tuple[int, int, date]]:
    """Where a day is named, and which."""
    for match in DAY.finditer(text):
        part = match.groupdict()
        year, month, number = (part["y"], part["m"], part["d"]) if part["y"] else (part["y2"], part["m2"], part["d2"])
        if day := _date(int(year) if year else None, int(month), int(number), today):
            yield match.start(), match.end(), day
    names = _names(language)
    months = "|".join(map(re.escape, sorted(names["month"], key=len, reverse=True)))
    named = re.compile(rf"\b(?:(\d{{1,2}})\.?\s+({months})|({months})\s+(\d{{1,2}}))\.?(?:\s+(\d{{4}}))?\b", re.I)
    for match in named.finditer(text):
        number, month, month2, number2, year = match.groups()
        of_year = names["month"][(month or month2).lower()]
        if day := _date(int(year) if year else None, of_year, int(number or number2), today):
            yield match.start(), match.end(), day
    words = "|".join(map(re.escape, sorted(names["day"], key=len, reverse=True)))
    for match in re.finditer(rf"(?<!\w)(?:{words})(?!\w)", text, re.I):
        yield match.start(), match.end(), _next(names["day"][match.group().lower()], today)


def _names(language: str) -> dict[str, dict[str, int]]:
    """Names of days (0 to 6, and 7, 8 for today and tomorrow) and months, in English and in the language."""
    days: dict[str, int] = {"today": 7, "tomorrow": 8, **TODAY.get(language, {})}
    months: dict[str, int] = {}
    for locale in (Locale.parse("en"), Locale.parse(language.replace("-hans", "_Hans"))):
        for form in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                days |= {name.lower().rstrip("."): number for number, name in locale.days[form][width].items()}
                months |= {name.lower().rstrip("."): number for number, name in locale.months[form][width].items()}
    return {"day": days, "month": months}


TODAY = {
    "bg": {"днес": 7, "утре": 8},
    "ru": {"сегодня": 7, "завтра": 8, "пятницу": 4, "среду": 2, "субботу": 5},
    "zh-hans": {"今天": 7, "明天": 8},
    "vi": {"hôm nay": 7, "ngày mai": 8},
}


def _next(weekday: int, today: date) -> date:
    """The next such day after today: said on a Friday, “Friday” is in a week."""
    if weekday >= 7:
        return today + timedelta(days=weekday - 7)
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def _date(year: int | None, month: int, number: int, today: date) -> date | None:
    """The day; without a year the next one to come."""
    try:
        day = date(year or today.year, month, number)
        return date(today.year + 1, month, number) if year is None and day < today else day
    except ValueError:
        return None


def _joined(before: str, after: str) -> str:
    return re.sub(r"\s+", " ", f"{before} {after}").strip(" -–·")
