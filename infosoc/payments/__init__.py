"""Incoming payments: bank files are read, and matched to open invoices.

Words: a *payment* is what one payer sends; a *deduction* is a credit note that the payer takes from it; a *deposit* is
what the bank puts on the account, one or many payments together. Law: bokföringslagen (1999:1078) 5 kap.
"""
