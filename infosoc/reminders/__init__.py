"""Late invoices: interest, reminders and what they cost, by the book.

Law: räntelagen (1975:635), lagen (1981:739) om ersättning för inkassokostnader m.m., inkassolagen (1974:182).
"""
