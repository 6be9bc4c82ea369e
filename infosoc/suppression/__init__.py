"""Who must not be written to or registered again: asked by import, create, merge, mailings and the API.

A suppression is a keyed hash of an address, never the address. It belongs to one tenant; an objection to both
companies is one row in each. It is lifted by the person's own act alone.
"""
