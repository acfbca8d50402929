"""The demo company: made up from word lists and a seed, the same on every machine on the same day.

`vocabulary` is what things are called, `selling` how deals go (pure arithmetic); `company`, `market`, `deals` and
`quotas` write it all down through the verbs.
"""
