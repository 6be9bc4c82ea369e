"""Products, prices and agreements: what each customer has, what it costs and what state it is in.

Nothing that was agreed is overwritten: an agreement's states are dated deeds, a change of price or quantity ends a line
and begins another, a new list price begins on its day. What is charged for a period is worked out from these. Money is
whole öre, quantities are thousandths, discounts and percentages hundredths of a percent.
"""
