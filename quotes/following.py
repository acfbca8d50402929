"""What an accepted quote starts: called by `accept_quote` in its own transaction, so all of it happens or nothing."""

from crm.models import User
from quotes.models import Quote


def follow_acceptance(quote: Quote, *, by: User | None = None) -> None:
    """`quote` is accepted and locked; its deal is won, unless its owner is to be asked first."""
    from quotes.actions.invoicing import draft_after_acceptance  # itself a verb: accepting stands among them

    draft_after_acceptance(quote, by=by)
