"""What one request or task knows of its surroundings: the workspace, and where the call came from."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from crm.rows import columns, first

if TYPE_CHECKING:
    from crm.models import User, Workspace


class SignedInRequest(HttpRequest):
    """What a view behind `login_required` is given."""

    user: "User"


FISCAL_YEARS = ", ".join(
    f"ARRAY(SELECT {name} FROM crm_fiscalperiod WHERE kind = 'year' ORDER BY starts_on)"
    for name in ("starts_on", "ends_on", "fiscal_start")
)
_workspace: ContextVar["Workspace | None"] = ContextVar("workspace", default=None)
_origin: ContextVar[dict[str, Any] | None] = ContextVar("origin", default=None)
_read: ContextVar[dict[str, Any] | None] = ContextVar("read", default=None)


def whole_number(text: str) -> int | None:
    """A record's number, or a version, as an address or a form names it; None if it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def next_page(request: HttpRequest, otherwise: str = "") -> str:
    """Where a plain form goes: back where it was sent from, if it says so and that is on this site."""
    address = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if is_ours and "/" in address else otherwise  # else it would be read as the name of a view


def current_workspace() -> "Workspace":
    """The one workspace; read once per request."""
    return _workspace.get() or _read_workspace()


def _read_workspace() -> "Workspace":
    """With its currency, whose decimals every sum needs, and its fiscal years."""
    from crm.models import Currency, Workspace

    found = first(
        f"SELECT {columns(Workspace, 'w')}, {columns(Currency, 'c')}, {FISCAL_YEARS}"
        " FROM crm_workspace w JOIN crm_currency c ON c.code = w.currency_id WHERE w.id = 1",
        [],
        Workspace,
        Currency,
    )
    if found is None:
        return Workspace.objects.get_or_create(pk=1, defaults={"currency_id": "EUR"})[0]
    workspace: Workspace = found[0]
    workspace.currency = found[1]
    workspace.forget_years(list(zip(*found[2], strict=True)))
    return workspace


def read_once[T](name: str, read: Callable[[], T]) -> T:
    """What `read` gives, asked for once per request: for what no verb of that request changes."""
    if (known := _read.get()) is None:
        return read()
    if name not in known:
        known[name] = read()
    found: T = known[name]
    return found


def current_origin() -> dict[str, Any]:
    """`{"via": "ui" | "api" | "import" | "worker" | "shell", "ip": …}` for the audit."""
    return _origin.get() or {"via": "shell"}


@contextmanager
def surroundings(**origin: Any) -> Iterator[None]:
    """Read the workspace once for everything inside, and name where the call came from."""
    workspace = _workspace.set(current_workspace())
    came_from = _origin.set(origin or current_origin())
    known = _read.set({})
    try:
        yield
    finally:
        _read.reset(known)
        _workspace.reset(workspace)
        _origin.reset(came_from)
