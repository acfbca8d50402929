"""The verbs of quotes. Pages, API, jobs and the public page all call these; no other code changes a quote.

Each locks the deal, then the quote, checks the rules and leaves an Event in the same transaction. `by` is who did it
(None: the customer, or Penstock itself), `lock` what the caller last saw of the quote. They raise `Refused` or
`Conflict` (crm/errors.py); who may call them is decided before, by finding the quote through Reach.
"""

from quotes.actions.answers import Caller, accept_quote, ask_question, decline_quote, see_quote
from quotes.actions.approving import ask_approval, awaiting, grant, limits_passed, may_decide, refuse, withdraw
from quotes.actions.crediting import credit_invoice
from quotes.actions.drafting import draft_quote
from quotes.actions.invoicing import draft_invoice, drop_invoice, issue_invoice, save_invoice
from quotes.actions.links import link_of, revoke_link
from quotes.actions.paying import record_payment, reverse_payment
from quotes.actions.repricing import price_changes, refresh_prices
from quotes.actions.retracting import retract_acceptance
from quotes.actions.revising import revise_quote
from quotes.actions.rules import changed_names, holding, note, tell
from quotes.actions.saving import FIELDS, save_quote
from quotes.actions.setting import revise_quote_settings
from quotes.actions.states import cancel_quote, expire_quotes, mark_sent
from quotes.actions.syncing import sync_quote, unsync_quote
from quotes.lines import Item, items_of

__all__ = [
    "FIELDS",
    "Caller",
    "Item",
    "accept_quote",
    "ask_approval",
    "ask_question",
    "awaiting",
    "cancel_quote",
    "changed_names",
    "credit_invoice",
    "decline_quote",
    "draft_invoice",
    "draft_quote",
    "drop_invoice",
    "expire_quotes",
    "grant",
    "holding",
    "issue_invoice",
    "items_of",
    "limits_passed",
    "link_of",
    "mark_sent",
    "may_decide",
    "note",
    "price_changes",
    "record_payment",
    "refresh_prices",
    "refuse",
    "retract_acceptance",
    "reverse_payment",
    "revise_quote",
    "revise_quote_settings",
    "revoke_link",
    "save_invoice",
    "save_quote",
    "see_quote",
    "sync_quote",
    "tell",
    "unsync_quote",
    "withdraw",
]
