"""What a row about a deal's past means: from when on it was in which stage."""

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from crm.errors import Refused
from crm.imports.mapping import Field
from crm.imports.rows import Action, Row
from crm.imports.run import BAD_ROW, Kind, Run
from pipeline.actions import lose_deal, move_deal, reopen_deal, win_deal
from pipeline.actions.recalling import Visit, recall_stages
from pipeline.imports.catalogue import create_reasons_called, funnel, loss_reasons, win_reasons
from pipeline.ledger import Ledger, writing
from pipeline.models import Deal, DealChange

if TYPE_CHECKING:
    from django.db.models import QuerySet


class StageHistory(Kind):
    """One change of stage. New deals are opened and moved by these rows; what was known without, is completed."""

    name, noun = "stage_history", "stage of deal"
    fields = {
        "deal": Field(is_needed=True),
        "at": Field("moment", is_needed=True),
        "stage": Field(is_needed=True),
        "pipeline": Field(),
        "win_reason": Field(),
        "loss_reason": Field(),
    }
    creates = frozenset({"reasons"})
    is_read_ahead = True

    def look_ahead(self, rows: Sequence[Row]) -> None:
        self.of: dict[str, list[Row]] = defaultdict(list)
        self.used: set[str] = set()
        for row in rows:
            row.name = f"deal {row.values['deal']}, {row.values['stage']}"
            self.of[row.values["deal"]].append(row)
        for passed in self.of.values():
            passed.sort(key=lambda row: row.values["at"])

    @staticmethod
    def take(run: Run, deal: str) -> list[Visit]:
        """The visits of a deal that is about to be opened by them, those that mean nothing left out."""
        visits: list[Visit] = []
        for kind in run.kinds:
            if isinstance(kind, StageHistory) and deal in kind.of:
                kind.used.add(deal)
                visits += [visit for row in kind.of[deal] if (visit := kind.visit(row))]
        return sorted(visits, key=lambda visit: visit.at)

    def visit(self, row: Row) -> Visit | None:
        try:
            pipeline = funnel(self.run).pipeline(row.values.get("pipeline", ""))
            return Visit(row.values["at"], funnel(self.run).stage(pipeline, row.values["stage"]))
        except Refused as refused:
            row.fail(refused)
            return None

    def write(self, rows: Sequence[Row]) -> None:
        names = list(dict.fromkeys(row.values["deal"] for row in rows if row.action is None))
        if "reasons" in self.table.create:
            for name in names:
                reasons = [
                    [row.values[field] for row in self.of[name] if field in row.values]
                    for field in ("win_reason", "loss_reason")
                ]
                create_reasons_called(self.run, *reasons)
        with writing() as ledger:
            ids = dict(Deal.objects.filter(external_id__in=names).values_list("external_id", "pk"))
            deals = {deal.external_id: deal for deal in ledger.lock_all(list(ids.values()))}
            changes = self._changes(list(ids.values()))
            for name in names:
                self._write_deal(ledger, name, deals.get(name), changes)

    def _changes(self, ids: Sequence[int]) -> dict[int, list[DealChange]]:
        changes: dict[int, list[DealChange]] = defaultdict(list)
        rows: QuerySet[DealChange] = DealChange.objects.filter(deal__in=ids).order_by("effective_at", "id")
        for change in rows:
            changes[change.deal_id].append(change)
        return changes

    def _write_deal(self, ledger: Ledger, name: str, deal: Deal | None, changes: dict[int, list[DealChange]]) -> None:
        passed = [(row, visit) for row in self.of[name] if (visit := self.visit(row))]
        try:
            if deal is None:
                raise Refused(deal=_("There is no deal with the external id “%(id)s”.") % {"id": name})
            with ledger.attempt():
                new = self._pass(ledger, deal, passed, changes[deal.pk])
        except BAD_ROW as error:
            for row, _visit in passed:
                row.fail(error)
            return
        for row, visit in passed:
            row.done(Action.CREATED if visit in new or name in self.used else Action.UNCHANGED)

    def _pass(
        self, ledger: Ledger, deal: Deal, passed: Sequence[tuple[Row, Visit]], changes: Sequence[DealChange]
    ) -> list[Visit]:
        """Rows up to the newest change, or into the stage it is in, complete the past; later ones move the deal."""
        newest = ledger.last_effect(deal)
        past = [visit for _row, visit in passed if visit.at <= newest]
        later = passed[len(past) :]
        while later and later[0][1].stage.pk == deal.stage_id:
            past.append(later[0][1])
            later = later[1:]
        new = recall_stages(deal, past, changes=changes, by=self.by) if past else []
        for row, visit in later:
            if visit.stage.pk != deal.stage_id:
                self._enter(deal, row.values, visit)
                new.append(visit)
        return new

    def _enter(self, deal: Deal, values: dict[str, Any], visit: Visit) -> None:
        if visit.stage.is_open:
            (move_deal if deal.is_open else reopen_deal)(deal, to=visit.stage, by=self.by, at=visit.at)
        elif visit.stage.is_won:
            if "win_reason" not in values:
                raise Refused(win_reason=_("A won deal needs a reason: map win_reason or give it a default."))
            win_deal(deal, reason=win_reasons(self.run).find(values["win_reason"]), by=self.by, at=visit.at)
        else:
            if "loss_reason" not in values:
                raise Refused(loss_reason=_("A lost deal needs a reason: map loss_reason or give it a default."))
            lose_deal(deal, reason=loss_reasons(self.run).find(values["loss_reason"]), by=self.by, at=visit.at)
