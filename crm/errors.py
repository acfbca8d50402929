"""What a verb says when it will not do as asked. Views, API, imports and the shell each show it in their own way."""

from collections.abc import Sequence
from typing import Any


class Refused(Exception):
    """Bad input or a broken rule. `errors` maps a field's name (or "" for the whole) to sentences for a person."""

    status = 422

    def __init__(self, **errors: Any) -> None:
        self.errors: dict[str, list[str]] = {
            field: [str(text)] if not isinstance(text, list) else [str(part) for part in text]
            for field, text in errors.items()
        }
        super().__init__("; ".join(text for texts in self.errors.values() for text in texts))


class NeedsFields(Refused):
    """A stage asks for something the deal does not have yet. `fields` names what to ask for."""

    def __init__(self, stage: Any, fields: dict[str, Any]) -> None:
        super().__init__(**fields)
        self.stage = stage
        self.fields = list(fields)


class Conflict(Exception):
    """Somebody else changed the record first. `change` is their change, `current` the record as it is now.

    `version` is its newest one, `changed` names what is another one now, where the verb says so.
    """

    status = 409

    def __init__(
        self,
        message: Any,
        *,
        current: Any = None,
        change: Any = None,
        version: int | None = None,
        changed: Sequence[str] = (),
    ) -> None:
        super().__init__(str(message))
        self.current = current
        self.change = change
        self.version = getattr(current, "version", None) if version is None else version
        self.changed = list(changed)
