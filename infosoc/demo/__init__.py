"""An invented customer register to try the product on: two companies, 3 000 customers, two years of contacts.

Names, people and numbers are made up; telephone numbers come from the series that Post- och telestyrelsen keeps free
for fiction, and mail addresses end in `.example`. The same data every time, counted back from the day it is made.
"""
