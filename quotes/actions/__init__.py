"""The verbs of quotes and of what follows them: each atomic, each leaving an event."""
