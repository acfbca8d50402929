"""What a verb on many deals asks for: the single verbs' own forms, and the words for many."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import ngettext

from crm.access import Reach
from crm.forms import Form
from crm.models import custom_field
from pipeline.filters import CUSTOM
from pipeline.forms import (
    FACTS,
    CustomForm,
    DealForm,
    LossForm,
    MoveForm,
    OwnerForm,
    ReasonForm,
    WinForm,
    closing_today,
)
from pipeline.models import ChangeSet, Deal, Kind, Stage
from pipeline.selection import entered_stages

Verb = ChangeSet.Verb


class Asked:
    """Deletes: there is nothing to ask. The others say what differs."""

    verb: str = Verb.ARCHIVE
    template = "pipeline/delete.html"

    def __init__(self, form: Form) -> None:
        self.form = form

    @property
    def context(self) -> dict[str, Any]:
        """What the form's page needs."""
        return {"form": self.form}

    @property
    def fields(self) -> list[tuple[str, str]]:
        """What says in hidden fields which form this is."""
        return [("verb", self.verb)]

    def stages(self, deals: QuerySet[Deal]) -> Sequence[Stage]:
        """Which stages the deals are about to enter."""
        return []

    @property
    def where(self) -> str:
        """The stage's name."""
        return ""

    def facts(self) -> dict[str, Any]:
        """As the verb takes them."""
        return {}

    def title(self, n: int) -> str:
        return ngettext("Delete %(n)d deal", "Delete %(n)d deals", n) % {"n": n}

    def done(self, n: int) -> str:
        return ngettext("%(n)d deal deleted", "%(n)d deals deleted", n) % {"n": n}


class Moving(Asked):
    verb, template = Verb.MOVE, "pipeline/move.html"

    @property
    def where(self) -> str:
        return str(self.form.cleaned_data["stage"])

    def stages(self, deals: QuerySet[Deal]) -> Sequence[Stage]:
        return [self.form.cleaned_data["stage"]]

    def facts(self) -> dict[str, Any]:
        said = self.form.cleaned_data
        return {"to": said["stage"], "after": said["after"], "before": said["before"]}

    def title(self, n: int) -> str:
        to = {"n": n, "to": self.where}
        return ngettext("Move %(n)d deal to %(to)s", "Move %(n)d deals to %(to)s", n) % to

    def done(self, n: int) -> str:
        to = {"n": n, "to": self.where}
        return ngettext("%(n)d deal moved to %(to)s", "%(n)d deals moved to %(to)s", n) % to


class HandingOver(Asked):
    verb, template = Verb.HAND_OVER, "pipeline/owner.html"

    def facts(self) -> dict[str, Any]:
        return {"to": self.form.cleaned_data["owner"]}

    def title(self, n: int) -> str:
        to = {"n": n, "name": self.form.cleaned_data["owner"].name}
        return ngettext("Hand %(n)d deal over to %(name)s", "Hand %(n)d deals over to %(name)s", n) % to

    def done(self, n: int) -> str:
        to = {"n": n, "name": self.form.cleaned_data["owner"].name}
        return ngettext("%(n)d deal handed over to %(name)s", "%(n)d deals handed over to %(name)s", n) % to


class Revising(Asked):
    verb, template = Verb.REVISE, "pipeline/fact.html"

    def __init__(self, form: DealForm, fact: str) -> None:
        super().__init__(form)
        self.form: DealForm = form
        self.fact = fact

    @property
    def fields(self) -> list[tuple[str, str]]:
        return [*super().fields, ("fact", self.fact)]

    @property
    def label(self) -> str:
        return str(self.form.visible_fields()[0].label)

    def facts(self) -> dict[str, Any]:
        said = self.form.facts().items()
        return {name: value for name, value in said if name != "version" and (name, value) != ("currency", None)}

    def title(self, n: int) -> str:
        what = {"n": n, "field": self.label}
        return ngettext("Change of %(n)d deal: %(field)s", "Change of %(n)d deals: %(field)s", n) % what

    def done(self, n: int) -> str:
        return ngettext("%(n)d deal changed", "%(n)d deals changed", n) % {"n": n}


class Closing(Asked):
    template = "pipeline/reason.html"
    form: ReasonForm
    kind: str

    @property
    def context(self) -> dict[str, Any]:
        return {"form": self.form, "to": Stage(name=self.where, kind=self.kind)}

    @property
    def where(self) -> str:
        return str(Kind(self.kind).label)

    def facts(self) -> dict[str, Any]:
        return {name: value for name, value in self.form.facts().items() if name != "version"}


class Winning(Closing):
    verb, kind = Verb.WIN, Kind.WON

    def stages(self, deals: QuerySet[Deal]) -> Sequence[Stage]:
        return list(entered_stages(deals, self.kind))

    def title(self, n: int) -> str:
        return ngettext("Mark %(n)d deal as won", "Mark %(n)d deals as won", n) % {"n": n}

    def done(self, n: int) -> str:
        return ngettext("%(n)d deal won", "%(n)d deals won", n) % {"n": n}


class Losing(Closing):
    verb, kind = Verb.LOSE, Kind.LOST
    form: LossForm

    def facts(self) -> dict[str, Any]:
        return super().facts() | {"ask_again_on": self.form.remind_on()}

    def title(self, n: int) -> str:
        return ngettext("Mark %(n)d deal as lost", "Mark %(n)d deals as lost", n) % {"n": n}

    def done(self, n: int) -> str:
        return ngettext("%(n)d deal lost", "%(n)d deals lost", n) % {"n": n}


def asked_of(posted: QueryDict, reach: Reach, *, is_bound: bool) -> Asked | None:
    """What `verb` needs to know; None if there is no such verb. A move to Won or Lost asks for the reason."""
    data = posted if is_bound else None
    match posted.get("verb") or (Verb.REVISE if "fact" in posted else ""):
        case Verb.MOVE:
            form = MoveForm(data)
            to = form.cleaned_data["stage"] if form.is_valid() else None
            return Moving(form) if to is None or to.is_open else _closing(to.kind, None)
        case Verb.HAND_OVER:
            return HandingOver(OwnerForm(data, reach=reach))
        case Verb.REVISE:
            return _revising(posted, data)
        case Verb.WIN:
            return _closing(Kind.WON, data)
        case Verb.LOSE:
            return _closing(Kind.LOST, data)
        case Verb.ARCHIVE:
            return Asked(Form(data if data is None else posted))
    return None


def _closing(kind: str, data: QueryDict | None) -> Asked:
    initial = closing_today()
    return Winning(WinForm(data, initial=initial)) if kind == Kind.WON else Losing(LossForm(data, initial=initial))


def _revising(posted: QueryDict, data: QueryDict | None) -> Asked | None:
    """The fact named, or that whose field was sent."""
    sent = posted.keys() - {"version"}
    fact = posted.get("fact") or next((fact for fact, form in FACTS.items() if form.base_fields.keys() & sent), "")
    if fact in FACTS:
        return Revising(FACTS[fact](data), fact)
    field = custom_field("deal", fact.removeprefix(CUSTOM))
    return Revising(CustomForm(data, field=field, deal=Deal()), fact) if field and not field.archived_at else None
