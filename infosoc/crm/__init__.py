"""Companies, contact persons, the contact log and follow-ups: a joint register, and what each tenant knows of it.

A *company* and a *contact* are joint identity: public and work-role facts that the tenants may share by their flags.
What one tenant knows (status, owner, tags, notes, log, follow-ups) hangs on its *relation* to them.
"""
