"""How a view shows a form, with its text kept and what a verb refused beside the fields; and how it gives a file."""

from collections.abc import Callable
from io import BytesIO
from typing import IO, Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from crm.errors import Refused
from crm.forms import Form
from crm.sheets import TYPES, Rows, write


def attempt(form: Form, verb: Callable[..., Any], *args: Any, **fields: Any) -> Any:
    """What the verb returns; None if it refused, and then its sentences stand in the form."""
    try:
        return verb(*args, **fields)
    except Refused as refused:
        form.refuse(refused)
        return None


def show(request: HttpRequest, template: str, *, status: int = 0, **context: Any) -> HttpResponse:
    """The page; 422 if one of its forms has errors."""
    forms = [value for value in context.values() if isinstance(value, Form)]
    refused = any(form.is_bound and form.errors for form in forms)
    return render(request, template, context, status=status or (422 if refused else 200))


def served_sheet(rows: Rows, form: str, name: str, *, title: str = "") -> HttpResponse:
    """A file to be saved, `form` as crm/sheets.py knows them. `title` is of its sheet, if that is not its name."""
    if form not in TYPES:
        raise Http404
    file = BytesIO()
    write(rows, form, file, title=title or name)
    file.seek(0)
    return served_file(file, form, f"{name}.{form}")


def served_file(file: IO[bytes], form: str, name: str) -> HttpResponse:
    answer: Any = FileResponse(file, as_attachment=True, filename=name, content_type=TYPES[form])
    found: HttpResponse = answer
    return found
