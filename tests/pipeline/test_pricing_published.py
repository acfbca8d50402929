"""pricing.work_out comes to what tax authorities, standards and textbooks have published."""

from decimal import Decimal

import pytest

from pipeline.pricing import work_out
from tests.pipeline.published import PUBLISHED, Published


def test_there_are_at_least_forty_of_them() -> None:
    assert len(PUBLISHED) >= 40
    assert len({(each.source, each.total, each.includes_tax) for each in PUBLISHED}) == len(PUBLISHED)


@pytest.mark.parametrize("each", PUBLISHED, ids=lambda each: each.source.rsplit("/", 1)[-1])
def test_it_comes_to_the_same(each: Published) -> None:
    for rounding in each.roundings:
        made = work_out(each.lines, includes_tax=each.includes_tax, rounding=rounding)
        assert (made.tax, made.total) == (Decimal(each.tax), Decimal(each.total))
        assert made.net == (Decimal(each.net) if each.net else made.total - made.tax)
        groups = {(group.rate, group.tax) for group in made.tax_groups}
        assert each.by_rate is None or groups == {(Decimal(rate), Decimal(tax)) for rate, tax in each.by_rate.items()}
