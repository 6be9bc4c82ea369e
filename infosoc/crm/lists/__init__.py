"""Lists as data: columns, sorts and filters of companies and contacts, and the state of a list as its address says it.

An address is read into a `Query`; `infosoc.crm.queries.lists` answers it. Higher domains add filters of their own with
`registry.add_filter`; bulk edit and export stand on `selection`.
"""
