"""Bookkeeping: the chart of accounts, fiscal years, voucher series and vouchers (BFL 1999:1078, BFNAR 2013:2).

A voucher (verifikation) is final when it is posted: the database refuses every change of it, balances it, gives its
number from an unbroken series and keeps it out of locked periods. What was wrong is put right by a new voucher that is
linked to the old one. All other parts of the product book through `commands.posting.post`, with a `source` of
their own. Amounts are whole öre, debit positive and credit negative.
"""
