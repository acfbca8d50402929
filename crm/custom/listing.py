"""What custom fields add to a list page of companies or contacts: filters, columns, order."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.http import QueryDict

from crm.custom.forms import custom_filter_fields
from crm.custom.queries import field_of, narrow, sorted_by
from crm.custom.words import Wording, filter_label, filter_words
from crm.forms import Form
from crm.models import CustomField, custom_fields


class Heading(NamedTuple):
    field: CustomField
    url: str
    sorted: str  # ascending or descending, as aria-sort says it


class Chip(NamedTuple):
    label: str
    value: str
    without: str


class CustomColumns:
    def __init__(self, noun: str, query: QueryDict) -> None:
        self.noun, self.query = noun, query
        self.fields = [field for field in custom_fields(noun) if field.in_list]
        asked = {name: [value for value in query.getlist(name) if value] for name in query if name.startswith("cf_")}
        self.asked = {name: values for name, values in asked.items() if values}

    def narrowed[M: QuerySet[Any]](self, records: M) -> M:
        """What is not understood matches nothing."""
        try:
            conditions = [narrow(self.noun, name, values) for name, values in self.asked.items()]
        except ValueError:
            conditions = [Q(pk__in=[])]
        for condition in conditions:
            records = records.filter(condition)
        return records

    @property
    def order(self) -> tuple[Any, str] | None:
        """What `?sort=` puts the rows in order by, and its sign; None: by name."""
        sort = self.query.get("sort", "")
        found = field_of(self.noun, sort.removeprefix("-"))
        if found is None or found.asks or found.field.archived_at:
            return None
        return sorted_by(found.field), sort[: sort.startswith("-")]

    def headings(self) -> list[Heading]:
        sort = self.query.get("sort", "")
        return [
            Heading(
                field,
                self._address(sort=f"-{field.parameter}" if sort == field.parameter else field.parameter),
                {field.parameter: "ascending", f"-{field.parameter}": "descending"}.get(sort, ""),
            )
            for field in self.fields
        ]

    def draw(self, rows: Iterable[Any]) -> None:
        """Put on each row what its columns show."""
        rows = list(rows)
        wording = Wording(self.fields, [row.custom for row in rows])
        for row in rows:
            row.shown = wording.of(row.custom)

    def chips(self) -> list[Chip]:
        return [
            Chip(filter_label(self.noun, name), filter_words(self.noun, name, values), self._address(**{name: ""}))
            for name, values in self.asked.items()
        ]

    def filter_form(self) -> Form:
        form = Form(initial=self.query.dict())
        form.fields |= custom_filter_fields(custom_fields(self.noun))
        return form

    def _address(self, **values: str) -> str:
        query = self.query.copy()
        for name, value in {"after": "", **values}.items():
            query.pop(name, None)
            if value:
                query[name] = value
        return f"?{query.urlencode()}"
