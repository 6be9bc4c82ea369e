"""What an invoice is and how it is counted. Pure: no Flask, no database, no PDF."""
