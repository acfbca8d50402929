"""Import of CSV files by a mapping file. This package reads and reports; what a row means, each app says for itself.

`mapping` reads the TOML, `reading` the CSV and its numbers and dates, `run` carries rows to the kinds and counts what
became of them. A kind (`run.Kind`) is one noun that a row can be: `people` here, others in <app>/imports.py. Kinds call
the same verbs as everything else.
"""
