"""What one request or task knows of its surroundings: the workspace, and where the call came from."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.http import HttpRequest

if TYPE_CHECKING:
    from crm.models import User, Workspace


class SignedInRequest(HttpRequest):
    """What a view behind `login_required` is given."""

    user: "User"


_workspace: ContextVar["Workspace | None"] = ContextVar("workspace", default=None)
_origin: ContextVar[dict[str, Any] | None] = ContextVar("origin", default=None)


def current_workspace() -> "Workspace":
    """The one workspace; read once per request."""
    return _workspace.get() or _read_workspace()


def _read_workspace() -> "Workspace":
    """Every request does: written out, as to build the query takes ten times as long as to answer it."""
    from crm.models import Workspace

    names = [field.attname for field in Workspace._meta.concrete_fields]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(names)} FROM crm_workspace WHERE id = 1")
        row = cursor.fetchone()
    if row is None:
        return Workspace.objects.get_or_create(pk=1, defaults={"currency_id": "EUR"})[0]
    return Workspace.from_db(connection.alias, names, row)


def current_origin() -> dict[str, Any]:
    """`{"via": "ui" | "api" | "import" | "worker" | "shell", "ip": …}` for the audit."""
    return _origin.get() or {"via": "shell"}


@contextmanager
def surroundings(**origin: Any) -> Iterator[None]:
    """Read the workspace once for everything inside, and name where the call came from."""
    workspace = _workspace.set(current_workspace())
    came_from = _origin.set(origin or current_origin())
    try:
        yield
    finally:
        _workspace.reset(workspace)
        _origin.reset(came_from)
