"""The verbs. Board, form, API, import and shell all call these; no other code changes a deal.

Each locks the row, checks the rules, and leaves a DealChange and an Event in the same transaction. `by` is who did it
(None: Penstock itself), `at` when it took effect if not now, `version` what the caller last saw. They raise `Refused`,
`NeedsFields` or `Conflict` (crm/errors.py); who may call them is decided before, by finding the deal through Reach.
"""

from pipeline.actions.bulk import AT_ONCE, change_deals, undo_change_set
from pipeline.actions.cloning import PARTS, clone_deal
from pipeline.actions.following import Followed, follow_quote, is_followed, stop_following
from pipeline.actions.merging import COLUMNS as MERGEABLE
from pipeline.actions.merging import merge_deals, unmerge_deal
from pipeline.actions.moving import lose_deal, move_deal, reopen_deal, win_deal
from pipeline.actions.opening import open_deal
from pipeline.actions.parts import add_line, change_line, set_role
from pipeline.actions.purging import purge_deleted
from pipeline.actions.revising import (
    archive_deal,
    enter_fields,
    hand_over_deal,
    restore_deal,
    revise_deal,
    set_lines,
    set_people,
)
from pipeline.actions.rules import REVISABLE, Line, changed_since, team_of
from pipeline.actions.undoing import can_be_undone, undo_change

__all__ = [
    "AT_ONCE",
    "MERGEABLE",
    "PARTS",
    "REVISABLE",
    "Followed",
    "Line",
    "add_line",
    "archive_deal",
    "can_be_undone",
    "change_deals",
    "change_line",
    "changed_since",
    "clone_deal",
    "enter_fields",
    "follow_quote",
    "hand_over_deal",
    "is_followed",
    "lose_deal",
    "merge_deals",
    "move_deal",
    "open_deal",
    "purge_deleted",
    "reopen_deal",
    "restore_deal",
    "revise_deal",
    "set_lines",
    "set_people",
    "set_role",
    "stop_following",
    "team_of",
    "undo_change",
    "undo_change_set",
    "unmerge_deal",
    "win_deal",
]
