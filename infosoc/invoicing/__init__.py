"""Invoices: what is charged is counted, written down once as a final record, printed and sent.

Everything that is printed stands in the record (`rules/record.py`): the PDF and the Peppol file are made of it and of
nothing else, so that they can be made again, the same to the byte, when prices, names and addresses have changed.
Amounts are whole öre in Swedish kronor; an invoice in another currency is refused.
Law: mervärdesskattelagen (2023:200) 17 kap., bokföringslagen (1999:1078) 5 kap.
"""
