"""Custom fields: what a company wants to know of its deals, companies and contacts besides what Penstock asks.

`kinds` says what a value of each kind is, `values` enters values into a record, `words` shows them, `queries` filters
and sorts by them, `forms` asks for them, `actions` are the verbs of the settings. A custom field is called
`custom.<key>` wherever fields have names; in addresses it is `cf_<key>`.
"""
