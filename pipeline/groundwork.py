"""What an empty Penstock begins with, so that it can be used at once. Rates of tax are the company's to say."""

from pipeline.models import LossReason, Pipeline, TaxClass, TaxKind, Unit, WinReason
from pipeline.processes import NEW_BUSINESS
from pipeline.structure import create_pipeline

WIN_REASONS = [
    "Fit to the process",
    "Price",
    "Repeat order",
    "Speed of delivery",
    "Integration",
    "Service and support",
]
LOSS_REASONS = ["Price", "Chose a competitor", "No decision", "Timing", "Missing function", "Could not be reached"]
UNITS = [
    ("pcs", "C62", {"de": "Stk.", "ru": "шт.", "vi": "cái", "zh-hans": "件"}),
    ("hours", "HUR", {"de": "Std.", "ru": "ч", "vi": "giờ", "zh-hans": "小时"}),
    ("days", "DAY", {"de": "Tage", "ru": "дн.", "vi": "ngày", "zh-hans": "天"}),
    ("months", "MON", {"de": "Mon.", "ru": "мес.", "vi": "tháng", "zh-hans": "个月"}),
]
TAX_CLASSES = [
    ("Standard rate", TaxKind.STANDARD, ""),
    ("Reduced rate", TaxKind.STANDARD, ""),
    ("Zero rated", TaxKind.ZERO, ""),
    ("Exempt", TaxKind.EXEMPT, "Exempt from tax"),
    ("Reverse charge", TaxKind.REVERSE, "Reverse charge: the customer accounts for the tax"),
]


def lay_the_ground() -> None:
    if not Pipeline.objects.exists():
        create_pipeline(template=NEW_BUSINESS, by=None)
    if not LossReason.objects.exists() and not WinReason.objects.exists():
        LossReason.objects.bulk_create(
            LossReason(name=name, position=position, asks_competitor=position == 1)
            for position, name in enumerate(LOSS_REASONS)
        )
        WinReason.objects.bulk_create(WinReason(name=name, position=at) for at, name in enumerate(WIN_REASONS))
    if not Unit.objects.exists():
        Unit.objects.bulk_create(
            Unit(name=name, code=code, names=names, position=at) for at, (name, code, names) in enumerate(UNITS)
        )
    if not TaxClass.objects.exists():
        TaxClass.objects.bulk_create(
            TaxClass(name=name, kind=kind, reason=reason, is_default=at == 0, position=at)
            for at, (name, kind, reason) in enumerate(TAX_CLASSES)
        )
